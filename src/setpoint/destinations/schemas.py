"""What destinations take and answer over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.utils.translation import gettext as _
from ninja import Field, Schema

from setpoint.destinations.models import UntakenRow
from setpoint.destinations.types import Kind, What
from setpoint.governance.failures import ToldFailure
from setpoint.sources.schemas import Cell, Health, RunState, Short, SourceSettingOut

BigId = Annotated[int, Field(ge=1, le=2**53)]
Minutes = Annotated[int, Field(ge=0, le=44_640)]


class DestinationKindOut(Schema):
    """A destination that exports can go to. `takes_all`: written whole at each run, else only what has changed."""

    name: str
    takes_all: bool
    settings: list[SourceSettingOut]


class ExportIn(Schema):
    """A new export. `of`: which segment or campaign; `columns`: our name to the name it is sent under, none: all."""

    name: Short
    plugin: Short
    what: What = "customers"
    of: BigId | None = None
    settings: dict[str, Cell] = {}
    columns: dict[Short, Short] = {}
    schedule_minutes: Minutes = 0
    allow_private: bool = False


class ExportChange(Schema):
    """What changes; the rest stays. `version`: the one that was seen; another one is answered with 409."""

    version: Annotated[int, Field(ge=1, le=2**31)] | None = None
    name: Short | None = None
    what: What | None = None
    of: BigId | None = None
    settings: dict[str, Cell] | None = None
    columns: dict[Short, Short] | None = None
    schedule_minutes: Minutes | None = None
    allow_private: bool | None = None


class ExportTestIn(Schema):
    """An export to try; with `export_id` the secrets that it has are used where none are given."""

    plugin: Short = ""
    export_id: BigId | None = None
    what: What | None = None
    of: BigId | None = None
    settings: dict[str, Cell] | None = None
    columns: dict[Short, Short] | None = None
    allow_private: bool | None = None


class ExportColumnOut(Schema):
    """A column: our name, the name it is sent under, what it holds, whether rows go by it."""

    source: str
    name: str
    kind: Kind
    is_key: bool


class ExportTestedOut(Schema):
    """What a test found: columns, some rows as they would be sent, what is to be known."""

    columns: list[ExportColumnOut]
    rows: list[dict[str, Cell]]
    notes: list[str]


class ExportRunOut(Schema):
    """One run: read = written + same + refused; removed were taken away there."""

    id: int
    state: RunState
    rows_read: int
    rows_written: int
    rows_same: int
    rows_refused: int
    rows_removed: int
    failure: ToldFailure | None
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class ExportOut(Schema):
    """An export as lists show it."""

    id: int
    name: str
    plugin: str
    what: What
    of: int | None
    health: Health
    schedule_minutes: int
    next_run_at: datetime | None
    faults: int
    last_run: ExportRunOut | None
    version: int


class ExportDetail(ExportOut):
    """An export, whole; of its secrets only which are set."""

    settings: dict[str, Cell]
    secrets_set: list[str]
    columns: dict[str, str]
    allow_private: bool
    refused: int
    created_at: datetime


class ExportPage(Schema):
    """A page of exports."""

    items: list[ExportOut]
    next: int | None
    total: int


class ExportRunPage(Schema):
    """A page of runs, newest first."""

    items: list[ExportRunOut]
    next: int | None
    total: int


class UntakenRowOut(Schema):
    """A row that the destination refused: whose, which, why, what to do."""

    customer_id: int
    part: str
    cause: str
    remedy: str
    refused_at: datetime

    @staticmethod
    def resolve_remedy(row: UntakenRow) -> str:
        """The worker keeps it in the catalogues' own language."""
        return _(row.remedy) if row.remedy else ""


class UntakenRowPage(Schema):
    """A page of refused rows."""

    items: list[UntakenRowOut]
    next: int | None
    total: int


class ExportListQuery(Schema):
    """Which part of a list; `after` is the `next` of the page before."""

    q: Short = ""
    after: Annotated[int, Field(ge=0, le=10**9)] = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 50


class ExportRunIn(Schema):
    """`anew`: every row, not only what has changed."""

    anew: bool = False
