"""Questions about a draft before it is launched, answered as far as the draft can be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import expm1

from setpoint.autopilot.audience import ChannelReach, Overlap, audience_tree, members_lately, overlaps, reach
from setpoint.autopilot.basis import Basis, Liability
from setpoint.autopilot.forecast import Forecast, Range, forecast
from setpoint.autopilot.models import Campaign
from setpoint.autopilot.plausibility import Plausibility, plausibility
from setpoint.autopilot.problems import problems_of, read_draft
from setpoint.autopilot.types import CampaignSpec, Problem
from setpoint.content.models import Variant
from setpoint.delivery.models import ChannelAccount


@dataclass(frozen=True, slots=True)
class AudienceView:
    """Size and reach of a draft's audience, as of the last full minute. `is_narrowed`: only the dormant among them."""

    version: int
    size: int | None
    reach: tuple[ChannelReach, ...]
    reach_any: int
    is_narrowed: bool
    counted_at: datetime
    lacks: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class OverlapsView:
    """Live campaigns for some of the same people."""

    version: int
    size: int
    overlaps: tuple[Overlap, ...]


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What a forecast takes for known: the base rate, its doubt, and the lift that is believed, as a range."""

    audience: int
    reach: tuple[ChannelReach, ...]
    reach_any: int
    rate: float
    is_rate_known: bool
    value: float
    lift: Range
    past_campaigns: int
    liabilities: tuple[Liability, ...]


@dataclass(frozen=True, slots=True)
class ForecastView:
    """A forecast and what it stands on; without one, what the draft lacks."""

    version: int
    lacks: tuple[Problem, ...]
    forecast: Forecast | None = None
    assumptions: Assumptions | None = None


@dataclass(frozen=True, slots=True)
class PlausibilityView:
    """A judgement of the goal; without one, what the draft lacks."""

    version: int
    lacks: tuple[Problem, ...]
    plausibility: Plausibility | None = None


def audience(campaign: Campaign, *, now: datetime) -> AudienceView:
    """Count a draft's audience; nothing is counted while its tree cannot be read."""
    spec, lacks = _read(campaign, now, ("audience", "purpose"))
    minute = now.replace(second=0, microsecond=0)
    narrowed = spec.goal.metric == "reactivated"
    if lacks:
        return AudienceView(campaign.version, None, (), 0, narrowed, minute, lacks)
    ids = members_lately(audience_tree(spec), now)
    by_channel, anywhere = reach(ids, _channels(spec), spec.purpose, now)
    return AudienceView(campaign.version, len(ids), tuple(by_channel), anywhere, narrowed, minute, ())


def overlapping(campaign: Campaign, *, now: datetime) -> OverlapsView:
    """Live campaigns for some of a draft's audience."""
    spec, lacks = _read(campaign, now, ("audience",))
    if lacks:
        return OverlapsView(campaign.version, 0, ())
    ids = members_lately(audience_tree(spec), now)
    return OverlapsView(campaign.version, len(ids), tuple(overlaps(ids, now, but=campaign.pk)))


def forecasting(campaign: Campaign, *, now: datetime) -> ForecastView:
    """The forecast of a draft that is whole but for its name."""
    spec, lacks = _read(campaign, now)
    if lacks:
        return ForecastView(campaign.version, lacks)
    found, basis = forecast(spec, now=now, campaign_id=campaign.pk)
    return ForecastView(campaign.version, (), found, _assumptions(basis))


def judging(campaign: Campaign, *, now: datetime) -> PlausibilityView:
    """The judgement of a draft's goal."""
    spec, lacks = _read(campaign, now)
    if lacks:
        return PlausibilityView(campaign.version, lacks)
    return PlausibilityView(campaign.version, (), plausibility(spec, now=now, campaign_id=campaign.pk))


def _read(campaign: Campaign, now: datetime, parts: tuple[str, ...] = ()) -> tuple[CampaignSpec, tuple[Problem, ...]]:
    """The specification, and what keeps it from being used; of some parts alone where they are named."""
    spec, _unread = read_draft(campaign.spec, now=now)
    problems = problems_of(campaign.name or "-", campaign.spec, now=now)
    hard = [each for each in problems if each.kind != "warning"]
    kept = [each for each in hard if not parts or each.field.split(".")[0] in parts]
    return spec, tuple(kept)


def _channels(spec: CampaignSpec) -> list[str]:
    """Channels of the chosen variants; of a draft that has none yet, all that are set up."""
    own = Variant.objects.filter(pk__in=spec.actions.variants).values_list("template__channel", flat=True)
    found = set(own) or set(ChannelAccount.objects.filter(enabled=True).values_list("name", flat=True))
    return sorted(found)


def _assumptions(basis: Basis) -> Assumptions:
    belief = basis.belief
    logs = (belief.centre - 1.2816 * belief.spread, belief.centre, belief.centre + 1.2816 * belief.spread)
    return Assumptions(
        audience=basis.audience,
        reach=basis.reachable,
        reach_any=basis.reach_any,
        rate=basis.rate,
        is_rate_known=basis.is_rate_known,
        value=basis.value,
        lift=Range(*(float(expm1(each)) for each in logs)),
        past_campaigns=belief.campaigns,
        liabilities=basis.liabilities,
    )
