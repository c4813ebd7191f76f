"""What conditions can speak of that others keep."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from setpoint.customers.tags import services as kept
from setpoint.segments.types import Common

TAGS = pa.schema([("customer_id", pa.int64()), ("tag", pa.string()), ("weight", pa.float64())])


class TagProvider(Protocol):
    """Who keeps tags. A row of the frame is one tag of one customer with its weight at the moment asked for; a customer
    carries a tag at most once, and nobody who was merged away carries any."""

    def frame(self, names: Sequence[str], *, as_of: datetime, customer_ids: Sequence[int] | None = None) -> pa.Table:
        """These tags as `TAGS`, of all customers or of some, in any order."""
        ...

    def known(self) -> Sequence[Common]:
        """The tags that there are, and how many carry each."""
        ...


class KeptTags:
    """The tags of customers."""

    def frame(self, names: Sequence[str], *, as_of: datetime, customer_ids: Sequence[int] | None = None) -> pa.Table:
        """Of few customers one by one, of all at once."""
        if customer_ids is None or len(customer_ids) > _FEW:
            rows = kept.tag_frame(names, at=as_of)
            return rows if customer_ids is None else rows.filter(_among(rows, customer_ids))
        found = [
            {"customer_id": pk, "tag": name, "weight": weight}
            for pk in customer_ids
            for name, weight in kept.weights_of(pk, at=as_of).items()
            if name in names
        ]
        return pa.Table.from_pylist(found, TAGS)

    def known(self) -> Sequence[Common]:
        """All that were not put away."""
        return [Common(tag.name, tag.members) for tag in kept.list_tags()]


_FEW = 20


def _among(rows: pa.Table, customer_ids: Sequence[int]) -> pa.ChunkedArray:
    return pc.is_in(rows["customer_id"], value_set=pa.array(customer_ids, pa.int64()))


_bound: list[TagProvider] = [KeptTags()]


def bind_tags(provider: TagProvider) -> None:
    """From now on tags are asked of this provider."""
    _bound[0] = provider


def tags() -> TagProvider:
    """Who keeps tags."""
    return _bound[0]
