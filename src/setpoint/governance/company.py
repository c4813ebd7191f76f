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

from setpoint.governance import logo
from setpoint.governance.acting import needs
from setpoint.governance.audit import record_audit
from setpoint.governance.models import Company
from setpoint.governance.versions import refuse_stale
from setpoint.kernel import clock
from setpoint.kernel.errors import Invalid


def company() -> Company:
    """The company's settings. The first call on a new installation makes the row."""
    found = Company.objects.filter(pk=1).first()
    return found or Company.objects.get_or_create(pk=1, defaults={"created_at": clock.now()})[0]


def locked_company() -> Company:
    """The company's row, locked until the transaction ends: what may happen only once at a time takes this lock."""
    company()
    return Company.objects.select_for_update().get(pk=1)


def is_timezone(name: str) -> bool:
    """Whether the IANA database knows a time zone of this name."""
    return name in available_timezones()


@needs("settings:write")
@transaction.atomic
def update_company(*, now: datetime, actor: str = "system", version: int | None = None, **changes: Any) -> Company:
    """Change settings by name (name, currency, timezone, language, ...); Invalid names the field that cannot be.

    `version` is the one that a person saw; Conflict where somebody else changed the company since.
    """
    record = locked_company()
    refuse_stale("company", seen=version, current=record.version)
    checked = {name: _checked(name, value) for name, value in changes.items()}
    changed = {name: value for name, value in checked.items() if getattr(record, name) != value}
    before = {name: getattr(record, name) for name in changed}
    for name, value in changed.items():
        setattr(record, name, value)
    _check_quiet_hours(record)
    if changed:
        record.version += 1
        record.save(update_fields=[*changed, "version"])
        after = changed | {"version": record.version}
        record_audit(actor, "changed", "company", before=before, after=after, now=now)
    return record


@needs("settings:write")
@transaction.atomic
def change_logo(picture: bytes | None, *, now: datetime, actor: str = "system") -> Company:
    """Show another logo on pages and mails; None takes it away. PNG and SVG are taken, SVG stripped of all that acts."""
    record = locked_company()
    record.logo = logo.checked(picture) if picture is not None else ""
    record.version += 1
    record.save(update_fields=["logo", "version"])
    after = {"logo": bool(record.logo), "version": record.version}
    record_audit(actor, "changed", "company", after=after, now=now)
    return record


def _check_quiet_hours(record: Company) -> None:
    if bool(record.quiet_start) != bool(record.quiet_end):
        raise Invalid(
            _("Quiet hours need both a start and an end."),
            remedy=_("Give both as HH:MM, or leave both empty."),
            field="quiet_start",
        )


def _checked(name: str, value: Any) -> Any:
    if name == "second_factor_required":
        return bool(value)
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
    "timezone": (is_timezone, "timezone"),
    "language": (_is_language, "language"),
    "physical_address": (lambda value: len(value) <= 2000, "text"),
    "from_name": (_one_line, "line"),
    "brand_colour": (_matches(r"#[0-9A-Fa-f]{6}"), "colour"),
    "quiet_start": (_matches(r"|([01]\d|2[0-3]):[0-5]\d"), "clock"),
    "quiet_end": (_matches(r"|([01]\d|2[0-3]):[0-5]\d"), "clock"),
}
