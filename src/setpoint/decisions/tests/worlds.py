"""A small logit world to decide in: true effects by feature, an offer, three variants."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from setpoint.content.types import OfferView, VariantView
from setpoint.decisions.actions import build_actions
from setpoint.decisions.proposing import propose
from setpoint.decisions.types import Contexts, DecisionProblem, History, Proposal, RoundLimits

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
FEATURES = 4
OFFERS = (OfferView(None, "none", "none", 0, 0, "", 0), OfferView(1, "two", "amount", 2_000_000, 2_000_000, "T", 7))
VARIANTS = tuple(VariantView(number, 1, f"v{number}", "email") for number in (1, 2, 3))
ACTIONS = build_actions(OFFERS, VARIANTS, {"email": (50_000, 2)}, [])


@dataclass(frozen=True)
class World:
    """What is true. `heterogeneity` scales how much the effects differ between customers."""

    seed: int
    heterogeneity: float = 1.0
    n: int = 1500

    @property
    def features(self) -> Any:
        return np.random.default_rng(self.seed).standard_normal((self.n, FEATURES))

    def chances(self, action: Any) -> tuple[Any, Any]:
        """Chance of a conversion under each row's action, and without a send."""
        rng, x = np.random.default_rng(self.seed + 500), self.features
        variant = rng.permutation([0.1, 0.25, 0.4])
        slope = rng.standard_normal((3, FEATURES)) * 0.5 * self.heterogeneity
        unasked = 0.06 * (1 + 0.4 * np.tanh(x[:, 0]))
        which = (action - 1) % 3
        push = 0.12 * (variant[which] + (x * slope[which]).sum(axis=1) * 0.6) + 0.02 * (action > 3)
        effect = np.clip(push, -0.05, 0.25) if self.heterogeneity else push
        return np.where(action > 0, np.clip(unasked + effect, 0.001, 0.95), unasked), unasked


def make_problem(world: World, **changes: Any) -> DecisionProblem:
    """A round's problem in this world."""
    ids = np.arange(1, world.n + 1)
    every = np.ones((world.n, len(ACTIONS)), dtype=bool)
    names = tuple(f"f{k}" for k in range(FEATURES))
    given: dict[str, Any] = {
        "campaign_key": f"campaign-{world.seed}",
        "round": 1,
        "decided_at": START,
        "contexts": Contexts(ids, world.features, names, every, np.full(world.n, 40.0)),
        "actions": ACTIONS,
        "limits": RoundLimits(money=60_000_000),
        "history": None,
        "policy": "thompson",
        "goal": "conversions",
        "ghost_share": 0.1,
        "held_out": np.random.default_rng(world.seed + 1).random(world.n) < 0.03,
        "planned_rounds": 6,
        "settings": {"base_rate": 0.06},
    }
    return DecisionProblem(**(given | changes))


def is_sent(proposal: Proposal) -> Any:
    """(n,) rows that are to be sent."""
    return (proposal.chosen > 0) & ~proposal.ghost & ~proposal.held_out


def answer(world: World, proposal: Proposal) -> tuple[History, float, float]:
    """The world's answer to a round: history rows, true increment, money really spent."""
    sent = is_sent(proposal)
    chance, unasked = world.chances(np.where(sent, proposal.chosen, 0))
    bought = np.random.default_rng([world.seed, proposal.round]).random(world.n) < chance
    redeemed = bought & sent & (proposal.chosen > 3)
    every = np.arange(world.n)
    rows = History(
        customer_ids=proposal.customer_ids,
        rounds=np.full(world.n, proposal.round),
        features=world.features,
        chosen=proposal.chosen,
        exposed=sent,
        suppressed_share=proposal.suppressed_share,
        propensity=proposal.probabilities[every, proposal.chosen],
        reward=bought.astype(float),
        converted=bought,
        value=bought * 40.0,
        redeemed=redeemed,
        maturity=np.ones(world.n),
        probabilities=proposal.probabilities,
    )
    return rows, float((chance - unasked)[sent].sum()), 0.05 * sent.sum() + 2.0 * redeemed.sum()


def joined(first: History | None, second: History) -> History:
    """Two histories one after the other."""
    if first is None:
        return second
    names = [each.name for each in fields(History) if each.name != "sent_at"]
    return History(**{name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in names})


def campaign(world: World, policy: str, *, rounds: int = 6, money: float = 360.0, **changes: Any) -> Any:
    """A whole campaign: increment, money spent, verdicts on personalisation."""
    past, left, gained, verdicts = None, money, 0.0, []
    for number in range(1, rounds + 1):
        limits = RoundLimits(money=int(left / (rounds - number + 1) * 1e6))
        at = START + timedelta(days=7 * number)
        problem = make_problem(
            world, round=number, decided_at=at, limits=limits, history=past, policy=policy, **changes
        )
        proposal = propose(problem)
        rows, increment, spent = answer(world, proposal)
        past, left, gained = joined(past, rows), left - spent, gained + increment
        verdicts.append(proposal.personalisation)
    return gained, money - left, verdicts
