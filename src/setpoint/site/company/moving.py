"""Rows on the move: from the past's home into this installation, and out again, whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from typing import Any

from deltalake import DeltaTable
from django.conf import settings
from django.db import connections, models, transaction
from django.db.backends.sqlite3.base import DatabaseWrapper

from setpoint.autopilot.models import Campaign, Day
from setpoint.content.models import Offer, Template, Variant
from setpoint.customers.models import Customer, Identity, Suppression, TraitName
from setpoint.customers.removing import remove_customers
from setpoint.customers.revisions import touch
from setpoint.delivery.models import Delivery, Stream
from setpoint.engine.lake import Lake
from setpoint.segments.models import Segment
from setpoint.site.company.channel import CHANNEL
from setpoint.site.company.models import DemoMail
from setpoint.site.company.numbering import movable
from setpoint.site.company.types import Block, Blocks

ACTOR = "demo company"
PREFIX = "demo-"
DOMAIN = "@demo.example"
ALIAS = "demo_company_past"
BATCH = 2_000
EVENTS, DECISIONS, FINDINGS = "events", "decisions", "findings"


def move_in(home: Path, blocks: Blocks) -> None:
    """Copy every row and every event of the past's home. The numbers were set aside, so nothing can collide."""
    customers = blocks["customers.customer"]
    for name in (EVENTS, DECISIONS):
        table = DeltaTable(str(home / "lake" / name))
        rows, columns = table.to_pyarrow_table(), table.metadata().partition_columns
        app = f"demo-company:{customers.first}"
        Lake(settings.SETPOINT_LAKE).append(name, rows, app=app, version=1, partition_by=columns)
    shutil.copytree(home / "lake" / FINDINGS, _findings(), dirs_exist_ok=True)
    with _opened(home / "setpoint.sqlite3"), transaction.atomic():
        for model in movable():
            _copy(model)
        for trait in TraitName.objects.using(ALIAS).all():
            TraitName.objects.get_or_create(name=trait.name, defaults={"kind": trait.kind})
        touch(range(customers.first, customers.last + 1))
        _count_days_anew()


def take_out(blocks: Blocks, *, now: datetime) -> None:
    """Remove the demo's rows, those that came later because of them, and their events. Safe to repeat."""
    if not blocks:
        return
    keys = [campaign.key for campaign in campaigns_of(blocks)]
    customers = blocks["customers.customer"]
    lake = Lake(settings.SETPOINT_LAKE)
    lake.remove(EVENTS, _within(customers))
    lake.remove(DECISIONS, " or ".join([_within(customers), *(f"campaign = '{key}'" for key in keys)]))
    for key in keys:
        shutil.rmtree(_findings() / key.replace(":", "-"), ignore_errors=True)
    _take_rows_out(blocks, keys, now)


def _count_days_anew() -> None:
    """What each day brought is another sum with the demo than without it."""
    Day.objects.all().delete()


def campaigns_of(blocks: Blocks) -> list[Campaign]:
    """Campaigns of the demo company: those that came with it, and those that people made with its templates."""
    own, variants = blocks["autopilot.campaign"], _variants_of(blocks)
    return [row for row in Campaign.objects.order_by("pk") if own.first <= row.pk <= own.last or _uses(row, variants)]


def in_block(model: type[models.Model], block: Block) -> Any:
    """The rows of a table whose numbers lie in a block."""
    return model._base_manager.filter(pk__range=(block.first, block.last))


def _variants_of(blocks: Blocks) -> set[int]:
    own = in_block(Variant, blocks["content.variant"]).values_list("pk", flat=True)
    return {*own, *Variant.objects.filter(template__channel=CHANNEL).values_list("pk", flat=True)}


def _uses(campaign: Campaign, variants: set[int]) -> bool:
    actions = campaign.spec.get("actions") if isinstance(campaign.spec, dict) else None
    chosen = actions.get("variants") if isinstance(actions, dict) else None
    return bool(variants.intersection(chosen if isinstance(chosen, list) else []))


@contextmanager
def _opened(database: Path) -> Iterator[None]:
    """The past's records as a second database, for as long as its rows are read."""
    default = connections["default"].settings_dict
    place = {"ENGINE": "django.db.backends.sqlite3", "NAME": database, "OPTIONS": {}, "CONN_MAX_AGE": 0}
    connections[ALIAS] = DatabaseWrapper({**default, **place}, ALIAS)  # this thread's alone
    try:
        yield
    finally:
        connections[ALIAS].close()
        del connections[ALIAS]


def _copy(model: type[models.Model]) -> None:
    rows = model._base_manager.using(ALIAS).order_by("pk").iterator(BATCH)
    batch: list[models.Model] = []
    for row in rows:
        batch.append(_ours(row))
        if len(batch) == BATCH:
            model._base_manager.using("default").bulk_create(batch)
            batch = []
    model._base_manager.using("default").bulk_create(batch)


def _ours(row: models.Model) -> models.Model:
    if isinstance(row, Identity) and row.kind == "user_id":
        row.value = PREFIX + row.value
    if isinstance(row, Segment | Template | Offer):
        row.name = _free_name(type(row), row.name)
    row._state.db = "default"
    return row


def _free_name(model: type[models.Model], name: str) -> str:
    """The name, with a number where the company has one of this name."""
    names = chain([name], (f"{name} ({number})" for number in count(2)))
    return next(free for free in names if not model._base_manager.filter(name=free).exists())


def _findings() -> Path:
    return Path(settings.SETPOINT_LAKE) / FINDINGS


def _within(block: Block) -> str:
    return f"(customer_id >= {block.first} and customer_id <= {block.last})"


@transaction.atomic
def _take_rows_out(blocks: Blocks, keys: list[str], now: datetime) -> None:
    customers = blocks["customers.customer"]
    Delivery.objects.filter(stream__source__in=keys).delete()
    Delivery.objects.filter(customer_id__gte=customers.first, customer_id__lte=customers.last).delete()
    Stream.objects.filter(source__in=keys).delete()
    Campaign.objects.filter(pk__in=[int(key.partition(":")[2]) for key in keys]).delete()
    people = list(in_block(Customer, customers).values_list("pk", flat=True))
    remove_customers(people, actor=ACTOR, now=now)
    for model in reversed(movable()):
        if block := blocks.get(model._meta.label_lower):
            in_block(model, block).delete()
    Suppression.objects.filter(address__endswith=DOMAIN).delete()
    DemoMail.objects.all().delete()
    _count_days_anew()
