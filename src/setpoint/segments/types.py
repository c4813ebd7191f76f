"""One expression tree for audiences; its JSON and its text form are told in docs/reference/segments.md.

What a tree means, the same in both readings (set-based and single-customer):

* A trait that is absent or null is missing. `language` and `timezone` are read like traits, missing when empty.
* A value has a text form: text is itself, a boolean is "true" or "false", a number its shortest decimal form ("5" for 5
  and for 5.0). Where that text is a plain decimal number ("-12.5", "1e+16"), the value has a number form as well.
* A number in the tree is compared with number forms ("5" = 5; "abc" is neither below nor above 5). A text or a boolean
  in the tree is compared with text forms, ordered by code point; `contains` looks for a part of the text, upper and
  lower case told apart. `in` is `=` with at least one of the values. `!=` is a trait that is there and not `=`.
* An event counts when its name is equal, its time is before as_of and in the window, and its properties pass the filter.
  A property is compared like a trait; a list or an object exists but equals nothing. The property `value` is what the
  event was worth (the lake's column: revenue, total or value). Sums are compared to six decimals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, Literal, TypeAlias, TypeVar

TraitOp = Literal["=", "!=", ">", ">=", "<", "<=", "contains", "in", "exists", "missing"]
CountOp = Literal["=", "!=", ">", ">=", "<", "<="]
Measure = Literal["sum", "min", "max"]
Edge = Literal["first", "last"]
Did = Literal["decided", "held_out", "sent", "opened", "clicked", "responded"]
Scalar: TypeAlias = "str | float | int | bool"
Operand: TypeAlias = "Scalar | tuple[Scalar, ...] | None"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, all that is given holding: from `within_days` before `as_of` until `older_days` before it
    (exclusive), from `since` until `until` (aware UTC, exclusive). Nothing given: ever."""

    within_days: int | None = None
    older_days: int = 0
    since: datetime | None = None
    until: datetime | None = None

    def bounds(self, as_of: datetime) -> tuple[datetime | None, datetime]:
        """The first moment that counts (None: from the beginning), and the first that no longer does."""
        starts = [] if self.since is None else [self.since]
        if self.within_days is not None:
            starts.append(as_of - timedelta(days=self.within_days))
        ends = [as_of - timedelta(days=self.older_days)]
        if self.until is not None:
            ends.append(self.until)
        return max(starts, default=None), min(ends)


EVER = Window()


@dataclass(frozen=True, slots=True)
class Not(Generic[T]):
    """Those who are not in `node`."""

    node: T


@dataclass(frozen=True, slots=True)
class All(Generic[T]):
    """Those who are in every one of `nodes` (no nodes: everyone)."""

    nodes: tuple[T, ...]


@dataclass(frozen=True, slots=True)
class AnyOf(Generic[T]):
    """Those who are in at least one of `nodes` (no nodes: no one)."""

    nodes: tuple[T, ...]


@dataclass(frozen=True, slots=True)
class Property:
    """A property of an event compared with a value, as a trait is."""

    name: str
    op: TraitOp
    value: Operand = None


Filter: TypeAlias = "Property | Not[Filter] | All[Filter] | AnyOf[Filter]"


@dataclass(frozen=True, slots=True)
class Everyone:
    """All customers."""


@dataclass(frozen=True, slots=True)
class Trait:
    """A trait compared with a value. A missing trait satisfies only `missing` (and `not` of anything).

    What a model predicts is a trait of numbers like any other.
    """

    name: str
    op: TraitOp
    value: Operand = None


@dataclass(frozen=True, slots=True)
class Performed:
    """How often an event was performed in a window."""

    event: str
    op: CountOp = ">="
    count: int = 1
    window: Window = EVER
    where: Filter | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """The sum, the least or the greatest of a property's number forms over events in a window.

    Without any number there is no measure, and no comparison holds.
    """

    event: str
    measure: Measure
    property: str
    op: CountOp
    amount: float
    window: Window = EVER
    where: Filter | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """Whether the first (or the last) of all an event's times before `as_of` lies in the window."""

    event: str
    edge: Edge
    window: Window = EVER
    where: Filter | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """An event of a sequence."""

    event: str
    where: Filter | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """Whether one event was followed by another, strictly later and at most `within_hours` later, both in the window."""

    first: Step
    then: Step
    within_hours: int | None = None
    window: Window = EVER


@dataclass(frozen=True, slots=True)
class Consented:
    """What the customer said for a channel and purpose. Nothing said is neither granted nor denied."""

    channel: str
    purpose: str = "marketing"
    state: Literal["granted", "denied"] = "granted"


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tag with its weight of the moment. Who does not carry it satisfies nothing."""

    tag: str
    op: CountOp = ">"
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Campaigned:
    """What a campaign (None: any) did with the customer, or they with its messages, in a window.

    `decided`: it decided on them. `held_out`: a decision of it held them out, as hold-out or ghost send. `sent`: it sent
    them a message, of this channel, variant and offer where given. `opened`, `clicked`, `responded` (either): a person,
    not a machine, did so with a message of it.
    """

    campaign: int | None
    did: Did = "sent"
    channel: str | None = None
    variant: int | None = None
    offer: int | None = None
    window: Window = EVER


@dataclass(frozen=True, slots=True)
class InSegment:
    """Those in another segment, as it reads now."""

    id: int


@dataclass(frozen=True, slots=True)
class InSnapshot:
    """Those who were in a segment when a snapshot of it was taken."""

    id: int


Leaf: TypeAlias = (
    "Everyone | Trait | Performed | Measured | Happened | Followed | Consented | Tagged | Campaigned | InSegment"
    " | InSnapshot"
)
Node: TypeAlias = "Leaf | Not[Node] | All[Node] | AnyOf[Node]"
OfEvents: TypeAlias = "Performed | Measured | Happened | Followed"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event of one customer: when (aware UTC), what it was worth, its properties as plain JSON values."""

    at: datetime
    value: float | None = None
    properties: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decided:
    """A campaign's decision on one customer, and whether it held them out."""

    campaign: int
    held_out: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one customer: traits as plain JSON values, what they did by event name, consent states, weights
    of tags, decisions of campaigns, snapshots that hold them."""

    traits: Mapping[str, object]
    events: Mapping[str, Sequence[Occurrence]] = field(default_factory=dict)
    consents: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (channel, purpose) -> state
    tags: Mapping[str, float] = field(default_factory=dict)
    decisions: Sequence[Decided] = ()
    snapshots: frozenset[int] = frozenset()


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
class SnapshotView:
    """The members of a segment (None: it was deleted since) at a moment, kept."""

    id: int
    segment_id: int | None
    name: str
    taken_at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class Preview:
    """How many customers a tree selects at `counted_at`, of how many, and some of their ids, spread over all."""

    count: int
    sample: tuple[int, ...]
    total: int = 0
    counted_at: datetime | None = None


Kind = Literal[
    "all", "any", "not", "trait", "performed", "measured", "happened", "sequence", "consent", "tag", "campaign",
    "segment", "snapshot", "everyone",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Explained:
    """One condition of a tree, read for one customer: whether it holds, in words, and what was seen.

    `place` is where it stands ("all[1]"), `depth` how deep; a group sees nothing itself.
    """

    place: str
    depth: int
    kind: Kind
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
