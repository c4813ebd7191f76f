"""Identity over HTTP: rules, searches, proposals, merges, and one person across devices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Field, Path, Query, Router, Schema

from setpoint.customers.frames import known_traits
from setpoint.customers.identity import merging, proposals, reading, searching
from setpoint.customers.identity.comparing import ADDRESSES, compared_columns
from setpoint.customers.identity.reading import CustomerMergeView, MatchProposalView, WholePersonView
from setpoint.customers.identity.rules import MOST_CLAIMS, JoinRule, Rules, change_rules, join_settings
from setpoint.customers.identity_models import MatchRun, Merge, Proposal
from setpoint.customers.types import IDENTITY_KINDS
from setpoint.governance.auth import ErrorOut, actor_of, require
from setpoint.governance.failures import ToldFailure
from setpoint.governance.listing import csv_file, page_of
from setpoint.kernel import clock

router = Router(tags=["Identity"])
Id = Annotated[int, Path(ge=1, le=2**53)]
After = Annotated[int, Query(ge=0, le=2**31, description="Show what comes after so many.")]
Limit = Annotated[int, Query(ge=1, le=200, description="At most this many.")]
Score = Annotated[float, Query(ge=0, le=1, description="With at least this probability.")]
ProposalState = Annotated[Literal["open", "accepted", "rejected"], Query(description="Decided or not.")]
MergeState = Annotated[Literal["all", "held", "undone"], Query(description="Which merges.")]
ERRORS = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut}
CHANGES = {**ERRORS, 404: ErrorOut, 409: ErrorOut}
_READ, _WRITE = "customers:read", "customers:write"


class JoinRuleIn(Schema):
    """What a shared value of one kind proves."""

    kind: Literal[IDENTITY_KINDS]  # type: ignore[valid-type]
    joins: bool = Field(description="Who shares a value is one person.")
    alone: bool = Field(description="Even where a stronger identity differs.")
    most: int = Field(ge=1, le=MOST_CLAIMS, description="A value that more customers state proves nothing.")
    single: bool = Field(description="A person has only one, so two values never join.")


class IdentityRulesIn(Schema):
    """Changes of the rules; what is left out stays."""

    version: int | None = Field(default=None, description="The version that was seen; 409 when it was replaced since.")
    rules: list[JoinRuleIn] | None = None
    columns: list[Annotated[str, Field(max_length=200)]] | None = Field(
        default=None, description="Traits and addresses that searches compare; null: chosen by their names."
    )
    propose_above: float | None = Field(default=None, description="Pairs with at least this probability are proposed.")
    automatic_above: float | None = Field(default=None, description="Merged without a person; null: none.")


class IdentityRulesOut(Schema):
    """The rules that hold. `compared` are the columns that the next search compares, `known` all it could."""

    version: int
    rules: list[JoinRuleIn]
    columns: list[str] | None
    compared: list[str]
    known: list[str]
    propose_above: float
    automatic_above: float | None


class IdentityColumnOut(Schema):
    """A column that a search compared: what its values look like, how many have one, how many differ."""

    name: str
    content: Literal["words", "text", "code", "digits", "date", "email", "category"]
    filled: int
    distinct: int


class IdentityRunOut(Schema):
    """A search or an acceptance of many, and how far it has come. `expected` is how many pairs are one person by the
    model's own reckoning, `compared_pairs` how many were weighed."""

    id: int
    verb: Literal["match", "accept"]
    least: float
    state: Literal["queued", "running", "cancelling", "cancelled", "done", "failed"]
    stage: str
    progress: float
    found: int
    merged: int
    customers: int | None
    compared_pairs: int | None
    expected: float | None
    columns: list[IdentityColumnOut]
    failure: ToldFailure | None
    actor: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class MatchProposalPageOut(Schema):
    """A page of proposals, the surest first. `next` is the value of `after` for the next page, null at the end."""

    items: list[MatchProposalView]
    next: int | None
    total: int


class CustomerMergePageOut(Schema):
    """A page of merges, the newest first. `next` is the value of `after` for the next page, null at the end."""

    items: list[CustomerMergeView]
    next: int | None
    total: int


class AcceptProposalsIn(Schema):
    """Accept all open proposals with at least this probability, in the background."""

    least: float = Field(ge=0.5, le=1)


class CustomerMergeIn(Schema):
    """Two customers that are one person."""

    first: int = Field(ge=1, le=2**53)
    second: int = Field(ge=1, le=2**53)


