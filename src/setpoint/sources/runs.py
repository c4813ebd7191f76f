"""The life of a run, of a connection or of an export: queued when due, worked off by one worker at a time, stopped,
waited for, and ended; its owner rests longer and longer while runs keep failing."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from django.db import IntegrityError, models, transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from setpoint.customers.locks import exclusive
from setpoint.governance.failures import kept
from setpoint.kernel import clock
from setpoint.kernel.errors import Conflict, Invalid, SetpointError
from setpoint.sources.models import Scheduled, ScheduledRun

State = ScheduledRun.State
OPEN = (State.QUEUED, State.RUNNING, State.CANCELLING)
LONGEST_REST = timedelta(days=1)
LONGEST_SCHEDULE = 60 * 24 * 31
_AT_ONCE = 100
_GLANCE = 0.5
_log = logging.getLogger(__name__)
Stop: TypeAlias = Callable[[], bool]


class Halted(Exception):
    """Somebody stopped the run while it waited."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Runs of one kind. `work` does one and answers the state in which it leaves it; `due` says when an owner runs
    next; `queued` makes the run of an owner that is due; `lock` begins the name of what a worker holds; `safe` says that
    a failed run lost nothing."""

    runs: type[Any]
    owners: type[Any]
    lock: str
    work: Callable[[Any, datetime, Stop], str]
    due: Callable[[Any, datetime], datetime | None]
    queued: Callable[[Any, datetime], Any]
    safe: str


def work_next(lane: Lane, *, now: datetime, stop: Stop) -> bool:
    """Work off the oldest run that waits, or one whose worker died; queue what is due first. False when there was
    nothing to do."""
    _queue_due(lane, now)
    waiting = lane.runs.objects.filter(state__in=OPEN).exclude(_resting(lane.runs)).order_by("queued_at", "pk")
    found = list(waiting.values_list("pk", f"{lane.runs.OWNER}_id")[:_AT_ONCE])
    return any(_work_one(lane, run_id, owner_id, now, stop) for run_id, owner_id in found)


def is_halted(run: ScheduledRun) -> bool:
    """Whether a person cancelled the run, or paused its owner."""
    rows = type(run)._default_manager.filter(pk=run.pk, state=State.RUNNING)
    return not rows.exclude(_resting(type(run))).exists()


def rest(run: ScheduledRun, stop: Stop) -> Callable[[float], None]:
    """Waiting that ends with Halted as soon as somebody stops the run, or the worker."""

    def wait(seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if stop() or is_halted(run):
                raise Halted
            time.sleep(min(left, _GLANCE))

    return wait


def cancel(run: ScheduledRun, *, now: datetime) -> None:
    """Stop a run: at once when it waits, before its next batch when it works."""
    if run.state == State.QUEUED:
        run.state, run.finished_at = State.CANCELLED, now
    elif run.state == State.RUNNING:
        run.state = State.CANCELLING
    run.save(update_fields=["state", "finished_at"])


def set_paused(owner: Scheduled, paused: bool, due: Callable[[Any, datetime], datetime | None], now: datetime) -> None:
    """Pause it: a run that works stops before its next batch, and goes on from there when it is resumed."""
    owner.state = Scheduled.State.PAUSED if paused else Scheduled.State.ACTIVE
    owner.faults = owner.faults if paused else 0
    owner.next_run_at = due(owner, now)
    owner.save()


def refuse_paused(owner: Scheduled) -> None:
    """Conflict where it waits for a person."""
    if owner.state == Scheduled.State.PAUSED:
        raise Conflict(_("It is paused."), remedy=_("Resume it, then run it."))


def after_rest(owner: Scheduled, now: datetime) -> datetime | None:
    """When it runs next by its schedule; later and later while runs fail, None where it has none or is paused."""
    if owner.state != Scheduled.State.ACTIVE or not owner.schedule_minutes:
        return None
    plain = timedelta(minutes=owner.schedule_minutes)
    later: timedelta = max(plain, min(plain * 2 ** min(owner.faults, 10), LONGEST_REST))
    return now + later


def plain_name(name: str | None, missing: str) -> str:
    """A name that can be shown; Invalid where nothing is left of it."""
    plain = "".join(each for each in (name or "") if each.isprintable()).strip()[:200]
    if not plain:
        raise Invalid(missing, remedy=_("Write one."), field="name")
    return plain


def newest(runs: type[Any], owner_ids: Sequence[int]) -> dict[int, Any]:
    """The newest run of each owner that has one."""
    of = f"{runs.OWNER}_id"
    last = runs.objects.filter(**{f"{of}__in": owner_ids}).order_by().values(of).annotate(last=Max("pk"))
    return {getattr(run, of): run for run in runs.objects.filter(pk__in=last.values("last"))}


def _resting(runs: type[Any]) -> Q:
    """Runs whose owner is paused; one that is being cancelled is not among them."""
    return Q(**{f"{runs.OWNER}__state": Scheduled.State.PAUSED}) & ~Q(state=State.CANCELLING)


def _queue_due(lane: Lane, now: datetime) -> None:
    due = lane.owners.objects.filter(state=Scheduled.State.ACTIVE, next_run_at__lte=now)
    for owner in due.exclude(runs__state__in=OPEN)[:_AT_ONCE]:
        try:
            with transaction.atomic():
                lane.queued(owner, now)
        except IntegrityError:
            continue  # another worker queued it in the same moment


def _work_one(lane: Lane, run_id: int, owner_id: int, now: datetime, stop: Stop) -> bool:
    """Run a run to its end, until `stop()`, or until a person stops it. False when another worker holds its owner."""
    with exclusive(f"{lane.lock}-{owner_id}") as mine:
        return mine and _work_held(lane, run_id, now, stop)


def _work_held(lane: Lane, run_id: int, now: datetime, stop: Stop) -> bool:
    with transaction.atomic():
        run = _locked(lane, run_id)
        if run is None or run.state not in OPEN:
            return False
        if run.state == State.CANCELLING:
            _end(lane, run, State.CANCELLED, None, now)
            return True
        run.state, run.started_at = State.RUNNING, run.started_at or now
        run.save(update_fields=["state", "started_at"])
    state, failure = _attempt(lane, run, now, stop)
    with transaction.atomic():
        run = _locked(lane, run_id)
        _end(lane, run, State.CANCELLED if run.state == State.CANCELLING else state, failure, now)
    return True


def _locked(lane: Lane, run_id: int) -> Any:
    rows: models.QuerySet[Any] = lane.runs.objects.select_for_update().select_related(lane.runs.OWNER)
    return rows.filter(pk=run_id).first()


def _attempt(lane: Lane, run: ScheduledRun, now: datetime, stop: Stop) -> tuple[str, dict[str, Any] | None]:
    try:
        return lane.work(run, now, stop), None
    except Halted:
        return State.QUEUED, None
    except SetpointError as error:
        return State.FAILED, kept(error, safe=lane.safe)
    except Exception as error:
        # The other side's code is somebody else's; whatever it raises is told to people and must not stop the lane.
        _log.exception("Run %d of %s failed.", run.pk, lane.lock)
        return State.FAILED, kept(error, safe=lane.safe)


def _end(lane: Lane, run: Any, state: str, failure: dict[str, Any] | None, now: datetime) -> None:
    """Write a run's end, count faults in a row, and set the next run."""
    run.state, run.failure, run.finished_at = state, failure, None if state == State.QUEUED else clock.now()
    run.save(update_fields=["state", "finished_at", "failure"])
    owner = lane.owners.objects.select_for_update().get(pk=getattr(run, f"{lane.runs.OWNER}_id"))
    if state in (State.DONE, State.FAILED):
        owner.faults = owner.faults + 1 if state == State.FAILED else 0
    owner.next_run_at = lane.due(owner, now)
    owner.save(update_fields=["faults", "next_run_at"])
