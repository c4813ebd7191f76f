"""The arrays of one allocation, action-major so that a pass over the actions is a pass over contiguous memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from setpoint.learning.types import Bools, Floats, Ints, Resource

NEVER = -1e30


@dataclass(frozen=True, slots=True)
class Tableau:
    """`values` (A, n); each resource k uses `tables[table[k]]` (A, n) times `scale[k]` (A,), or `scale[k]` alone."""

    names: tuple[str, ...]
    values: Floats
    weight: Floats
    tables: tuple[Floats, ...]
    table: tuple[int, ...]  # index into tables, -1 = none
    scale: Floats  # (K, A)
    limits: Floats

    @classmethod
    def of(
        cls,
        values: Floats,
        resources: Sequence[Resource],
        *,
        weight: Floats | None = None,
        eligible: Bools | None = None,
    ) -> Tableau:
        """The tableau of (n, A) arrays. An action that needs what is not there at all is never chosen."""
        n, actions = values.shape
        major = np.ascontiguousarray(values.T)
        if eligible is not None:
            major = np.where(eligible.T, major, NEVER)
            major[0] = values[:, 0]
        tables: dict[int, Floats] = {}
        table, scale = [], []
        for resource in resources:
            mask = np.ones(actions) if resource.actions is None else resource.actions
            if resource.amounts.ndim == 2:
                tables.setdefault(id(resource.amounts), np.ascontiguousarray(resource.amounts.T))
                table.append(list(tables).index(id(resource.amounts)))
                scale.append(mask)
            else:
                table.append(-1)
                scale.append(mask * resource.amounts)
        limits = np.array([max(resource.limit, 0.0) for resource in resources])
        full = cls(
            tuple(resource.name for resource in resources),
            major,
            np.ones(n) if weight is None else weight,
            tuple(tables.values()),
            tuple(table),
            np.array(scale).reshape(len(resources), actions),
            limits,
        )
        return full._without_impossible()

    def revalued(self, values: Floats) -> Tableau:
        """The same limits with other values (A, n)."""
        return replace(self, values=values)

    def _without_impossible(self) -> Tableau:
        values = self.values
        for k, limit in enumerate(self.limits):
            if limit <= 0:
                values = np.where(self.amounts(k) > 0, NEVER, values)
        return replace(self, values=values)

    def amounts(self, k: int) -> Floats:
        """(A, n) or (A, 1): what each choice uses of resource k."""
        column: Floats = self.scale[k][:, None]
        return column if self.table[k] < 0 else self.tables[self.table[k]] * column

    def priced(self, prices: Floats) -> Floats:
        """(A, n) values less the price of what they use."""
        flat = np.zeros(self.values.shape[0])
        on_table = [np.zeros(self.values.shape[0]) for _ in self.tables]
        for k, price in enumerate(prices):
            if self.table[k] < 0:
                flat += price * self.scale[k]
            else:
                on_table[self.table[k]] += price * self.scale[k]
        score = self.values - flat[:, None] if flat.any() else self.values.copy()
        for table, factor in zip(self.tables, on_table, strict=True):
            for action in np.flatnonzero(factor):
                score[action] -= factor[action] * table[action]
        return score

    def best(self, prices: Floats) -> Ints:
        """(n,) the best action of each row at these prices; "no action" wins ties."""
        return best_of(self.priced(prices))[0]

    def dual(self, prices: Floats) -> tuple[float, Floats]:
        """The dual's value and a subgradient (limits less usage)."""
        chosen, score = best_of(self.priced(prices))
        return float(self.weight @ score + prices @ self.limits), self.limits - self.usage(chosen)

    def usage(self, chosen: Ints) -> Floats:
        """(K,) what a choice uses of each resource."""
        return np.array([float(self.weight @ self.used(k, chosen)) for k in range(len(self.limits))])

    def used(self, k: int, chosen: Ints) -> Floats:
        """(n,) what each row's choice uses of resource k, were it sent."""
        amount: Floats = self.scale[k][chosen]
        if self.table[k] >= 0:
            amount = amount * self.tables[self.table[k]][chosen, np.arange(len(chosen))]
        return amount

    def total(self, chosen: Ints) -> float:
        """The value of a choice."""
        return float(self.weight @ self.values[chosen, np.arange(len(chosen))])


def best_of(score: Floats) -> tuple[Ints, Floats]:
    """Running maximum over actions (axis 0): index and value."""
    best = score[0].copy()
    index = np.zeros(score.shape[1], dtype=np.int64)
    for action in range(1, score.shape[0]):
        better = score[action] > best
        index[better] = action
        np.maximum(best, score[action], out=best)
    return index, best
