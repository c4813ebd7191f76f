"""What a person's pages remember: saved views, column choices, hints put away. Free JSON of a bounded size."""

from __future__ import annotations

import json
import re
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from setpoint.governance.models import Preference
from setpoint.kernel.errors import Conflict, Invalid, TooLarge

MOST_BYTES = 32 * 1024
MOST_KEYS = 200
_KEY = re.compile(r"[a-z0-9][a-z0-9._:-]{0,99}")


def preference(user_id: int, key: str) -> Any:
    """The value kept under this key; None where nothing is."""
    found = Preference.objects.filter(user_id=user_id, key=_checked(key)).first()
    return found.value if found else None


@transaction.atomic
def keep_preference(user_id: int, key: str, value: Any) -> Any:
    """Keep a value under a key; None forgets it. Returns what is kept."""
    if value is None:
        Preference.objects.filter(user_id=user_id, key=_checked(key)).delete()
        return None
    if len(json.dumps(value, ensure_ascii=False).encode()) > MOST_BYTES:
        raise TooLarge(_("A preference has at most 32 kB."), remedy=_("Delete saved views that you no longer need."))
    _row, created = Preference.objects.update_or_create(user_id=user_id, key=_checked(key), defaults={"value": value})
    if created and Preference.objects.filter(user_id=user_id).count() > MOST_KEYS:
        raise Conflict(_("So many preferences cannot be kept."), remedy=_("Forget one first."))
    return value


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise Invalid(
            _("This cannot be the name of a preference."),
            remedy=_("Use at most 100 small letters, digits, dots, colons, dashes."),
            field="key",
        )
    return key
