"""Which coefficients each action uses: actions share the coefficients of the factor levels that they have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from setpoint.learning.types import ActionView, Bools, Floats

MAX_PAIRS = 12


@dataclass(frozen=True, slots=True)
class Precisions:
    """Prior precisions (1 / variance) on the logit scale, for standardised features.

    Interactions are tight, so that an action never seen borrows from its factors; `scale` multiplies them and is
    chosen by the evidence of the data at hand.
    """

    base_intercept: float = 0.25
    base_slope: float = 1.0
    main: float = 4.0
    pair: float = 16.0
    send_slope: float = 20.0
    interaction: float = 40.0
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class FactorDesign:
    """Levels x actions. A customer x under action a has the linear predictor [1, x] @ (B @ membership[:, a]).

    B is (d + 1, L), one column a level: "base" (everybody), "send" (any send), each factor's levels, pairs.
    """

    levels: tuple[str, ...]
    membership: Floats  # (L, A) of 0 and 1
    pairs: Bools  # (L,) levels that have an intercept alone

    @classmethod
    def of(cls, actions: Sequence[ActionView]) -> FactorDesign:
        """The design of a list of actions, action 0 being "no action"."""
        rows: dict[str, Floats] = {"base": np.ones(len(actions)), "send": _indicator([a.sends for a in actions])}
        for level in _levels(actions):
            rows[f"{level[0]}={level[1]}"] = _indicator([level in action.factors for action in actions])
        singles = len(rows)
        rows |= _pairs(actions)
        pairs = np.arange(len(rows)) >= singles
        return cls(tuple(rows), np.array(list(rows.values())), pairs)

    def free(self, features: int) -> Bools:
        """(L, d + 1) which coefficients exist."""
        mask = np.ones((len(self.levels), features + 1), dtype=bool)
        mask[self.pairs, 1:] = False
        return mask

    def precision(self, features: int, prior: Precisions) -> Floats:
        """(L, d + 1) prior precision of each coefficient."""
        table = np.full((len(self.levels), features + 1), prior.interaction * prior.scale)
        table[:, 0] = np.where(self.pairs, prior.pair, prior.main)
        table[1, 1:] = prior.send_slope * prior.scale
        table[0] = prior.base_slope
        table[0, 0] = prior.base_intercept
        return table


def _indicator(flags: Sequence[bool]) -> Floats:
    return np.array(flags, dtype=float)


def _levels(actions: Sequence[ActionView]) -> list[tuple[str, str]]:
    """Levels of factors that differ between sends; a factor with a single level says nothing beyond "send"."""
    seen = dict.fromkeys(pair for action in actions for pair in action.factors)
    count: dict[str, int] = {}
    for name, _ in seen:
        count[name] = count.get(name, 0) + 1
    return [pair for pair in seen if count[pair[0]] > 1]


def _pairs(actions: Sequence[ActionView]) -> dict[str, Floats]:
    """Offer x variant, where both vary and the pairs are few."""
    levels = _levels(actions)
    offers = [level for level in levels if level[0] == "offer"]
    variants = [level for level in levels if level[0] == "variant"]
    rows = {
        f"{o[0]}={o[1]} & {v[0]}={v[1]}": _indicator([o in a.factors and v in a.factors for a in actions])
        for o in offers
        for v in variants
    }
    rows = {name: row for name, row in rows.items() if row.any()}
    return rows if len(rows) <= MAX_PAIRS else {}
