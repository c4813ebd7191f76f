"""Numbers set aside: rows that are made elsewhere come with ids that nobody else here can get."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core import serializers
from django.db import connection, models, transaction

from setpoint.site.company.models import DemoCompany
from setpoint.site.company.types import Block, Blocks

PACKAGES = ("customers", "segments", "content", "delivery", "autopilot")
STAYS = {
    "customers.traitname",
    "customers.revision",
    "customers.joinsettings",
    "customers.tag",
    "customers.tagboost",
    "customers.tagblock",
    "customers.taglately",
    "customers.tagchange",
    "customers.tagchangeof",
    "customers.tagchangeblock",
    "delivery.channelaccount",
    "autopilot.day",
}
"""What is one for the whole company: its settings, its days, and the tags that it finds for all of its customers."""
SIZES = {"customers.customer": 3_000, "segments.segment": 50, "autopilot.campaign": 50}
USUAL_SIZE = 30_000


def movable() -> list[type[models.Model]]:
    """The tables whose rows move, each after those that it refers to. Only tables that number their rows by themselves."""
    found = [model for package in PACKAGES for model in apps.get_app_config(package).get_models()]
    ordered = serializers.sort_dependencies([(None, found)], allow_cycles=True)
    return [model for model in ordered if model._meta.label_lower not in STAYS and _is_numbered(model)]


@transaction.atomic
def reserve() -> Blocks:
    """Set a block aside in every table."""
    return {model._meta.label_lower: _reserve(model) for model in movable()}


def start_numbering(database: Path, blocks: Blocks) -> None:
    """Let another installation's empty SQLite file number its rows from the blocks' first ids."""
    with sqlite3.connect(database, timeout=30) as records:
        for model, block in _pairs(blocks):
            table = model._meta.db_table
            records.execute("delete from sqlite_sequence where name = ?", (table,))
            records.execute("insert into sqlite_sequence (name, seq) values (?, ?)", (table, block.first - 1))


def block_of(table: str) -> Block | None:
    """The numbers of one table that the demo company holds now; None where there is no demo company."""
    kept = DemoCompany.objects.filter(pk=1).values_list("blocks", flat=True).first()
    return from_json(kept).get(table) if kept else None


def to_json(blocks: Blocks) -> dict[str, Any]:
    """Blocks as a JSON value."""
    return {name: asdict(block) for name, block in blocks.items()}


def from_json(kept: dict[str, Any]) -> Blocks:
    """The inverse of `to_json`."""
    return {name: Block(**block) for name, block in kept.items()}


def _pairs(blocks: Blocks) -> Iterator[tuple[type[models.Model], Block]]:
    for name, block in blocks.items():
        yield apps.get_model(name), block


def _is_numbered(model: type[models.Model]) -> bool:
    return isinstance(model._meta.pk, models.AutoField | models.BigAutoField)


def _reserve(model: type[models.Model]) -> Block:
    size = SIZES.get(model._meta.label_lower, USUAL_SIZE)
    last = _advance_postgres(model, size) if connection.vendor == "postgresql" else _advance_sqlite(model, size)
    return Block(last - size + 1, last)


def _advance_postgres(model: type[models.Model], size: int) -> int:
    pk = model._meta.pk
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_get_serial_sequence(%s, %s)", [f'"{model._meta.db_table}"', pk.column if pk else "id"]
        )
        sequence = cursor.fetchone()[0]
        cursor.execute("select setval(%s, nextval(%s) + %s)", [sequence, sequence, size])
        return int(cursor.fetchone()[0])


def _advance_sqlite(model: type[models.Model], size: int) -> int:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("select seq from sqlite_sequence where name = %s", [table])
        kept = cursor.fetchone()
        last = int(kept[0] if kept else 0) + size
        cursor.execute("delete from sqlite_sequence where name = %s", [table])
        cursor.execute("insert into sqlite_sequence (name, seq) values (%s, %s)", [table, last])
    return last
