"""What conditions can speak of that others keep: bound by name when the application starts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import pyarrow as pa

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


class NoTags:
    """Nobody carries a tag."""

    def frame(self, names: Sequence[str], *, as_of: datetime, customer_ids: Sequence[int] | None = None) -> pa.Table:
        """No rows."""
        return TAGS.empty_table()

    def known(self) -> Sequence[Common]:
        """None."""
        return ()


_bound: list[TagProvider] = [NoTags()]


def bind_tags(provider: TagProvider) -> None:
    """From now on tags are asked of this provider."""
    _bound[0] = provider


def tags() -> TagProvider:
    """Who keeps tags."""
    return _bound[0]
