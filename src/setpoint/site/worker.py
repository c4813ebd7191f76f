"""The worker: lanes that never wait for each other. Each lane repeats its work while there is any, then rests.

fold      inbox -> customers and lake          imports   files and actions on many customers
send      claims -> channels -> ledger         loop      rounds of campaigns
count     figures that pages read             demo      the demo company comes and goes
tend      reconcile, settle offers, prune     sources   pulls of connections
tidy      columns of customers, files of the lake
follow    who enters and leaves followed segments, by each event
review    followed segments against all data
exports   rows to destinations
tags      rules of tags, what fades, value cells, clusters
log       SQLite's log into its file
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import close_old_connections, connection

from setpoint.autopilot import scheduler
from setpoint.autopilot import services as autopilot
from setpoint.autopilot.room import counted, days, reports, samples
from setpoint.customers import frames, jobs
from setpoint.customers import services as customers
from setpoint.customers.identity import searching as identity
from setpoint.delivery import services as delivery
from setpoint.destinations import services as destinations
from setpoint.events import services as events
from setpoint.events.readers import has_living
from setpoint.insights.tagging import refreshing as tagging
from setpoint.kernel import clock
from setpoint.kernel.errors import Invalid
from setpoint.kernel.memory import keep_what_is_loaded
from setpoint.segments import services as segments
from setpoint.segments.choosing import chosen_by
from setpoint.segments.following import services as following
from setpoint.site.apart import Apart
from setpoint.site.company import services as demo_company
from setpoint.site.sqlite import log
from setpoint.sources import services as sources

logger = logging.getLogger(__name__)
REST_SECONDS = 0.25
TEND_EVERY = 5.0
COUNT_EVERY = 1.0
COUNT_APART = 0.5
MOST_BREATH = 5.0
COUNT_SHARE = 0.1  # a steady stream of events changes figures all the time; people look once in a while
DEMO_REST = 1.0
FOLLOW_REST = 0.01
FOLLOW_APART = 0.004
REVIEW_EVERY = 3.0  # one segment at a time: to read all of them at once would hold up answers for seconds
LOG_EVERY = 1.0
FOLD_APART = 2.0  # while a follower tells what events change, the lake is written in fewer, larger pieces
SWITCH_SECONDS = 0.001  # a lane that answers to an event must not wait 5 ms for each of the others
Work = Callable[[datetime], bool]


_rested = threading.Condition()


@dataclass
class Lane:
    """One repeated piece of work in a thread of its own. `work` says whether there was anything to do."""

    name: str
    work: Work
    rest: float = REST_SECONDS
    breath: float = 0.0  # after each piece of work, so that the next one is worth its start
    share: float = 1.0  # of its time that it may work
    busy: bool = True
    wake: threading.Event = field(default_factory=threading.Event)

    def run(self, stop: threading.Event) -> None:
        """Work while there is work; rest when there is none; go on after an error."""
        while not stop.is_set():
            self.busy = True
            began = time.monotonic()
            has_worked = self._once()
            spent = time.monotonic() - began
            self.busy = False
            with _rested:
                _rested.notify_all()
            self.wake.wait(self._breath_after(spent) if has_worked else self.rest)
            self.wake.clear()

    def _breath_after(self, spent: float) -> float:
        return max(self.breath, min(spent * (1 / self.share - 1), MOST_BREATH))

    def _once(self) -> bool:
        try:
            return self.work(clock.now())
        except Exception:
            logger.exception("Lane %s failed once; it goes on.", self.name)
            close_old_connections()
            return False


_journal = threading.Lock()


def _send(now: datetime) -> bool:
    with _journal:
        return not delivery.is_idle(now) and delivery.send_due(worker=worker_name(), now=now).claimed > 0


def _loop(now: datetime) -> bool:
    turned = scheduler.tick(now, worker_name())
    if turned:
        close_old_connections()
    return turned


_folded_at = 0.0


def _fold(now: datetime) -> bool:
    global _folded_at
    if events.is_idle() or (time.monotonic() < _folded_at + FOLD_APART and has_living()):
        return False
    _folded_at = time.monotonic()
    return events.fold_inbox(now=now) > 0


def _import(now: datetime) -> bool:
    return jobs.run_next_job(chosen_by, now=now) or events.run_next_import(now=now)


def _count(now: datetime) -> bool:
    parts = [counted.refresh(now), days.refresh(now), samples.refresh(), reports.refresh(now)]
    return any([*parts, segments.count_next(now=now)])


def _pull(now: datetime) -> bool:
    return sources.run_next(now=now) or sources.measure_due(now=now)


def _export(now: datetime) -> bool:
    return destinations.run_next(now=now)


def _tend(now: datetime) -> bool:
    with _journal:
        delivery.reconcile(now=now)
    autopilot.settle_ended(now=now)
    events.prune(now=now)
    sources.prune_calls(now=now)
    return False


def _match(now: datetime) -> bool:
    """Searches for people with several records; what a dead process did not tell of merges."""
    return customers.catch_up() or identity.run_next(now=now)


def _tidy(now: datetime) -> bool:
    """Keep what analysis reads in few, large, ordered files."""
    return frames.settle() or events.tidy_lake()


def _follow(now: datetime) -> bool:
    return following.run_turn(now=now)


def _review(now: datetime) -> bool:
    following.review_next(now=now)
    return False


def _tag(now: datetime) -> bool:
    return tagging.refresh_next(now)


def _log_in(_now: datetime) -> bool:
    log.bring_in(connection)
    return False


def _demo(now: datetime) -> bool:
    return demo_company.run_next(worker_name(), now=now)


LANES = [
    Lane("fold", _fold, breath=0.1),
    Lane("imports", _import),
    Lane("sources", _pull, rest=1.0),
    Lane("exports", _export, rest=1.0),
    Lane("send", _send),
    Lane("loop", _loop),
    Lane("tend", _tend, rest=TEND_EVERY),
    Lane("count", _count, rest=COUNT_EVERY, breath=COUNT_APART, share=COUNT_SHARE),
    Lane("demo", _demo, rest=DEMO_REST),
    Lane("match", _match, rest=DEMO_REST),
    Lane("tidy", _tidy, rest=TEND_EVERY),
    Lane("follow", _follow, rest=FOLLOW_REST, breath=FOLLOW_APART),
    Lane("review", _review, rest=REVIEW_EVERY),
    Lane("tags", _tag, rest=DEMO_REST),
    Lane("log", _log_in, rest=LOG_EVERY),
]
ANSWERING = ("follow",)
IN_ORDER = ("fold", "count", "tidy", "review", "match", "tags", "log")
"""Lanes that get processes of their own where the pages are served by this one: what answers to an event, and what only
brings records into order, which gives way to everything else. What people wait for stays beside the pages."""
_stop = threading.Event()
_threads: list[threading.Thread] = []
_apart: list[Apart] = []


def worker_name() -> str:
    """This worker's name in leases and journals: the same after a restart, so that it finds its own unfinished work."""
    return settings.SETPOINT_WORKER or os.uname().nodename


