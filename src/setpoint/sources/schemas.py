"""What sources, cleaning and data quality take and answer over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Field, Path, Schema
from pydantic import StringConstraints

from setpoint.governance.failures import ToldFailure

Id = Annotated[int, Path(ge=1, le=2**53)]
Text = Annotated[str, StringConstraints(max_length=20_000, pattern=r"^[^\x00]*$")]
Short = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
Cell = str | bool | int | float | None
Target = Literal["customers", "events", "orders"]
Health = Literal["new", "running", "healthy", "failing", "paused", "waiting"]
RunState = Literal["queued", "running", "cancelling", "cancelled", "done", "failed"]
SettingKind = Literal["text", "long_text", "secret", "number", "choice", "boolean"]


class SourceSettingOut(Schema):
    """One thing that a source or a rule must be told. `when`: it matters where another has one of these values."""

    name: str
    label: str
    kind: SettingKind
    help: str
    required: bool
    default: str | bool | int
    choices: list[str]
    when_setting: str | None = None
    when_values: list[str] = []


class SourceKindOut(Schema):
    """A source that connections can be made to."""

    name: str
    settings: list[SourceSettingOut]


class RuleKindOut(Schema):
    """A kind of cleaning rule."""

    name: str
    label: str
    help: str
    options: list[SourceSettingOut]


class ConnectionMapping(Schema):
    """What columns mean; of orders also how lines are read."""

    columns: dict[str, Short]
    consents: dict[str, Short] | None = None
    event: Short | None = None
    currency: Short | None = None
    timezone: Short | None = None
    dates: Short | None = None
    decimals: Short | None = None
    no_customer: Short | None = None
    repeats: Short | None = None
    charges: list[Short] | None = None


class CleaningRule(Schema):
    """A cleaning rule; which of the options count depends on its kind."""

    kind: Short
    column: Short
    enabled: bool = True
    case: Short | None = None
    mend: bool | None = None
    region: Short | None = None
    on_bad: Short | None = None
    order: Short | None = None
    timezone: Short | None = None
    day_only: bool | None = None
    how: Short | None = None
    value: str | int | float | None = None
    method: Short | None = None
    low: float | Short | None = None
    high: float | Short | None = None
    do: Short | None = None
    map: dict[str, str] | Text | None = None
    others: Short | None = None
    ignore_case: bool | None = None
    keep: Short | None = None
    fitted: dict[str, float | str] | None = None

    def told(self) -> dict[str, Any]:
        """The rule as the services take it."""
        return self.dict(exclude_none=True)


class ConnectionIn(Schema):
    """A new connection."""

    name: Short
    plugin: Short
    target: Target = "customers"
    settings: dict[str, Cell] = {}
    mapping: ConnectionMapping | None = None
    identity: list[Short] | None = None
    schedule_minutes: Annotated[int, Field(ge=0, le=44_640)] = 0
    allow_private: bool = False


class ConnectionChange(Schema):
    """What changes; the rest stays. `version`: the one that was seen; another one is answered with 409."""

    version: Annotated[int, Field(ge=1, le=2**31)] | None = None
    name: Short | None = None
    target: Target | None = None
    settings: dict[str, Cell] | None = None
    mapping: ConnectionMapping | None = None
    identity: list[Short] | None = None
    rules: Annotated[list[CleaningRule], Field(max_length=200)] | None = None
    schedule_minutes: Annotated[int, Field(ge=0, le=44_640)] | None = None
    allow_private: bool | None = None


class ConnectionTestIn(Schema):
    """Settings to try; with `connection_id` the secrets that it has are used where none are given."""

    plugin: Short = ""
    connection_id: Annotated[int, Field(ge=1, le=2**53)] | None = None
    target: Target | None = None
    settings: dict[str, Cell] | None = None
    allow_private: bool | None = None


class ConnectionFoundOut(Schema):
    """What a test found, and what it suggests."""

    columns: list[str]
    rows: list[dict[str, Cell]]
    notes: list[str]
    target: Target
    mapping: ConnectionMapping
    identity: list[str]


class OrderPreviewIn(ConnectionTestIn):
    """Settings to try, and a mapping of order lines."""

    mapping: ConnectionMapping


class OrderLineOut(Schema):
    """One line as it was understood; `cause` and `remedy` where it is refused."""

    row: int
    becomes: Literal["sold", "charge", "returned", "refused"]
    order: str
    product: str
    quantity: float | None
    price: float | None
    amount: float | None
    at: datetime | None
    customer: str
    cause: str
    remedy: str


class OrderPreviewOut(Schema):
    """How order lines are read: `dates` "told" where only one reading is possible, "unknown" where nothing tells it;
    `decimals` "auto" where no number shows it. `counts`: what becomes of the `read` first lines."""

    dates: Literal["told", "dmy", "mdy", "ymd", "unknown"]
    decimals: Literal["auto", "point", "comma"]
    currency: str
    timezone: str
    read: int
    counts: dict[Literal["sold", "charge", "returned", "refused"], int]
    lines: list[OrderLineOut]


class SourceRunOut(Schema):
    """One run: read = created + changed + same + refused."""

    id: int
    kind: Literal["pull", "replay"]
    state: RunState
    rows_read: int
    rows_created: int
    rows_changed: int
    rows_same: int
    rows_refused: int
    failure: ToldFailure | None
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class ConnectionOut(Schema):
    """A connection as lists show it."""

    id: int
    name: str
    plugin: str
    target: Target
    health: Health
    schedule_minutes: int
    next_run_at: datetime | None
    faults: int
    last_run: SourceRunOut | None
    version: int


class ConnectionDetail(ConnectionOut):
    """A connection, whole; of its secrets only which are set."""

    settings: dict[str, Cell]
    secrets_set: list[str]
    mapping: ConnectionMapping
    identity: list[str]
    rules: list[CleaningRule]
    allow_private: bool
    refused: int
    inbound_path: str | None
    created_at: datetime


class ConnectionPage(Schema):
    """A page of connections."""

    items: list[ConnectionOut]
    next: int | None
    total: int


class SourceRunPage(Schema):
    """A page of runs, newest first."""

    items: list[SourceRunOut]
    next: int | None
    total: int


class RefusedRowOut(Schema):
    """A row that did not land: as it came, what is wrong, what to do. `file`: where it stands, of a connection of files."""

    id: int
    file: str
    row: int
    field: str
    cause: str
    remedy: str
    content: dict[str, Cell]
    refused_at: datetime


class RefusedRowPage(Schema):
    """A page of refused rows, newest first."""

    items: list[RefusedRowOut]
    next: int | None
    total: int


class ConnectionListQuery(Schema):
    """Which part of a list; `after` is the `next` of the page before."""

    q: Short = ""
    sort: Literal["name", "-name", "newest", "health"] = "name"
    after: Annotated[int, Field(ge=0, le=10**9)] = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 50


class SourceRunIn(Schema):
    """`replay`: the refused rows again; `anew`: everything from the beginning."""

    replay: bool = False
    anew: bool = False


class ConnectionFileOut(Schema):
    """The name that an uploaded file got."""

    name: str


class CleaningRulesOut(Schema):
    """The rules that hold for every source."""

    rules: list[CleaningRule]
    version: int


class CleaningRulesIn(Schema):
    """The rules in their order. `version`: the one that was seen."""

    rules: Annotated[list[CleaningRule], Field(max_length=200)]
    version: Annotated[int, Field(ge=1, le=2**31)] | None = None


class CleaningPreviewIn(Schema):
    """Rules to try on a connection's rows, or on the traits of customers. `anew`: take their numbers again."""

    rules: Annotated[list[CleaningRule], Field(max_length=200)]
    connection_id: Annotated[int, Field(ge=1, le=2**53)] | None = None
    anew: bool = False


