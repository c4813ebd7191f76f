"""Forms of the API of tags, value cells and clusters."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema
from pydantic import AwareDatetime

from setpoint.customers.tags.api import CustomerTagOut
from setpoint.governance.failures import ToldFailure
from setpoint.segments.schemas import SegmentConditionOut

BigId = Annotated[int, Field(ge=1, le=2**53)]
Kind = Literal["manual", "rule", "model"]
Layer = Literal["fact", "behaviour", "value", "prediction"]
Weight = Annotated[float, Field(ge=0, le=1)]
Days = Annotated[float, Field(gt=0, le=3650)]
Minutes = Annotated[int, Field(ge=1, le=10_080)]
Cell = Literal[
    "champions",
    "loyal",
    "potential_loyalist",
    "new",
    "promising",
    "need_attention",
    "about_to_sleep",
    "at_risk",
    "cannot_lose",
    "hibernating",
    "lost",
]
Coarse = Literal["champions", "loyal", "growing", "cooling", "at_risk", "lost"]


class TagBoostOut(Schema):
    """Weights are multiplied by `factor` from `starts_at` until `ends_at`."""

    id: int
    factor: float
    starts_at: datetime
    ends_at: datetime
    reason: str
    created_by: str


class TagOut(Schema):
    """A tag. `how` says how it is made: {"tree"}, {"rfm"}, {"cluster", "words"}, {"model"}; `words` is the rule as a
    sentence. `boost` is what weights are multiplied by now."""

    id: int
    name: str
    kind: Kind
    layer: Layer
    how: dict[str, Any]
    words: str
    description: str
    weight: float
    half_life_days: float | None
    every_minutes: int | None
    version: int
    members: int
    boost: float
    boosts: list[TagBoostOut]
    created_at: datetime
    created_by: str
    archived_at: datetime | None
    refreshed_at: datetime | None
    due_at: datetime | None
    failure: ToldFailure | None


class TagIn(Schema):
    """A tag to be. A rule has a `tree`, may stand in the layer of behaviour or of value, and gives `weight`; a model
    is named by `model`."""

    name: str = Field(max_length=100)
    kind: Kind = "manual"
    layer: Literal["behaviour", "value"] = "behaviour"
    tree: dict[str, Any] | None = None
    model: str = Field("", max_length=100)
    description: str = Field("", max_length=500)
    weight: Weight = 1.0
    half_life_days: Days | None = None
    every_minutes: Minutes | None = None


class TagPatch(Schema):
    """What changes of a tag; what is left out stays. `half_life_days` of null: weights do not fade."""

    version: int | None = Field(None, description="The version that was seen; 409 when it was replaced since.")
    description: str | None = Field(None, max_length=500)
    weight: Weight | None = None
    half_life_days: Days | None = None
    every_minutes: Minutes | None = None
    tree: dict[str, Any] | None = None


class TagArchiveIn(Schema):
    """Put away, or taken back."""

    back: bool = False


class TagBoostIn(Schema):
    """A boost: from now where no start is given."""

    factor: float = Field(gt=0, le=10)
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime
    reason: str = Field(min_length=3, max_length=200)


class TagChangeOut(Schema):
    """A change of who has a tag: by a person, a rule, a model or a job; for how many."""

    id: int
    at: datetime
    by: str
    actor: str
    model: str
    model_version: str
    put: int
    taken: int


class ScoreIn(Schema):
    """What a model says of one customer."""

    customer_id: BigId
    score: Weight


class TagScoresIn(Schema):
    """A batch of scores: by which model and version, as of which moment."""

    model: str = Field(min_length=1, max_length=100)
    model_version: str = Field(min_length=1, max_length=100)
    at: AwareDatetime
    scores: list[ScoreIn] = Field(min_length=1, max_length=10_000)


class TagScoresOut(Schema):
    """For how many customers the tag was put, and from how many it was taken."""

    put: int
    taken: int


class RfmStepOut(Schema):
    """What values a score stands for."""

    count: int
    low: float | None
    high: float | None


class RfmPlaceOut(Schema):
    """A place of the grid: score of recency, of frequency and money, its cell, how many are there, what they brought."""

    r: int
    fm: int
    cell: Cell
    count: int
    money: float


class RfmCellOut(Schema):
    """A named cell: how many, what they brought, and their means."""

    key: Cell
    coarse: Coarse
    count: int
    money: float
    mean_days: float | None
    mean_orders: float | None
    mean_money: float | None


class RfmLimits(Schema):
    """Four growing limits each: days for recency, orders for frequency, money in the main unit."""

    recency: list[float] = Field(min_length=4, max_length=4)
    frequency: list[float] = Field(min_length=4, max_length=4)
    money: list[float] = Field(min_length=4, max_length=4)


class RfmSettings(Schema):
    """`event`: what counts as a purchase; empty for everything with a value. `mode`: fifths, or limits of one's own."""

    event: str = Field(max_length=255)
    mode: Literal["quantiles", "rules"]
    limits: RfmLimits


