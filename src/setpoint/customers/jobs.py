"""Actions on many customers at once: asked for here, worked off in the background, in pieces that can be stopped.

A piece is one transaction with the job's progress, so a job that was killed goes on behind its last piece.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _noop

from setpoint.customers.bulk import among
from setpoint.customers.consents import record_consent
from setpoint.customers.contacts import check_reason, suppress_customers
from setpoint.customers.editing import set_trait
from setpoint.customers.locks import exclusive
from setpoint.customers.models import Customer, Job
from setpoint.customers.normal import normalise_channel, normalise_consent, normalise_statement
from setpoint.customers.tags import services as tags
from setpoint.customers.types import Profile
from setpoint.governance.failures import kept
from setpoint.governance.services import needs, record_audit
from setpoint.kernel.errors import Conflict, Invalid, NotFound, SetpointError

PIECE = 1_000
_LIST = 50
Verb = Literal["set_trait", "tag", "consent", "suppress"]
Ids = npt.NDArray[np.int64]
Resolve: TypeAlias = "Callable[[Mapping[str, Any], datetime], Ids]"
"""Who a selection means at a moment."""
State = Job.State
_SAFE = _noop("Nothing is lost: customers who were done stay so, the others are as they were.")
_log = logging.getLogger(__name__)


@needs("customers:write")
@transaction.atomic
def start_job(
    verb: Verb, arguments: Mapping[str, Any], selection: Mapping[str, Any], *, actor: str, now: datetime
) -> Job:
    """Queue an action on the customers of a selection. Raises Invalid for arguments that cannot be."""
    checked = _CHECKS[verb](arguments)
    job = Job.objects.create(verb=verb, arguments=checked, selection=dict(selection), actor=actor, created_at=now)
    record_audit(
        actor, f"started {verb}", f"job:{job.pk}", after={"arguments": checked, "selection": dict(selection)}, now=now
    )
    return job


@needs("customers:write")
@transaction.atomic
def cancel_job(job_id: int, *, actor: str, now: datetime) -> Job:
    """Stop a job before its next piece. What was done stays. Conflict when it has ended."""
    job = _locked(job_id)
    if job.state not in (State.QUEUED, State.RUNNING, State.CANCELLING):
        raise Conflict(_("This job has ended."), remedy=_("Look at what it did; start another to undo it."))
    waiting = job.state == State.QUEUED
    job.state, job.finished_at = (State.CANCELLED, now) if waiting else (State.CANCELLING, None)
    job.save(update_fields=["state", "finished_at"])
    record_audit(actor, "cancelled", f"job:{job.pk}", after={"done": job.done}, now=now)
    return job


def get_job(job_id: int) -> Job:
    """The job of this id; NotFound when there is none."""
    job = Job.objects.defer("chosen").filter(pk=job_id).first()
    if job is None:
        raise NotFound(_("There is no job %(id)s.") % {"id": job_id}, remedy=_("List the jobs to see their ids."))
    return job


def list_jobs() -> list[Job]:
    """The newest jobs."""
    return list(Job.objects.defer("chosen").order_by("-pk")[:_LIST])


def run_next_job(resolve: Resolve, *, now: datetime) -> bool:
    """Work off one piece of the oldest job that waits; whether there was one that nobody else works on."""
    waiting = Job.objects.filter(state__in=[State.QUEUED, State.RUNNING, State.CANCELLING]).order_by("pk")
    return any(_run(job_id, resolve, now=now) for job_id in list(waiting.values_list("pk", flat=True)))


def _run(job_id: int, resolve: Resolve, *, now: datetime) -> bool:
    with exclusive(f"job-{job_id}") as mine:
        if not mine:
            return False
        try:
            return _piece(job_id, resolve, now=now)
        except SetpointError as error:
            _fail(job_id, error, now=now)
            return True


@transaction.atomic
def _piece(job_id: int, resolve: Resolve, *, now: datetime) -> bool:
    job = _locked(job_id)
    if job.state == State.CANCELLING:
        return _end(job, State.CANCELLED, now)
    if job.state not in (State.QUEUED, State.RUNNING):
        return False
    if job.chosen is None:
        ids = resolve(job.selection, now)
        job.chosen, job.total, job.started_at = _packed(ids), len(ids), now
    ids = _unpacked(bytes(job.chosen))[job.done : job.done + PIECE]
    known = list(Customer.objects.filter(pk__in=among(ids.tolist())).values_list("pk", flat=True))
    if known:
        job.changed += _VERBS[job.verb](known, {**job.arguments, "actor": job.actor}, now)
    job.done += len(ids)
    if job.done >= job.total:
        return _end(job, State.DONE, now)
    job.state = State.RUNNING
    job.save()
    return True


def _end(job: Job, state: Job.State, now: datetime) -> bool:
    job.state, job.finished_at, job.chosen = state, now, None
    job.save()
    told = {"state": state.value, "done": job.done, "changed": job.changed}
    record_audit(job.actor, f"ended {job.verb}", f"job:{job.pk}", after=told, now=now)
    return True


@transaction.atomic
def _fail(job_id: int, error: SetpointError, *, now: datetime) -> None:
    _log.warning("Job %d failed: %s", job_id, error.code)
    job = _locked(job_id)
    job.failure = kept(error, safe=_SAFE)
    _end(job, State.FAILED, now)


def _locked(job_id: int) -> Job:
    return Job.objects.select_for_update().filter(pk=job_id).first() or get_job(job_id)


def _packed(ids: Ids) -> bytes:
    """Ascending ids as their differences, compressed: a million take a few kilobytes where they are dense."""
    return zlib.compress(np.diff(np.sort(ids), prepend=0).astype("<i8").tobytes(), 1)


def _unpacked(packed: bytes) -> Ids:
    return np.cumsum(np.frombuffer(zlib.decompress(packed), dtype="<i8"))


def _check_trait(given: Mapping[str, Any]) -> dict[str, Any]:
    name = str(given.get("name") or "").strip()
    if "value" not in given:
        raise Invalid(_("No value is given."), remedy=_("Give a value, or null to remove the trait."), field="value")
    normalise_statement(Profile({}, {name: given["value"]}))
    return {"name": name, "value": given["value"]}


def _check_tag(given: Mapping[str, Any]) -> dict[str, Any]:
    weight = given.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, int | float):
        raise Invalid(_("A weight is a number."), remedy=_("1 is all, 0 takes the tag away."), field="weight")
    tag = tags.set_by_hand(str(given.get("name") or ""))
    return {"name": tag.name, "weight": tags.checked_weight(weight)}


def _check_consent(given: Mapping[str, Any]) -> dict[str, Any]:
    words = [str(given.get(part) or "") for part in ("channel", "purpose", "state")]
    channel, purpose, state = normalise_consent(*words)
    source = str(given.get("source") or "").strip()
    if not 3 <= len(source) <= 100:
        raise Invalid(
            _("A change of consent needs its proof: where and how these customers said so."),
            remedy=_("Write it in 3 to 100 characters, such as: paper forms, fair in Lyon, 2 March 2026."),
            field="source",
        )
    return {"channel": channel, "purpose": purpose, "state": state, "source": source}


def _check_suppression(given: Mapping[str, Any]) -> dict[str, Any]:
    channel = normalise_channel(str(given.get("channel") or ""))
    return {"channel": channel, "reason": check_reason(str(given.get("reason") or ""))}


def _set_trait(ids: Sequence[int], said: Mapping[str, Any], now: datetime) -> int:
    return set_trait(ids, said["name"], said["value"], now=now)


def _tag(ids: Sequence[int], said: Mapping[str, Any], now: datetime) -> int:
    author = tags.Author("job", said["actor"])
    return tags.tag_many(ids, said["name"], said["weight"], by=author, now=now)


def _consent(ids: Sequence[int], said: Mapping[str, Any], now: datetime) -> int:
    return record_consent(ids, said["channel"], said["purpose"], said["state"], source=said["source"], now=now)


def _suppress(ids: Sequence[int], said: Mapping[str, Any], now: datetime) -> int:
    return suppress_customers(ids, said["channel"], said["reason"], now=now)


_CHECKS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "set_trait": _check_trait,
    "tag": _check_tag,
    "consent": _check_consent,
    "suppress": _check_suppression,
}
_VERBS: Mapping[str, Callable[[Sequence[int], Mapping[str, Any], datetime], int]] = {
    "set_trait": _set_trait,
    "tag": _tag,
    "consent": _consent,
    "suppress": _suppress,
}