class CleaningExampleOut(Schema):
    """A value before and after."""

    before: Cell
    after: Cell


class RuleTouchedOut(Schema):
    """What one rule would do."""

    changed: int
    emptied: int
    flagged: int
    refused: int
    examples: list[CleaningExampleOut]

    @staticmethod
    def resolve_examples(touched: Any) -> list[dict[str, Any]]:
        """Pairs as objects."""
        return [{"before": before, "after": after} for before, after in touched.examples]


class CleanedRowOut(Schema):
    """A row before and after; `refused_by`: the rule that refuses it, from 1; 0 for none."""

    before: dict[str, Cell]
    after: dict[str, Cell]
    refused_by: int


class CleaningPreviewOut(Schema):
    """What rules would do. `rules` carry the numbers that they took from the rows: save these."""

    rows: int
    kept: int
    columns: list[str]
    rules: list[CleaningRule]
    touched: list[RuleTouchedOut]
    changed: list[CleanedRowOut]


class QualityPointOut(Schema):
    """One day's figures of a trait; shares from 0 to 1. `drift` is a population stability index."""

    day: date
    completeness: float
    validity: float
    uniqueness: float
    freshness_days: float | None
    drift: float | None


class TraitQualityOut(Schema):
    """A trait's data quality. `meaning`: what its values seem to be."""

    trait: str
    meaning: Literal["text", "boolean", "email", "number", "phone", "date"]
    rows: int
    now: QualityPointOut
    trend: list[QualityPointOut]
    examples: list[str]


class DataQualityOut(Schema):
    """All traits, the worst first. `measured_at` is null before the first measurement."""

    measured_at: datetime | None
    traits: list[TraitQualityOut]
