"""Cutting long lists so that each query stays within the databases' parameter limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
QUERY_SIZE = 900


def in_pieces(items: Sequence[T], size: int = QUERY_SIZE) -> Iterator[Sequence[T]]:
    """The items in runs of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))
