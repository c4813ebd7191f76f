"""Ids of merged customers: they mean the survivor wherever they are met again."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from setpoint.customers.bulk import among
from setpoint.customers.identity_models import AliasChange, Merge, Part, Proposal
from setpoint.customers.models import Customer
from setpoint.engine.lake import Lake
from setpoint.engine.types import ALIASES

ALIASES_TABLE = _APP = "aliases"
_AT_ONCE = 50_000


def survivors(customer_ids: Iterable[int]) -> dict[int, int]:
    """For each of these ids that was merged, whose it is now; ids that mean themselves are left out."""
    asked = set(customer_ids)
    merged = (
        Customer.everyone.filter(pk__in=among(asked), merged_into__isnull=False) if asked else Customer.objects.none()
    )
    return {pk: root for pk, root in merged.values_list("pk", "merged_into") if root is not None}


def survivor(customer_id: int) -> int:
    """The customer whom this id means."""
    return survivors([customer_id]).get(customer_id, customer_id)


def ids_of(customer_id: int) -> list[int]:
    """All ids that mean this customer (given by any of them), the survivor's first."""
    return all_ids_of([customer_id])[customer_id]


def all_ids_of(customer_ids: Iterable[int]) -> dict[int, list[int]]:
    """For each of these customers (by any of their ids) all ids that mean them, the survivor's first."""
    asked = set(customer_ids)
    means = survivors(asked)
    roots = {means.get(pk, pk) for pk in asked}
    aliases: dict[int, list[int]] = {root: [root] for root in roots}
    rows = Customer.everyone.filter(merged_into__in=among(roots)).order_by("pk")
    for pk, root in rows.values_list("pk", "merged_into"):
        aliases[root or pk].append(pk)
    return {pk: aliases[means.get(pk, pk)] for pk in asked}


def forget(customer_ids: Iterable[int]) -> None:
    """Nothing of these customers' merges stays: images, evidence, proposals. Their ids mean nobody."""
    gone = among(set(customer_ids))
    Part.objects.filter(customer_id__in=gone).delete()
    for model in (Merge, Proposal):
        model.objects.filter(Q(first_id__in=gone) | Q(second_id__in=gone)).delete()


def publish_aliases() -> int:
    """Bring the lake's table of aliases up to date; returns how many changes that took. Safe to repeat, at any time."""
    lake = Lake(settings.SETPOINT_LAKE)
    told = lake.version_of(ALIASES_TABLE, _APP) or 0
    rows = list(AliasChange.objects.filter(pk__gt=told).order_by("pk").values_list("pk", "customer_id", "survivor_id"))
    for start in range(0, len(rows), _AT_ONCE):
        piece = rows[start : start + _AT_ONCE]
        columns = [pa.array(column, pa.int64()) for column in zip(*piece, strict=True)]
        table = pa.Table.from_arrays(columns, schema=ALIASES)
        lake.append(ALIASES_TABLE, table, app=_APP, version=piece[-1][0])
    return len(rows)


def publish_after_commit() -> None:
    """Have the lake's readers know of what the running transaction changes, once it has."""
    transaction.on_commit(_published, robust=True)


def _published() -> None:
    publish_aliases()


def catch_up() -> bool:
    """Tell the lake what a process that died between its commit and its word did not; whether there was anything."""
    return AliasChange.objects.exists() and publish_aliases() > 0
