"""Numbers set aside: nobody else gets them, on either database."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from setpoint.customers.models import Customer
from setpoint.site.company import numbering
from setpoint.site.company.types import Block

pytestmark = pytest.mark.django_db


def _customer(now) -> Customer:
    return Customer.objects.create(created_at=now, updated_at=now)


def test_rows_made_meanwhile_lie_outside_the_block(now) -> None:
    before = _customer(now)
    blocks = numbering.reserve()
    after = _customer(now)
    block = blocks["customers.customer"]
    assert block.last - block.first + 1 == numbering.SIZES["customers.customer"]
    assert before.pk < block.first <= block.last < after.pk


def test_two_blocks_do_not_touch(now) -> None:
    first, second = numbering.reserve(), numbering.reserve()
    assert all(first[name].last < second[name].first for name in first)


def test_every_table_with_people_or_campaigns_is_moved() -> None:
    names = {model._meta.label_lower for model in numbering.movable()}
    assert {"customers.customer", "customers.identity", "customers.consent", "segments.segment"} <= names
    assert {"content.template", "content.variant", "content.offer", "autopilot.campaign", "autopilot.step"} <= names
    assert {"delivery.stream", "delivery.budget", "delivery.delivery"} <= names
    assert not names & numbering.STAYS


def test_a_table_comes_after_those_it_refers_to() -> None:
    names = [model._meta.label_lower for model in numbering.movable()]
    assert names.index("customers.customer") < names.index("customers.identity") < len(names)
    assert names.index("delivery.stream") < names.index("delivery.delivery")
    assert names.index("customers.customer") < names.index("delivery.delivery")


def test_blocks_survive_json() -> None:
    blocks = {"customers.customer": Block(5, 9)}
    assert numbering.from_json(numbering.to_json(blocks)) == blocks


def test_another_installation_numbers_from_the_block(tmp_path: Path) -> None:
    table = Customer._meta.db_table
    path = tmp_path / "other.sqlite3"
    with sqlite3.connect(path) as other:
        other.execute(f"create table {table} (id integer primary key autoincrement, x integer)")
    numbering.start_numbering(path, {"customers.customer": Block(4001, 7000)})
    with sqlite3.connect(path) as other:
        other.execute(f"insert into {table} (x) values (1)")
        assert other.execute(f"select id from {table}").fetchone() == (4001,)
