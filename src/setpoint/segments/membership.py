"""Who is in a segment: the set-based reading run on Arrow frames and the lake, and the facts of one customer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from setpoint.customers.columns import as_text, consent_column
from setpoint.customers.models import Consent
from setpoint.customers.services import customer_frame, ids_of, trait_names, view
from setpoint.engine.session import Session, connect
from setpoint.segments.running import interruptible
from setpoint.segments.sets import Population, members_expression
from setpoint.segments.tree import leaves
from setpoint.segments.types import Consented, Facts, Node, Performed, Trait

ATTRIBUTES = ("language", "timezone")
"""Columns of every customer that are read like traits."""

NOT_TRAITS = ("customer_id", "created_at")
"""Columns of every customer that are not; a trait called like one of them counts as missing."""

_NO_CONSENTS = pa.schema([(name, pa.string()) for name in ("channel", "purpose", "state")])


def select_members(node: Node, *, as_of: datetime) -> npt.NDArray[np.int64]:
    """Ids of those in the segment at `as_of`, ascending. Reads no more than the tree asks for."""
    names = {leaf.name for leaf in leaves(node) if isinstance(leaf, Trait)}
    said = sorted({(leaf.channel, leaf.purpose) for leaf in leaves(node) if isinstance(leaf, Consented)})
    customers = customer_frame(sorted(names.difference(ATTRIBUTES)), topics=said)
    with connect(settings.SETPOINT_LAKE, settings.SETPOINT_ENGINE) as session, interruptible(session.interrupt):
        return select(node, session, customers=customers, consents=_no_consents(), as_of=as_of, topics=said)


def select(
    node: Node,
    session: Session,
    *,
    customers: pa.Table,
    consents: pa.Table,
    as_of: datetime,
    events: Any = None,
    topics: Sequence[tuple[str, str]] = (),
) -> npt.NDArray[np.int64]:
    """Ids of those in the segment, ascending, of the population in two frames (see `customers.services`).

    `events` is an Ibis table of the session; by default the lake's. What was said for `topics` stands in columns of
    `customers`.
    """
    names = {leaf.name for leaf in leaves(node) if isinstance(leaf, Trait)}
    names = names.intersection(customers.column_names).difference(NOT_TRAITS)
    traits = {name: f"trait_{number}" for number, name in enumerate(sorted(names))}
    columns = {"customer_id": customers["customer_id"]}
    columns |= {column: _present(customers[name], name) for name, column in traits.items()}
    told = {topic: f"topic_{number}" for number, topic in enumerate(topics)}
    columns |= {column: customers[consent_column(*topic)] for topic, column in told.items()}
    everybody = Population(
        customers=session.memtable(pa.table(columns)),
        traits=traits,
        consents=session.memtable(consents),
        events=session.events() if events is None else events,
        topics=told,
    )
    found = session.execute(members_expression(node, everybody, as_of=as_of))
    return np.sort(found["customer_id"].to_numpy().astype(np.int64, copy=False))


def facts_of(customer_id: int, node: Node, *, as_of: datetime) -> Facts:
    """What the tree needs to know of one customer; NotFound when there is no such customer."""
    customer = view(customer_id)
    attributes = {"language": customer.language or None, "timezone": customer.timezone or None}
    names = {leaf.event for leaf in leaves(node) if isinstance(leaf, Performed)}
    said = Consent.objects.filter(customer_id=customer_id).values_list("channel", "purpose", "state")
    return Facts(
        traits={**_as_in_frame(customer.traits), **attributes},
        events=_times(customer_id, names, as_of) if names else {},
        consents={(channel, purpose): state for channel, purpose, state in said},
    )


def _as_in_frame(traits: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the set-based reading meets them: of a trait that is not numbers alone, every value is text."""
    kinds = trait_names()
    return {
        name: value if value is None or kinds.get(name) == "number" else as_text(value)
        for name, value in traits.items()
        if name not in NOT_TRAITS
    }


def _times(customer_id: int, names: Iterable[str], as_of: datetime) -> dict[str, list[datetime]]:
    with connect(settings.SETPOINT_LAKE, settings.SETPOINT_ENGINE) as session:
        events = session.recorded_events()
        own = events.filter(events.customer_id.isin(ids_of(customer_id)), events.event.isin(sorted(names)))
        rows = session.execute(own.select("event", "ts")).to_pylist()
    times: dict[str, list[datetime]] = {}
    for row in rows:
        times.setdefault(row["event"], []).append(row["ts"].replace(tzinfo=UTC))
    return times


def _present(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """An attribute that is empty text is missing; a trait is taken as it is."""
    if name not in ATTRIBUTES:
        return column
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, column.type), column)


def _no_consents() -> pa.Table:
    return _NO_CONSENTS.insert(0, pa.field("customer_id", pa.int64())).empty_table()
