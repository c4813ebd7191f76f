"""The tags of one customer over HTTP. What tags there are stands in insights, which knows rules and models."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Path, Router, Schema

from setpoint.customers.editing import version_of
from setpoint.customers.services import view
from setpoint.customers.tags import services
from setpoint.governance.auth import ErrorOut, actor_of, require
from setpoint.kernel import clock

router = Router(tags=["Tags"])
Id = Annotated[int, Path(ge=1, le=2**53)]
ERRORS: dict[Any, Any] = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut}


class CustomerTagOut(Schema):
    """A tag of a customer: `weight` now, faded and boosted; `given` is what was set at `since`."""

    id: int
    name: str
    kind: Literal["manual", "rule", "model"]
    layer: Literal["fact", "behaviour", "value", "prediction"]
    how: dict[str, Any]
    weight: float
    given: float
    since: datetime
    fades_from: datetime | None
    half_life_days: float | None
    boost: float


class TagMomentOut(Schema):
    """A change of a customer's tag: from `before` to `after` (0: not having it), by whom or what."""

    at: datetime
    tag_id: int
    tag: str
    kind: Literal["manual", "rule", "model"]
    how: dict[str, Any]
    by: str
    actor: str
    model: str
    model_version: str
    before: float
    after: float


class CustomerTagsOut(Schema):
    """A customer's tags, the heaviest first, and their history, newest first. `version` is what a change has to name."""

    version: int
    tags: list[CustomerTagOut]
    history: list[TagMomentOut]


class CustomerTagIn(Schema):
    """A tag that people set, and its weight from now on; 0 takes it away."""

    name: str = Field(max_length=100)
    weight: float = Field(1.0, ge=0, le=1)
    version: int | None = Field(None, description="The customer's version that was seen; 409 when replaced since.")


@router.get(
    "/customers/{customer_id}/tags",
    auth=require("customers:read"),
    response={200: CustomerTagsOut, **ERRORS},
    summary="Show a customer's tags",
)
def list_customer_tags(request: HttpRequest, customer_id: Id) -> dict[str, Any]:
    """Tags with their weights now, and every change of them."""
    return _told(customer_id)


@router.put(
    "/customers/{customer_id}/tags",
    auth=require("customers:write"),
    response={200: CustomerTagsOut, 409: ErrorOut, **ERRORS},
    summary="Tag a customer",
)
def put_customer_tag(request: HttpRequest, customer_id: Id, payload: CustomerTagIn) -> dict[str, Any]:
    """Give a tag with a weight, or take it away. The change stays in the history and in the audit trail."""
    services.set_tag(customer_id, **payload.dict(), now=clock.now(), actor=actor_of(request))
    return _told(customer_id)


def _told(customer_id: int) -> dict[str, Any]:
    now = clock.now()
    return {
        "version": version_of(view(customer_id).id),
        "tags": services.tags_of(customer_id, at=now),
        "history": services.history_of(customer_id),
    }