def start(names: Collection[str] = ()) -> None:
    """Start lanes in threads of this process: these, or all. Raises Invalid for a name that none has."""
    lanes = _named(names)
    _stop.clear()
    sys.setswitchinterval(SWITCH_SECONDS)
    if any(lane.name == "loop" for lane in lanes):
        scheduler.take_over(worker_name())
    for lane in lanes:
        thread = threading.Thread(target=lane.run, args=(_stop,), name=f"lane-{lane.name}", daemon=True)
        thread.start()
        _threads.append(thread)


def start_beside_pages() -> None:
    """Start all lanes where requests are answered too. In simulated time, which moves when all is done, in one process."""
    if settings.SETPOINT_SIMULATED:
        start()
        return
    start([lane.name for lane in LANES if lane.name not in {*ANSWERING, *IN_ORDER}])
    _apart.append(Apart(ANSWERING, f"{worker_name()}-apart"))
    _apart.append(Apart(IN_ORDER, f"{worker_name()}-order", gives_way=True))
    for each in _apart:
        each.start()


def _named(names: Collection[str]) -> list[Lane]:
    known = {lane.name: lane for lane in LANES}
    if strange := sorted(set(names) - known.keys()):
        raise Invalid(f"There is no lane named {strange[0]!r}.", remedy=f"Known: {', '.join(known)}.", field="lanes")
    return [lane for lane in LANES if not names or lane.name in names]


def stop(timeout: float = 10.0) -> None:
    """Ask all lanes to end and wait for the piece of work in hand."""
    _stop.set()
    wake()
    while _apart:
        _apart.pop().stop()
    for thread in _threads:
        thread.join(timeout)
    _threads.clear()


def wake() -> None:
    """End every lane's rest now."""
    for lane in LANES:
        lane.wake.set()


def run_forever(names: Collection[str] = ()) -> None:
    """Work until the process is told to stop."""
    start(names)
    keep_what_is_loaded()
    try:
        threading.Event().wait()
    finally:
        stop()


def next_due() -> datetime | None:
    """When the next send or the next turn of a loop is due; None when nothing is planned."""
    turn = scheduler.next_due()  # asked first: a turn that ends meanwhile has its sends in the ledger by then
    moments = [moment for moment in (turn, delivery.next_due()) if moment is not None]
    return min(moments, default=None)


def is_idle(now: datetime) -> bool:
    """Whether nothing is left to do at this moment: nothing due, nothing waiting to be folded or imported."""
    due = next_due()
    return (due is None or due > now) and events.is_idle() and not _working()


def wait_until_idle(seconds: float) -> bool:
    """Wait, at most so long, until nothing is left to do at this moment; whether it came to that."""
    until = time.monotonic() + seconds
    while not is_idle(clock.now()):
        left = until - time.monotonic()
        if left <= 0:
            return False
        with _rested:
            _rested.wait(min(left, REST_SECONDS))
    return True


def _working() -> bool:
    return any(lane.busy for lane in LANES if lane.name in {"send", "loop", "fold", "imports", "sources"})
