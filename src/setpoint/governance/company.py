"""The company's settings and their rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from setpoint.governance.audit import record_audit
from setpoint.governance.models import Company
from setpoint.kernel import clock
from setpoint.kernel.errors import Invalid


def company() -> Company:
    """The company's settings. The first call on a new installation makes the row."""
    found = Company.objects.filter(pk=1).first()
    return found or Company.objects.get_or_create(pk=1, defaults={"created_at": clock.now()})[0]


@transaction.atomic
def update_company(*, now: datetime, actor: str = "system", **changes: Any) -> Company:
    """Change settings by name (name, currency, timezone, language, ...); Invalid names the field that cannot be."""
    record = company()
    checked = {name: _checked(name, value) for name, value in changes.items()}
    changed = {name: value for name, value in checked.items() if getattr(record, name) != value}
    before = {name: getattr(record, name) for name in changed}
    for name, value in changed.items():
        setattr(record, name, value)
    _check_quiet_hours(record)
    if changed:
        record.save(update_fields=list(changed))
        record_audit(actor, "changed", "company", before=before, after=changed, now=now)
    return record


def _check_quiet_hours(record: Company) -> None:
    if bool(record.quiet_start) != bool(record.quiet_end):
        raise Invalid(
            _("Quiet hours need both a start and an end."),
            remedy=_("Give both as HH:MM, or leave both empty."),
            field="quiet_start",
        )


def _checked(name: str, value: Any) -> str:
    rule = _RULES.get(name)
    if rule is None:
        raise Invalid(_("The company has no setting of this name."), remedy=", ".join(_RULES), field=name)
    accepts, remedy = rule
    if not isinstance(value, str) or "\0" in value or not accepts(value):
        raise Invalid(
            _("This value cannot be used for %(name)s.") % {"name": name}, remedy=_remedies()[remedy], field=name
        )
    return value


def _remedies() -> Mapping[str, str]:
    return {
        "short": _("Write 1 to 200 characters."),
        "text": _("Write at most 2000 characters."),
        "line": _("Write at most 200 characters on one line."),
        "currency": _("Write the three capital letters of ISO 4217, such as EUR."),
        "timezone": _("Write a name of the IANA time zone database, such as Europe/Paris."),
        "language": _("Choose en or zh-hans."),
        "colour": _("Write a colour such as #1668DC."),
        "clock": _("Write a time such as 21:00, or nothing."),
    }


def _one_line(value: str) -> bool:
    return len(value) <= 200 and value.isprintable()


def _matches(pattern: str) -> Callable[[str], bool]:
    return lambda value: re.fullmatch(pattern, value) is not None


def _is_language(value: str) -> bool:
    return value in dict(settings.LANGUAGES)


_RULES: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "name": (lambda value: bool(value.strip()) and _one_line(value), "short"),
    "currency": (_matches(r"[A-Z]{3}"), "currency"),
    "timezone": (lambda value: value in available_timezones(), "timezone"),
    "language": (_is_language, "language"),
    "physical_address": (lambda value: len(value) <= 2000, "text"),
    "from_name": (_one_line, "line"),
    "brand_colour": (_matches(r"#[0-9A-Fa-f]{6}"), "colour"),
    "quiet_start": (_matches(r"|([01]\d|2[0-3]):[0-5]\d"), "clock"),
    "quiet_end": (_matches(r"|([01]\d|2[0-3]):[0-5]\d"), "clock"),
}
