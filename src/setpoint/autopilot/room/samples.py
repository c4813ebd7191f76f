"""A sample of the last round's decisions kept ready: some of each kind, spread evenly over the audience."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt
from django.db.models import F

from setpoint.autopilot.models import Campaign, Summary
from setpoint.autopilot.room.deciding import Kind, views_of
from setpoint.autopilot.room.decision_types import DecisionView
from setpoint.decisions import services as log

EACH = 30
_COLUMNS = ("customer_id", "chosen", "ghost", "held_out", "guard_dropped")
Bools = npt.NDArray[np.bool_]


def refresh() -> bool:
    """Keep the sample of a campaign that has decided a round since its last one; whether there was any."""
    behind = Summary.objects.exclude(sample_round=F("campaign__round")).select_related("campaign")
    for summary in behind.defer("figures", "report", "sample").order_by("pk"):
        campaign = summary.campaign
        number = min(log.last_round(campaign.key), campaign.round)
        if number > summary.sample_round:
            views = msgspec.to_builtins(sample_of(campaign, number))
            Summary.objects.filter(pk=summary.pk).update(sample=views, sample_round=number)
            return True
    return False


def sample_of(campaign: Campaign, number: int) -> list[DecisionView]:
    """The sample of one round, by customer."""
    columns = log.read_columns(campaign.key, number, _COLUMNS)
    ids = columns["customer_id"]
    chosen = {int(ids[place]) for mask in _kinds(columns) for place in _spread(mask)}
    rows = log.find_decisions(campaign_key=campaign.key, round=number, customer_ids=sorted(chosen), limit=len(chosen))
    return sorted(views_of(rows), key=lambda view: view.customer_id)


def kept_sample(campaign_id: int, number: int, kind: Kind) -> list[DecisionView] | None:
    """The kept sample of a round, of one kind where asked for; None where no sample of this round is kept."""
    kept = Summary.objects.filter(campaign=campaign_id, sample_round=number, sample__isnull=False)
    found = kept.values_list("sample", flat=True).first()
    if found is None:
        return None
    views = msgspec.convert(found, list[DecisionView], strict=False)
    return [view for view in views if kind in ("all", kind_of(view))]


def kind_of(view: DecisionView) -> Kind:
    """The kind of a decision, as the lists of a round name them."""
    kinds: dict[str, Kind] = {
        "limit_full": "limit_full",
        "held_out": "held_out",
        "ghost": "ghost",
        "not_worth": "none",
        "not_reachable": "none",
    }
    return kinds.get(view.reason, "sent")


def _kinds(columns: dict[str, npt.NDArray[np.generic]]) -> tuple[Bools, ...]:
    chosen = columns["chosen"].astype(np.int64) > 0
    ghost, out, full = (columns[name].astype(bool) for name in ("ghost", "held_out", "guard_dropped"))
    return chosen & ~ghost & ~out, ~chosen & ~full, chosen & out, chosen & ghost & ~out, full


def _spread(mask: Bools) -> list[int]:
    places = np.flatnonzero(mask)
    wanted = np.linspace(0, len(places) - 1, min(EACH, len(places))).astype(int)
    found: list[int] = places[wanted].tolist()
    return found
