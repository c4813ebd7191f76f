"""What tags there are: made, changed, put away, boosted; each by a person, on record."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from setpoint.customers.tag_models import Tag, TagBoost
from setpoint.customers.tags.types import TagDraft
from setpoint.governance.failures import worded as _
from setpoint.governance.services import needs, record_audit
from setpoint.governance.versions import refuse_stale
from setpoint.kernel.errors import Conflict, Invalid, NotFound

MOST_FACTOR = 10.0
LONGEST_HALF_LIFE = 3_650.0
FADING_EVERY = timedelta(days=1)
"""So often those whose weight has faded away lose a tag that no rule makes."""
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f,;\ud800-\udfff]")
RESERVED = {"rfm:": "rfm", "cluster:": "cluster"}
"""Beginnings of names that belong to what Setpoint makes, and what their `how` tells."""
_CHANGEABLE = ("description", "weight", "half_life_days", "every_minutes", "how")


def find_tag(tag: int | str) -> Tag:
    """A tag by id or name; NotFound when there is none."""
    known = Tag.objects.filter(pk=tag) if isinstance(tag, int) else Tag.objects.filter(name=tag)
    found = known.first()
    if found is None:
        raise NotFound(_("There is no tag %(tag)s.") % {"tag": tag}, remedy=_("List the tags to see their names."))
    return found


def list_tags(*, archived: bool = False) -> list[Tag]:
    """All tags by name, with their boosts."""
    return list(Tag.objects.filter(archived_at__isnull=not archived).prefetch_related("boosts").order_by("name"))


@needs("customers:write")
def define_tag(draft: TagDraft, *, now: datetime, actor: str = "system") -> Tag:
    """Make a tag. Invalid for what cannot be; Conflict where the name is taken."""
    checked = {**asdict(draft), **_checked(asdict(draft))}
    _check_free(checked["name"], draft.how)
    try:
        with transaction.atomic():
            tag = Tag.objects.create(**checked, created_at=now, created_by=actor[:250])
            _schedule(tag, now)
            record_audit(actor, "created", f"tag:{tag.pk}", after={**checked, "version": tag.version}, now=now)
    except IntegrityError:
        raise Conflict(
            _("There is a tag called %(name)s already.") % {"name": checked["name"]},
            remedy=_("Use that one, or choose another name."),
            field="name",
        ) from None
    return tag


@needs("customers:write")
@transaction.atomic
def update_tag(
    tag_id: int, changes: Mapping[str, Any], *, version: int | None = None, now: datetime, actor: str = "system"
) -> Tag:
    """Change description, weight, half-life, rule or schedule. Conflict where `version` was replaced meanwhile."""
    tag = _locked(tag_id)
    refuse_stale(f"tag:{tag_id}", seen=version, current=tag.version)
    wanted = _checked({name: changes[name] for name in _CHANGEABLE if name in changes})
    before = {name: getattr(tag, name) for name in wanted}
    if before == wanted:
        return tag
    for name, value in wanted.items():
        setattr(tag, name, value)
    tag.version += 1
    tag.save()
    _schedule(tag, now)
    record_audit(actor, "changed", f"tag:{tag_id}", before=before, after={**wanted, "version": tag.version}, now=now)
    return tag


@needs("customers:write")
@transaction.atomic
def archive_tag(tag_id: int, *, back: bool = False, now: datetime, actor: str = "system") -> Tag:
    """Put a tag away, or take it back. Who has it stays known; nothing refreshes it meanwhile."""
    tag = _locked(tag_id)
    if (tag.archived_at is None) == back:
        return tag
    tag.archived_at, tag.version = None if back else now, tag.version + 1
    tag.save(update_fields=["archived_at", "version"])
    _schedule(tag, now)
    record_audit(actor, "restored" if back else "archived", f"tag:{tag_id}", after={"version": tag.version}, now=now)
    return tag


@needs("customers:write")
@transaction.atomic
def refresh_soon(tag_id: int, *, now: datetime, actor: str = "system") -> Tag:
    """Have a tag's rule or model looked at next, whatever its schedule says."""
    tag = _locked(tag_id)
    if "tree" not in tag.how or tag.archived_at is not None:
        raise Invalid(
            _("There is no rule that makes this tag anew."),
            remedy=_("Refresh the value layer or the clusters as a whole; the rest is set by people and models."),
            field="tag",
        )
    _schedule(tag, now)
    record_audit(actor, "asked to refresh", f"tag:{tag_id}", after={"version": tag.version}, now=now)
    return tag


