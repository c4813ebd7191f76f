"""Small simulated campaigns, row by row."""

from dataclasses import dataclass

import numpy as np

from setpoint.experiments.services import suppressed_share
from setpoint.experiments.types import Cohort


@dataclass(frozen=True)
class World:
    customers: int = 6000
    rounds: int = 8
    base: float = 0.04
    spread: float = 1.0  # coefficient of variation of customers' rates
    effect: float = 0.0
    effect_rounds: int = 8
    moved: float = 0.0
    holdout: float = 0.05
    ghost: float = 0.2

    @property
    def share(self):
        return suppressed_share(self.holdout, self.ghost)


def play(world, random):
    """Cohorts, and the true increment after each round."""
    rates = np.minimum(world.base * random.gamma(world.spread**-2, world.spread**2, world.customers), 0.9)
    out = random.random(world.customers) < world.holdout
    cohorts, truth = [], []
    for number in range(1, world.rounds + 1):
        chosen = random.random(world.customers) < 0.5
        sent = chosen & ~out & (random.random(world.customers) >= world.ghost)
        luck, caused = random.random(world.customers), world.effect * (number <= world.effect_rounds) + world.moved
        without, with_send = luck < rates, luck < rates + caused
        later = (random.random(world.customers) < rates) & ~(sent & with_send & ~without & (world.moved > 0))
        later &= ~(sent & (random.random(world.customers) < world.moved / world.base))
        cohorts.append(
            Cohort(
                round=number,
                exposed=sent[chosen],
                suppressed_share=np.full(int(chosen.sum()), world.share),
                outcome=np.where(sent, with_send, without)[chosen].astype(float),
                prediction=np.zeros(int(chosen.sum())),
                echo=later[chosen].astype(float),
                customer_ids=np.flatnonzero(chosen),
            )
        )
        truth.append(float((with_send & ~without & sent).sum()) + (truth[-1] if truth else 0.0))
    return cohorts, truth


def planned(cohorts):
    """The information that the campaign will have seen at its end."""
    return float(sum(((1 - c.suppressed_share) / c.suppressed_share * c.outcome).sum() for c in cohorts))