class MergeUndoIn(Schema):
    """Why a merge is undone."""

    why: str = Field(default="", max_length=300)


@router.get(
    "/identity/rules", auth=require(_READ), response={200: IdentityRulesOut, **ERRORS}, summary="Rules of identity"
)
def get_rules(request: HttpRequest) -> dict[str, Any]:
    """What shared identities prove, what searches compare, and above which probability."""
    return _rules(join_settings())


@router.patch(
    "/identity/rules",
    auth=require(_WRITE),
    response={200: IdentityRulesOut, **ERRORS, 409: ErrorOut},
    summary="Change the rules of identity",
)
def patch_rules(request: HttpRequest, payload: IdentityRulesIn) -> dict[str, Any]:
    """Change what joins from now on. What was merged stays merged."""
    said = payload.dict(exclude_unset=True)
    version = said.pop("version", None)
    return _rules(change_rules(said, version=version, actor=actor_of(request), now=clock.now()))


@router.get(
    "/identity/runs", auth=require(_READ), response={200: list[IdentityRunOut], **ERRORS}, summary="List searches"
)
def list_runs(request: HttpRequest) -> list[dict[str, Any]]:
    """The newest searches and acceptances of many, with their progress."""
    return [_run(run) for run in searching.list_runs()]


@router.post(
    "/identity/runs",
    auth=require(_WRITE),
    response={201: IdentityRunOut, **ERRORS, 409: ErrorOut},
    summary="Search for people with several records",
)
def start_run(request: HttpRequest) -> tuple[int, dict[str, Any]]:
    """Queue a search over all customers. Its proposals replace the open ones."""
    return 201, _run(searching.start_run("match", actor=actor_of(request), now=clock.now()))


@router.post(
    "/identity/runs/{run_id}/cancel",
    auth=require(_WRITE),
    response={200: IdentityRunOut, **CHANGES},
    summary="Cancel a search",
)
def cancel_run(request: HttpRequest, run_id: Id) -> dict[str, Any]:
    """Stop before the next step; what was merged stays."""
    return _run(searching.cancel_run(run_id, actor=actor_of(request), now=clock.now()))


@router.get(
    "/identity/proposals", auth=require(_READ), response={200: MatchProposalPageOut, **ERRORS}, summary="List proposals"
)
def list_proposals(
    request: HttpRequest, state: ProposalState = "open", least: Score = 0.0, after: After = 0, limit: Limit = 50
) -> dict[str, Any]:
    """Pairs who may be one person, both sides with their values and how each column spoke."""
    page = page_of(proposals.list_proposals(state=state, least=least), after=after, limit=limit)
    return {**page, "items": reading.proposal_views(page["items"])}


@router.get("/identity/proposals/export", auth=require(_READ), summary="Export proposals")
def export_proposals(request: HttpRequest, state: ProposalState = "open", least: Score = 0.0) -> StreamingHttpResponse:
    """The list as a CSV file."""
    header = ["id", "first", "second", "score", "state", "first_name", "second_name", "evidence"]
    rows = proposals.list_proposals(state=state, least=least)
    return csv_file(request, "proposals", header, _proposal_lines(rows), now=clock.now())


@router.post(
    "/identity/proposals/accept-many",
    auth=require(_WRITE),
    response={201: IdentityRunOut, **ERRORS, 409: ErrorOut},
    summary="Accept all proposals above a probability",
)
def accept_many(request: HttpRequest, payload: AcceptProposalsIn) -> tuple[int, dict[str, Any]]:
    """Queue the merge of all open proposals with at least this probability."""
    run = searching.start_run("accept", least=payload.least, actor=actor_of(request), now=clock.now())
    return 201, _run(run)


@router.post(
    "/identity/proposals/{proposal_id}/accept",
    auth=require(_WRITE),
    response={200: MatchProposalView, **CHANGES},
    summary="Accept a proposal",
)
def accept_proposal(request: HttpRequest, proposal_id: Id) -> MatchProposalView:
    """Merge the two. The merge can be undone."""
    proposals.accept(proposal_id, actor=actor_of(request), now=clock.now())
    return reading.proposal_views([proposals.get_proposal(proposal_id)])[0]


@router.post(
    "/identity/proposals/{proposal_id}/reject",
    auth=require(_WRITE),
    response={200: MatchProposalView, **CHANGES},
    summary="Reject a proposal",
)
def reject_proposal(request: HttpRequest, proposal_id: Id) -> MatchProposalView:
    """Two different people: neither rules nor searches bring them together again."""
    return reading.proposal_views([proposals.reject(proposal_id, actor=actor_of(request), now=clock.now())])[0]