class RfmReportOut(Schema):
    """Cells of everybody who bought. Without `is_enough` there are none yet: `least` buyers are needed."""

    as_of: datetime
    known: int
    buyers: int
    is_enough: bool
    least: int | None = None
    grid: list[RfmPlaceOut] = []
    cells: list[RfmCellOut] = []
    steps: dict[str, list[RfmStepOut]] = {}


class FindingOut(Schema):
    """When it was made, when it is next, and what went wrong last."""

    version: int
    made_at: datetime | None
    due_at: datetime | None
    failure: ToldFailure | None


class RfmOut(FindingOut):
    """Value cells: settings and the newest report."""

    settings: RfmSettings
    report: RfmReportOut | None


class RfmPatch(Schema):
    """What changes of how value cells are made."""

    version: int | None = None
    event: str | None = Field(None, max_length=255)
    mode: Literal["quantiles", "rules"] | None = None
    limits: RfmLimits | None = None


class ClusterSettings(Schema):
    """`k`: how many groups; null to have it chosen."""

    event: str = Field(max_length=255)
    k: int | None = Field(None, ge=2, le=8)


class ClusterCandidateOut(Schema):
    """How well a number of groups fits: mean silhouette, and the share of the spread that stays unexplained."""

    k: int
    silhouette: float
    unexplained: float


class ClusterGroupOut(Schema):
    """A group: its words ("frequency:high"), its centre in standard deviations by feature, and plain figures."""

    key: str
    words: list[str]
    mean: list[float]
    count: int
    buyers: int
    money: float
    days: float | None
    orders: float | None
    basket: float | None
    recent: float | None
    known_days: float | None


class ClusterReportOut(Schema):
    """Groups of all who do anything. `is_weak`: the groups hardly stand apart; `is_set`: a person chose k."""

    as_of: datetime
    known: int
    is_enough: bool
    seed: int
    least: int | None = None
    features: list[str] = []
    sample: int = 0
    k: int | None = None
    is_set: bool = False
    silhouette: float | None = None
    is_weak: bool = False
    candidates: list[ClusterCandidateOut] = []
    groups: list[ClusterGroupOut] = []


class ClustersOut(FindingOut):
    """Clusters: settings and the newest report."""

    settings: ClusterSettings
    report: ClusterReportOut | None


class ClustersPatch(Schema):
    """What changes of how clusters are made. `k` of null has it chosen."""

    version: int | None = None
    event: str | None = Field(None, max_length=255)
    k: int | None = Field(None, ge=2, le=8)


class BetterThanOut(Schema):
    """Of how many per cent of the buyers a customer is better."""

    recency: int | None
    orders: int | None
    money: int | None


class StandingOut(Schema):
    """A customer's value and risk; what is null is not known from enough data."""

    orders: int
    money: float
    returns: int
    returned: float
    last_order_days: float | None
    cell: Cell | None
    coarse: Coarse | None
    risk: Literal["low", "medium", "high"] | None
    group: str | None
    group_words: list[str]
    more_than: BetterThanOut
    predictions: list[CustomerTagOut]
    as_of: datetime | None


class CustomerSegmentOut(Schema):
    """A segment that a customer is in, and each condition with what was seen of them."""

    id: int
    name: str
    conditions: list[SegmentConditionOut]
