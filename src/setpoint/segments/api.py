"""Segments over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import Field

from setpoint.governance.auth import ErrorOut, require
from setpoint.kernel import clock
from setpoint.segments import services
from setpoint.segments.types import Preview, SegmentView

router = Router(tags=["segments"])
READ = require("segments:read")
WRITE = require("segments:write")
Id = Annotated[int, Path(ge=1, le=2**53)]
Limit = Annotated[int, Query(ge=1, le=500)]
Offset = Annotated[int, Query(ge=0, le=10**6)]
REFUSALS: dict[Any, Any] = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut}


class SegmentIn(Schema):
    """A name and a tree (see the reference of segments)."""

    name: str = Field(min_length=1, max_length=120)
    tree: dict[str, Any]


class TreeIn(Schema):
    """A tree alone."""

    tree: dict[str, Any]


class SegmentOut(Schema):
    """A kept segment; `tree` is complete with defaults."""

    id: int
    name: str
    tree: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class PreviewOut(Schema):
    """How many customers a tree selects now, and the lowest ten ids."""

    count: int
    sample: list[int]


@router.get("/segments", auth=READ, response={200: list[SegmentOut], **REFUSALS}, summary="List segments")
def list_segments(request: HttpRequest, limit: Limit = 100, offset: Offset = 0) -> list[dict[str, Any]]:
    """Segments by name."""
    return [_out(view) for view in services.list_segments(limit=limit, offset=offset)]


@router.post("/segments", auth=WRITE, response={201: SegmentOut, 409: ErrorOut, **REFUSALS}, summary="Define a segment")
def define_segment(request: HttpRequest, body: SegmentIn) -> tuple[int, dict[str, Any]]:
    """Keep a tree under a name that is still free."""
    return 201, _out(services.define_segment(body.name, body.tree, now=clock.now()))


@router.post("/segments/preview", auth=READ, response={200: PreviewOut, **REFUSALS}, summary="Preview a tree")
def preview_tree(request: HttpRequest, body: TreeIn) -> Preview:
    """Who a tree selects now, without keeping it."""
    return services.preview(services.parse_tree(body.tree), as_of=clock.now())


@router.get(
    "/segments/{segment_id}", auth=READ, response={200: SegmentOut, 404: ErrorOut, **REFUSALS}, summary="Get a segment"
)
def get_segment(request: HttpRequest, segment_id: Id) -> dict[str, Any]:
    """One segment."""
    return _out(services.find_segment(segment_id))


@router.put(
    "/segments/{segment_id}",
    auth=WRITE,
    response={200: SegmentOut, 404: ErrorOut, 409: ErrorOut, **REFUSALS},
    summary="Change a segment",
)
def update_segment(request: HttpRequest, segment_id: Id, body: SegmentIn) -> dict[str, Any]:
    """Give a segment this name and tree."""
    return _out(services.update_segment(segment_id, name=body.name, tree=body.tree, now=clock.now()))


@router.delete(
    "/segments/{segment_id}", auth=WRITE, response={204: None, 404: ErrorOut, **REFUSALS}, summary="Delete a segment"
)
def delete_segment(request: HttpRequest, segment_id: Id) -> tuple[int, None]:
    """Forget a segment. Campaigns keep the tree that they were launched with."""
    services.delete_segment(segment_id)
    return 204, None


def _out(view: SegmentView) -> dict[str, Any]:
    return {
        "id": view.id,
        "name": view.name,
        "tree": services.to_json(view.node),
        "created_at": view.created_at,
        "updated_at": view.updated_at,
    }
