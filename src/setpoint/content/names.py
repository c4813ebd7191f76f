"""Names of content: readable, unique, and free again for a copy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from setpoint.kernel.errors import Conflict, Invalid

MOST = 200


def checked_name(name: str) -> str:
    """A name that people can read: 1 to 200 printable characters. Invalid otherwise."""
    if not name.strip() or len(name) > MOST or not name.isprintable():
        raise Invalid(_("A name has 1 to 200 characters on one line."), remedy=_("Write a shorter name."), field="name")
    return name.strip()


def free_name(name: str, rows: QuerySet[Model]) -> str:
    """A name for a copy that none of the rows has: "Spring (copy)", then "Spring (copy 2)"."""
    taken = set(rows.filter(name__startswith=name[: MOST - 20]).values_list("name", flat=True))
    number, found = 1, ""
    while not found or found in taken:
        ending = _("copy") if number == 1 else _("copy %(number)s") % {"number": number}
        found = f"{name[: MOST - 20]} ({ending})"
        number += 1
    return found


@contextmanager
def unique(message: str) -> Iterator[None]:
    """A block whose broken unique rule becomes a Conflict that says so."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise Conflict(message, remedy=_("Choose another name."), field="name") from None
