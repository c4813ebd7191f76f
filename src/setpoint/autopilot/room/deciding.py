"""Single decisions with their reasons: a sample of a round, or everything decided on one customer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any, Literal

import numpy as np
from django.utils.translation import gettext as _

from setpoint.autopilot.arrays import has_findings, load_scale
from setpoint.autopilot.models import Campaign, Step
from setpoint.autopilot.records import find_campaign
from setpoint.autopilot.room.decision_types import DecisionPage, DecisionView, Known, Option, ReasonCode
from setpoint.autopilot.room.listing import names_of
from setpoint.autopilot.room.naming import Parts, parts_of
from setpoint.customers import services as customers
from setpoint.decisions import services as log
from setpoint.kernel.errors import NotFound

Kind = Literal["all", "sent", "none", "held_out", "ghost", "limit_full"]
MOST_KNOWN = 6
MOST_OPTIONS = 6
_LEAST_PROBABILITY = 0.0005
_NUMBERS = frozenset({"recency", "frequency", "monetary", "tenure", "activity", "opened", "clicked", "messages"})


def decisions_of_round(
    campaign_id: int, number: int, *, kind: Kind = "all", after: int = 0, limit: int = 50
) -> DecisionPage:
    """A page of one round's decisions by customer, of one kind where asked for."""
    campaign = find_campaign(campaign_id)
    if not log.exists(campaign.key, number):
        raise NotFound(
            _("Round %(number)s has no decisions.") % {"number": number}, remedy=_("Ask for an earlier round.")
        )
    ids = log.customers_decided(campaign.key, number, kind=kind, after=after, limit=limit + 1)
    rows = log.find_decisions(campaign_key=campaign.key, round=number, customer_ids=ids[:limit], limit=limit)
    views = tuple(views_of(sorted(rows, key=lambda row: int(row["customer_id"]))))
    return DecisionPage(views, views[-1].customer_id if len(ids) > limit else None, decided_in(campaign, number))


def decisions_on(customer_id: int, *, campaign_id: int | None = None, limit: int = 50) -> list[DecisionView]:
    """What was decided on one customer, in one campaign or in all, newest first."""
    key = find_campaign(campaign_id).key if campaign_id else None
    rows = log.find_decisions(campaign_key=key, customer_ids=customers.ids_of(customer_id), limit=limit)
    views = list(views_of(rows))
    names = names_of({view.campaign_id for view in views})
    return [replace(view, campaign=names.get(view.campaign_id, "")) for view in views]


def reason_of(row: Mapping[str, Any]) -> ReasonCode:
    """Why this row's customer got what they got; a message is the best when no other message was likelier."""
    if row["guard_dropped"]:
        return "limit_full"
    if row["chosen"] == 0:
        return "not_worth" if any(row["eligible"][1:]) else "not_reachable"
    if row["held_out"]:
        return "held_out"
    if row["ghost"]:
        return "ghost"
    best = max(row["probabilities"][1:]) <= row["probabilities"][row["chosen"]]
    return "highest_expected" if best else "explore"


def views_of(rows: Sequence[Mapping[str, Any]]) -> Iterable[DecisionView]:
    """Rows of the decision log with all codes put into names."""
    keys = {(row["campaign"], row["round"]): row["round_summary"] for row in rows}
    actions = {place: _action_keys(summary) for place, summary in keys.items()}
    parts = parts_of({key for found in actions.values() for key in found})
    people = customers.views([int(row["customer_id"]) for row in rows])
    scales = {place: _Scale(*place) for place in keys}
    for row in rows:
        place = (row["campaign"], row["round"])
        person = people.get(int(row["customer_id"]))
        yield _view(row, actions[place], parts, scales[place], _name(person.traits if person else {}))


def _view(
    row: Mapping[str, Any], keys: Sequence[str], parts: Mapping[str, Parts], scale: _Scale, name: str
) -> DecisionView:
    options = [_option(parts[key], share) for key, share in zip(keys, row["probabilities"], strict=False)]
    chosen = options[int(row["chosen"])]
    likely = sorted((each for each in options if each.probability > _LEAST_PROBABILITY), key=lambda o: -o.probability)
    shown = likely[:MOST_OPTIONS]
    return DecisionView(
        customer_id=int(row["customer_id"]),
        customer=name,
        round=int(row["round"]),
        at=row["decided_at"].replace(tzinfo=UTC),
        reason=reason_of(row),
        chosen=chosen,
        options=tuple(shown if chosen in shown else [*shown, chosen]),
        known=scale.known(row["features"]),
        expected_effect=float(row["expected_effect"]),
        effect_sd=float(row["effect_sd"]),
        expected_cost=float(row["expected_cost"]),
        ghost=bool(row["ghost"]),
        held_out=bool(row["held_out"]),
        campaign_id=int(str(row["campaign"]).rpartition(":")[2]),
    )


class _Scale:
    """The scale of one round's features, to tell them in their own units again."""

    def __init__(self, key: str, number: int) -> None:
        self.names: tuple[str, ...] = ()
        if has_findings(key, number):
            self.names, self.centre, self.scale = load_scale(key, number)

    def known(self, features: Sequence[float]) -> tuple[Known, ...]:
        """What stood out most about this customer, most unusual first."""
        found = [
            Known(name, self._value(place, score), float(score))
            for place, (name, score) in enumerate(zip(self.names, features, strict=False))
        ]
        return tuple(sorted(found, key=lambda each: -abs(each.score))[:MOST_KNOWN])

    def _value(self, place: int, score: float) -> float | None:
        raw = float(score) * float(self.scale[place]) + float(self.centre[place])
        return float(np.expm1(raw)) if self.names[place] in _NUMBERS else raw


def _option(parts: Parts, share: float) -> Option:
    named = {name: getattr(parts, name) for name in ("key", "offer", "variant", "channel", "slot")}
    return Option(**named, probability=float(share))


def _action_keys(summary: str) -> tuple[str, ...]:
    return log.action_keys(summary)


def _name(traits: Mapping[str, Any]) -> str:
    parts = [str(traits[name]) for name in ("first_name", "last_name") if traits.get(name)]
    return " ".join(parts) or str(traits.get("name") or "")


def decided_in(campaign: Campaign, number: int) -> int:
    """How many customers were decided on in a round."""
    plan = Step.objects.filter(campaign=campaign, round=number, name="plan").values_list("result", flat=True).first()
    return int(plan["decided"]) if plan else 0
