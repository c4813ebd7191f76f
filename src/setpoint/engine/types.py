"""The lake's tables: column names and types that every engine reads alike. Times are naive UTC, microseconds."""

from __future__ import annotations

import pyarrow as pa

EVENTS = pa.schema(
    [
        ("message_id", pa.string()),
        ("type", pa.string()),  # identify, track, page, screen, group, alias
        ("event", pa.string()),  # name of a track call; empty otherwise
        ("customer_id", pa.int64()),
        ("ts", pa.timestamp("us")),  # when it happened
        ("received_at", pa.timestamp("us")),
        ("value", pa.float64()),  # properties.revenue | total | value, main currency unit; null where absent
        ("properties", pa.string()),  # JSON
        ("day", pa.date32()),  # day of ts; the lake keeps months apart
    ]
)

ALIASES = pa.schema(
    [
        ("number", pa.int64()),  # a later number replaces an earlier one of the same customer_id
        ("customer_id", pa.int64()),
        ("survivor_id", pa.int64()),  # who is meant by customer_id: itself, where a merge was undone
    ]
)

DECIDED = pa.schema(
    [
        ("campaign", pa.string()),  # campaign:ID
        ("customer_id", pa.int64()),
        ("decided_at", pa.timestamp("us")),
        ("ghost", pa.bool_()),
        ("held_out", pa.bool_()),
    ]
)
"""The columns of the decision log that tell who was decided on and who was held out."""
