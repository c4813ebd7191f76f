"""A plug-in's settings: one frozen dataclass, filled from plain values with errors that name the field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, Protocol, TypeVar, get_type_hints

from django.utils.translation import gettext as _

from setpoint.kernel.errors import Invalid


class Settings(Protocol):
    """A dataclass of settings that can check itself."""

    def check(self) -> None:
        """Raise Invalid for what can never work."""
        ...


S = TypeVar("S", bound=Settings)


def settings_from(kind: type[S], given: Mapping[str, Any]) -> S:
    """The settings, or Invalid that names the field that is missing, unknown or of the wrong type."""
    known = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]
    hints = get_type_hints(kind)
    if unknown := sorted(set(given) - set(known)):
        raise Invalid(
            _("There is no setting %(unknown)s.") % {"unknown": repr(unknown[0])},
            remedy=_("Known settings: %(known)s.") % {"known": ", ".join(known)},
            field=unknown[0],
        )
    for name, each in known.items():
        if name not in given and each.default is MISSING and each.default_factory is MISSING:
            raise Invalid(
                _("The setting %(name)s is missing.") % {"name": repr(name)}, remedy=_("Give it a value."), field=name
            )
    made = kind(**{name: _typed(name, value, hints[name]) for name, value in given.items()})
    made.check()
    return made


def _typed(name: str, value: Any, wanted: Any) -> Any:
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    expected = wanted if isinstance(wanted, type) else str
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        raise Invalid(
            _("The setting %(name)s must be of type %(type)s.") % {"name": repr(name), "type": expected.__name__},
            remedy=_("Correct its value."),
            field=name,
        )
    if isinstance(value, str) and any(mark in value for mark in "\r\n\0"):
        raise Invalid(
            _("The setting %(name)s has a line break in it.") % {"name": repr(name)},
            remedy=_("Write it on one line."),
            field=name,
        )
    return value
