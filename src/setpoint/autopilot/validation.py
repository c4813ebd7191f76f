"""Checks of a campaign before money can move: each refusal names the field, the cause and the remedy.

A check yields all that is wrong, so that a person sees everything at once; `check_*` raise the first of it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from setpoint.autopilot.actions import actions_of
from setpoint.autopilot.audience import audience_of
from setpoint.autopilot.pacing import rounds_left
from setpoint.autopilot.types import CampaignSpec, Limits
from setpoint.content.models import Offer, Variant
from setpoint.delivery.models import ChannelAccount
from setpoint.kernel import money
from setpoint.kernel.errors import Invalid, SetpointError
from setpoint.learning.registry import policies
from setpoint.segments import services as segments

_SLOT = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_NAME = re.compile(r"[A-Za-z_]\w{0,31}", re.ASCII)
LARGEST_ID = 2**53


def read_spec(data: Mapping[str, Any]) -> CampaignSpec:
    """The specification from JSON, or an error that names what does not fit."""
    try:
        spec = msgspec.convert(data, CampaignSpec, strict=False)
    except msgspec.ValidationError as problem:
        raise Invalid(
            _("The campaign cannot be read: %(why)s.") % {"why": problem}, field=path_of(problem)
        ) from problem
    if spec.goal.deadline.tzinfo is None:
        goal = replace(spec.goal, deadline=spec.goal.deadline.replace(tzinfo=UTC))
        return replace(spec, goal=goal)
    return spec


def path_of(problem: msgspec.ValidationError) -> str | None:
    """The field that a reading failed at, with dots: "goal.target"; the field that is missing where one is."""
    text = str(problem)
    place = re.search(r"`\$\.?([^`]*)`", text)
    missing = re.search(r"missing required field `(\w+)`", text)
    parts = [found.group(1) for found in (place, missing) if found and found.group(1)]
    return ".".join(parts) or None


def check_spec(spec: CampaignSpec, *, now: datetime) -> None:
    """Refuse what can never be right, whoever the customers are."""
    for problem in spec_problems(spec, now=now):
        raise problem


def check_limits(spec: CampaignSpec) -> None:
    """Refuse limits that are no numbers or can never be kept."""
    for problem in _limits(spec.limits):
        raise problem


def check_launch(spec: CampaignSpec, *, now: datetime) -> None:
    """Refuse a launch that could not send one message."""
    check_spec(spec, now=now)
    for problem in launch_problems(spec):
        raise problem
    if not len(audience_of(spec, now)):
        raise Invalid(
            _("The audience is empty: no customer matches it now."),
            field="audience",
            remedy=_("Loosen the audience's conditions or import customers first."),
        )


def spec_problems(spec: CampaignSpec, *, now: datetime) -> Iterator[SetpointError]:
    """All that can never be right, whoever the customers are."""
    yield from _goal(spec, now)
    yield from _limits(spec.limits)
    yield from _shares(spec)
    yield from _actions(spec)
    if not _NAME.fullmatch(spec.purpose):
        yield Invalid(_("This is not a name."), field="purpose", remedy=_("Use letters, digits and _."))
    yield from _registered(spec)


def launch_problems(spec: CampaignSpec) -> Iterator[Invalid]:
    """What keeps a right specification from sending one message, but for an empty audience."""
    missing = _channels_missing(spec)
    if missing:
        yield Invalid(
            _("Not set up: channel %(names)s.") % {"names": ", ".join(missing)},
            field="actions.variants",
            remedy=_("Set the channel up and send a test message, then launch."),
        )
    cheapest = min((a.send_cost for a in actions_of(spec)[1:]), default=None)
    if cheapest is None and not missing:
        yield Invalid(
            _("No action fits: no variant belongs to a channel that is set up."),
            field="actions",
            remedy=_("Set up the variants' channel or choose other variants."),
        )
    if cheapest is not None and money.to_micros(spec.limits.money, field="limits.money") < max(1, cheapest):
        yield Invalid(
            _("The money limit does not pay for one message."),
            field="limits.money",
            remedy=_("Raise the limit to at least %(least)s.") % {"least": money.to_decimal(cheapest)},
        )


def _goal(spec: CampaignSpec, now: datetime) -> Iterator[Invalid]:
    goal = spec.goal
    if not math.isfinite(goal.target) or goal.target <= 0:
        yield Invalid(
            _("A goal of %(target)s cannot be worked towards.") % {"target": goal.target},
            field="goal.target",
            remedy=_("Give a target above 0."),
        )
    elif goal.metric == "conversion_rate" and goal.target >= 1:
        yield Invalid(_("A conversion rate is a share below 1."), field="goal.target", remedy=_("Write 0.02 for 2 %."))
    if not goal.event.strip() or "\x00" in goal.event or len(goal.event) > 255:
        yield Invalid(
            _("The goal needs the name of an event."), field="goal.event", remedy=_('For example "Order Completed".')
        )
    if not 1 <= goal.dormant_days <= 3650:
        yield Invalid(_("Dormant days must be between 1 and 3650."), field="goal.dormant_days")
    yield from _times(spec, now)


def _times(spec: CampaignSpec, now: datetime) -> Iterator[Invalid]:
    deadline = spec.goal.deadline
    if deadline <= now:
        yield Invalid(_("The deadline lies in the past."), field="goal.deadline", remedy=_("Choose a later deadline."))
    elif deadline > now + timedelta(days=3660):
        yield Invalid(_("The deadline lies more than ten years ahead."), field="goal.deadline")
    elif not 1 <= spec.cadence_days <= 90 or not 1 <= spec.window_days <= 90:
        yield Invalid(_("Rounds and response windows last between 1 and 90 days."), field="window_days")
    elif not rounds_left(spec, now):
        yield Invalid(
            _("No round can be measured before the deadline."),
            field="goal.deadline",
            remedy=_("Choose a deadline at least %(days)s days ahead, or a shorter response window.")
            % {"days": spec.window_days},
        )


def _limits(limits: Limits) -> Iterator[Invalid]:
    if not all(_NAME.fullmatch(channel) for channel in limits.per_channel):
        yield Invalid(_("This is not a channel's name."), field="limits.per_channel", remedy=_("Use its name."))
    for name, amount in _amounts(limits):
        if amount is not None and not (math.isfinite(amount) and 0 <= amount <= 10**12):
            yield Invalid(
                _("%(amount)s is not a limit.") % {"amount": amount}, field=name, remedy=_("Give a number from 0 up.")
            )
    if limits.money == 0:
        yield Invalid(
            _("The money limit does not pay for one message."), field="limits.money", remedy=_("Raise the limit.")
        )
    if not 1 <= limits.per_customer.window_days <= 365:
        yield Invalid(_("A customer's window lasts between 1 and 365 days."), field="limits.per_customer.window_days")


def _amounts(limits: Limits) -> Iterator[tuple[str, float | int | None]]:
    yield "limits.money", limits.money
    yield "limits.messages", limits.messages
    yield "limits.hours", limits.hours
    yield "limits.per_customer.messages", limits.per_customer.messages
    yield "limits.per_customer.money", limits.per_customer.money
    for channel, own in limits.per_channel.items():
        yield f"limits.per_channel.{channel}.money", own.money
        yield f"limits.per_channel.{channel}.messages", own.messages


def _shares(spec: CampaignSpec) -> Iterator[Invalid]:
    shares = {
        "hold_out": (spec.hold_out, 0.0, 0.9),
        "ghost_share": (spec.ghost_share, 0.0, 0.9),
        "futile_below": (spec.futile_below, 0.0, 1.0),
        "alpha": (spec.alpha, 0.001, 0.2),
        "limits.warn_at": (spec.limits.warn_at, 0.0, 1.0),
        "guardrails.unsubscribe_rate": (spec.guardrails.unsubscribe_rate, 0.0, 1.0),
        "guardrails.complaint_rate": (spec.guardrails.complaint_rate, 0.0, 1.0),
    }
    for name, (share, least, most) in shares.items():
        if not least <= share <= most:
            yield Invalid(
                _("%(name)s must lie between %(least)s and %(most)s.") % {"name": name, "least": least, "most": most},
                field=name,
            )
    if spec.goal.incremental and spec.hold_out + spec.ghost_share < 0.02:
        yield Invalid(
            _("An incremental goal needs people held back to measure against."),
            field="ghost_share",
            remedy=_("Hold back at least 2 %, better 10 to 25 %."),
        )


def _actions(spec: CampaignSpec) -> Iterator[Invalid]:
    actions = spec.actions
    for name, values in (("variants", actions.variants), ("offers", actions.offers), ("slots", actions.slots)):
        if not values:
            message = _("A campaign needs at least one variant, one offer (0 for none) and one slot.")
            yield Invalid(message, field=f"actions.{name}", remedy=_("Choose at least one."))
    for slot in (*actions.slots, *(t for t in (spec.quiet_start, spec.quiet_end) if t)):
        if not _SLOT.fullmatch(slot):
            yield Invalid(
                _("%(slot)r is not a time of day.") % {"slot": slot}, field="actions.slots", remedy=_("Write 09:00.")
            )
    for name, values in (("variants", actions.variants), ("offers", actions.offers), ("slots", actions.slots)):
        if len(set(values)) != len(values) or len(values) > 50:
            yield Invalid(
                _("Each of the %(name)s may stand once, and at most 50 of them.") % {"name": name},
                field=f"actions.{name}",
            )
    yield from _known(Variant, actions.variants, "actions.variants")
    yield from _known(Offer, [offer for offer in actions.offers if offer], "actions.offers")


def _known(model: type[Variant] | type[Offer], wanted: Iterable[int], field: str) -> Iterator[Invalid]:
    possible = [pk for pk in wanted if 0 < pk <= LARGEST_ID]
    missing = set(wanted) - set(model.objects.filter(pk__in=possible).values_list("pk", flat=True))
    if missing:
        yield Invalid(
            _("Unknown: %(ids)s.") % {"ids": sorted(missing)},
            field=field,
            remedy=_("Create it first or choose another."),
        )


def _registered(spec: CampaignSpec) -> Iterator[SetpointError]:
    """Names and trees that other packages know how to judge."""
    try:
        segments.parse_tree(spec.audience)
    except SetpointError as problem:
        yield Invalid(problem.message, remedy=problem.remedy, field=".".join(filter(None, ("audience", problem.field))))
    try:
        policies.get(spec.policy)
    except SetpointError as problem:
        problem.field = problem.field or "policy"
        yield problem


def _channels_missing(spec: CampaignSpec) -> list[str]:
    needed = set(Variant.objects.filter(pk__in=spec.actions.variants).values_list("template__channel", flat=True))
    ready = set(ChannelAccount.objects.filter(name__in=needed, enabled=True).values_list("name", flat=True))
    return sorted(needed - ready)
