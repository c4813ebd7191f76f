"""Drafts: what a person has typed so far, kept as given, with a list of what is missing or wrong.

A draft may be unfinished; a launch refuses it until it is whole. Two people may edit one draft: each says which version
they saw, and nobody's words are overwritten unseen.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from setpoint.autopilot.models import Campaign
from setpoint.autopilot.records import find_campaign, locked
from setpoint.autopilot.types import ActionSpec, CampaignSpec, Goal, Limits
from setpoint.governance import services as governance
from setpoint.kernel.errors import Invalid

State = Campaign.State
MOST_BYTES = 256_000
MOST_DEPTH = 30
LONGEST_NAME = 200
WHOLE = ("audience", "limits.per_channel")
"""Parts that are replaced, not merged: a tree, and a list of channels from which one may be taken away."""


@governance.needs("campaigns:write")
def create_campaign(name: str, spec: Mapping[str, Any], *, actor: str, now: datetime) -> Campaign:
    """A new draft of what is given, finished or not; what is not said is as it is by default."""
    kept = merged(blank_spec(), _keepable(spec))
    with transaction.atomic():
        campaign = Campaign.objects.create(name=_keepable_name(name), spec=kept, created_at=now)
        after = {"name": campaign.name, "version": campaign.version}
        governance.record_audit(actor, "create", campaign.key, before=None, after=after, now=now)
    return campaign


@governance.needs("campaigns:write")
def edit_draft(
    campaign_id: int,
    *,
    name: str | None = None,
    spec: Mapping[str, Any] | None = None,
    actor: str,
    now: datetime,
    version: int | None = None,
) -> Campaign:
    """Merge what is given into a draft; a launched campaign is changed by `change`.

    `version` is the one that the person saw; Conflict, with who changed what since, when there is a newer one.
    """
    with transaction.atomic():
        campaign = locked(campaign_id, {State.DRAFT}, "edit", version=version)
        fresh = campaign.name if name is None else _keepable_name(name)
        kept = _keepable(merged(campaign.spec, _keepable(spec or {})))
        changes = dict(differences({"name": campaign.name, **campaign.spec}, {"name": fresh, **kept}))
        if not changes:
            return campaign
        campaign.name, campaign.spec, campaign.version = fresh, kept, campaign.version + 1
        campaign.save(update_fields=["name", "spec", "version"])
        before = {field: old for field, (old, _new) in changes.items()}
        after = {field: new for field, (_old, new) in changes.items()} | {"version": campaign.version}
        governance.record_audit(actor, "edit", campaign.key, before=before, after=after, now=now)
    return campaign


@governance.needs("campaigns:write")
def delete_draft(campaign_id: int, *, actor: str, now: datetime, version: int | None = None) -> None:
    """Forget a draft. What was launched once stays for ever."""
    with transaction.atomic():
        campaign = locked(campaign_id, {State.DRAFT}, "delete", version=version)
        before = {"name": campaign.name, "spec": campaign.spec}
        governance.record_audit(actor, "delete", campaign.key, before=before, after=None, now=now)
        campaign.delete()


@governance.needs("campaigns:write")
def duplicate(campaign_id: int, *, actor: str, now: datetime) -> Campaign:
    """A draft like this campaign. A deadline that has passed, or would come too soon, is as far ahead as it was."""
    source = find_campaign(campaign_id)
    name = _("Copy of %(name)s") % {"name": source.name}
    spec = deepcopy(source.spec)
    spec.setdefault("goal", {})["deadline"] = _moved_deadline(source, now)
    with transaction.atomic():
        copy = Campaign.objects.create(name=name[:LONGEST_NAME], spec=spec, created_at=now)
        after = {"name": copy.name, "of": source.key, "version": copy.version}
        governance.record_audit(actor, "duplicate", copy.key, before=None, after=after, now=now)
    return copy


def blank_spec() -> dict[str, Any]:
    """A specification that says nothing but the defaults; what a person has to say is null or empty."""
    goal = Goal("conversions", 0, datetime(1970, 1, 1, tzinfo=UTC))
    whole = CampaignSpec(goal=goal, limits=Limits(money=0), actions=ActionSpec(variants=()))
    spec: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(whole))
    spec["goal"] |= {"metric": None, "target": None, "deadline": None}
    spec["limits"]["money"] = None
    return spec


def merged(old: Mapping[str, Any], new: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Both, the new before the old; objects merged, but for those that are whole by themselves."""
    both = dict(old)
    for name, value in new.items():
        place = f"{path}.{name}" if path else name
        known = both.get(name)
        inside = isinstance(known, Mapping) and isinstance(value, Mapping) and place not in WHOLE
        both[name] = merged(known, value, place) if inside else value  # type: ignore[arg-type]
    return both


def differences(
    old: Mapping[str, Any], new: Mapping[str, Any], path: str = ""
) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Fields by their path with the value before and after, where they differ."""
    for name in {**old, **new}:
        place = f"{path}.{name}" if path else name
        before, after = old.get(name), new.get(name)
        if isinstance(before, Mapping) and isinstance(after, Mapping) and place not in WHOLE:
            yield from differences(before, after, place)
        elif before != after:
            yield place, (before, after)


def _moved_deadline(source: Campaign, now: datetime) -> str | None:
    text = (source.spec.get("goal") or {}).get("deadline")
    try:
        deadline = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    begun = source.launched_at or source.created_at
    length = deadline.replace(tzinfo=deadline.tzinfo or now.tzinfo) - begun
    return (now + max(length, timedelta(days=28))).isoformat()


def _keepable(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The same, or Invalid for what no database keeps: numbers that are none, zero bytes, anything too large."""
    for path, value in _leaves(spec, ""):
        if isinstance(value, float) and not math.isfinite(value):
            raise Invalid(_("This is not a number."), field=path, remedy=_("Write a number."))
        if isinstance(value, str) and "\x00" in value:
            raise Invalid(_("This text holds a character that cannot be kept."), field=path, remedy=_("Remove it."))
    if len(msgspec.json.encode(spec)) > MOST_BYTES:
        raise Invalid(_("This campaign is too large to keep."), remedy=_("Keep long lists in a segment."))
    return dict(spec)


def _leaves(value: Any, path: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    if depth > MOST_DEPTH:
        raise Invalid(_("This campaign is too large to keep."), field=path, remedy=_("Keep long lists in a segment."))
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield path, name
            yield from _leaves(inner, f"{path}.{name}" if path else str(name), depth + 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner, path, depth + 1)
    else:
        yield path, value


def _keepable_name(name: str) -> str:
    if len(name) > LONGEST_NAME or "\x00" in name:
        raise Invalid(
            _("A campaign needs a name of at most 200 characters."), field="name", remedy=_("Name what it is for.")
        )
    return name.strip()
