"""What a forecast stands on: the audience and its reach, what people do anyway, the actions' money, earlier campaigns."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec
import numpy as np

from setpoint.autopilot.actions import actions_of
from setpoint.autopilot.audience import ChannelReach, audience_tree, members_lately, reach, read_state
from setpoint.autopilot.cautions import put_aside
from setpoint.autopilot.futures import Arms, Game
from setpoint.autopilot.journal import restore
from setpoint.autopilot.models import Campaign, Step
from setpoint.autopilot.pacing import rounds_left
from setpoint.autopilot.priors import Belief, PastLift, believe
from setpoint.autopilot.types import CampaignSpec, Evaluation
from setpoint.content import services as content
from setpoint.decisions.types import Action
from setpoint.experiments import services as experiments
from setpoint.insights.usual import MOST_WINDOWS, Usual, usual
from setpoint.kernel.errors import Invalid
from setpoint.segments import services as segments
from setpoint.segments.types import Everyone

UNKNOWN_RATE = 0.01
UNKNOWN_DOUBT = 0.8
USUAL_DOUBT = 0.1
"""Standard deviation of the log rate, at least: the weeks to come are never just like those before."""
MOST_PAST = 30
MOST_ARMS = 24
MOST_ROUNDS = 120


@dataclass(frozen=True, slots=True)
class Liability:
    """What one message with an offer puts aside at most, and what it is expected to cost in the end. Main unit."""

    offer_id: int
    name: str
    aside: float
    expected: float
    valid_days: int


@dataclass(frozen=True, slots=True)
class Basis:
    """Everything a forecast depends on, gathered once. `is_rate_known` is False where nobody has ever done this."""

    audience: int
    reachable: tuple[ChannelReach, ...]
    reach_any: int
    rate: float
    rate_doubt: float
    is_rate_known: bool
    value: float
    square: float
    belief: Belief
    rounds: int
    actions: tuple[Action, ...]
    liabilities: tuple[Liability, ...]


def basis_of(spec: CampaignSpec, *, now: datetime, campaign_id: int = 0) -> Basis:
    """Read what is known for this specification."""
    actions = actions_of(spec)[1:]
    if not actions:
        raise Invalid("No action fits.", field="actions.variants")
    ids = members_lately(audience_tree(spec), now)
    channels = sorted({action.channel for action in actions})
    by_channel, anywhere = reach(ids, channels, spec.purpose, now)
    known = _usual(spec, now)
    rate = known.rate if sum(known.acting) else UNKNOWN_RATE
    order = known.mean_value
    return Basis(
        audience=len(ids),
        reachable=tuple(by_channel),
        reach_any=anywhere,
        rate=rate,
        rate_doubt=_doubt(known),
        is_rate_known=sum(known.acting) > 0,
        value=order if spec.goal.metric == "revenue" else 1.0,
        square=known.mean_square if spec.goal.metric == "revenue" else 1.0,
        belief=believe(list(past_lifts(spec, but=campaign_id))),
        rounds=min(MOST_ROUNDS, rounds_left(spec, now)),
        actions=_some(actions),
        liabilities=tuple(_liabilities(spec, actions, rate, order)),
    )


def past_lifts(spec: CampaignSpec, *, but: int = 0) -> Iterator[PastLift]:
    """What earlier campaigns for the same event measured, the latest first."""
    rows = Campaign.objects.exclude(state=Campaign.State.DRAFT).exclude(pk=but)
    same = rows.filter(spec__goal__event=spec.goal.event).exclude(spec__goal__metric="revenue").order_by("-pk")
    names = dict(same.values_list("pk", "name")[:MOST_PAST])
    steps = Step.objects.filter(campaign_id__in=names, name="evaluate").order_by("campaign_id", "round")
    last = {pk: result for pk, result in steps.values_list("campaign_id", "result")}
    for pk in sorted(last, reverse=True):
        found = _lift(names[pk], restore(last[pk], Evaluation))
        if found is not None:
            yield found


def game_of(spec: CampaignSpec, basis: Basis) -> Game:
    """The campaign as its futures see it."""
    limits, each = spec.limits, spec.limits.per_customer
    channels = [found.channel for found in basis.reachable]
    own = [limits.per_channel.get(channel) for channel in channels]
    return Game(
        arms=_arms(spec, basis, channels),
        audience=float(basis.audience),
        reach=np.array([float(found.reachable) for found in basis.reachable]),
        reach_any=float(basis.reach_any),
        rate=basis.rate,
        rate_doubt=basis.rate_doubt,
        value=max(basis.value, 1e-6),
        square=max(basis.square, 1e-12),
        belief=basis.belief,
        rounds=max(1, basis.rounds),
        cadence_days=spec.cadence_days,
        window_days=spec.window_days,
        target=spec.goal.target,
        incremental=spec.goal.incremental,
        is_rate=spec.goal.metric == "conversion_rate",
        held_back=experiments.suppressed_share(spec.hold_out, spec.ghost_share),
        money=limits.money,
        messages=None if limits.messages is None else float(limits.messages),
        seconds=None if limits.hours is None else limits.hours * 3600,
        channel_money=np.array([math.inf if one is None or one.money is None else one.money for one in own]),
        channel_messages=np.array([math.inf if one is None or one.messages is None else one.messages for one in own]),
        each_messages=None if each.messages is None else float(each.messages),
        each_days=each.window_days,
        alpha=spec.alpha,
        futile_below=spec.futile_below,
        leaving_limit=spec.guardrails.unsubscribe_rate,
    )


def _usual(spec: CampaignSpec, now: datetime) -> Usual:
    """What these people do anyway; for a reactivation, what those did who were dormant one window ago."""
    minute = now.replace(second=0, microsecond=0)
    tree = msgspec.json.encode(audience_tree(spec))
    before = spec.goal.metric == "reactivated"
    return _kept_usual(tree, spec.goal.event, spec.window_days, before, minute, read_state())


@lru_cache(maxsize=64)
def _kept_usual(
    tree: bytes, event: str, window: int, before: bool, minute: datetime, state: tuple[object, ...]
) -> Usual:
    """The same question is asked at every change of a limit: the lake answers once a minute."""
    node = msgspec.json.decode(tree)
    ids = members_lately(node, minute - timedelta(days=window) if before else minute)
    everyone = isinstance(segments.parse_tree(node), Everyone)
    windows = 1 if before else MOST_WINDOWS
    who = None if everyone else ids
    return usual(who, len(ids), event=event, window_days=window, as_of=minute, windows=windows)


def _doubt(known: Usual) -> float:
    acting = sum(known.acting)
    if not acting:
        return UNKNOWN_DOUBT
    return math.sqrt(USUAL_DOUBT**2 + known.unrest**2 / max(1, known.windows) + 1 / acting)


def _lift(name: str, last: Evaluation) -> PastLift | None:
    """Lift of those sent over what they would have done, with its standard error; None where nothing was read."""
    reading = last.reading
    anyway = float(reading["conversions_exposed"]) - float(reading["estimate"])
    if reading["method"] == "none" or anyway <= 0:
        return None
    return PastLift(name, float(reading["estimate"]) / anyway, float(reading["standard_error"]) / anyway)


def _some(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """All actions, or so many of them evenly spread: variants and slots of one offer and channel are much alike."""
    if len(actions) <= MOST_ARMS:
        return actions
    ranked = sorted(actions, key=lambda action: (action.channel, action.offer_id or 0, action.key))
    return tuple(ranked[int(place)] for place in np.linspace(0, len(ranked) - 1, MOST_ARMS))


def _arms(spec: CampaignSpec, basis: Basis, channels: list[str]) -> Arms:
    expected = {liability.offer_id: liability for liability in basis.liabilities}
    actions = basis.actions
    lasts = [expected[a.offer_id].valid_days if a.offer_id in expected else 0 for a in actions]
    return Arms(
        cost=np.array([a.send_cost / 1e6 for a in actions]),
        aside=np.array([put_aside(a) / 1e6 for a in actions]),
        redemption=np.array([_redemption(a, basis) for a in actions]),
        seconds=np.array([float(a.send_seconds) for a in actions]),
        lasts=np.array([-(-days // spec.cadence_days) for days in lasts], dtype=np.int64),
        channel=np.array([channels.index(a.channel) for a in actions], dtype=np.int64),
        offers=np.array([a.offer_kind != "none" for a in actions]),
    )


def _redemption(action: Action, basis: Basis) -> float:
    known = {liability.offer_id: liability for liability in basis.liabilities}
    found = known.get(action.offer_id or 0)
    return found.expected if found else 0.0


def _liabilities(spec: CampaignSpec, actions: tuple[Action, ...], rate: float, order: float) -> Iterator[Liability]:
    """`expected` is what one redemption costs: a percentage of the usual order, at most its cap."""
    seen: dict[int, Action] = {a.offer_id: a for a in actions if a.offer_id and a.offer_kind != "none"}
    for offer_id, action in sorted(seen.items()):
        offer = content.offer_view(offer_id)
        aside = (put_aside(action) - action.send_cost) / 1e6
        share = action.offer_value / 10_000 * order if action.offer_kind == "percent" else aside
        yield Liability(offer_id, offer.name, aside, min(aside, share) if order else aside, offer.valid_days)
