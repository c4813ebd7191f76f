"""Tags, value cells and clusters over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Path, Query, Router

from setpoint.customers.models import Tag, TagBoost, TagChange
from setpoint.customers.tags import services as tags
from setpoint.governance.auth import ErrorOut, actor_of, require
from setpoint.governance.failures import worded as _
from setpoint.governance.listing import csv_file
from setpoint.insights.models import Finding
from setpoint.insights.tagging import findings, schemas
from setpoint.insights.tagging.belonging import Belonging, segments_of
from setpoint.insights.tagging.refreshing import checked_rule
from setpoint.insights.tagging.standing import Standing
from setpoint.insights.tagging.standing import standing as standing_of
from setpoint.kernel import clock
from setpoint.kernel.errors import Invalid, SetpointError
from setpoint.segments.services import parse_tree, sentence

router = Router(tags=["Tags"])
READ, WRITE = require("customers:read"), require("customers:write")
Id = Annotated[int, Path(ge=1, le=2**53)]
ERRORS: dict[Any, Any] = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut}
CLASHES: dict[Any, Any] = {**ERRORS, 409: ErrorOut}


@router.get("/tags", auth=READ, response={200: list[schemas.TagOut], **ERRORS}, summary="List tags")
def list_tags(
    request: HttpRequest, archived: Annotated[bool, Query(description="Those that were put away.")] = False
) -> list[dict[str, Any]]:
    """All tags by name: how each is made, how many have it, how it fades, what boosts it."""
    return [_tag(tag) for tag in tags.list_tags(archived=archived)]


@router.get("/tags/export", auth=READ, summary="Export tags")
def export_tags(
    request: HttpRequest,
    ids: Annotated[list[int] | None, Query(alias="id", description="These alone; all where none is named.")] = None,
    archived: bool = False,
) -> StreamingHttpResponse:
    """Tags by name, as CSV."""
    header = ("id", "name", "layer", "kind", "words", "members", "weight", "half_life_days", "boost", "refreshed_at")
    found = (_tag(tag) for tag in tags.list_tags(archived=archived) if not ids or tag.pk in ids)
    rows = ([told[name] for name in header] for told in found)
    return csv_file(request, "tags", header, rows, now=clock.now())


@router.post("/tags", auth=WRITE, response={201: schemas.TagOut, **CLASHES}, summary="Make a tag")
def define_tag(request: HttpRequest, payload: schemas.TagIn) -> tuple[int, dict[str, Any]]:
    """A tag that people set, one with a rule, or one for a model's scores."""
    tag = tags.define_tag(_draft(payload), now=clock.now(), actor=actor_of(request))
    return 201, _tag(tag)


@router.get("/tags/{tag_id}", auth=READ, response={200: schemas.TagOut, **ERRORS}, summary="Show a tag")
def get_tag(request: HttpRequest, tag_id: Id) -> dict[str, Any]:
    """One tag."""
    return _tag(tags.find_tag(tag_id))


@router.patch("/tags/{tag_id}", auth=WRITE, response={200: schemas.TagOut, **CLASHES}, summary="Change a tag")
def change_tag(request: HttpRequest, tag_id: Id, payload: schemas.TagPatch) -> dict[str, Any]:
    """Description, weight, half-life, schedule or rule. A rule is then looked at anew at once."""
    said = payload.dict(exclude_unset=True)
    version, tree = said.pop("version", None), said.pop("tree", None)
    changes = {name: value for name, value in said.items() if value is not None or name == "half_life_days"}
    if tree is not None:
        rule, _minutes = checked_rule(tree, None)
        tag = _with_rule(tags.find_tag(tag_id))
        changes["how"] = {**tag.how, "tree": rule}
    return _tag(tags.update_tag(tag_id, changes, version=version, now=clock.now(), actor=actor_of(request)))


