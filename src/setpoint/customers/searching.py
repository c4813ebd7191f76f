"""Customers by a word: the beginning of an identity, by the index; a part of a name, in the columns."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from django.db.models import QuerySet

from setpoint.customers.columns import trait_column
from setpoint.customers.models import Customer, Identity
from setpoint.customers.naming import NAME_TRAITS
from setpoint.customers.snapshot import Snapshot

MOST = 10_000
_PHONE = re.compile(r"\+?[0-9][0-9 ().\-/]{3,}")
_NOT_DIGITS = re.compile(r"[^0-9]")
_LAST = "\U0010ffff"
_NAMES = "names"


def matching_ids(q: str) -> tuple[npt.NDArray[np.int64], bool]:
    """Customers with an identity that begins with a word, or with that number; and whether there are more than that."""
    found: set[int] = set()
    capped = False
    for start in _starts(q.strip()):
        ids = list(_beginning_with(start).values_list("customer_id", flat=True)[: MOST + 1])
        capped |= len(ids) > MOST
        found.update(ids[:MOST])
    number = q.strip().removeprefix("#")
    if number.isdecimal() and len(number) <= 15:
        found.update(Customer.objects.filter(pk=int(number)).values_list("pk", flat=True))
    return np.fromiter(sorted(found), dtype=np.int64, count=len(found)), capped


def named(now: Snapshot, q: str) -> npt.NDArray[np.bool_]:
    """Which rows of the columns have a name that holds a word, capitals or not."""
    traits = [trait_column(name) for name in NAME_TRAITS if trait_column(name) in now.names]
    names = now.derived(_NAMES, traits, _joined)
    held = pc.match_substring(names, " ".join(q.lower().split()))
    return np.asarray(
        held.to_numpy(zero_copy_only=False) if isinstance(held, pa.Array) else held.to_numpy(), dtype=bool
    )


def _joined(columns: list[pa.ChunkedArray], rows: int) -> pa.ChunkedArray:
    """All names of each row in small letters. Empty text stands for none: skipping nulls would lose rows of nulls."""
    if not columns or not rows:
        return pa.chunked_array([pa.repeat("", rows)])
    parts = [pc.fill_null(column, "").combine_chunks() for column in columns]
    return pa.chunked_array([pc.utf8_lower(pc.binary_join_element_wise(*parts, " "))])


def _starts(q: str) -> list[str]:
    starts = {q, q.lower()}
    if _PHONE.fullmatch(q):
        digits = _NOT_DIGITS.sub("", q)
        starts.add(f"+{digits.removeprefix('00')}")
    return sorted(start for start in starts if start and "\0" not in start)


def _beginning_with(start: str) -> QuerySet[Identity]:
    if connection.vendor == "postgresql":
        return Identity.objects.filter(value__startswith=start)
    return Identity.objects.filter(value__gte=start, value__lt=start + _LAST)
