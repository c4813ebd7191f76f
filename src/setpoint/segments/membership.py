"""Who is in a segment: the set-based reading run on Arrow frames and the lake, and the facts of one customer."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

import ibis
import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from setpoint.customers.columns import as_text, consent_column
from setpoint.customers.models import Consent
from setpoint.customers.services import customer_frame, ids_of, trait_names, view
from setpoint.engine.ids import ascending
from setpoint.engine.session import Session, connect
from setpoint.engine.types import DECIDED
from setpoint.segments import remembered
from setpoint.segments.done import Moments
from setpoint.segments.providers import TAGS, tags
from setpoint.segments.resolving import resolved
from setpoint.segments.running import interruptible
from setpoint.segments.sets import Population, members_expression
from setpoint.segments.snapshots import holding, snapshot_frame
from setpoint.segments.tree import leaves
from setpoint.segments.types import (
    Campaigned,
    Consented,
    Decided,
    Facts,
    Followed,
    Happened,
    InSnapshot,
    Measured,
    Node,
    Occurrence,
    Performed,
    Tagged,
    Trait,
)

ATTRIBUTES = ("language", "timezone")
"""Columns of every customer that are read like traits."""

NOT_TRAITS = ("customer_id", "created_at")
"""Columns of every customer that are not; a trait called like one of them counts as missing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a tree asks for, by kind."""

    traits: frozenset[str]
    topics: tuple[tuple[str, str], ...]
    events: frozenset[str]
    tags: tuple[str, ...]
    snapshots: tuple[int, ...]
    decisions: bool


def asked_by(node: Node) -> Asked:
    """What has to be known to read a resolved tree."""
    found = list(leaves(node))
    return Asked(
        traits=frozenset(leaf.name for leaf in found if isinstance(leaf, Trait)),
        topics=tuple(sorted({(leaf.channel, leaf.purpose) for leaf in found if isinstance(leaf, Consented)})),
        events=frozenset(name for leaf in found for name in _event_names(leaf)),
        tags=tuple(sorted({leaf.tag for leaf in found if isinstance(leaf, Tagged)})),
        snapshots=tuple(sorted({leaf.id for leaf in found if isinstance(leaf, InSnapshot)})),
        decisions=any(isinstance(leaf, Campaigned) for leaf in found),
    )


def _event_names(leaf: object) -> tuple[str, ...]:
    match leaf:
        case Performed(event) | Measured(event) | Happened(event):
            return (event,)
        case Followed(first, then):
            return first.event, then.event
        case _:
            return ()


def select_members(node: Node, *, as_of: datetime) -> npt.NDArray[np.int64]:
    """Ids of those in the segment at `as_of`, ascending. Reads no more than the tree asks for."""
    node = resolved(node)
    asked = asked_by(node)
    customers = customer_frame(sorted(asked.traits.difference(ATTRIBUTES)), topics=asked.topics)
    with connect(settings.SETPOINT_LAKE, settings.SETPOINT_ENGINE) as session, interruptible(session.interrupt):
        return select(node, session, customers=customers, as_of=as_of)


def select(
    node: Node,
    session: Session,
    *,
    customers: pa.Table,
    consents: pa.Table | None = None,
    as_of: datetime,
    events: Any = None,
    decisions: Any = None,
) -> npt.NDArray[np.int64]:
    """Ids of those in the segment, ascending, of the population in two frames (see `customers.services`).

    `events` and `decisions` are Ibis tables of the session; by default the lake's. What was said for a channel and
    purpose stands in a column of `customers`, or else in `consents`. The tree is a resolved one.
    """
    own = {"events": events, "decisions": decisions}
    return _read(node, session, _population(asked_by(node), session, customers, consents, as_of, own), as_of)


def select_lately(node: Node, *, as_of: datetime) -> tuple[npt.NDArray[np.int64], datetime]:
    """Ids as by `select_members`, as of the end of the running minute, which is returned too. What was reckoned
    of events in this minute, of the same state of the lake, is not read again: so somebody who changes one condition
    waits for that one alone, and for nothing if they change its number."""
    node, as_of = resolved(node), _full_minute(as_of)
    asked = asked_by(node)
    customers = customer_frame(sorted(asked.traits.difference(ATTRIBUTES)), topics=asked.topics)
    with connect(settings.SETPOINT_LAKE, settings.SETPOINT_ENGINE) as session, interruptible(session.interrupt):
        events, customer_ids = session.ordered_events() if asked.events else None, customers["customer_id"].to_numpy()
        done = [leaf for leaf in leaves(node) if isinstance(leaf, Performed | Measured | Happened | Followed)]
        known = remembered.holding(done, session, events, customer_ids, as_of)
        everybody = _population(asked, session, customers, None, as_of, {"events": events}, known)
        return _read(node, session, everybody, as_of), as_of


def _full_minute(at: datetime) -> datetime:
    begun = at.replace(second=0, microsecond=0)
    return begun if begun == at else begun + timedelta(minutes=1)


def _population(
    asked: Asked,
    session: Session,
    customers: pa.Table,
    consents: pa.Table | None,
    as_of: datetime,
    own: Mapping[str, Any],
    known: Mapping[str, Any] | None = None,
) -> Population:
    """Everybody as a tree asks for them; tables that the caller has as their `own` are taken as they are, and so is for
    whom a condition of events holds, where that is `known` by its `repr`."""
    names = asked.traits.intersection(customers.column_names).difference(NOT_TRAITS)
    traits = {name: f"trait_{number}" for number, name in enumerate(sorted(names))}
    columns = {"customer_id": customers["customer_id"]}
    columns |= {column: _present(customers[name], name) for name, column in traits.items()}
    topics = [topic for topic in asked.topics if consents is None or consent_column(*topic) in customers.column_names]
    told = {topic: f"topic_{number}" for number, topic in enumerate(topics)}
    columns |= {column: customers[consent_column(*topic)] for topic, column in told.items()}
    done = {key: f"done_{number}" for number, key in enumerate(known or ())}
    columns |= {done[key]: holds for key, holds in (known or {}).items()}
    events, decisions = own.get("events"), own.get("decisions")
    return Population(
        customers=session.memtable(pa.table(columns)),
        traits=traits,
        consents=None if consents is None else session.memtable(consents),
        events=session.ordered_events() if asked.events and events is None else events,
        topics=told,
        tags=session.memtable(tags().frame(asked.tags, as_of=as_of).select(TAGS.names)) if asked.tags else None,
        decisions=decided_rows(session) if asked.decisions and decisions is None else decisions,
        snapshots=session.by_person(session.memtable(snapshot_frame(asked.snapshots))) if asked.snapshots else None,
        dialect=session.dialect,
        known=done,
    )


def _read(node: Node, session: Session, everybody: Population, as_of: datetime) -> npt.NDArray[np.int64]:
    sql, moments = _written(node, everybody)
    found = session.engine.run(moments.filled(sql, as_of))
    return ascending([found["customer_id"]])


_queries: OrderedDict[Any, tuple[str, Moments]] = OrderedDict()
_writing = Lock()
_MOST_QUERIES = 500


def _written(node: Node, everybody: Population) -> tuple[str, Moments]:
    """The query for a tree, written once for each form that the tables have."""
    tables = (everybody.customers, everybody.consents, everybody.events, everybody.tags, everybody.decisions)
    forms = tuple(None if table is None else table.op() for table in (*tables, everybody.snapshots))
    named = tuple(tuple(names.items()) for names in (everybody.traits, everybody.topics, everybody.known))
    key = (repr(node), forms, named, everybody.dialect)
    with _writing:
        known = _queries.pop(key, None)
        if known is None:
            moments = Moments()
            wanted = members_expression(node, everybody, moments)
            known = str(ibis.to_sql(wanted, dialect=everybody.dialect, pretty=False)), moments
        _queries[key] = known
        while len(_queries) > _MOST_QUERIES:
            _queries.popitem(last=False)
        return known


def decided_rows(session: Session) -> Any:
    """Campaigns' decisions as `sets.Population` wants them."""
    rows = session.by_person(session.table("decisions", DECIDED))
    return rows.mutate(held_out=rows.held_out | rows.ghost)


