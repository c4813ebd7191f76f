"""What to call a customer on a page."""

from __future__ import annotations

from setpoint.customers.types import CustomerView

_WHOLE = ("name", "full_name", "nickname", "姓名", "昵称")
_PARTS = (("first_name", "last_name"), ("firstName", "lastName"))
NAME_TRAITS = (*_WHOLE, *(name for parts in _PARTS for name in parts))
"""The traits that hold names or parts of them."""
_IDENTITIES = ("email", "phone", "user_id")
_MOST = 80
_FIRST_HAN = "\u3400"


def shown_name(customer: CustomerView) -> str:
    """A name from the traits, else an address or id by which people know them, else the customer's number."""
    for trait in _WHOLE:
        if text := _text(customer, trait):
            return text
    for pair in _PARTS:
        if parts := [text for trait in pair if (text := _text(customer, trait))]:
            return _together(parts)
    for kind in _IDENTITIES:
        if value := customer.identities.get(kind):
            return value[:_MOST]
    return f"#{customer.id}"


def _together(parts: list[str]) -> str:
    """First name before family name; in Chinese the other way round and without a space."""
    if all(part >= _FIRST_HAN for part in parts):
        return "".join(reversed(parts))[:_MOST]
    return " ".join(parts)[:_MOST]


def _text(customer: CustomerView, trait: str) -> str:
    value = customer.traits.get(trait)
    return value.strip()[:_MOST] if isinstance(value, str) else ""
