"""How often a goal is declared that was not reached, and how often a real effect is proven.

Campaigns of 20 rounds are simulated in worlds where the goal is not reached, and judged after every round by the
product's own functions. Beside them, on the same data: watching the number (stop when the estimate meets the target)
and a z-test at every look.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from setpoint.bench.campaigns import Played, Setting, at, play
from setpoint.bench.runner import Row
from setpoint.experiments.echo import SUSPECT, judge_echo
from setpoint.experiments.goals import goal_is_proven
from setpoint.experiments.increment import LEAST_CONVERSIONS, LEAST_CONVERSIONS_WITHHELD, ReadingPlan, read_sums
from setpoint.experiments.planning import planned_information
from setpoint.experiments.sums import bounds
from setpoint.experiments.types import EchoCheck
from setpoint.kernel.randomness import generator
from setpoint.stats.proportions import clopper_pearson_upper
from setpoint.stats.sequential import linear_with_overrun

ROUNDS = 20
ALPHA = 0.05
BASE = 0.03
Bools = npt.NDArray[np.bool_]

_FLAT = (BASE,) * ROUNDS
_NONE = (0,) * ROUNDS
_REACHED_EARLY = (75, 75, 75, 74, *(0,) * (ROUNDS - 4))  # one below the target from round 4 on: the hardest boundary
_SEASON = tuple(round(BASE * (0.6 + 0.8 * number / ROUNDS + 0.3 * np.sin(number)), 6) for number in range(ROUNDS))

WORLDS = (
    Setting("no_effect", 1, _NONE, _FLAT),
    Setting("boundary", 300, _REACHED_EARLY, _FLAT),
    Setting("drift", 300, _REACHED_EARLY, _SEASON),
    Setting("pull_forward_within", 300, _NONE, _FLAT, moved=0.012),
    Setting("pull_forward_beyond", 300, _NONE, _FLAT, moved=0.012, moved_from_echo=0.5),
)
REAL = Setting("power", 300, (32,) * ROUNDS, _FLAT)
# Without ghosts: 20,000 customers a round, a tenth held out, and nobody knows which of them would have been chosen.
POPULATION = replace(REAL, name="population", chosen=20_000, holdout=0.10, ghost=0.0)


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares of campaigns that declared the goal: by the full rule, by the window alone, and by the two habits."""

    rule: Bools
    window: Bools
    naive: Bools
    z_test: Bools


def run(seed: int, quick: bool) -> list[Row]:
    """The rows of the benchmark; 5,000 campaigns a world, 400 when quick."""
    campaigns = 400 if quick else 5000
    judged = {world.name: judge(world, campaigns, seed) for world in WORLDS}
    rows = [row for name, rates in judged.items() for row in _rows(name, rates)]
    worst = max(("pull_forward_within", "pull_forward_beyond"), key=lambda name: judged[name].rule.sum())
    return [*rows, *_rows("pull_forward", judged[worst]), *_power(200 if quick else 1000, seed)]


def judge(setting: Setting, campaigns: int, seed: int) -> Rates:
    """Judge every campaign of a world at every look."""
    played = play(setting, campaigns, generator("false-goal", setting.name, seed))
    z = float(ndtri(1 - ALPHA))
    peeking = bounds(played.window, z)
    window, rule = _by_product(setting, played)
    return Rates(
        rule=rule,
        window=window,
        naive=_ever(peeking.estimate >= setting.target),
        z_test=_ever(peeking.lower >= setting.target),
    )


def _ever(declared: Bools) -> Bools:
    return np.asarray(declared.any(axis=1), dtype=np.bool_)


def _by_product(setting: Setting, played: Played) -> tuple[Bools, Bools]:
    """Which campaigns the product's functions declare, by the window alone and by the full rule.

    They are called where a bound that is nearer than theirs could be can reach the target; elsewhere the answer is no.
    """
    screens = _Screens(setting, played, _plan(setting))
    window = np.zeros(len(screens.looked), dtype=bool)
    rule = np.zeros(len(screens.looked), dtype=bool)
    for campaign in np.flatnonzero(screens.window.any(axis=1)):
        window[campaign], rule[campaign] = _judge_one(screens, int(campaign))
    return window, rule