@router.post("/tags/{tag_id}/archive", auth=WRITE, response={200: schemas.TagOut, **ERRORS}, summary="Put a tag away")
def archive_tag(request: HttpRequest, tag_id: Id, payload: schemas.TagArchiveIn) -> dict[str, Any]:
    """Put a tag away, or take it back. Who has it stays known."""
    return _tag(tags.archive_tag(tag_id, back=payload.back, now=clock.now(), actor=actor_of(request)))


@router.post("/tags/{tag_id}/refresh", auth=WRITE, response={200: schemas.TagOut, **ERRORS}, summary="Refresh a tag")
def refresh_tag(request: HttpRequest, tag_id: Id) -> dict[str, Any]:
    """Have the tag's rule looked at next, whatever its schedule says."""
    return _tag(tags.refresh_soon(tag_id, now=clock.now(), actor=actor_of(request)))


@router.get(
    "/tags/{tag_id}/changes", auth=READ, response={200: list[schemas.TagChangeOut], **ERRORS}, summary="Show changes"
)
def list_changes(request: HttpRequest, tag_id: Id) -> list[TagChange]:
    """The newest changes of who has a tag."""
    return tags.changes_of(tags.find_tag(tag_id).pk)


@router.post("/tags/{tag_id}/boosts", auth=WRITE, response={201: schemas.TagBoostOut, **CLASHES}, summary="Boost a tag")
def boost_tag(request: HttpRequest, tag_id: Id, payload: schemas.TagBoostIn) -> tuple[int, TagBoost]:
    """Weigh a tag more, or less, until a moment."""
    return 201, tags.boost_tag(tag_id, **payload.dict(), now=clock.now(), actor=actor_of(request))


@router.delete("/tags/{tag_id}/boosts/{boost_id}", auth=WRITE, response={204: None, **CLASHES}, summary="End a boost")
def end_boost(request: HttpRequest, tag_id: Id, boost_id: Id) -> tuple[int, None]:
    """End a boost before its time."""
    tags.end_boost(tag_id, boost_id, now=clock.now(), actor=actor_of(request))
    return 204, None


@router.post(
    "/tags/{tag_id}/scores", auth=WRITE, response={200: schemas.TagScoresOut, **ERRORS}, summary="Write scores"
)
def write_scores(request: HttpRequest, tag_id: Id, payload: schemas.TagScoresIn) -> tags.Changed:
    """The contract of predictions: a model writes scores in [0, 1] with its id, its version and the moment they hold
    for. All or nothing; safe to repeat."""
    scores = [tags.Score(one.customer_id, one.score) for one in payload.scores]
    told: dict[str, Any] = {"model": payload.model, "model_version": payload.model_version, "at": payload.at}
    return tags.write_scores(tag_id, scores, **told, now=clock.now(), actor=actor_of(request))


@router.get("/insights/rfm", auth=READ, response={200: schemas.RfmOut, **ERRORS}, summary="Show value cells")
def get_rfm(request: HttpRequest) -> dict[str, Any]:
    """Everybody who bought, by recency, frequency and money."""
    return _finding(findings.finding("rfm"))


@router.patch("/insights/rfm", auth=WRITE, response={200: schemas.RfmOut, **CLASHES}, summary="Change value cells")
def change_rfm(request: HttpRequest, payload: schemas.RfmPatch) -> dict[str, Any]:
    """Change how value cells are made; they are made anew next."""
    said = payload.dict(exclude_unset=True)
    version = said.pop("version", None)
    changes = {name: value for name, value in said.items() if value is not None}
    row = findings.change_finding("rfm", changes, version=version, now=clock.now(), actor=actor_of(request))
    return _finding(row)


@router.post("/insights/rfm/refresh", auth=WRITE, response={200: schemas.RfmOut, **ERRORS}, summary="Refresh cells")
def refresh_rfm(request: HttpRequest) -> dict[str, Any]:
    """Have value cells made anew next."""
    return _finding(findings.refresh_finding("rfm", now=clock.now(), actor=actor_of(request)))


