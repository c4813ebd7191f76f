"""Finding any record by the first letters of its name: for the command menu and the search field."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Literal, get_args

from django.db.models import QuerySet

from setpoint.autopilot.models import Campaign
from setpoint.content.models import Offer, Template
from setpoint.customers.models import Identity
from setpoint.delivery.models import ChannelAccount
from setpoint.segments.models import Segment

Kind = Literal["customer", "campaign", "segment", "template", "offer", "channel"]
EACH = 5
MOST_NAMES = 2_000
"""Companies have some hundred campaigns, segments and templates; beyond this many the oldest are not searched."""
PROBES = ("user_id", "email", "phone")
LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Hit:
    """One record that fits. `label` is its name, `detail` what tells it apart, `address` its page."""

    kind: Kind
    id: int
    label: str
    detail: str
    address: str


def search(query: str, scopes: Collection[str]) -> list[Hit]:
    """Up to five records of each kind that the caller may read, best first within a kind."""
    wanted = " ".join(query.split()).casefold()
    if not wanted:
        return []
    return [hit for kind in get_args(Kind) if _SCOPES[kind] in scopes for hit in _FINDERS[kind](wanted)]


def _customers(wanted: str) -> list[Hit]:
    """By the beginning of an identity, along the index of identities; digits alone may also be the customer's number."""
    rows: dict[int, str] = {}
    for kind in PROBES:
        found = Identity.objects.filter(kind=kind, value__gte=wanted, value__lt=wanted + LAST)
        rows |= {owner: value for owner, value in found.order_by("value").values_list("customer_id", "value")[:EACH]}
    if wanted.isdigit() and len(wanted) < 16:
        own = Identity.objects.filter(customer_id=int(wanted), kind__in=PROBES).order_by("pk").first()
        rows = {int(wanted): own.value} | rows if own else rows
    return [Hit("customer", pk, value, f"#{pk}", f"/customers/{pk}") for pk, value in list(rows.items())[:EACH]]


def _campaigns(wanted: str) -> list[Hit]:
    rows = _named(Campaign.objects.order_by("-pk"), wanted)
    return [Hit("campaign", row.pk, row.name, row.state, f"/campaigns/{row.pk}") for row in rows]


def _segments(wanted: str) -> list[Hit]:
    return [
        Hit("segment", row.pk, row.name, "", f"/segments/{row.pk}")
        for row in _named(Segment.objects.order_by("-pk").defer("tree"), wanted)
    ]


def _templates(wanted: str) -> list[Hit]:
    rows = _named(Template.objects.order_by("-pk"), wanted)
    return [Hit("template", row.pk, row.name, row.channel, f"/templates/{row.pk}") for row in rows]


def _offers(wanted: str) -> list[Hit]:
    rows = _named(Offer.objects.order_by("-pk"), wanted)
    return [Hit("offer", row.pk, row.name, row.kind, f"/offers/{row.pk}") for row in rows]


def _channels(wanted: str) -> list[Hit]:
    rows = _named(ChannelAccount.objects.order_by("-pk").defer("settings"), wanted)
    return [Hit("channel", row.pk, row.name, row.plugin, f"/channels/{row.name}") for row in rows]


def _named(rows: QuerySet[Any], wanted: str) -> list[Any]:
    """Rows whose name holds the words; those that begin with them first. Compared here: SQLite folds Latin letters only."""
    found = [row for row in rows[:MOST_NAMES] if wanted in row.name.casefold()]
    return sorted(found, key=lambda row: not row.name.casefold().startswith(wanted))[:EACH]


_SCOPES: dict[str, str] = {
    "customer": "customers:read",
    "campaign": "campaigns:read",
    "segment": "segments:read",
    "template": "content:read",
    "offer": "content:read",
    "channel": "delivery:read",
}
_FINDERS: dict[str, Callable[[str], list[Hit]]] = {
    "customer": _customers,
    "campaign": _campaigns,
    "segment": _segments,
    "template": _templates,
    "offer": _offers,
    "channel": _channels,
}
