"""What people tell a live campaign, over HTTP: advice first, then the word, then what was done."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Body, Query, Schema
from pydantic import Field

from setpoint.autopilot import advice, records, services
from setpoint.autopilot.models import Intervention
from setpoint.autopilot.routes import ERRORS, READ, WRITE, Id, router
from setpoint.autopilot.types import Advice, AdviceCode
from setpoint.governance.auth import actor_of
from setpoint.kernel import clock

Scalar = str | float | bool | None
Version = Annotated[
    int | None, Query(ge=1, le=2**31, description="The version you saw; 409 when somebody changed it meanwhile.")
]
TOLD = Literal["launch", "pause", "resume", "cancel", "change", "approve"]


class AdviceIn(Schema):
    """Something a person thinks of doing."""

    verb: Literal["pause", "resume", "cancel", "change", "approve"]
    change: dict[str, Any] = Field(default_factory=dict)


class AdviceOut(Schema):
    """One piece of advice: a code with figures, and the sentence in the reader's language."""

    code: AdviceCode
    text: str
    numbers: dict[str, float]
    names: dict[str, str]


class ChangedOut(Schema):
    """One value that was changed, by its path in the specification, such as limits.money."""

    name: str
    before: Scalar
    after: Scalar


class AnswerOut(Schema):
    """What was done: messages taken back, messages that had already left, the campaign's version from now on."""

    recalled: int | None = None
    beyond_recall: int | None = None
    version: int | None = None


class InterventionOut(Schema):
    """What a person told the campaign, the advice they had, and what was done."""

    id: int
    verb: TOLD
    changes: list[ChangedOut]
    advice: list[AdviceOut]
    answer: AnswerOut
    actor: str
    at: datetime
    round: int


@router.post(
    "/{int:campaign_id}/advice", response={200: list[AdviceOut], **ERRORS}, auth=READ, summary="Ask for advice"
)
def counsel(request: HttpRequest, campaign_id: Id, body: AdviceIn) -> Any:
    """What the system thinks of an intervention, and its expected effect, without doing it."""
    found = advice.advise(records.find_campaign(campaign_id), body.verb, body.change, now=clock.now())
    return [_advice(each) for each in found]


@router.post(
    "/{int:campaign_id}/change", response={200: InterventionOut, **ERRORS}, auth=WRITE, summary="Change a live campaign"
)
def change(request: HttpRequest, campaign_id: Id, body: Body[dict[str, Any]], version: Version = None) -> Any:
    """Limits bind the very next claim, the rest the next plan."""
    done = services.change(campaign_id, body, actor=actor_of(request), now=clock.now(), version=version)
    return shown(done)


@router.get(
    "/{int:campaign_id}/interventions",
    response={200: list[InterventionOut], **ERRORS},
    auth=READ,
    summary="Interventions",
)
def interventions(request: HttpRequest, campaign_id: Id) -> Any:
    """What people told this campaign, oldest first."""
    return [shown(each) for each in records.find_campaign(campaign_id).interventions.all()[:1000]]


@router.post(
    "/{int:campaign_id}/{verb}",
    response={200: InterventionOut, **ERRORS},
    auth=WRITE,
    summary="Pause, resume, cancel, approve",
)
def intervene(
    request: HttpRequest,
    campaign_id: Id,
    verb: Literal["pause", "resume", "cancel", "approve"],
    version: Version = None,
) -> Any:
    """Takes effect before the next claim; the answer says what could no longer be recalled."""
    return shown(services.VERBS[verb](campaign_id, actor=actor_of(request), now=clock.now(), version=version))


def shown(done: Intervention) -> dict[str, Any]:
    """An intervention as the API shows it, its advice in the reader's language."""
    return {
        "id": done.pk,
        "verb": done.verb,
        "changes": list(_changed(done.change.get("before") or {}, done.change.get("after") or {})),
        "advice": [_advice(each) for each in advice.restored(done.advice)],
        "answer": done.answer,
        "actor": done.actor,
        "at": done.at,
        "round": done.round,
    }


def _advice(found: Advice) -> dict[str, Any]:
    return {
        "code": found.code,
        "text": advice.text_of(found),
        "numbers": dict(found.numbers),
        "names": dict(found.names),
    }


def _changed(before: Mapping[str, Any], after: Mapping[str, Any], path: str = "") -> Iterator[dict[str, Any]]:
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if isinstance(old, Mapping) and isinstance(new, Mapping) and name != "audience":
            yield from _changed(old, new, f"{path}{name}.")
        elif old != new:
            yield {"name": f"{path}{name}", "before": _scalar(old), "after": _scalar(new)}


def _scalar(value: Any) -> Scalar:
    return value if value is None or isinstance(value, str | float | int | bool) else json.dumps(value)