class _Screens:
    """At which looks of which campaigns a proof is possible at all, (campaigns, rounds)."""

    def __init__(self, setting: Setting, played: Played, plan: ReadingPlan) -> None:
        self.setting, self.played, self.plan = setting, played, plan
        self.information = played.window.variance / plan.planned_information
        self.looked = _enough(played)
        spent = np.vectorize(linear_with_overrun)(self.information, plan.alpha)
        self.nearest = -ndtri(np.maximum(spent, 1e-15))  # no multiplier is below that of one look with all error spent
        self.window = self.looked & np.asarray(bounds(played.window, self.nearest).lower >= setting.target)
        self.rule = self.window & self._echo_could_allow()

    def plan_at(self, campaign: int, number: int) -> ReadingPlan:
        """The plan with the looks that were taken before this one."""
        taken = self.looked[campaign, : number - 1]
        return replace(self.plan, looks=tuple(self.information[campaign, : number - 1][taken].tolist()))

    def _echo_could_allow(self) -> Bools:
        """The echo of a round closes one round later; what the rule asks of it at the least."""
        share = self.played.window.exposed[:, :-1] / self.played.window.exposed[:, 1:]
        net, far = (bounds(sums, self.nearest).lower[:, :-1] for sums in (self.played.net, self.played.far))
        echo = bounds(self.played.echo, 1.0)
        suspect = (echo.estimate < SUSPECT * echo.standard_error)[:, :-1]
        enough = self.played.net.effect[:, :-1] >= self.setting.target * share
        return np.pad(np.asarray((net > 0) & enough & (~suspect | (far > 0))), ((0, 0), (1, 0)))


def _judge_one(screens: _Screens, campaign: int) -> tuple[bool, bool]:
    """Whether the window alone, and whether the full rule, declared the goal at any look of one campaign."""
    proven_in_window = False
    for number in (np.flatnonzero(screens.window[campaign]) + 1).tolist():
        ask_echo = bool(screens.rule[campaign, number - 1])
        if proven_in_window and not ask_echo:
            continue
        reading = read_sums(at(screens.played.window, campaign, number), screens.plan_at(campaign, number))
        proven_in_window |= reading.proven_at_least >= screens.setting.target
        echo = _echo(screens, campaign, number) if ask_echo else None
        if goal_is_proven(reading, echo, screens.setting.target).proven:
            return True, True
    return proven_in_window, False


def _echo(screens: _Screens, campaign: int, number: int) -> EchoCheck:
    """The echo as it stands at a look: closed for all rounds but the last."""
    played, plan = screens.played, screens.plan_at(campaign, number - 1)
    window, echo, net, far = (
        at(sums, campaign, number - 1) for sums in (played.window, played.echo, played.net, played.far)
    )
    sent = at(played.window, campaign, number).exposed
    return judge_echo(window, echo, (net, far), plan=plan, cohorts=number - 1, sent=sent)


def _enough(played: Played) -> Bools:
    window = played.window
    conversions = window.conversions_exposed + window.conversions_withheld
    return np.asarray((conversions >= LEAST_CONVERSIONS) & (window.conversions_withheld >= LEAST_CONVERSIONS_WITHHELD))


def _plan(setting: Setting) -> ReadingPlan:
    chosen = setting.chosen * setting.rounds
    return ReadingPlan(planned_information(chosen, setting.share, float(np.mean(setting.base))), ALPHA)


def _rows(name: str, rates: Rates) -> list[Row]:
    """The rule's rate beside watching the number, and the window's own rate beside a z-test at every look."""
    return [
        _row(name, rates.rule, "watching the number", rates.naive),
        _row(f"{name}.window", rates.window, "z-test at every look", rates.z_test),
    ]


def _row(name: str, declared: Bools, peer: str, peer_declared: Bools) -> Row:
    value, peer_value = float(declared.mean()), float(peer_declared.mean())
    upper = clopper_pearson_upper(int(declared.sum()), declared.size)
    ratio = value / peer_value if peer_value > 0 else None
    return Row(
        name, value, "share", peer, peer_value, ratio, {"rate": value, "upper95": upper, "n": int(declared.size)}
    )


def _power(campaigns: int, seed: int) -> list[Row]:
    """Chance to prove the same true increment, beside a plain hold-out of a tenth of the whole population.

    Ours holds back 24 % of the chosen sends, theirs 10 % of 20,000 customers of whom 5,000 would have been chosen.
    """
    ours, peer = judge(REAL, campaigns, seed), judge(POPULATION, campaigns, seed)
    return [
        _row("power", ours.rule, "population hold-out 10 %", peer.rule),
        _row("power.window", ours.window, "population hold-out 10 %", peer.window),
    ]
