"""What landed of which row: digests that make a repeated row "same", a new one "created", another wording "changed"."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from setpoint.customers.bulk import among, write_rows
from setpoint.sources.models import LandedRow

ORDERS = 0
_encode = msgspec.json.Encoder(order="sorted").encode


class Landed(NamedTuple):
    """One row's digest and worth (in millionths) as it last landed."""

    digest: str
    amount: int


def digest_of(value: Any) -> str:
    """32 hexadecimal digits that tell this value from every other."""
    return hashlib.blake2b(_encode(value), digest_size=16).hexdigest()


def known(stream: int, keys: Iterable[str]) -> dict[str, Landed]:
    """What is known of these keys; those that never landed are left out."""
    wanted = list(keys)
    if not wanted:
        return {}
    rows = LandedRow.objects.filter(stream=stream, key__in=among(wanted))
    return {key: Landed(digest, amount) for key, digest, amount in rows.values_list("key", "digest", "amount")}


def remember(stream: int, rows: Mapping[str, Landed]) -> None:
    """Note what landed, within the transaction that lands it."""
    keys = sorted(rows)
    columns: dict[str, Sequence[Any]] = {
        "stream": [stream] * len(keys),
        "key": keys,
        "digest": [rows[key].digest for key in keys],
        "amount": [rows[key].amount for key in keys],
    }
    write_rows(LandedRow, columns, unique=("stream", "key"), update=("digest", "amount"))
