"""Whom a campaign is for: its segment, narrowed by what its goal can count."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from setpoint.autopilot.types import CampaignSpec
from setpoint.segments import services as segments


def audience_tree(spec: CampaignSpec) -> Mapping[str, Any]:
    """The segment's tree; for a reactivation goal, only those dormant long enough to be reactivated."""
    if spec.goal.metric != "reactivated":
        return spec.audience
    recent = {"performed": spec.goal.event, "op": ">=", "count": 1, "within_days": spec.goal.dormant_days}
    return {"all": [dict(spec.audience), {"not": recent}]}


def audience_of(spec: CampaignSpec, as_of: datetime) -> npt.NDArray[np.int64]:
    """Ids of the customers in the audience at a moment, sorted."""
    tree = segments.parse_tree(audience_tree(spec))
    return segments.members(tree, as_of=as_of)
