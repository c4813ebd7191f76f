"""Lists of campaigns: searched, sorted, exported, compared side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from setpoint.autopilot.models import Campaign
from setpoint.autopilot.records import spec_of
from setpoint.autopilot.room.control import rounds_planned, state_of
from setpoint.autopilot.room.journalled import Turns, last_steps, readings_of
from setpoint.autopilot.room.limits import limits_of, money_of
from setpoint.autopilot.room.list_types import CampaignPage, CampaignRow, Compared, Comparison
from setpoint.autopilot.room.types import LimitView, Span, State, span
from setpoint.autopilot.types import CampaignSpec, Evaluation
from setpoint.kernel.errors import Invalid, NotFound

Sort = Literal["id", "-id", "name", "-name", "created_at", "-created_at", "launched_at", "-launched_at"]
FEWEST_COMPARED, MOST_COMPARED = 2, 6
MOST_COUNTED = 10_000
EXPORTED = (
    "id", "name", "state", "outcome", "round", "metric", "target", "estimate", "proven_at_least", "verdict",
    "chance_of_goal", "money_limit", "money_reserved", "money_committed", "created_at", "launched_at", "ended_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which campaigns, in which order."""

    states: tuple[State, ...] = ()
    q: str = ""
    sort: Sort = "-id"
    waiting_for: str = ""
    launched: bool = False


def list_campaigns(wanted: Wanted, *, after: int = 0, limit: int = 50) -> CampaignPage:
    """A page of campaigns; `after` is the id of the last one of the page before."""
    matching = _matching(wanted)
    page = list(_ordered(matching, wanted.sort, after)[: limit + 1])
    rows = rows_of(page[:limit])
    every = Campaign.objects.filter(name__icontains=wanted.q) if wanted.q else Campaign.objects.all()
    states = dict(every.values_list("state").annotate(n=Count("pk")).order_by())
    return CampaignPage(
        items=rows,
        next=rows[-1].id if len(page) > limit else None,
        total=matching[:MOST_COUNTED].count(),
        states=states,
    )


def export_rows(wanted: Wanted) -> Iterator[list[object]]:
    """All matching campaigns, a batch at a time, in the columns of EXPORTED."""
    after = 0
    while True:
        page = list_campaigns(wanted, after=after, limit=200)
        yield from (_exported(row) for row in page.items)
        if page.next is None:
            return
        after = page.next


def rows_of(campaigns: Sequence[Campaign]) -> tuple[CampaignRow, ...]:
    """These campaigns as rows, in three queries however many they are."""
    readings = readings_of(campaigns)
    lines = limits_of(campaigns)
    return tuple(_row(each, readings.get(each.pk, Turns()), lines.get(each.key, ())) for each in campaigns)


def compare(ids: Sequence[int], *, now: datetime) -> Comparison:
    """Campaigns side by side: what each caused, at which cost, and what of it is proven."""
    unique = list(dict.fromkeys(ids))
    if not FEWEST_COMPARED <= len(unique) <= MOST_COMPARED:
        raise Invalid(
            _("%(count)s campaigns cannot be compared side by side.") % {"count": len(unique)},
            remedy=_("Choose 2 to 6."),
            field="id",
        )
    found = {each.pk: each for each in Campaign.objects.filter(pk__in=unique)}
    for missing in [pk for pk in unique if pk not in found]:
        raise NotFound(
            _("There is no campaign %(id)s.") % {"id": missing}, remedy=_("List the campaigns to see their ids.")
        )
    campaigns = [found[pk] for pk in unique]
    readings = readings_of(campaigns)
    plans = last_steps(campaigns, "analyse")
    lines = limits_of(campaigns)
    items = tuple(
        _compared(
            _row(each, readings.get(each.pk, Turns()), lines.get(each.key, ())), readings.get(each.pk), plans, now
        )
        for each in campaigns
    )
    proven = [item for item in items if item.is_proven and item.cost_per_increment is not None]
    best = min(proven, key=lambda item: item.cost_per_increment or 0.0, default=None)
    kinds = {(item.row.metric, item.row.incremental) for item in items}
    return Comparison(items, comparable=len(kinds) == 1, best=best.row.id if best and len(kinds) == 1 else None)


def lift_of(last: Evaluation) -> tuple[float | None, Span | None]:
    """The increment as a share of what those sent to would have done anyway, with its interval."""
    reading = last.reading
    estimate = float(reading["estimate"])
    anyway = float(reading["conversions_exposed"]) - estimate
    if anyway <= 0 or reading["method"] == "none":
        return None, None
    low, high = reading["interval"]
    return estimate / anyway, None if low is None or high is None else Span(low / anyway, high / anyway)


def _matching(wanted: Wanted) -> QuerySet[Campaign]:
    found = Campaign.objects.all()
    if wanted.states:
        found = found.filter(state__in=wanted.states)
    if wanted.waiting_for:
        found = found.filter(waiting_for=wanted.waiting_for)
    if wanted.launched:
        found = found.filter(launched_at__isnull=False)
    return found.filter(name__icontains=wanted.q) if wanted.q else found


