"""Value cells and clusters of everybody: their settings, the newest report, the tags that come of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from django.db import transaction
from django.utils.translation import gettext_noop as _noop

from setpoint.customers.models import Customer, Tag
from setpoint.customers.tags import services as tags
from setpoint.governance.failures import kept
from setpoint.governance.failures import worded as _
from setpoint.governance.services import needs, record_audit
from setpoint.governance.versions import refuse_stale
from setpoint.insights.models import Finding
from setpoint.insights.tagging import clusters, rfm
from setpoint.insights.tagging.holding import hold
from setpoint.insights.tagging.kmeans import FEWEST, MOST
from setpoint.insights.tagging.spending import read_spending
from setpoint.kernel.errors import Invalid, SetpointError

Name = Literal["rfm", "clusters"]
DEFAULTS: Mapping[str, Mapping[str, Any]] = {"rfm": rfm.DEFAULTS, "clusters": clusters.DEFAULTS}
EVERY = timedelta(days=1)
SOON = timedelta(minutes=10)
"""Where there was not enough data yet, look again after so long."""
_SAFE = _noop("Nothing is lost: customers keep the tags that they had.")
_MAKER = "setpoint"
_RESERVED = {"rfm": "rfm", "clusters": "cluster"}
Members = Mapping[str, npt.NDArray[np.int64]]


def finding(name: Name) -> Finding:
    """The finding of this name, with all its settings; without a report before the first look."""
    found = Finding.objects.filter(name=name).first() or Finding(name=name)
    found.settings = {**DEFAULTS[name], **found.settings}
    return found


@needs("customers:write")
@transaction.atomic
def change_finding(
    name: Name, changes: Mapping[str, Any], *, version: int | None, now: datetime, actor: str = "system"
) -> Finding:
    """Change how value cells or clusters are made, and have them made anew. Conflict where `version` was replaced."""
    row = _locked(name)
    refuse_stale(f"finding:{name}", seen=version, current=row.version)
    before = {**DEFAULTS[name], **row.settings}
    wanted = _CHECKS[name]({**before, **changes})
    if wanted != before:
        row.settings, row.version, row.due_at = wanted, row.version + 1, now
        row.save()
        after = {**wanted, "version": row.version}
        record_audit(actor, "changed", f"finding:{name}", before=before, after=after, now=now)
    return finding(name)


@needs("customers:write")
@transaction.atomic
def refresh_finding(name: Name, *, now: datetime, actor: str = "system") -> Finding:
    """Have value cells or clusters made anew next."""
    row = _locked(name)
    row.due_at = now
    row.save(update_fields=["due_at"])
    record_audit(actor, "asked to refresh", f"finding:{name}", after={"version": row.version}, now=now)
    return finding(name)


@transaction.atomic
def look_anew(*, now: datetime) -> None:
    """Have all made anew next, because other customers are here; where none are left, the tags that were made go."""
    Finding.objects.update(due_at=now)
    if not Customer.everyone.exists():
        Tag.objects.filter(created_by=_MAKER).delete()


def make_due(now: datetime) -> bool:
    """Make the first finding that is due; whether there was one."""
    due = dict(Finding.objects.values_list("name", "due_at"))
    for name in DEFAULTS:
        at = due.get(name, now)
        if at is not None and at <= now:
            make(name, now=now)  # type: ignore[arg-type]
            return True
    return False


def make(name: Name, *, now: datetime) -> Finding:
    """Look at everybody, write the report, and bring the tags up to date."""
    seen = finding(name)
    try:
        members, report = _LOOKS[name](seen, now)
    except SetpointError as error:
        return _failed(name, error, now)
    _hold_all(name, members, report, now)  # a transaction each, so that no writer waits for all of them
    with transaction.atomic():
        row = _locked(name)
        row.report, row.made_at, row.failure = report, now, None
        row.due_at = now + (EVERY if report["is_enough"] else SOON)
        if row.version != seen.version and row.settings:
            row.due_at = now  # the settings changed while we looked
        row.save()
    return row


def _rfm(seen: Finding, now: datetime) -> tuple[Members, dict[str, Any]]:
    found = rfm.rfm_of(read_spending(seen.settings["event"], as_of=now), seen.settings, as_of=now)
    return found.members, found.report


def _clusters(seen: Finding, now: datetime) -> tuple[Members, dict[str, Any]]:
    spending = read_spending(seen.settings["event"], as_of=now)
    found = clusters.clusters_of(spending, seen.settings, earlier=seen.report, as_of=now)
    return found.members, found.report


_LOOKS: Mapping[str, Callable[[Finding, datetime], tuple[Members, dict[str, Any]]]] = {
    "rfm": _rfm,
    "clusters": _clusters,
}


def _hold_all(name: Name, members: Members, report: Mapping[str, Any], now: datetime) -> None:
    """Each cell or group is a tag; those that are no more are left by everybody."""
    maker = _RESERVED[name]
    by = "rule" if name == "rfm" else "model"
    author = tags.Author(by, _MAKER, *(("kmeans", report["as_of"][:10]) if by == "model" else ()))  # type: ignore[arg-type]
    words = {row["key"]: row["words"] for row in report.get("groups", [])}
    known = {tag.how[maker]: tag for tag in Tag.objects.filter(name__startswith=f"{maker}:") if maker in tag.how}
    for key in members.keys() - known.keys():
        if len(members[key]):
            how = {maker: key} | ({"words": words[key]} if key in words else {})
            draft = tags.TagDraft(f"{maker}:{key}", by, "value", how)  # type: ignore[arg-type]
            known[key] = tags.define_tag(draft, now=now, actor=_MAKER)
    for key, tag in sorted(known.items()):
        if tag.archived_at is None:
            hold(tag, members.get(key, np.empty(0, dtype=np.int64)), author=author, at=now)
        tags.note_made(tag, at=now, words=words.get(key))


def _failed(name: Name, error: SetpointError, now: datetime) -> Finding:
    with transaction.atomic():
        row = _locked(name)
        row.failure, row.due_at = kept(error, safe=_SAFE), now + SOON
        row.save()
    return row


def _locked(name: Name) -> Finding:
    Finding.objects.get_or_create(name=name)
    return Finding.objects.select_for_update().get(name=name)


def _checked_rfm(told: Mapping[str, Any]) -> dict[str, Any]:
    if told["mode"] not in ("quantiles", "rules"):
        raise Invalid(_("Scores come by quantiles or by rules."), remedy=_("Choose one of the two."), field="mode")
    limits = {**rfm.DEFAULTS["limits"], **told["limits"]}
    for part, values in limits.items():
        rising = all(low < high for low, high in pairwise(values))
        if len(values) != 4 or not rising:
            raise Invalid(
                _("Four limits that grow make five scores."),
                remedy=_("Give four numbers, each greater than the one before."),
                field=f"limits.{part}",
            )
    return {"event": str(told["event"]).strip()[:255], "mode": told["mode"], "limits": limits}


def _checked_clusters(told: Mapping[str, Any]) -> dict[str, Any]:
    k = told["k"]
    if k is not None and not FEWEST <= k <= MOST:
        raise Invalid(
            _("There are %(least)s to %(most)s groups.") % {"least": FEWEST, "most": MOST},
            remedy=_("Leave the number out to have it chosen."),
            field="k",
        )
    return {"event": str(told["event"]).strip()[:255], "k": k}


_CHECKS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "rfm": _checked_rfm,
    "clusters": _checked_clusters,
}
