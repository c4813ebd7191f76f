"""Single values of a tree, checked; what is wrong is told with its place, its cause and a remedy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.utils.translation import gettext as _

from setpoint.kernel.errors import Invalid
from setpoint.segments.types import Operand, Scalar

MAX_TEXT = 500
MAX_VALUES = 1000
MAX_NUMBER = 2**53
MAX_DAYS = 36500
ORDERINGS = (">", ">=", "<", "<=")
BARE_OPS = ("exists", "missing")
_NOT_IN_PROPERTIES = "\"'\\"


def operand(data: Mapping[str, Any], op: str, place: str) -> Operand:
    """The `value` that a comparison needs: none, a list, a text or any scalar."""
    here = at(place, "value")
    value = data.get("value")
    if op in BARE_OPS:
        if value is not None:
            raise invalid(here, _("This comparison takes no value."), _("Leave `value` out."))
        return None
    if op == "in":
        return _values(value, here)
    if op == "contains":
        return text(value, here)
    one = scalar(value, here)
    if op in ORDERINGS and isinstance(one, bool):
        raise invalid(here, _("True and false have no order."), _("Use = or !=, or compare with a number or a text."))
    return one


def _values(value: object, place: str) -> tuple[Scalar, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_VALUES:
        limits = {"most": MAX_VALUES}
        raise invalid(place, _("`in` needs a list of 1 to %(most)s values.") % limits, _("Write [ ... ]."))
    return tuple(scalar(item, f"{place}[{n}]") for n, item in enumerate(value))


def scalar(value: object, place: str) -> Scalar:
    """A text, a boolean or a number of at most 2^53."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return text(value, place, empty=True)
    if isinstance(value, int | float) and abs(value) <= MAX_NUMBER:  # NaN is not
        return value
    raise invalid(
        place,
        _("A value must be a text, true, false, or a number between -2^53 and 2^53."),
        _('Write for instance 5, "Lyon" or true.'),
    )


def number(value: object, place: str) -> float:
    """A number of at most 2^53."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= MAX_NUMBER:
        raise invalid(place, _("This must be a number between -2^53 and 2^53."), _("Write for instance 100 or 0.5."))
    return value


def text(value: object, place: str, *, empty: bool = False) -> str:
    """A text of at most 500 characters that every store can hold."""
    shortest = 0 if empty else 1
    if not isinstance(value, str) or not shortest <= len(value) <= MAX_TEXT or not is_storable(value):
        limits = {"least": shortest, "most": MAX_TEXT}
        raise invalid(
            place,
            _("This must be a text of %(least)s to %(most)s characters without NUL or broken characters.") % limits,
            _("Write a shorter, plain text."),
        )
    return value


def property_name(value: object, place: str) -> str:
    """The name of an event's property, as it stands in the event."""
    name = text(value, place)
    if set(name) & set(_NOT_IN_PROPERTIES) or not name.isprintable():
        raise invalid(
            place,
            _("The name of a property that is asked for has no quotes, backslashes or control characters."),
            _("Send the property under a plain name."),
        )
    return name


def is_storable(value: str) -> bool:
    """Whether a text has neither NUL nor half characters."""
    return "\0" not in value and not any("\ud800" <= character <= "\udfff" for character in value)


def whole(value: object, least: int, most: int, place: str) -> int:
    """A whole number within bounds."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        limits = {"least": least, "most": most}
        raise invalid(
            place,
            _("This must be a whole number from %(least)s to %(most)s.") % limits,
            _("Write a whole number without quotes."),
        )
    return value


def moment(value: object, place: str) -> datetime:
    """A moment as ISO 8601, in UTC; a day alone is its beginning in UTC."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or not isinstance(value, str) or not date(1900, 1, 1) < found.date() < date(2200, 1, 1):
        raise invalid(
            place,
            _("This must be a day or a moment with its time zone."),
            _("Write for instance 2026-01-31 or 2026-01-31T09:00:00Z."),
        )
    if found.tzinfo is None and len(value) > len("2026-01-31"):
        raise invalid(place, _("This moment does not say its time zone."), _("Add Z for UTC, or an offset."))
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def choice(value: object, known: tuple[str, ...], place: str) -> str:
    """One of the known words."""
    if not isinstance(value, str) or value not in known:
        raise invalid(place, _("This is not one of the known words."), _("Known: %s.") % "  ".join(known))
    return value


def only(data: Mapping[str, Any], place: str, *known: str) -> None:
    """Refuse keys that are not known."""
    for key in data:
        if key not in known:
            raise invalid(
                at(place, key if isinstance(key, str) and is_storable(key) else "?"),
                _("This condition has a key that is not known."),
                _("Known keys here: %s.") % ", ".join(known),
            )


def at(place: str, key: str) -> str:
    """The place of a key."""
    return f"{place}.{key}" if place else key


def invalid(place: str, message: str, remedy: str) -> Invalid:
    """The refusal of what stands at a place."""
    return Invalid(message, remedy=remedy, field=place or "tree")