def facts_of(customer_id: int, node: Node, *, as_of: datetime) -> Facts:
    """What a resolved tree needs to know of one customer; NotFound when there is no such customer."""
    customer = view(customer_id)
    asked = asked_by(node)
    attributes = {"language": customer.language or None, "timezone": customer.timezone or None}
    said = Consent.objects.filter(customer_id=customer.id).values_list("channel", "purpose", "state")
    ids = ids_of(customer.id)
    carried = tags().frame(asked.tags, as_of=as_of, customer_ids=[customer.id]).to_pylist() if asked.tags else []
    return Facts(
        traits={**_as_in_frame(customer.traits), **attributes},
        events=_occurrences(ids, asked.events) if asked.events else {},
        consents={(channel, purpose): state for channel, purpose, state in said},
        tags={row["tag"]: row["weight"] for row in carried},
        decisions=_decisions(ids) if asked.decisions else (),
        snapshots=holding(ids, asked.snapshots) if asked.snapshots else frozenset(),
    )


def _as_in_frame(traits: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the set-based reading meets them: of a trait that is not numbers alone, every value is text."""
    kinds = trait_names()
    return {
        name: value if value is None or kinds.get(name) == "number" else as_text(value)
        for name, value in traits.items()
        if name not in NOT_TRAITS
    }


def _occurrences(ids: Sequence[int], names: Iterable[str]) -> dict[str, list[Occurrence]]:
    with connect(settings.SETPOINT_LAKE, settings.SETPOINT_ENGINE) as session:
        events = session.recorded_events()
        own = events.filter(events.customer_id.isin(ids), events.event.isin(sorted(names)))
        rows = session.execute(own.select("event", "ts", "value", "properties")).to_pylist()
    found: dict[str, list[Occurrence]] = {}
    for row in rows:
        found.setdefault(row["event"], []).append(occurrence(row["ts"], row["value"], row["properties"]))
    return found


def occurrence(ts: datetime, value: float | None, properties: str | None) -> Occurrence:
    """A row of the lake's events (naive UTC, JSON text) as the live reading takes it."""
    return Occurrence(ts.replace(tzinfo=UTC), value, msgspec.json.decode(properties) if properties else {})


def _decisions(ids: Sequence[int]) -> tuple[Decided, ...]:
    with connect(settings.SETPOINT_LAKE, settings.SETPOINT_ENGINE) as session:
        rows = session.table("decisions", DECIDED)
        found = session.execute(rows.filter(rows.customer_id.isin(ids))).to_pylist()
    return tuple(
        Decided(_number_of(row["campaign"]), row["held_out"] or row["ghost"], row["decided_at"].replace(tzinfo=UTC))
        for row in found
    )


def _number_of(campaign: str) -> int:
    return int(campaign.removeprefix("campaign:"))


def _present(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """An attribute that is empty text is missing; a trait is taken as it is."""
    if name not in ATTRIBUTES:
        return column
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, column.type), column)
