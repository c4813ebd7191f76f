"""Gathers a campaign's report from journal, ledger and decision log, and renders it in the form asked for."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import numpy as np
from django.db.models import Count, Sum

from setpoint.autopilot.actions import actions_of
from setpoint.autopilot.journal import results_of
from setpoint.autopilot.models import Campaign, Step
from setpoint.autopilot.outcomes import Outcomes, outcomes_of
from setpoint.autopilot.reading import limit_figures
from setpoint.autopilot.records import find_campaign, spec_of
from setpoint.autopilot.report.page import to_html
from setpoint.autopilot.report.paper import to_pdf
from setpoint.autopilot.report.rows import to_csv
from setpoint.autopilot.report.text import to_text
from setpoint.autopilot.report.told import ReportStory, told
from setpoint.autopilot.report.types import (
    ActionPart,
    DecisionPart,
    FunnelPart,
    GoalPart,
    LedgerPart,
    LimitLine,
    RatioPart,
    ReportData,
    RoundPart,
    Said,
    SpendPart,
)
from setpoint.autopilot.responses import hit_counts, response_counts
from setpoint.autopilot.room.counted import refusal_kind
from setpoint.autopilot.scheduler import as_running
from setpoint.autopilot.types import Collected, Evaluation, Executed, Found, Plan
from setpoint.content.models import Offer, Variant
from setpoint.decisions import services as decisions
from setpoint.decisions.types import Action, Proposal
from setpoint.delivery import services as delivery
from setpoint.delivery.models import Delivery
from setpoint.delivery.types import SENT_STATES, State
from setpoint.governance import services as governance
from setpoint.kernel import money

SAMPLE = 12
UNSPENT_SHARE = 0.2
FORMS: dict[str, tuple[Callable[[ReportData, Any], str | bytes], str]] = {
    "html": (to_html, "text/html; charset=utf-8"),
    "pdf": (to_pdf, "application/pdf"),
    "csv": (lambda data, language: to_csv(data), "text/csv; charset=utf-8"),
    "text": (to_text, "text/plain; charset=utf-8"),
    "json": (lambda data, language: msgspec.json.encode(data), "application/json"),
}


def render(campaign_id: int, form: str, language: str, *, now: datetime) -> tuple[bytes, str]:
    """The report as bytes with its content type."""
    work, content_type = FORMS[form]
    body = work(report_data(campaign_id, now=now), language)
    return (body.encode() if isinstance(body, str) else body), content_type


def story(campaign_id: int, language: str, *, now: datetime) -> ReportStory:
    """The report told in one language, for a page."""
    return told(report_data(campaign_id, now=now), language)


def report_data(campaign_id: int, *, now: datetime) -> ReportData:
    """Everything a report tells, as of now; works for drafts, live and ended campaigns alike."""
    return _Gathering(find_campaign(campaign_id), now).report()


class _Gathering:
    """One report being gathered: reads each source once."""

    def __init__(self, campaign: Campaign, now: datetime) -> None:
        self.campaign = campaign
        self.now = now
        self.spec = spec_of(campaign)
        self.company = governance.company()
        self.is_live = campaign.launched_at is not None
        self.found = results_of(campaign.pk, "analyse", Found)
        self.plans = results_of(campaign.pk, "plan", Plan)
        self.executed = results_of(campaign.pk, "execute", Executed)
        self.collected = results_of(campaign.pk, "collect", Collected)
        self.evaluations = results_of(campaign.pk, "evaluate", Evaluation)
        self.last = self.evaluations[max(self.evaluations)] if self.evaluations else None
        self.outcomes = self._outcomes()
        self.rows = Delivery.objects.filter(stream__source=campaign.key)

    def report(self) -> ReportData:
        spend = self._spend()
        last = self.last
        extra = last.incremental_revenue if last else None
        return ReportData(
            company=self.company.name,
            currency=self.company.currency,
            campaign=self.campaign.name,
            status=self.campaign.outcome or self.campaign.state,
            goal=self._goal(),
            made_at=self.now,
            reason=self._reason(),
            started_at=self.campaign.launched_at,
            ended_at=self.campaign.ended_at,
            policy=self.plans[max(self.plans)].policy_version if self.plans else self.spec.policy,
            audience=self.found[max(self.found)].audience if self.found else 0,
            spend=spend,
            funnel=self._funnel(),
            revenue=last.revenue if last else 0.0,
            incremental_revenue=extra,
            incremental_revenue_interval=last.incremental_revenue_interval if last else None,
            roi=(extra - spend.money) / spend.money if extra is not None and spend.money else None,
            cost_per_incremental=self._cost_per_extra(spend.money),
            rounds=tuple(self._rounds()),
            actions=tuple(self._actions()),
            segments_before=self.found[min(self.found)].segments if self.found else {},
            segments_after=self.found[max(self.found)].segments if self.found else {},
            ratio=msgspec.convert(dict(last.ratio), RatioPart) if last else None,
            advice=tuple(self._advice(spend)),
            ledger=self._ledger(spend),
            decisions=tuple(self._decisions()),
        )

    def _outcomes(self) -> Outcomes | None:
        return outcomes_of(as_running(self.campaign, self.now)) if self.plans else None

    def _goal(self) -> GoalPart:
        goal, last = self.spec.goal, self.last
        base = GoalPart(goal.metric, goal.target, goal.incremental, goal.event, goal.deadline)
        if last is None:
            return base
        measured = [plan.forecast_effect for number, plan in self.plans.items() if number in self.evaluations]
        return dataclasses.replace(
            base,
            estimate=last.goal_value,
            proven_at_least=last.goal_proven,
            interval=last.goal_interval,
            verdict=str(last.reading["verdict"]),
            forecast_estimate=sum(measured) if goal.metric != "conversion_rate" else None,
            chance_of_goal=last.chance_of_goal,
            missing=last.reading.get("missing") or {},
        )

    def _reason(self) -> Said | None:
        if self.campaign.outcome == "cancelled":
            return Said("cancelled")
        kept = Step.objects.filter(campaign=self.campaign, name="conclude").order_by("round").last()
        return None if kept is None else Said(kept.result["reason"])

    def _spend(self) -> SpendPart:
        lines = [LimitLine(**_line(line)) for line in delivery.budgets(self.campaign.key)] if self.is_live else []
        main = next((line for line in lines if line.scope == "campaign" and line.resource == "money"), None)
        by_channel = self.rows.values("channel").annotate(sent=Sum("cost_money"), offers=Sum("offer_cost")).order_by()
        return SpendPart(
            money=main.committed if main else 0.0,
            reserved=main.reserved if main else 0.0,
            limit=main.limit if main else self.spec.limits.money,
            messages=response_counts(self.campaign.key).messages,
            messages_limit=self.spec.limits.messages,
            hours=sum(line.committed for line in lines if line.resource == "time" and line.scope == "campaign"),
            hours_limit=self.spec.limits.hours,
            by_channel={
                row["channel"]: money.to_float((row["sent"] or 0) + (row["offers"] or 0)) for row in by_channel
            },
            lines=tuple(
                sorted(lines, key=lambda line: (line.scope != "campaign", line.scope, line.resource != "money"))
            ),
        )

    def _funnel(self) -> FunnelPart:
        states = {row["state"]: row["n"] for row in self.rows.values("state").annotate(n=Count("pk")).order_by()}
        counts = response_counts(self.campaign.key)
        reasons = self.rows.filter(state=State.SUPPRESSED).exclude(reason__in=("ghost", "held_out"))
        outcomes = self.outcomes
        return FunnelPart(
            decided=sum(plan.decided for plan in self.plans.values()),
            none=sum(plan.none for plan in self.plans.values()),
            held_out=sum(plan.held_out for plan in self.plans.values()),
            ghost=sum(plan.ghost for plan in self.plans.values()),
            planned=sum(plan.to_send for plan in self.plans.values()),
            sent=sum(states.get(state, 0) for state in SENT_STATES),
            delivered=states.get(State.DELIVERED, 0),
            bounced=states.get(State.BOUNCED, 0),
            failed=states.get(State.FAILED, 0),
            unknown=states.get(State.UNKNOWN, 0),
            suppressed=_by_kind(reasons.values_list("reason").annotate(n=Count("pk")).order_by()),
            **dataclasses.asdict(hit_counts(self.campaign.key)),
            converted=int(np.count_nonzero(outcomes.converted & outcomes.exposed)) if outcomes else 0,
            redeemed=self.rows.filter(offer_state="redeemed").count(),
            unsubscribed=counts.unsubscribed,
            complained=counts.complained,
        )

    def _cost_per_extra(self, spent: float) -> float | None:
        countable = self.spec.goal.incremental and self.spec.goal.metric in {"conversions", "reactivated"}
        estimate = self.last.goal_value if self.last else 0.0
        return spent / estimate if countable and estimate > 0 else None

    def _rounds(self) -> Iterator[RoundPart]:
        costs = self.rows.values("round").annotate(sent=Sum("cost_money"), offers=Sum("offer_cost")).order_by()
        cost = {row["round"]: money.to_float((row["sent"] or 0) + (row["offers"] or 0)) for row in costs}
        conclusions = dict(Step.objects.filter(campaign=self.campaign, name="conclude").values_list("round", "result"))
        for number, plan in self.plans.items():
            evaluation = self.evaluations.get(number)
            yield RoundPart(
                number=number,
                started_at=plan.measure_at - timedelta(days=self.spec.window_days),
                audience=plan.decided,
                sent=plan.to_send,
                held_back=plan.held_out + plan.ghost,
                cost=cost.get(number, 0.0),
                estimate=evaluation.goal_value if evaluation else None,
                proven_at_least=evaluation.goal_proven if evaluation else None,
                interval=evaluation.goal_interval if evaluation else None,
                forecast_effect=plan.forecast_effect,
                forecast_cost=plan.forecast_cost,
                shadow_prices=plan.shadow_prices,
                gap=plan.gap,
                personalisation=plan.personalisation,
                conclusion=Said(conclusions[number]["reason"]) if number in conclusions else None,
                notes=tuple(Said("", text=note) for note in plan.notes),
            )

    def _actions(self) -> Iterator[ActionPart]:
        if not self.plans or self.outcomes is None:
            return
        posteriors = {str(one["key"]): one for one in self.plans[max(self.plans)].posteriors}
        names = _names()
        for index, action in enumerate(actions_of(self.spec)):
            if index == 0:
                continue
            mine = self.outcomes.exposed & (self.outcomes.chosen == index)
            one = posteriors.get(action.key, {})
            yield ActionPart(
                key=action.key,
                labels=_labels(action, names),
                sends=int(np.count_nonzero(mine)),
                conversions=int(np.count_nonzero(mine & self.outcomes.converted)),
                mean=one.get("mean"),
                low=one.get("low"),
                high=one.get("high"),
                share=float(one.get("share") or 0.0),
            )

    def _advice(self, spend: SpendPart) -> Iterator[Said]:
        last = self.last
        if last is None:
            return
        if self.campaign.outcome == "goal" and spend.money < (1 - UNSPENT_SHARE) * spend.limit:
            yield Said("unspent", {"money": spend.limit - spend.money})
        if self.campaign.outcome in {"limit", "deadline"} and self._price_of_money() > 0:
            yield Said("raise_money", {"gain": self._price_of_money()})
        if self.plans[max(self.plans)].personalisation == "not proven":
            yield Said("best_action_alone")
        if self.campaign.state == Campaign.State.ENDED:
            yield Said("hold_out_kept")

    def _price_of_money(self) -> float:
        return float(self.plans[max(self.plans)].shadow_prices.get("money", 0.0)) if self.plans else 0.0

    def _ledger(self, spend: SpendPart) -> LedgerPart:
        if not self.is_live:
            return LedgerPart()
        states = {str(state): count for state, count in delivery.ledger(self.campaign.key).items()}
        sums = self.rows.aggregate(sent=Sum("cost_money"), offers=Sum("offer_cost"))
        return LedgerPart(
            states=states,
            rows=self.rows.count(),
            rows_expected=sum(
                plan.decided - plan.none for number, plan in self.plans.items() if number in self.executed
            ),
            money_rows=money.to_float((sums["sent"] or 0) + (sums["offers"] or 0)),
            money_committed=spend.money,
        )

    def _decisions(self) -> Iterator[DecisionPart]:
        if not self.plans or not decisions.exists(self.campaign.key, max(self.plans)):
            return
        proposal = decisions.read_proposal(self.campaign.key, max(self.plans))
        actions = {action.key: action for action in actions_of(self.spec)}
        names = _names()
        for row in _spread(proposal):
            key = proposal.action_keys[int(proposal.chosen[row])]
            action = actions.get(key)
            yield DecisionPart(
                customer=str(int(proposal.customer_ids[row])),
                chosen=_labels(action, names) if action and key != "none" else (),
                probability=float(proposal.probabilities[row, int(proposal.chosen[row])]),
                reason=Said(_why(proposal, row)),
            )


def _spread(proposal: Proposal) -> list[int]:
    """Rows for the sample: some of each kind of decision, evenly spread over the audience."""
    kinds = [proposal.chosen == 0, proposal.ghost, proposal.held_out & (proposal.chosen > 0)]
    sent = (proposal.chosen > 0) & ~proposal.ghost & ~proposal.held_out
    rows: list[int] = []
    for mask, wanted in ((sent, SAMPLE // 2), *((kind, SAMPLE // 6) for kind in kinds)):
        places = np.flatnonzero(mask)
        rows += places[np.linspace(0, len(places) - 1, min(wanted, len(places))).astype(int)].tolist()
    return sorted(set(rows))


def _why(proposal: Proposal, row: int) -> str:
    if proposal.guard_dropped is not None and proposal.guard_dropped[row]:
        return "limit_full"
    if proposal.chosen[row] == 0:
        return "not_worth"
    if proposal.held_out[row]:
        return "held_out"
    if proposal.ghost[row]:
        return "ghost"
    best = 1 + proposal.probabilities[row, 1:].argmax() == proposal.chosen[row]
    return "highest_expected" if best else "explore"


def _names() -> tuple[dict[int, str], dict[int, str]]:
    return dict(Offer.objects.values_list("pk", "name")), dict(Variant.objects.values_list("pk", "name"))


def _labels(action: Action, names: tuple[dict[int, str], dict[int, str]]) -> tuple[str, ...]:
    offers, variants = names
    offer = offers.get(action.offer_id or 0, "")
    return tuple(part for part in (offer, variants.get(action.variant_id, ""), action.channel, action.slot) if part)


def _line(line: Any) -> dict[str, Any]:
    figures = limit_figures(line)
    figures.pop("left")
    return figures


def _by_kind(reasons: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for reason, count in reasons:
        found[refusal_kind(reason)] += count
    return dict(found)
