"""Customers' rows turned into columns of text: what a trait was written as, whatever its type is called later.

Columns: customer_id, created_at, language, timezone, one `trait:NAME` a trait and one `consent:[CHANNEL, PURPOSE]` a
topic with the state that was last said.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec
import pyarrow as pa
from django.db.models import TextField
from django.db.models.functions import Cast

from setpoint.customers.bulk import among
from setpoint.customers.models import Consent, Customer

CHUNK = 20_000
BASE = (
    ("customer_id", pa.int64()),
    ("created_at", pa.timestamp("us", tz="UTC")),
    ("language", pa.string()),
    ("timezone", pa.string()),
)
_TRAIT = "trait:"
_CONSENT = "consent:"


def trait_column(name: str) -> str:
    """The column that holds a trait."""
    return _TRAIT + name


def consent_column(channel: str, purpose: str) -> str:
    """The column that holds what was said of a topic."""
    return _CONSENT + json.dumps([channel, purpose], ensure_ascii=False)


def topic_of(column: str) -> tuple[str, str] | None:
    """Channel and purpose of a consent's column; None for any other column."""
    if not column.startswith(_CONSENT):
        return None
    channel, purpose = json.loads(column.removeprefix(_CONSENT))
    return channel, purpose


def changed_since(mark: int) -> pa.Table:
    """The rows of customers that may have changed since a mark, all columns; a mark of 0 means everybody."""
    rows = Customer.objects.filter(revision__gte=mark) if mark else Customer.objects.order_by("pk")
    # The JSON column is read as text: msgspec parses it several times faster than the field would.
    told = rows.annotate(json=Cast("traits", TextField()))
    stream = told.values_list("pk", "created_at", "language", "timezone", "json").iterator(chunk_size=CHUNK)
    pieces = [_table(piece) for piece in _pieces(stream)]
    return pa.concat_tables([empty(), *pieces], promote_options="default")


_EXACT = 1e15
"""Below this, whole numbers are written without an exponent."""


def empty() -> pa.Table:
    """No customers."""
    return pa.schema(BASE).empty_table()


def as_text(value: Any) -> str:
    """A trait's value as text: itself, or its JSON form ("true", "12.5", "[1]"); a whole number is one, 5.0 is "5"."""
    kind = type(value)
    if kind is str:
        return str(value)
    if kind is float and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return repr(value) if kind in (int, float) else json.dumps(value, ensure_ascii=False)


def _table(piece: Sequence[tuple[Any, ...]]) -> pa.Table:
    ids, created, languages, zones, texts = zip(*piece, strict=True)
    decode = msgspec.json.Decoder().decode
    traits = [decode(text) for text in texts]
    columns = {
        name: pa.array(values, kind)
        for (name, kind), values in zip(BASE, (ids, created, languages, zones), strict=True)
    }
    for name in sorted(set().union(*traits)):
        values = [each.get(name) for each in traits]
        columns[trait_column(name)] = pa.array(
            [value if value is None or type(value) is str else as_text(value) for value in values], pa.string()
        )
    return pa.table(columns | _consents(ids))


def _consents(ids: Sequence[int]) -> dict[str, pa.Array]:
    place = {customer_id: position for position, customer_id in enumerate(ids)}
    said: defaultdict[tuple[str, str], list[str | None]] = defaultdict(lambda: [None] * len(ids))
    rows = Consent.objects.filter(customer_id__in=among(ids))
    for customer_id, channel, purpose, state in rows.values_list(
        "customer_id", "channel", "purpose", "state"
    ).iterator():
        said[channel, purpose][place[customer_id]] = state
    return {consent_column(*topic): pa.array(states, pa.string()) for topic, states in sorted(said.items())}


def _pieces(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while piece := list(islice(rows, CHUNK)):
        yield piece