@router.get("/insights/clusters", auth=READ, response={200: schemas.ClustersOut, **ERRORS}, summary="Show clusters")
def get_clusters(request: HttpRequest) -> dict[str, Any]:
    """Groups of customers that look alike, and why there are so many."""
    return _finding(findings.finding("clusters"))


@router.patch(
    "/insights/clusters", auth=WRITE, response={200: schemas.ClustersOut, **CLASHES}, summary="Change clusters"
)
def change_clusters(request: HttpRequest, payload: schemas.ClustersPatch) -> dict[str, Any]:
    """Change how groups are made; they are made anew next."""
    said = payload.dict(exclude_unset=True)
    version = said.pop("version", None)
    changes = {name: value for name, value in said.items() if value is not None or name == "k"}
    row = findings.change_finding("clusters", changes, version=version, now=clock.now(), actor=actor_of(request))
    return _finding(row)


@router.post(
    "/insights/clusters/refresh", auth=WRITE, response={200: schemas.ClustersOut, **ERRORS}, summary="Refresh clusters"
)
def refresh_clusters(request: HttpRequest) -> dict[str, Any]:
    """Have groups made anew next."""
    return _finding(findings.refresh_finding("clusters", now=clock.now(), actor=actor_of(request)))


@router.get(
    "/customers/{customer_id}/standing",
    auth=READ,
    response={200: schemas.StandingOut, **ERRORS},
    summary="Show a customer's value and risk",
)
def get_standing(request: HttpRequest, customer_id: Id) -> Standing:
    """Orders, money, returns; value cell, group and risk, where there is enough data to say so."""
    return standing_of(customer_id, now=clock.now())


@router.get(
    "/customers/{customer_id}/segments",
    auth=require("segments:read"),
    response={200: list[schemas.CustomerSegmentOut], **ERRORS},
    summary="Show a customer's segments",
)
def list_customer_segments(request: HttpRequest, customer_id: Id) -> list[Belonging]:
    """The segments that a customer is in now, and why."""
    return segments_of(customer_id, now=clock.now())


def _draft(payload: schemas.TagIn) -> tags.TagDraft:
    said = payload.dict(include={"name", "kind", "description", "weight", "half_life_days"})
    if payload.kind == "rule":
        tree, minutes = checked_rule(payload.tree, payload.every_minutes)
        return tags.TagDraft(**said, layer=payload.layer, how={"tree": tree}, every_minutes=minutes)
    if payload.kind == "model":
        if not payload.model.strip():
            raise Invalid(_("A model's tag names its model."), remedy=_("Give the model's id."), field="model")
        return tags.TagDraft(**said, layer="prediction", how={"model": payload.model.strip()})
    return tags.TagDraft(**said)


def _with_rule(tag: Tag) -> Tag:
    if "tree" not in tag.how:
        raise Invalid(_("This tag has no rule."), remedy=_("Make another tag, with a rule."), field="tree")
    return tag


def _tag(tag: Tag) -> dict[str, Any]:
    told = {field.attname: getattr(tag, field.attname) for field in tag._meta.concrete_fields}
    boosts = sorted(tag.boosts.all(), key=lambda boost: boost.ends_at, reverse=True)
    return {**told, "words": _words(tag.how), "boost": tags.boost_at(tag, clock.now()), "boosts": boosts}


def _words(how: Mapping[str, Any]) -> str:
    """A rule as a sentence; one that cannot be read any more says so."""
    if "tree" not in how:
        return ""
    try:
        return sentence(parse_tree(how["tree"]))
    except SetpointError as error:
        return error.message


def _finding(row: Finding) -> dict[str, Any]:
    return {
        "version": row.version,
        "made_at": row.made_at,
        "due_at": row.due_at,
        "failure": row.failure,
        "settings": row.settings,
        "report": row.report or None,
    }
