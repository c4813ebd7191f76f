"""Segments over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router
from pydantic import StringConstraints

from setpoint.customers.naming import shown_name
from setpoint.customers.services import view as customer_view
from setpoint.customers.services import views as customer_views
from setpoint.customers.types import CustomerView
from setpoint.delivery.services import list_channels
from setpoint.governance.auth import ErrorOut, actor_of, require
from setpoint.governance.listing import csv_file, page_of
from setpoint.kernel import clock
from setpoint.segments import services
from setpoint.segments.running import answering
from setpoint.segments.schemas import (
    CommonValueOut,
    GrowthOut,
    Id,
    KnownPropertyOut,
    MembersQuery,
    SampledCustomerOut,
    SegmentChange,
    SegmentExplainIn,
    SegmentExplanationOut,
    SegmentIn,
    SegmentListQuery,
    SegmentMemberOut,
    SegmentMembersIn,
    SegmentMembersOut,
    SegmentOut,
    SegmentOverlapIn,
    SegmentOverlapOut,
    SegmentPage,
    SegmentPreviewOut,
    SegmentTextIn,
    SegmentTextOut,
    SegmentTreeIn,
    SegmentVocabularyOut,
    SnapshotIn,
    SnapshotOut,
    TraitValue,
)
from setpoint.segments.tree import leaves
from setpoint.segments.types import Node, SegmentQuery, SegmentView, Trait
from setpoint.segments.values import text_form
from setpoint.segments.vocabulary import Vocabulary

router = Router(tags=["segments"])
READ = require("segments:read")
WRITE = require("segments:write")
REFUSALS: dict[Any, Any] = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut}
_MOST_TRAITS = 4
TraitName = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


@router.get("/segments", auth=READ, response={200: SegmentPage, **REFUSALS}, summary="List segments")
def list_segments(request: HttpRequest, query: Query[SegmentListQuery]) -> dict[str, Any]:
    """Segments that match, in the order asked for."""
    page = page_of(services.find_segments(_query(query)), after=query.after, limit=query.limit)
    return page | {"items": [_out(services.view_of(row)) for row in page["items"]]}


@router.get("/segments/export", auth=READ, summary="Export segments")
def export_segments(request: HttpRequest, query: Query[SegmentListQuery]) -> StreamingHttpResponse:
    """All segments that match, as CSV."""
    header = ("id", "name", "description", "words", "version", "updated_at")
    found = (services.view_of(row) for row in services.find_segments(_query(query)))
    rows = (
        (one.id, one.name, one.description, services.sentence(one.node), one.version, one.updated_at) for one in found
    )
    return csv_file(request, "segments", header, rows, now=clock.now())


@router.post("/segments", auth=WRITE, response={201: SegmentOut, **REFUSALS}, summary="Define a segment")
def define_segment(request: HttpRequest, body: SegmentIn) -> tuple[int, SegmentOut]:
    """Keep a tree under a name that is still free."""
    made = services.define_segment(
        body.name, body.tree, description=body.description, now=clock.now(), actor=actor_of(request)
    )
    return 201, _out(made)


@router.get(
    "/segments/vocabulary",
    auth=READ,
    response={200: SegmentVocabularyOut, **REFUSALS},
    summary="What conditions can name",
)
def get_vocabulary(request: HttpRequest) -> Vocabulary:
    """Traits, events, channels and purposes that there are."""
    channels = tuple(account.name for account in list_channels())
    return services.vocabulary(channels, as_of=clock.now())


@router.get(
    "/segments/vocabulary/values",
    auth=READ,
    response={200: list[CommonValueOut], **REFUSALS},
    summary="Usual values of a trait",
)
def get_values(request: HttpRequest, trait: Query[TraitName]) -> list[Any]:
    """The values that the newest customers have most often."""
    return list(services.common_values(trait))


@router.get(
    "/segments/vocabulary/properties",
    auth=READ,
    response={200: list[KnownPropertyOut], **REFUSALS},
    summary="Properties of an event",
)
def get_properties(request: HttpRequest, event: Query[TraitName]) -> list[Any]:
    """What the newest rows of an event tell of it, and the values seen most often."""
    return list(services.properties_of(event))


@router.post(
    "/segments/parse", auth=READ, response={200: SegmentTextOut, **REFUSALS}, summary="Read a tree's text form"
)
def parse_text(request: HttpRequest, body: SegmentTextIn) -> dict[str, Any]:
    """The tree that a text stands for. A refusal says the line and the column."""
    node = services.parse_text(body.text)
    return {"tree": services.to_json(node), "text": services.to_text(node)}


@router.post("/segments/preview", auth=READ, response={200: SegmentPreviewOut, **REFUSALS}, summary="Preview a tree")
def preview_tree(request: HttpRequest, body: SegmentTreeIn) -> SegmentPreviewOut:
    """Who a tree selects now, without keeping it."""
    node = services.parse_tree(body.tree)
    with answering(body.ticket):
        found = services.preview(node, as_of=clock.now())
    people = customer_views(found.sample)
    return SegmentPreviewOut(
        count=found.count,
        total=found.total,
        counted_at=found.counted_at or clock.now(),
        words=services.sentence(node),
        text=services.to_text(node),
        notes=services.notes(node),
        sample=list(found.sample),
        people=[_sampled(people[one], node) for one in found.sample if one in people],
    )


@router.post(
    "/segments/explain",
    auth=READ,
    response={200: SegmentExplanationOut, **REFUSALS},
    summary="Why a customer is in a tree",
)
def explain_tree(request: HttpRequest, body: SegmentExplainIn) -> dict[str, Any]:
    """Each condition, whether it holds for this customer, and what was seen."""
    customer = customer_view(body.customer_id)
    conditions = services.explain(services.parse_tree(body.tree), body.customer_id, as_of=clock.now())
    return {
        "customer_id": customer.id,
        "customer_name": shown_name(customer),
        "is_member": conditions[0].holds,
        "conditions": conditions,
    }


@router.post(
    "/segments/overlap",
    auth=READ,
    response={200: list[SegmentOverlapOut], **REFUSALS},
    summary="Overlap with other segments",
)
def get_overlap(request: HttpRequest, body: SegmentOverlapIn) -> list[dict[str, int]]:
    """How many of those in a tree are in each of some kept segments as well."""
    counts = services.overlap(services.parse_tree(body.tree), body.segment_ids, as_of=clock.now())
    return [{"segment_id": one, "count": n} for one, n in zip(body.segment_ids, counts, strict=True)]


@router.post(
    "/segments/members", auth=READ, response={200: SegmentMembersOut, **REFUSALS}, summary="List those in a tree"
)
def list_tree_members(request: HttpRequest, body: SegmentMembersIn) -> SegmentMembersOut:
    """Customers that a tree selects, by id, without keeping it."""
    return _members(services.parse_tree(body.tree), body)


@router.get("/segments/{segment_id}", auth=READ, response={200: SegmentOut, **REFUSALS}, summary="Get a segment")
def get_segment(request: HttpRequest, segment_id: Id) -> SegmentOut:
    """One segment."""
    return _out(services.find_segment(segment_id))


@router.patch("/segments/{segment_id}", auth=WRITE, response={200: SegmentOut, **REFUSALS}, summary="Change a segment")
def update_segment(request: HttpRequest, segment_id: Id, body: SegmentChange) -> SegmentOut:
    """Give a segment another name, description or tree. What is not given stays."""
    changed = services.update_segment(
        segment_id,
        name=body.name,
        tree=body.tree,
        description=body.description,
        seen=body.version,
        now=clock.now(),
        actor=actor_of(request),
    )
    return _out(changed)


@router.delete("/segments/{segment_id}", auth=WRITE, response={204: None, **REFUSALS}, summary="Delete a segment")
def delete_segment(request: HttpRequest, segment_id: Id) -> tuple[int, None]:
    """Forget a segment. Campaigns keep the tree that they were launched with."""
    services.delete_segment(segment_id, now=clock.now(), actor=actor_of(request))
    return 204, None


@router.post(
    "/segments/{segment_id}/archive", auth=WRITE, response={200: SegmentOut, **REFUSALS}, summary="Archive a segment"
)
def archive_segment(request: HttpRequest, segment_id: Id) -> SegmentOut:
    """Put a segment away."""
    return _out(services.archive_segment(segment_id, archived=True, now=clock.now(), actor=actor_of(request)))


@router.post(
    "/segments/{segment_id}/restore", auth=WRITE, response={200: SegmentOut, **REFUSALS}, summary="Restore a segment"
)
def restore_segment(request: HttpRequest, segment_id: Id) -> SegmentOut:
    """Bring an archived segment back."""
    return _out(services.archive_segment(segment_id, archived=False, now=clock.now(), actor=actor_of(request)))


@router.post(
    "/segments/{segment_id}/duplicate",
    auth=WRITE,
    response={201: SegmentOut, **REFUSALS},
    summary="Duplicate a segment",
)
def duplicate_segment(request: HttpRequest, segment_id: Id) -> tuple[int, SegmentOut]:
    """A copy under a name of its own."""
    return 201, _out(services.duplicate_segment(segment_id, now=clock.now(), actor=actor_of(request)))


@router.get(
    "/segments/{segment_id}/members",
    auth=READ,
    response={200: SegmentMembersOut, **REFUSALS},
    summary="List a segment's members",
)
def list_members(request: HttpRequest, segment_id: Id, query: Query[MembersQuery]) -> SegmentMembersOut:
    """Customers who are in a segment now, by id."""
    return _members(services.find_segment(segment_id).node, query)


@router.get("/segments/{segment_id}/members/export", auth=READ, summary="Export a segment's members")
def export_members(request: HttpRequest, segment_id: Id) -> StreamingHttpResponse:
    """All customers who are in a segment now, as CSV."""
    return _people_file(request, f"segment-{segment_id}", services.find_segment(segment_id).node)


@router.get(
    "/segments/{segment_id}/growth", auth=READ, response={200: GrowthOut, **REFUSALS}, summary="A segment's growth"
)
def get_growth(request: HttpRequest, segment_id: Id) -> dict[str, Any]:
    """Members by day, since counting began."""
    services.find_segment(segment_id)
    days = services.growth(segment_id)
    return {"since": days[0].day if days else None, "days": days}


@router.get(
    "/segments/{segment_id}/snapshots",
    auth=READ,
    response={200: list[SnapshotOut], **REFUSALS},
    summary="List a segment's snapshots",
)
def list_snapshots(request: HttpRequest, segment_id: Id) -> list[Any]:
    """The newest first."""
    return services.list_snapshots(services.find_segment(segment_id).id)


@router.post(
    "/segments/{segment_id}/snapshots",
    auth=WRITE,
    response={201: SnapshotOut, **REFUSALS},
    summary="Take a snapshot of a segment",
)
def take_snapshot(request: HttpRequest, segment_id: Id, body: SnapshotIn) -> tuple[int, Any]:
    """Keep who is in it now. Trees can name the snapshot ever after."""
    return 201, services.take_snapshot(segment_id, body.name, now=clock.now(), actor=actor_of(request))


@router.get("/snapshots", auth=READ, response={200: list[SnapshotOut], **REFUSALS}, summary="List all snapshots")
def list_all_snapshots(request: HttpRequest) -> list[Any]:
    """The newest first."""
    return services.list_snapshots()


@router.delete("/snapshots/{snapshot_id}", auth=WRITE, response={204: None, **REFUSALS}, summary="Delete a snapshot")
def delete_snapshot(request: HttpRequest, snapshot_id: Id) -> tuple[int, None]:
    """Forget a snapshot that no segment names."""
    services.delete_snapshot(snapshot_id, now=clock.now(), actor=actor_of(request))
    return 204, None


@router.get("/snapshots/{snapshot_id}/export", auth=READ, summary="Export a snapshot's members")
def export_snapshot(request: HttpRequest, snapshot_id: Id) -> StreamingHttpResponse:
    """All customers who were in it and are still known, as CSV."""
    return _people_file(request, f"snapshot-{snapshot_id}", services.parse_tree({"snapshot": snapshot_id}))


def _people_file(request: HttpRequest, name: str, node: Node) -> StreamingHttpResponse:
    now = clock.now()
    services.check_references(node)
    rows = (
        (one.id, shown_name(one), one.identities.get("email"), one.identities.get("phone"), one.language, one.timezone)
        for one in services.all_members(node, as_of=now)
    )
    return csv_file(request, name, ("id", "name", "email", "phone", "language", "timezone"), rows, now=now)


def _query(query: SegmentListQuery) -> SegmentQuery:
    return SegmentQuery(query.q, query.archived, query.sort)


def _members(node: Node, query: MembersQuery) -> SegmentMembersOut:
    page = services.members_page(node, as_of=clock.now(), after=query.after, limit=query.limit)
    found = customer_views(page.ids)
    people = [found[one] for one in page.ids if one in found]
    items = [
        SegmentMemberOut(
            id=one.id,
            name=shown_name(one),
            email=one.identities.get("email", ""),
            language=one.language,
            created_at=one.created_at,
        )
        for one in people
    ]
    return SegmentMembersOut(items=items, next=page.next, total=page.total, counted_at=page.counted_at)


def _sampled(customer: CustomerView, node: Node) -> SampledCustomerOut:
    asked = [leaf.name for leaf in leaves(node) if isinstance(leaf, Trait)]
    names = [*dict.fromkeys(name for name in (*asked, *sorted(customer.traits)) if name in customer.traits)]
    traits = [TraitValue(name=name, value=text_form(customer.traits[name])[:80]) for name in names[:_MOST_TRAITS]]
    return SampledCustomerOut(id=customer.id, name=shown_name(customer), traits=traits)


def _out(view: SegmentView) -> SegmentOut:
    return SegmentOut(
        id=view.id,
        name=view.name,
        description=view.description,
        tree=services.to_json(view.node),
        text=services.to_text(view.node),
        words=services.sentence(view.node),
        version=view.version,
        created_at=view.created_at,
        updated_at=view.updated_at,
        archived_at=view.archived_at,
    )
