"""Where a plan puts its messages: customers of the last round by recency and value, and what was chosen for them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from setpoint.autopilot.arrays import has_findings, load_findings
from setpoint.autopilot.models import Campaign
from setpoint.autopilot.room.types import Allocation, Cell
from setpoint.decisions import services as decisions
from setpoint.decisions.log import read_columns
from setpoint.insights.rfm import quintiles

Ints = npt.NDArray[np.int64]
_COLUMNS = ("customer_id", "chosen", "chosen_key", "ghost", "held_out")


def allocation_of(campaign: Campaign) -> Allocation | None:
    """The last decided round's allocation; None before the first plan."""
    number = min(decisions.last_round(campaign.key), campaign.round)
    if not number or not has_findings(campaign.key, number):
        return None
    findings = load_findings(campaign.key, number)
    names = list(findings.feature_names)
    if not {"recency", "monetary"} <= set(names):
        return None
    recency = 6 - quintiles(findings.features[:, names.index("recency")])
    value = quintiles(findings.features[:, names.index("monetary")])  # as spent: the estimate is shrunk to one for all
    rows = read_columns(campaign.key, number, _COLUMNS)
    order = np.argsort(findings.customer_ids)
    place = order[np.searchsorted(findings.customer_ids[order], rows["customer_id"])]
    return Allocation(number, tuple(_cells(recency[place], value[place], rows)))


def _cells(recency: Ints, value: Ints, rows: dict[str, npt.NDArray[np.generic]]) -> Iterator[Cell]:
    chosen = rows["chosen"].astype(np.int64)
    sent = (chosen > 0) & ~rows["ghost"].astype(bool) & ~rows["held_out"].astype(bool)
    keys = dict(zip(chosen.tolist(), rows["chosen_key"].tolist(), strict=True))
    for band in range(5, 0, -1):
        for worth in range(1, 6):
            here = (recency == band) & (value == worth)
            if not here.any():
                continue
            counts = np.bincount(chosen[here & (chosen > 0)])
            actions = {str(keys[index]): int(n) for index, n in enumerate(counts.tolist()) if n}
            yield Cell(band, worth, int(here.sum()), int((here & sent).sum()), actions)
