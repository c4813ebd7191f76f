"""What segments take and answer over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Field, Path, Schema
from pydantic import StringConstraints

from setpoint.segments.types import Kind

Id = Annotated[int, Path(ge=1, le=2**53)]
BigId = Annotated[int, Field(ge=1, le=2**53)]
Version = Annotated[int, Field(ge=1, le=2**31)]
Search = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Description = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")]
Tree = Annotated[dict[str, Any], Field(description="See the reference of segments.")]


class SegmentIn(Schema):
    """A name and a tree (see the reference of segments)."""

    name: Name
    tree: Tree
    description: Description = ""


class SegmentChange(Schema):
    """What changes; the rest stays. `version`: the one that was seen; another one is answered with 409."""

    version: Version | None = None
    name: Name | None = None
    tree: Tree | None = None
    description: Description | None = None


class SegmentListQuery(Schema):
    """Which segments, in which order; `after` is the `next` of the page before."""

    q: Search = ""
    archived: bool = False
    sort: Literal["name", "newest", "oldest"] = "name"
    after: Annotated[int, Field(ge=0, le=10**9)] = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class SegmentOut(Schema):
    """A kept segment; `tree` is complete with defaults, `text` its text form, `words` says it in the reader's
    language."""

    id: int
    name: str
    description: str
    tree: dict[str, Any]
    text: str
    words: str
    version: int
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


class SegmentPage(Schema):
    """A page of segments; `total` counts all that match."""

    items: list[SegmentOut]
    next: int | None
    total: int


class SegmentTreeIn(Schema):
    """A tree alone. A later question with the same `ticket` ends this one, where it is still being answered."""

    tree: Tree
    ticket: Annotated[str, StringConstraints(max_length=64, pattern=r"^[\w-]*$")] = ""


class TraitValue(Schema):
    """A trait of one customer, as text."""

    name: str
    value: str


class SampledCustomerOut(Schema):
    """One of those selected, with the traits that the tree asks for first."""

    id: int
    name: str
    traits: list[TraitValue]


class SegmentTextIn(Schema):
    """A tree in its text form (see the reference of segments)."""

    text: Annotated[str, StringConstraints(max_length=20_000, pattern=r"^[^\x00]*$")]


class SegmentTextOut(Schema):
    """The same tree as JSON, complete with defaults, and as text in the usual layout."""

    tree: dict[str, Any]
    text: str


class SegmentPreviewOut(Schema):
    """How many customers a tree selects at `counted_at`, of how many; the tree in words and in its text form; some of
    them, spread over all. `notes`: what should be known before it is used."""

    count: int
    total: int
    counted_at: datetime
    words: str
    text: str
    notes: list[str]
    sample: list[int]
    people: list[SampledCustomerOut]


class SegmentExplainIn(Schema):
    """A tree, and a customer."""

    tree: Tree
    customer_id: BigId


class SegmentConditionOut(Schema):
    """One condition read for a customer. `place` is where it stands ("all[1]"), `seen` what was found."""

    place: str
    depth: int
    kind: Kind
    holds: bool
    words: str
    seen: str


class SegmentExplanationOut(Schema):
    """Whether the customer is in it, and why: every condition from the outermost in."""

    customer_id: int
    customer_name: str
    is_member: bool
    conditions: list[SegmentConditionOut]


class SegmentOverlapIn(Schema):
    """A tree, and kept segments to compare it with."""

    tree: Tree
    segment_ids: Annotated[list[BigId], Field(max_length=20)]


class SegmentOverlapOut(Schema):
    """How many are in both."""

    segment_id: int
    count: int


class KnownTraitOut(Schema):
    """A trait that some customer has, and its type."""

    name: str
    kind: Literal["number", "text", "boolean"]


class CommonValueOut(Schema):
    """A value or an event, and how often it was seen in the sample."""

    value: str
    count: int


class KnownPropertyOut(Schema):
    """A property of an event, its type and the values seen most often."""

    name: str
    kind: Literal["number", "text", "boolean"]
    values: list[CommonValueOut]


class SnapshotIn(Schema):
    """A name; without one it is the segment's with the day."""

    name: Annotated[str, StringConstraints(max_length=120)] = ""


class SnapshotOut(Schema):
    """The members of a segment at a moment, kept."""

    id: int
    segment_id: int | None
    name: str
    taken_at: datetime
    size: int


class DaySizeOut(Schema):
    """How many were in a segment on a day (UTC), by the rule of that version."""

    day: date
    count: int
    version: int


class GrowthOut(Schema):
    """Members by day, from the first day on which they were counted (`since`; null: not yet)."""

    since: date | None
    days: list[DaySizeOut]


class SegmentVocabularyOut(Schema):
    """What a condition can speak of."""

    traits: list[KnownTraitOut]
    events: list[CommonValueOut]
    channels: list[str]
    purposes: list[str]
    tags: list[CommonValueOut]


class SegmentMemberOut(Schema):
    """A customer of a segment."""

    id: int
    name: str
    email: str
    language: str
    created_at: datetime


class SegmentMembersOut(Schema):
    """Customers by id; `counted_at` is the moment at which membership was read."""

    items: list[SegmentMemberOut]
    next: int | None
    total: int
    counted_at: datetime


class MembersQuery(Schema):
    """`after` is the `next` of the page before."""

    after: Annotated[int, Field(ge=0, le=2**53)] = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class SegmentMembersIn(MembersQuery):
    """A tree that is not kept, and where its page begins."""

    tree: Tree
