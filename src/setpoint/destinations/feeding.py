"""What is sent: customers, members of a segment, results of a campaign, in ranges of customer ids that need little
memory however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from setpoint.autopilot.models import Campaign
from setpoint.customers.bulk import among
from setpoint.customers.columns import as_text
from setpoint.customers.models import Consent, Customer, Identity
from setpoint.customers.services import trait_names
from setpoint.customers.types import IDENTITY_KINDS
from setpoint.delivery.models import Delivery
from setpoint.destinations.models import Export
from setpoint.destinations.types import Column, Kind, OutRow, Value
from setpoint.governance.failures import worded as _
from setpoint.kernel.errors import Invalid, NotFound
from setpoint.segments import services as segments

AT_ONCE = 2_000
EVERYONE_AFTER = 2**63 - 1
_BASE: tuple[tuple[str, Kind], ...] = (("language", "text"), ("timezone", "text"), ("created_at", "text"))
_RESULTS: tuple[tuple[str, Kind], ...] = (
    ("channel", "text"),
    ("state", "text"),
    ("reason", "text"),
    ("variant_id", "whole"),
    ("offer_id", "whole"),
    ("cost_money", "number"),
    ("offer_cost", "number"),
    ("offer_state", "text"),
    ("handed_at", "text"),
    ("delivered_at", "text"),
    ("opened_at", "text"),
    ("clicked_at", "text"),
    ("unsubscribed_at", "text"),
)
_MICROS = 1_000_000


class Out(NamedTuple):
    """A row to be sent, whose it is, and which of that customer's rows."""

    customer_id: int
    part: str
    row: OutRow


class Piece(NamedTuple):
    """All rows of the customers with ids above `after` and up to `upto`."""

    after: int
    upto: int
    rows: list[Out]


def columns_of(export: Export) -> list[Column]:
    """The columns that an export can send, keys first, under the names that it sends them by; all where none is chosen."""
    found = _RESULT_COLUMNS if export.what == "campaign" else _people_columns()
    chosen: dict[str, str] = export.columns
    unknown = sorted(set(chosen) - {column.source for column in found})
    if unknown and export.what == "campaign":
        raise Invalid(
            _("There is no column “%(name)s”.") % {"name": unknown[0][:100]},
            remedy=_("Choose among: %(names)s.") % {"names": ", ".join(column.source for column in found)},
            field="columns",
        )
    kept = [column for column in found if column.is_key or not chosen or column.source in chosen]
    return [
        Column(each.source, chosen.get(each.source) or each.name, each.kind, each.is_key)
        for each in [*kept, *(Column(name, name) for name in unknown)]
    ]


def check_subject(what: str, of: int | None) -> None:
    """NotFound where the segment or campaign that is to be sent is not there."""
    if what == "segment":
        segments.find_segment(of or 0)
    elif what == "campaign" and not Campaign.objects.filter(pk=of or 0).exists():
        raise NotFound(_("There is no campaign with this id."), remedy=_("Choose one of the list."))


def pieces(export: Export, columns: Sequence[Column], *, after: int, as_of: datetime) -> Iterator[Piece]:
    """The rows behind a customer, in order; the last piece reaches to the end of all ids."""
    if export.what == "campaign":
        yield from _results(export, columns, after)
        return
    members = segments.members(export.of or 0, as_of=as_of) if export.what == "segment" else None
    while True:
        ids = _ids_after(after) if members is None else _members_after(members, after)
        upto = ids[-1] if len(ids) == AT_ONCE else EVERYONE_AFTER
        yield Piece(after, upto, people(ids, columns))
        if upto == EVERYONE_AFTER:
            return
        after = upto


def people(customer_ids: Sequence[int], columns: Sequence[Column]) -> list[Out]:
    """Customers as rows under our names of the columns; those who are there no more are left out."""
    wanted = {column.source for column in columns}
    names = _identities(customer_ids, {name for name in wanted if name in IDENTITY_KINDS})
    said = _consents(customer_ids) if any(name.startswith("consent.") for name in wanted) else {}
    rows = Customer.objects.filter(pk__in=among(customer_ids)).order_by("pk")
    fields = ("pk", "language", "timezone", "created_at", "traits")
    made = []
    for pk, language, timezone, created_at, traits in rows.values_list(*fields):
        told: dict[str, Value] = {"customer_id": pk, "language": language, "timezone": timezone}
        told["created_at"] = created_at.isoformat()
        told |= names.get(pk, {}) | said.get(pk, {})
        told |= {f"trait.{name}": _plain(value) for name, value in traits.items()}
        made.append(Out(pk, "", {column.source: _fitted(told.get(column.source), column.kind) for column in columns}))
    return made


