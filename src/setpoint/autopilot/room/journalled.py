"""A campaign's journal as values: all steps of all rounds in one query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F, OuterRef, Subquery

from setpoint.autopilot.journal import restore
from setpoint.autopilot.models import Campaign, Step
from setpoint.autopilot.room.types import Look, span
from setpoint.autopilot.types import Approved, Collected, Conclusion, Evaluation, Executed, Found, Plan


@dataclass(slots=True)
class Turns:
    """The steps of one campaign by round; a step that has not finished is missing."""

    found: dict[int, Found] = field(default_factory=dict)
    plans: dict[int, Plan] = field(default_factory=dict)
    approved: dict[int, Approved] = field(default_factory=dict)
    executed: dict[int, Executed] = field(default_factory=dict)
    collected: dict[int, Collected] = field(default_factory=dict)
    evaluations: dict[int, Evaluation] = field(default_factory=dict)
    conclusions: dict[int, Conclusion] = field(default_factory=dict)
    finished: dict[tuple[int, str], datetime] = field(default_factory=dict)

    @property
    def last(self) -> Evaluation | None:
        """The newest reading."""
        return self.evaluations[max(self.evaluations)] if self.evaluations else None

    @property
    def last_plan(self) -> Plan | None:
        """The newest plan."""
        return self.plans[max(self.plans)] if self.plans else None

    def looks(self) -> tuple[Look, ...]:
        """The history of both numbers, one point a round."""
        return tuple(
            Look(number, self.finished[number, "evaluate"], each.goal_value, each.goal_proven, span(each.goal_interval))
            for number, each in sorted(self.evaluations.items())
        )


def turns_of(campaign_id: int) -> Turns:
    """The journal of one campaign."""
    return _gathered(Step.objects.filter(campaign_id=campaign_id))


def readings_of(campaigns: Iterable[Campaign]) -> dict[int, Turns]:
    """The evaluations of many campaigns in one query: for lists."""
    steps = Step.objects.filter(campaign__in=list(campaigns), name="evaluate")
    by_campaign: defaultdict[int, list[Step]] = defaultdict(list)
    for step in steps.order_by("round"):
        by_campaign[step.campaign_id].append(step)
    return {pk: _gathered(found) for pk, found in by_campaign.items()}


def last_steps(campaigns: Iterable[Campaign], name: str) -> dict[int, Step]:
    """The newest finished step of a name of each campaign, in one query."""
    newest = Step.objects.filter(campaign=OuterRef("campaign"), name=name).order_by("-round").values("pk")[:1]
    steps = Step.objects.filter(campaign__in=list(campaigns), name=name).annotate(newest=Subquery(newest))
    return {step.campaign_id: step for step in steps.filter(pk=F("newest"))}


def _gathered(steps: Iterable[Step]) -> Turns:
    turns = Turns()
    for step in steps:
        turns.finished[step.round, step.name] = step.finished_at
        match step.name:
            case "analyse":
                turns.found[step.round] = restore(step.result, Found)
            case "plan":
                turns.plans[step.round] = restore(step.result, Plan)
            case "review":
                turns.approved[step.round] = restore(step.result, Approved)
            case "execute":
                turns.executed[step.round] = restore(step.result, Executed)
            case "collect":
                turns.collected[step.round] = restore(step.result, Collected)
            case "evaluate":
                turns.evaluations[step.round] = restore(step.result, Evaluation)
            case "conclude":
                turns.conclusions[step.round] = restore(step.result, Conclusion)
            case _:
                continue
    return turns
