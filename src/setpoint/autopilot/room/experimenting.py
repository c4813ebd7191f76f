"""The experiment inside each campaign: sent against held back, its readings and whether they can be trusted."""

from __future__ import annotations

from django.db.models import QuerySet

from setpoint.autopilot.models import Campaign
from setpoint.autopilot.records import spec_of
from setpoint.autopilot.room.control import arms_of, state_of
from setpoint.autopilot.room.journalled import Turns, readings_of
from setpoint.autopilot.room.list_types import ExperimentPage, ExperimentRow, Finding
from setpoint.autopilot.room.listing import lift_of, verdict_of
from setpoint.autopilot.room.types import State, span
from setpoint.autopilot.types import CampaignSpec, Evaluation
from setpoint.experiments import services as experiments
from setpoint.experiments.health import Signs


def list_experiments(*, states: tuple[State, ...] = (), q: str = "", after: int = 0, limit: int = 50) -> ExperimentPage:
    """Launched campaigns as experiments, newest first; `after` is the id of the last one of the page before."""
    matching = _matching(states, q)
    page = matching.filter(pk__lt=after) if after else matching
    campaigns = list(page.order_by("-pk")[: limit + 1])
    readings = readings_of(campaigns[:limit])
    rows = tuple(_row(each, readings.get(each.pk, Turns())) for each in campaigns[:limit])
    return ExperimentPage(rows, rows[-1].campaign_id if len(campaigns) > limit else None, matching.count())


def _matching(states: tuple[State, ...], q: str) -> QuerySet[Campaign]:
    found = Campaign.objects.filter(launched_at__isnull=False)
    found = found.filter(state__in=states) if states else found
    return found.filter(name__icontains=q) if q else found


def _row(campaign: Campaign, turns: Turns) -> ExperimentRow:
    spec, last = spec_of(campaign), turns.last
    lift, lift_interval = lift_of(last) if last else (None, None)
    symptoms = experiments.health_of(_signs(last, spec) if last else None)
    return ExperimentRow(
        campaign_id=campaign.pk,
        campaign=campaign.name,
        state=state_of(campaign),
        outcome=campaign.outcome,
        metric=spec.goal.metric,
        target=spec.goal.target,
        hold_out=spec.hold_out,
        ghost_share=spec.ghost_share,
        alpha=spec.alpha,
        looks=turns.looks(),
        estimate=last.goal_value if last else None,
        proven_at_least=last.goal_proven if last else None,
        interval=span(last.goal_interval) if last else None,
        lift=lift,
        lift_interval=lift_interval,
        verdict=verdict_of(last, spec),
        arms=arms_of(last, spec),
        health=experiments.worst(symptoms),
        findings=tuple(Finding(each.code, each.level, each.numbers) for each in symptoms),
        launched_at=campaign.launched_at or campaign.created_at,
        ended_at=campaign.ended_at,
    )


def _signs(last: Evaluation, spec: CampaignSpec) -> Signs:
    return Signs(
        reading=last.reading,
        ratio=last.ratio,
        echo=last.echo,
        guards=last.guards,
        held_back_share=spec.hold_out + spec.ghost_share,
        missing=last.reading.get("missing") or {},
    )