def _ordered(found: QuerySet[Campaign], sort: Sort, after: int) -> QuerySet[Campaign]:
    """In order, after the last one seen: by the value and then the id, so that no page skips or repeats one."""
    column = sort.lstrip("-")
    falls = sort.startswith("-")
    place = F(column).desc(nulls_last=True) if falls else F(column).asc(nulls_last=True)
    ordered = found.order_by(place, "-pk" if falls else "pk")
    last = Campaign.objects.filter(pk=after).first() if after else None
    if last is None:
        return ordered
    beyond = "lt" if falls else "gt"
    value = last.pk if column == "id" else getattr(last, column)
    same = Q(**{f"pk__{beyond}": last.pk})
    if value is None:
        return ordered.filter(same, **{f"{column}__isnull": True})
    later = Q(**{f"{column}__{beyond}": value}) | Q(**{f"{column}__isnull": True})
    return ordered.filter(later | (Q(**{column: value}) & same))


def _row(campaign: Campaign, turns: Turns, lines: tuple[LimitView, ...]) -> CampaignRow:
    last = turns.last
    same = ("name", "outcome", "waiting_for", "round", "version", "created_at", "launched_at", "ended_at", "next_at")
    return CampaignRow(
        id=campaign.pk,
        state=state_of(campaign),
        has_error=campaign.failure is not None,
        estimate=last.goal_value if last else None,
        proven_at_least=last.goal_proven if last else None,
        chance_of_goal=last.chance_of_goal if last else None,
        looks=turns.looks(),
        money=money_of(lines),
        limits=lines,
        **_aimed(campaign, last),
        **{name: getattr(campaign, name) for name in same},
    )


def _aimed(campaign: Campaign, last: Evaluation | None) -> dict[str, Any]:
    """The goal; a draft may not have one yet."""
    spec = _whole_spec(campaign)
    if spec is None:
        given = campaign.spec.get("goal") if isinstance(campaign.spec.get("goal"), dict) else {}
        target = given.get("target")
        known = target if isinstance(target, int | float) and not isinstance(target, bool) else None
        empty = {"metric": None, "incremental": True, "deadline": None, "verdict": "not enough data"}
        return {**empty, "target": known, "rounds_planned": 0}
    goal = spec.goal
    return {
        "metric": goal.metric,
        "target": goal.target,
        "incremental": goal.incremental,
        "deadline": goal.deadline,
        "verdict": verdict_of(last, spec),
        "rounds_planned": rounds_planned(campaign, spec),
    }


def verdict_of(last: Evaluation | None, spec: CampaignSpec) -> Any:
    """What can be said of the increment; a plain count is neither proven nor not."""
    if last is None:
        return "not enough data"
    return last.reading["verdict"] if spec.goal.incremental else "counted"


def _whole_spec(campaign: Campaign) -> CampaignSpec | None:
    try:
        return spec_of(campaign)
    except Invalid:
        return None


def _compared(row: CampaignRow, turns: Turns | None, found: Mapping[int, Any], now: datetime) -> Compared:
    last = turns.last if turns else None
    spent = row.money.committed if row.money else 0.0
    lift, lift_interval = lift_of(last) if last else (None, None)
    end = row.ended_at or now
    return Compared(
        row=row,
        interval=span(last.goal_interval) if last else None,
        lift=lift,
        lift_interval=lift_interval,
        spent=spent,
        cost_per_increment=_cost(spent, row.estimate),
        cost_interval=_cost_interval(spent, last),
        revenue=last.revenue if last else None,
        incremental_revenue=last.incremental_revenue if last else None,
        messages=int(last.spend.get("messages", last.reading["exposed"])) if last else 0,
        audience=int(found[row.id].result["audience"]) if row.id in found else 0,
        rounds=len(row.looks),
        days=(end - row.launched_at).total_seconds() / 86_400 if row.launched_at else None,
        is_proven=row.verdict == "proven" and (row.proven_at_least or 0) > 0,
    )


def _cost(spent: float, estimate: float | None) -> float | None:
    return spent / estimate if estimate is not None and estimate > 0 and spent > 0 else None


def _cost_interval(spent: float, last: Evaluation | None) -> Span | None:
    if last is None or last.goal_interval is None or last.goal_interval[0] <= 0 or spent <= 0:
        return None
    low, high = last.goal_interval
    return Span(spent / high, spent / low)


def _exported(row: CampaignRow) -> list[object]:
    money = row.money
    amounts = {
        "money_limit": money.limit if money else None,
        "money_reserved": money.reserved if money else None,
        "money_committed": money.committed if money else None,
    }
    return [amounts[name] if name in amounts else getattr(row, name) for name in EXPORTED]


def names_of(ids: Iterable[int]) -> dict[int, str]:
    """Campaigns' names by id."""
    return dict(Campaign.objects.filter(pk__in=list(ids)).values_list("pk", "name"))