@needs("customers:write")
@transaction.atomic
def boost_tag(
    tag_id: int,
    factor: float,
    *,
    ends_at: datetime,
    starts_at: datetime | None = None,
    reason: str,
    now: datetime,
    actor: str = "system",
) -> TagBoost:
    """Weigh a tag by `factor` (above 0, at most 10) until a moment, for a business reason."""
    tag = _locked(tag_id)
    begin = starts_at or now
    if not (math.isfinite(factor) and 0 < factor <= MOST_FACTOR):
        raise Invalid(
            _("A boost multiplies weights by more than 0 and at most %(most)g.") % {"most": MOST_FACTOR},
            remedy=_("Give a factor such as 1.5."),
            field="factor",
        )
    if ends_at <= max(begin, now):
        raise Invalid(_("This boost would end before it begins."), remedy=_("Give a later end."), field="ends_at")
    boost = TagBoost.objects.create(
        tag=tag,
        factor=factor,
        starts_at=begin,
        ends_at=ends_at,
        reason=_plain(reason, 200),
        created_by=actor[:250],
        created_at=now,
    )
    told = {"factor": factor, "starts_at": begin.isoformat(), "ends_at": ends_at.isoformat(), "reason": boost.reason}
    record_audit(actor, "boosted", f"tag:{tag_id}", after=told, now=now)
    return boost


@needs("customers:write")
@transaction.atomic
def end_boost(tag_id: int, boost_id: int, *, now: datetime, actor: str = "system") -> None:
    """End a boost before its time; one that has not begun goes away. NotFound for an unknown one."""
    boost = TagBoost.objects.select_for_update().filter(pk=boost_id, tag_id=tag_id).first()
    if boost is None:
        raise NotFound(_("There is no such boost."), remedy=_("Look at the tag's boosts."))
    if boost.ends_at <= now:
        raise Conflict(_("This boost has ended."), remedy=_("Add another where it is wanted again."))
    told = {"factor": boost.factor, "ends_at": boost.ends_at.isoformat()}
    if boost.starts_at >= now:
        boost.delete()
    else:
        boost.ends_at = now
        boost.save(update_fields=["ends_at"])
    record_audit(actor, "ended boost of", f"tag:{tag_id}", before=told, after={"ends_at": now.isoformat()}, now=now)


def tag_name(text: str) -> str:
    """A tag's name in its one spelling. Raises Invalid for an empty or a long one, or one that a list of tags would
    tear apart."""
    name = text.strip()
    if not name or len(name) > 100 or _UNPRINTABLE.search(name):
        raise Invalid(
            _("A tag's name has 1 to 100 characters without commas and semicolons."),
            remedy=_("Choose another name."),
            field="name",
        )
    return name


def checked_weight(weight: float) -> float:
    """A weight as it is; Invalid outside of [0, 1]."""
    if not (math.isfinite(weight) and 0 <= weight <= 1):
        raise Invalid(_("A weight lies between 0 and 1."), remedy=_("1 is all, 0 takes the tag away."), field="weight")
    return weight


def _checked(told: Mapping[str, Any]) -> dict[str, Any]:
    checked = dict(told)
    if "name" in told:
        checked["name"] = tag_name(told["name"])
    if "weight" in told:
        checked["weight"] = checked_weight(told["weight"])
    if "description" in told:
        checked["description"] = _plain(told["description"], 500)
    days = told.get("half_life_days")
    if days is not None and not (math.isfinite(days) and 0 < days <= LONGEST_HALF_LIFE):
        raise Invalid(
            _("A half-life is more than 0 and at most %(most)g days.") % {"most": LONGEST_HALF_LIFE},
            remedy=_("Leave it out where weights do not fade."),
            field="half_life_days",
        )
    return checked


def _plain(text: str, most: int) -> str:
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]+", " ", text).strip()[:most]


def _check_free(name: str, how: Mapping[str, Any]) -> None:
    if any(name.startswith(start) and maker not in how for start, maker in RESERVED.items()):
        raise Invalid(
            _("Names that begin with %(name)s belong to tags that Setpoint makes.")
            % {"name": name.split(":")[0] + ":"},
            remedy=_("Choose another name."),
            field="name",
        )


def _schedule(tag: Tag, now: datetime) -> None:
    """Rules are looked at anew at once; of others only what fades needs a look, a day from now."""
    tag.mark = {}
    if tag.archived_at is not None:
        tag.due_at = None
    elif "tree" in tag.how:
        tag.due_at = now
    else:
        tag.due_at = now + FADING_EVERY if tag.half_life_days else None
    tag.save(update_fields=["due_at", "mark"])


def _locked(tag_id: int) -> Tag:
    return Tag.objects.select_for_update().filter(pk=tag_id).first() or find_tag(tag_id)
