"""Customers in columns, for analysis: Arrow tables of the current snapshot."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from setpoint.customers import activity, snapshot
from setpoint.customers.columns import BASE, consent_column, topic_of, trait_column
from setpoint.customers.models import TraitName

RESERVED = frozenset(name for name, _type in BASE)
_CONSENT_SCHEMA = pa.schema(
    [("customer_id", pa.int64()), ("channel", pa.string()), ("purpose", pa.string()), ("state", pa.string())]
)


def customer_frame(trait_names: Sequence[str] | None = None, *, topics: Sequence[tuple[str, str]] = ()) -> pa.Table:
    """All customers as a pyarrow.Table: customer_id, created_at, language, timezone and one column a trait.

    A trait of numbers alone is a column of doubles, every other one of strings ("true" and "false" for booleans, JSON
    for lists and objects); null where the customer has none. None asks for all traits. Traits called like one of the
    four fixed columns are left out. What was said for each of `topics` (channel, purpose) is a column of its own, called
    by `columns.consent_column`. Rows come in no certain order.
    """
    now = snapshot.current()
    kinds = known_traits()  # after the snapshot, so that no text can be in a column that they say is of numbers
    wanted = [name for name in (kinds if trait_names is None else trait_names) if name not in RESERVED]
    columns = {name: now.column(name) for name, _type in BASE}
    for name in wanted:
        columns[name] = now.column(trait_column(name), numeric=kinds.get(name) == "number")
    return pa.table(columns | {name: now.column(name) for name in (consent_column(*topic) for topic in topics)})


def consent_frame() -> pa.Table:
    """All consents as a pyarrow.Table(customer_id, channel, purpose, state), in no certain order."""
    now = snapshot.current()
    topics = {name: topic for name in sorted(now.names) if (topic := topic_of(name))}
    pieces = [_said(now, name, *topic) for name, topic in topics.items()]
    return pa.concat_tables([_CONSENT_SCHEMA.empty_table(), *pieces])


def known_traits() -> dict[str, str]:
    """Every trait's name with its type, "number", "text" or "boolean", sorted by name. Mixed types are "text"."""
    return dict(TraitName.objects.order_by("name").values_list("name", "kind"))


def settle() -> bool:
    """Bring the columns up to date and, where much has changed, write them down; whether that was so."""
    activity.refresh()
    return snapshot.settle()


def _said(now: snapshot.Snapshot, name: str, channel: str, purpose: str) -> pa.Table:
    rows = now.table(["customer_id", name]).filter(now.column(name).is_valid())
    constants = [pa.repeat(text, len(rows)) for text in (channel, purpose)]
    return pa.table([rows["customer_id"], *constants, rows[name]], schema=_CONSENT_SCHEMA)