@router.get(
    "/identity/merges", auth=require(_READ), response={200: CustomerMergePageOut, **ERRORS}, summary="List merges"
)
def list_merges(request: HttpRequest, state: MergeState = "all", after: After = 0, limit: Limit = 50) -> dict[str, Any]:
    """Who was merged, by what evidence, decided by whom; the newest first."""
    page = page_of(_merges(state), after=after, limit=limit)
    return {**page, "items": reading.merge_views(page["items"])}


@router.get("/identity/merges/export", auth=require(_READ), summary="Export merges")
def export_merges(request: HttpRequest, state: MergeState = "all") -> StreamingHttpResponse:
    """The list as a CSV file."""
    header = ["id", "first", "second", "survivor", "method", "score", "actor", "at", "undone_at", "undone_by", "why"]
    fields = ("pk", "first_id", "second_id", "survivor_id", "method", "score", "actor", "at")
    rows = _merges(state).values_list(*fields, "undone_at", "undone_by", "undone_why").iterator(chunk_size=2_000)
    return csv_file(request, "merges", header, rows, now=clock.now())


@router.post(
    "/identity/merges",
    auth=require(_WRITE),
    response={201: CustomerMergeView, **CHANGES},
    summary="Merge two customers",
)
def merge_customers(request: HttpRequest, payload: CustomerMergeIn) -> tuple[int, CustomerMergeView]:
    """Make two records one person. The elder survives; the other's id keeps meaning them."""
    row = merging.merge(payload.first, payload.second, actor=actor_of(request), now=clock.now())
    return 201, reading.merge_views([row])[0]


@router.post(
    "/identity/merges/{merge_id}/undo",
    auth=require(_WRITE),
    response={200: CustomerMergeView, **CHANGES},
    summary="Undo a merge",
)
def undo_merge(request: HttpRequest, merge_id: Id, payload: MergeUndoIn) -> CustomerMergeView:
    """Both are again what they were, with what was said of each since; rules and searches keep them apart."""
    row = merging.split(merge_id, why=payload.why, actor=actor_of(request), now=clock.now())
    return reading.merge_views([row])[0]


@router.get(
    "/identity/people/{customer_id}",
    auth=require(_READ),
    response={200: WholePersonView, **ERRORS, 404: ErrorOut},
    summary="One person across devices",
)
def get_person(request: HttpRequest, customer_id: Id) -> WholePersonView:
    """All identities by kind with first and last sight, all ids that mean this person, and the merges that made them."""
    return reading.person_view(customer_id)


def _merges(state: str) -> Any:
    rows = Merge.objects.order_by("-pk")
    return rows if state == "all" else rows.filter(undone_at__isnull=state == "held")


def _rules(rules: Rules) -> dict[str, Any]:
    ordered: Sequence[JoinRule] = [rules.rules[kind] for kind in IDENTITY_KINDS]
    return {
        "version": rules.version,
        "rules": [asdict(rule) for rule in ordered],
        "columns": None if rules.columns is None else list(rules.columns),
        "compared": compared_columns(rules),
        "known": [*(name for name in known_traits() if name not in ADDRESSES), *ADDRESSES],
        "propose_above": rules.propose_above,
        "automatic_above": rules.automatic_above,
    }


def _run(run: MatchRun) -> dict[str, Any]:
    shown = {name: getattr(run, name) for name in IdentityRunOut.model_fields if hasattr(run, name)}
    told = run.told
    more = {
        "customers": told.get("customers"),
        "compared_pairs": told.get("compared"),
        "expected": told.get("expected"),
    }
    return shown | more | {"columns": told.get("columns", [])}


def _proposal_lines(rows: Any) -> Iterator[list[object]]:
    batch: list[Proposal] = []
    for row in rows.iterator(chunk_size=500):
        batch.append(row)
        if len(batch) == 500:
            yield from map(_line, reading.proposal_views(batch))
            batch = []
    yield from map(_line, reading.proposal_views(batch))


def _line(row: MatchProposalView) -> list[object]:
    said = "; ".join(f"{one.column}: {one.how} ({one.weight:+.1f})" for one in row.compared)
    sides = [row.first.name, row.second.name]
    return [row.id, row.first.id, row.second.id, round(row.score, 6), row.state, *sides, said]
