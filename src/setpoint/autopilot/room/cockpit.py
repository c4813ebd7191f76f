"""The cockpit: all campaigns, today's figures, alarms, advice by expected gain, and what happened since yesterday."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Case, Count, IntegerField, Q, When

from setpoint.autopilot.chances import chance_with
from setpoint.autopilot.models import Campaign, Intervention, Step
from setpoint.autopilot.problems import problems_of
from setpoint.autopilot.records import spec_of
from setpoint.autopilot.room import days
from setpoint.autopilot.room.cockpit_types import Alarm, Cockpit, News, Suggestion
from setpoint.autopilot.room.journalled import last_steps
from setpoint.autopilot.room.limits import price_name
from setpoint.autopilot.room.list_types import CampaignRow
from setpoint.autopilot.room.listing import rows_of
from setpoint.autopilot.room.types import LimitView
from setpoint.delivery.models import ChannelAccount, DeliveryWarning
from setpoint.governance import failures
from setpoint.governance import services as governance

State = Campaign.State
MOST_CAMPAIGNS = 24
MOST_NEWS = 30
MOST_ADVICE = 8
RAISE = 0.1
"""Advice on a limit is reckoned for a tenth more of it."""
NEAR_DEADLINE = timedelta(days=3)
LIKELY = 0.8
"""A proof this likely needs no advice."""
WORTH = 0.05
"""A later deadline is advised when it raises the chance of proof by at least this much."""


def cockpit(*, now: datetime) -> Cockpit:
    """Everything the home page shows."""
    company = governance.company()
    campaigns = _shown()
    rows = rows_of(campaigns)
    plans = last_steps([each for each in campaigns if each.state == State.RUNNING], "plan")
    since = days.starts(days.today(now) - timedelta(days=1))
    shown, counted_at = days.days(now)
    return Cockpit(
        currency=company.currency,
        timezone=company.timezone,
        now=now,
        since=since,
        today=shown[-1],
        days=shown,
        campaigns=rows,
        states=dict(Campaign.objects.values_list("state").annotate(n=Count("pk")).order_by()),
        alarms=tuple(alarms(campaigns, rows, now=now)),
        advice=suggestions(campaigns, rows, plans, now=now),
        news=news(since),
        counted_at=counted_at,
    )


def _shown() -> list[Campaign]:
    """Those that run first, then paused ones, drafts and the newest ended ones."""
    rank = {State.RUNNING: 0, State.PAUSED: 1, State.DRAFT: 2, State.ENDED: 3}
    whens = [When(state=state, then=place) for state, place in rank.items()]
    place = Case(*whens, output_field=IntegerField())
    return list(Campaign.objects.order_by(place, "-pk")[:MOST_CAMPAIGNS])


def alarms(campaigns: Sequence[Campaign], rows: Sequence[CampaignRow], *, now: datetime) -> Iterator[Alarm]:
    """What needs a person, the gravest first."""
    found = [*_channel_alarms(now)]
    steps = last_steps([each for each in campaigns if each.state != State.DRAFT], "evaluate")
    for campaign, row in zip(campaigns, rows, strict=True):
        if row.state in ("running", "paused"):
            found += _campaign_alarms(campaign, row, steps.get(campaign.pk), now)
        elif row.outcome in ("harm", "frozen"):
            code = "harm" if row.outcome == "harm" else "frozen"
            found.append(_alarm(row, code, "stop", at=row.ended_at))
    yield from sorted(found, key=lambda alarm: alarm.level != "stop")


def suggestions(
    campaigns: Sequence[Campaign], rows: Sequence[CampaignRow], plans: Mapping[int, Step], *, now: datetime
) -> tuple[Suggestion, ...]:
    """Advice, the largest expected gain first."""
    found: list[Suggestion] = []
    for campaign, row in zip(campaigns, rows, strict=True):
        plan = plans.get(campaign.pk)
        if plan is not None and row.target:
            found += _about_plan(row, plan)
        if row.chance_of_goal is not None and row.state == "running" and row.chance_of_goal < LIKELY:
            found += _about_deadline(campaign, row, row.chance_of_goal)
        if row.state == "draft" and row.target and not _lacks(campaign, now):
            found.append(Suggestion("launch_draft", row.id, 0.0, {"campaign": row.name}, {"target": row.target}))
    return tuple(sorted(found, key=lambda each: -each.gain_share)[:MOST_ADVICE])


def news(since: datetime) -> tuple[News, ...]:
    """What the system and people did since a moment, newest first."""
    steps = Step.objects.filter(finished_at__gte=since, name__in=("execute", "plan", "evaluate", "conclude"))
    told = Intervention.objects.filter(at__gte=since).select_related("campaign").order_by("-pk")[:MOST_NEWS]
    found = [
        *_of_steps(steps.select_related("campaign").order_by("-pk")[: 2 * MOST_NEWS]),
        *(_of_word(each) for each in told),
        *_of_limits(since),
    ]
    return tuple(sorted(found, key=lambda each: each.at, reverse=True)[:MOST_NEWS])


def _channel_alarms(now: datetime) -> Iterator[Alarm]:
    for account in ChannelAccount.objects.filter(paused_until__gt=now, enabled=True):
        names = {"channel": account.name, "reason": account.pause_reason}
        yield Alarm("channel_resting", "attention", None, names, at=account.paused_until)


def _campaign_alarms(campaign: Campaign, row: CampaignRow, step: Step | None, now: datetime) -> Iterator[Alarm]:
    if campaign.failure:
        yield _alarm(row, "failing", "stop", at=campaign.next_at, error=failures.told(campaign.failure)["message"])
    if campaign.waiting_for == "approval":
        yield _alarm(row, "awaiting_approval", "attention")
    yield from (_limit_alarm(row, line) for line in row.limits if line.level != "ok" and line.scope != "customer")
    if step is not None:
        if step.result["ratio"].get("alarm"):
            yield _alarm(row, "ratio", "stop")
        for name, guard in step.result.get("guards", {}).items():
            if guard["exposed"] and guard["rate"] > guard["limit"]:
                yield _alarm(row, "guard", "attention", rate=guard["rate"], limit=guard["limit"], guard=name)
    if row.deadline is not None and row.deadline - now < NEAR_DEADLINE and row.verdict != "proven":
        yield _alarm(row, "deadline_near", "attention", at=row.deadline)


def _limit_alarm(row: CampaignRow, line: LimitView) -> Alarm:
    code, level = ("limit_reached", "stop") if line.level == "reached" else ("limit_near", "attention")
    return _alarm(row, code, level, scope=line.scope, resource=line.resource, left=line.left, limit=line.limit)


def _alarm(row: CampaignRow, code: str, level: str, *, at: datetime | None = None, **more: str | float) -> Alarm:
    names = {"campaign": row.name} | {name: value for name, value in more.items() if isinstance(value, str)}
    numbers = {name: float(value) for name, value in more.items() if not isinstance(value, str)}
    return Alarm(code, level, row.id, names, numbers, at)  # type: ignore[arg-type]


def _about_plan(row: CampaignRow, step: Step) -> Iterator[Suggestion]:
    plan, target, names = step.result, row.target or 1.0, {"campaign": row.name}
    if row.waiting_for == "approval":
        figures = {"count": float(plan["to_send"]), "gain": plan["forecast_effect"], "money": plan["forecast_cost"]}
        yield Suggestion("approve", row.id, plan["forecast_effect"] / target, names, figures)
    for line in row.limits:
        price = plan["shadow_prices"].get(price_name(line.scope, line.resource), 0.0)
        more = RAISE * line.limit
        if price * more > 0:
            where = names | {"scope": line.scope, "resource": line.resource}
            figures = {"more": more, "gain": price * more}
            yield Suggestion("raise_limit", row.id, price * more / target, where, figures)
    if plan["personalisation"] == "not proven":
        yield Suggestion("best_action_alone", row.id, 0.0, names)
    if row.chance_of_goal is not None and row.chance_of_goal < 0.5 and row.estimate is not None:
        figures = {"chance": row.chance_of_goal, "estimate": row.estimate, "target": target}
        yield Suggestion("lower_target", row.id, 0.0, names, figures)


def _about_deadline(campaign: Campaign, row: CampaignRow, chance: float) -> Iterator[Suggestion]:
    """Two rounds more, where they make the proof likelier."""
    spec = spec_of(campaign)
    days = 2 * spec.cadence_days
    later = replace(spec, goal=replace(spec.goal, deadline=spec.goal.deadline + timedelta(days=days)))
    then = chance_with(campaign, later) or 0.0
    if then - chance >= WORTH:
        figures = {"days": float(days), "chance": then, "before": chance}
        yield Suggestion("extend", row.id, then - chance, {"campaign": row.name}, figures)


def _lacks(campaign: Campaign, now: datetime) -> bool:
    """Does anything keep this draft from being launched?"""
    return any(each.kind != "warning" for each in problems_of(campaign.name, campaign.spec, now=now))


def _of_steps(steps: Iterable[Step]) -> Iterator[News]:
    for step in steps:
        campaign, result = step.campaign, step.result
        names = {"campaign": campaign.name, "metric": spec_of(campaign).goal.metric}
        figures = {"round": float(step.round)}
        if step.name == "plan":
            figures |= {"count": float(result["to_send"]), "gain": result["forecast_effect"]}
            yield News("planned", step.finished_at, campaign.pk, names, figures)
        elif step.name == "evaluate":
            proven = max(0.0, result["goal_proven"] or 0.0)
            figures |= {"estimate": result["goal_value"], "proven": proven, "chance": result["chance_of_goal"]}
            yield News("measured", step.finished_at, campaign.pk, names, figures)
        elif step.name == "conclude" and result["outcome"] != "next":
            ended = names | {"outcome": result["outcome"], "reason": result["reason"]}
            yield News("ended", step.finished_at, campaign.pk, ended, figures)


def _of_word(said: Intervention) -> News:
    names = {"campaign": said.campaign.name, "verb": said.verb, "actor": said.actor}
    code = "launched" if said.verb == "launch" else "told"
    return News("launched" if code == "launched" else "told", said.at, said.campaign_id, names)


def _of_limits(since: datetime) -> Iterator[News]:
    given = DeliveryWarning.objects.filter(Q(at__gte=since)).select_related("stream").order_by("-pk")[:MOST_NEWS]
    ids = {warning.pk: int(warning.stream.source.rpartition(":")[2] or 0) for warning in given}
    names = dict(Campaign.objects.filter(pk__in=set(ids.values())).values_list("pk", "name"))
    for warning in given:
        pk = ids[warning.pk]
        told = {"scope": warning.scope, "resource": warning.resource, "level": warning.level}
        yield News("limit", warning.at, pk, {"campaign": names.get(pk, ""), **told})
