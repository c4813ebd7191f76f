"""One expression tree for audiences. As JSON: {"all": [...]}, {"any": [...]}, {"not": {...}},
{"trait": "city", "op": "=", "value": "Lyon"},
{"performed": "Order Completed", "op": ">=", "count": 2, "within_days": 90},
{"consent": "email", "purpose": "marketing", "state": "granted"}, {"everyone": true}.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

TraitOp = Literal["=", "!=", ">", ">=", "<", "<=", "contains", "in", "exists", "missing"]
CountOp = Literal["=", "!=", ">", ">=", "<", "<="]
Scalar: TypeAlias = "str | float | int | bool"


@dataclass(frozen=True, slots=True)
class Everyone:
    """All customers."""


@dataclass(frozen=True, slots=True)
class Trait:
    """A trait compared with a value. A missing trait satisfies only `missing` (and `not` of anything)."""

    name: str
    op: TraitOp
    value: Scalar | tuple[Scalar, ...] | None = None


@dataclass(frozen=True, slots=True)
class Performed:
    """How often an event was performed, in the last `within_days` before `as_of` (None = ever)."""

    event: str
    op: CountOp = ">="
    count: int = 1
    within_days: int | None = None


@dataclass(frozen=True, slots=True)
class Consented:
    """What the customer said for a channel and purpose. Nothing said is neither granted nor denied."""

    channel: str
    purpose: str = "marketing"
    state: Literal["granted", "denied"] = "granted"


@dataclass(frozen=True, slots=True)
class Not:
    """Those who are not in `node`."""

    node: Node


@dataclass(frozen=True, slots=True)
class All:
    """Those who are in every one of `nodes` (no nodes: everyone)."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Those who are in at least one of `nodes` (no nodes: no one)."""

    nodes: tuple[Node, ...]


Node: TypeAlias = "Everyone | Trait | Performed | Consented | Not | All | AnyOf"
