"""Customers in columns."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pytest

from setpoint.customers import columns
from setpoint.customers.services import consent_frame, customer_frame, trait_names, upsert_customers
from setpoint.customers.types import ConsentRecord, Profile

pytestmark = pytest.mark.django_db


def _fill(now: datetime) -> list[int]:
    granted = (ConsentRecord("email", "marketing", "granted"),)
    return upsert_customers(
        [
            Profile({"user_id": "1"}, {"age": 30, "city": "Lyon", "vip": True, "odd": 1}, granted),
            Profile({"user_id": "2"}, {"age": 31.5, "odd": "x", "tags": ["a", "é"], "language": "mine"}),
            Profile({"user_id": "3"}),
        ],
        now=now,
    )


def test_a_column_a_trait_with_the_widest_type(now: datetime) -> None:
    ids = _fill(now)
    table = customer_frame()
    assert table.schema.names == [
        "customer_id",
        "created_at",
        "language",
        "timezone",
        "age",
        "city",
        "odd",
        "tags",
        "vip",
    ]
    assert table.schema.field("age").type == pa.float64()
    assert table.schema.field("created_at").type == pa.timestamp("us", tz="UTC")
    assert table.drop_columns(["created_at"]).to_pydict() == {
        "customer_id": ids,
        "language": ["en"] * 3,
        "timezone": ["UTC"] * 3,
        "age": [30.0, 31.5, None],
        "city": ["Lyon", None, None],
        "odd": ["1", "x", None],
        "tags": [None, '["a", "é"]', None],
        "vip": ["true", None, None],
    }
    assert table["created_at"].to_pylist() == [now] * 3


def test_only_the_traits_asked_for_and_unknown_ones_are_empty(now: datetime) -> None:
    _fill(now)
    table = customer_frame(trait_names=["city", "shoe"])
    assert table.schema.names[4:] == ["city", "shoe"]
    assert table["shoe"].to_pylist() == [None] * 3


def test_trait_names_tell_types(now: datetime) -> None:
    _fill(now)
    assert trait_names() == {
        "age": "number",
        "city": "text",
        "language": "text",
        "odd": "text",
        "tags": "text",
        "vip": "boolean",
    }


def test_consents_in_columns(now: datetime) -> None:
    ids = _fill(now)
    assert consent_frame().to_pylist() == [
        {"customer_id": ids[0], "channel": "email", "purpose": "marketing", "state": "granted"}
    ]


def test_nobody_there() -> None:
    assert customer_frame().num_rows == 0
    assert consent_frame().schema.names == ["customer_id", "channel", "purpose", "state"]


def test_more_rows_than_one_piece(now: datetime, monkeypatch) -> None:
    monkeypatch.setattr(columns, "CHUNK", 2)
    ids = _fill(now)
    assert customer_frame()["customer_id"].to_pylist() == ids
