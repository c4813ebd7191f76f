"""Customers in columns, for analysis: Arrow tables built while the rows stream by."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec
import pyarrow as pa
from django.db.models import TextField
from django.db.models.functions import Cast

from setpoint.customers.models import Consent, Customer, TraitName

_CHUNK = 20_000
_BASE = (
    ("customer_id", pa.int64()),
    ("created_at", pa.timestamp("us", tz="UTC")),
    ("language", pa.string()),
    ("timezone", pa.string()),
)
_RESERVED = frozenset(name for name, _type in _BASE)
_CONSENT_SCHEMA = pa.schema(
    [("customer_id", pa.int64()), ("channel", pa.string()), ("purpose", pa.string()), ("state", pa.string())]
)


def customer_frame(trait_names: Sequence[str] | None = None) -> Any:
    """All customers as a pyarrow.Table: customer_id, created_at, language, timezone and one column a trait.

    A trait of numbers alone is a column of doubles, every other one of strings ("true" and "false" for booleans, JSON
    for lists and objects); null where the customer has none. None asks for all traits. Traits called like one of the
    four fixed columns are left out.
    """
    kinds = known_traits()
    wanted = [name for name in (kinds if trait_names is None else trait_names) if name not in _RESERVED]
    numbers = [kinds.get(name) == "number" for name in wanted]
    fields = [(name, pa.float64() if number else pa.string()) for name, number in zip(wanted, numbers, strict=True)]
    schema = pa.schema([*_BASE, *fields])
    return pa.Table.from_batches(_batches(schema, dict(zip(wanted, numbers, strict=True))), schema)


def consent_frame() -> Any:
    """All consents as a pyarrow.Table(customer_id, channel, purpose, state)."""
    rows = Consent.objects.order_by("pk").values_list("customer_id", "channel", "purpose", "state")
    stream = rows.iterator(chunk_size=_CHUNK)
    batches = (_batch(list(zip(*piece, strict=True)), _CONSENT_SCHEMA) for piece in _pieces(stream))
    return pa.Table.from_batches(batches, _CONSENT_SCHEMA)


def known_traits() -> dict[str, str]:
    """Every trait's name with its type, "number", "text" or "boolean", sorted by name. Mixed types are "text"."""
    return dict(TraitName.objects.order_by("name").values_list("name", "kind"))


def _batches(schema: Any, number_of: Mapping[str, bool]) -> Iterator[Any]:
    # The JSON column is read as text: msgspec parses it several times faster than the field would.
    rows = (
        Customer.objects.order_by("pk")
        .annotate(json=Cast("traits", TextField()))
        .values_list("pk", "created_at", "language", "timezone", "json")
    )
    decode = msgspec.json.Decoder().decode
    for piece in _pieces(rows.iterator(chunk_size=_CHUNK)):
        *fixed, texts = zip(*piece, strict=True)
        traits = [decode(text) for text in texts]
        yield _batch([*fixed, *(_column(traits, name, number) for name, number in number_of.items())], schema)


def _column(traits: Sequence[Mapping[str, Any]], name: str, number: bool) -> list[Any]:
    values = [each.get(name) for each in traits]
    return values if number else [value if value is None or type(value) is str else as_text(value) for value in values]


def as_text(value: Any) -> str:
    """A trait's value as text: itself, or its JSON form ("true", "12.5", "[1]")."""
    return value if type(value) is str else json.dumps(value, ensure_ascii=False)


def _batch(columns: Sequence[Sequence[Any]], schema: Any) -> Any:
    return pa.record_batch(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )


def _pieces(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while piece := list(islice(rows, _CHUNK)):
        yield piece
