"""What can be inserted into a message: the fields of a customer, the offer, the company, and the links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from setpoint.content.syntax import FIELDS
from setpoint.customers.services import trait_names

Group = Literal["customer", "offer", "company", "links"]


@dataclass(frozen=True, slots=True)
class InsertableField:
    """One field: what it is called, and the tag that shows it (with a fallback where a customer may lack it)."""

    group: Group
    name: str
    label: str
    tag: str


def insertable_fields() -> list[InsertableField]:
    """All fields, those of customers first. Traits whose name is no plain word are read with brackets."""
    customers = [_trait(name) for name in trait_names()]
    return [*customers, *_others()]


def _trait(name: str) -> InsertableField:
    path = f"customer.{name}" if name.isidentifier() else f'customer["{name}"]'
    return InsertableField("customer", name, name.replace("_", " "), f'{{{{ {path} | default("") }}}}')


def _others() -> list[InsertableField]:
    words = _words()
    groups: tuple[Group, ...] = ("offer", "company", "links")
    return [
        InsertableField(group, name, words[group, name], f"{{{{ {group}.{name} }}}}")
        for group in groups
        for name in sorted(FIELDS[group] or ())
        if (group, name) in words
    ]


def _words() -> dict[tuple[str, str], str]:
    return {
        ("offer", "text"): _("the offer in words"),
        ("offer", "code"): _("the offer's code"),
        ("offer", "expires_at"): _("the offer's last day"),
        ("company", "name"): _("the company's name"),
        ("company", "address"): _("the company's address"),
        ("links", "unsubscribe"): _("link to unsubscribe"),
        ("links", "preferences"): _("link to choose what to receive"),
    }