def _people_columns() -> list[Column]:
    topics = Consent.objects.order_by().values_list("channel", "purpose").distinct()
    consents = sorted(f"consent.{channel}.{purpose}" for channel, purpose in topics[:200])
    kinds: dict[str, Kind] = {"number": "number", "boolean": "boolean"}
    traits = [Column(f"trait.{name}", name, kinds.get(kind, "text")) for name, kind in trait_names().items()]
    key = Column("customer_id", "customer_id", "whole", is_key=True)
    taken = {"customer_id", *IDENTITY_KINDS, *(name for name, _kind in _BASE)}
    traits = [one if one.name not in taken else Column(one.source, one.source, one.kind) for one in traits]
    base = [Column(name, name, kind) for name, kind in _BASE]
    return [
        key,
        *(Column(name, name) for name in IDENTITY_KINDS),
        *base,
        *(Column(one, one) for one in consents),
        *traits,
    ]


_RESULT_COLUMNS = [
    Column("customer_id", "customer_id", "whole", is_key=True),
    Column("round", "round", "whole", is_key=True),
    Column("slot", "slot", "text", is_key=True),
    *(Column(name, name, kind) for name, kind in _RESULTS),
]


def _ids_after(after: int) -> list[int]:
    return list(Customer.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


def _members_after(members: npt.NDArray[np.int64], after: int) -> list[int]:
    start = int(np.searchsorted(members, after, side="right"))
    return [int(one) for one in members[start : start + AT_ONCE]]


def _results(export: Export, columns: Sequence[Column], after: int) -> Iterator[Piece]:
    """A campaign's ledger, whole customers at a time."""
    campaign = Campaign.objects.get(pk=export.of or 0)
    ledger = Delivery.objects.filter(stream__source=campaign.key)
    while True:
        behind = ledger.filter(customer_id__gt=after).order_by("customer_id").values_list("customer_id", flat=True)
        ids = list(behind.distinct()[:AT_ONCE])
        upto = ids[-1] if len(ids) == AT_ONCE else EVERYONE_AFTER
        rows = ledger.filter(customer_id__gt=after, customer_id__lte=upto).order_by("customer_id", "round", "slot")
        names = ("customer_id", "round", "slot", *(name for name, _kind in _RESULTS))
        yield Piece(
            after, upto, [_result(dict(zip(names, row, strict=True)), columns) for row in rows.values_list(*names)]
        )
        if upto == EVERYONE_AFTER:
            return
        after = upto


def _result(told: dict[str, Any], columns: Sequence[Column]) -> Out:
    told |= {name: told[name] / _MICROS for name in ("cost_money", "offer_cost")}
    row = {column.source: _fitted(_plain(told[column.source]), column.kind) for column in columns}
    return Out(told["customer_id"], f"{told['round']}:{told['slot']}", row)


def _identities(customer_ids: Iterable[int], kinds: set[str]) -> dict[int, dict[str, Value]]:
    found: defaultdict[int, dict[str, Value]] = defaultdict(dict)
    rows = Identity.objects.filter(customer_id__in=among(customer_ids), kind__in=kinds).order_by("pk")
    for pk, kind, value in rows.values_list("customer_id", "kind", "value"):
        found[pk][kind] = value
    return found


def _consents(customer_ids: Iterable[int]) -> dict[int, dict[str, Value]]:
    found: defaultdict[int, dict[str, Value]] = defaultdict(dict)
    rows = Consent.objects.filter(customer_id__in=among(customer_ids))
    for pk, channel, purpose, state in rows.values_list("customer_id", "channel", "purpose", "state"):
        found[pk][f"consent.{channel}.{purpose}"] = state
    return found


def _plain(value: Any) -> Value:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | float | bool) else as_text(value)


def _fitted(value: Value, kind: Kind) -> Value:
    """A value of its column's kind: what no database or file could hold in one column is written as text before."""
    if value is None:
        return None
    if kind == "number":
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    if kind in ("whole", "boolean"):
        return value
    return value if isinstance(value, str) else as_text(value)
