"""One expression tree for audiences. As JSON: {"all": [...]}, {"any": [...]}, {"not": {...}},
{"trait": "city", "op": "=", "value": "Lyon"},
{"performed": "Order Completed", "op": ">=", "count": 2, "within_days": 90},
{"consent": "email", "purpose": "marketing", "state": "granted"}, {"everyone": true}.

What a tree means, the same in both readings (set-based and single-customer):

* A trait that is absent or null is missing. `language` and `timezone` are read like traits, missing when empty.
* A value has a text form: text is itself, a boolean is "true" or "false", a number its shortest decimal form ("5" for 5
  and for 5.0). Where that text is a plain decimal number ("-12.5", "1e+16"), the value has a number form as well.
* A number in the tree is compared with number forms ("5" = 5; "abc" is neither below nor above 5). A text or a boolean
  in the tree is compared with text forms, ordered by code point; `contains` looks for a part of the text, upper and
  lower case told apart. `in` is `=` with at least one of the values. `!=` is a trait that is there and not `=`.
* An event counts when its name is equal and as_of - within_days <= its time < as_of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
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


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one customer: traits as plain JSON values, times (aware UTC) by event name, consent states."""

    traits: Mapping[str, object]
    events: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    consents: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (channel, purpose) -> state


@dataclass(frozen=True, slots=True)
class SegmentView:
    """A segment that was given a name."""

    id: int
    name: str
    node: Node
    created_at: datetime
    updated_at: datetime
    description: str = ""
    version: int = 1
    archived_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SegmentQuery:
    """Which segments, and in which order."""

    q: str = ""
    archived: bool = False
    sort: Literal["name", "newest", "oldest"] = "name"


@dataclass(frozen=True, slots=True)
class Preview:
    """How many customers a tree selects now, of how many, and some of their ids, spread over all."""

    count: int
    sample: tuple[int, ...]
    total: int = 0


@dataclass(frozen=True, slots=True)
class Explained:
    """One condition of a tree, read for one customer: whether it holds, in words, and what was seen.

    `place` is where it stands ("all[1]"), `depth` how deep; a group sees nothing itself.
    """

    place: str
    depth: int
    kind: Literal["all", "any", "not", "trait", "performed", "consent", "everyone"]
    holds: bool
    words: str
    seen: str


@dataclass(frozen=True, slots=True)
class MembersPage:
    """Customers of a segment by id; `counted_at` is the moment at which membership was read."""

    ids: tuple[int, ...]
    next: int | None
    total: int
    counted_at: datetime


@dataclass(frozen=True, slots=True)
class Common:
    """A value that many customers have, or an event that many performed, and how many of those looked at."""

    value: str
    count: int
