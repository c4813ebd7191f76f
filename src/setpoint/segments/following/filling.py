"""Beginning to follow a segment: the past events that its conditions count, and who is in it now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from django.conf import settings
from django.db import transaction

from setpoint.customers.bulk import among, write_rows
from setpoint.engine.session import Session, connect
from setpoint.events import readers
from setpoint.kernel.clock import micros
from setpoint.segments import services as segments
from setpoint.segments.following import carrying, facts
from setpoint.segments.following.models import Change, Followed, Kept, Member
from setpoint.segments.following.planning import Rule, plan_of, rule_of, windows
from setpoint.segments.following.types import Cause, Reason

READER = "segments"
MOST_KEPT = 2_000_000
"""Past events that may be kept for one segment; one that asks for more is reviewed only."""
_PIECE = 20_000
Ids: TypeAlias = "npt.NDArray[np.int64]"
Row: TypeAlias = "tuple[str, int, str, int, float | None, str]"


def fill(followed: Followed, *, now: datetime) -> None:
    """Make a segment's kept events and members what they are now. Safe to repeat after any stop: the segment counts
    as filled in the transaction that writes its members."""
    rule = rule_of(followed.pk, followed.segment.tree)
    reason = _why_not_live(rule, now=now)
    if not reason:
        _keep_past(rule, now=now)
    found = set(segments.members(rule.node, as_of=now).tolist())
    if not reason:
        found = _with_unfolded(rule, found, now=now)
    cause: Cause | None = None if followed.version == 0 else _cause(followed)
    with transaction.atomic():
        become(followed.pk, found, cause=cause, now=now)
        mode = Followed.Mode.REVIEWED if reason else Followed.Mode.LIVE
        Followed.objects.filter(pk=followed.pk).update(
            mode=mode, reason=reason, version=followed.segment.version, reviewed_at=now
        )
        carrying.look_soon(followed.pk, now=now)


def keep_rows(rows: Sequence[Row]) -> None:
    """Keep events; one that is kept already stays as it is."""
    names = ("message_id", "customer_id", "event", "ts", "value", "properties")
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    write_rows(Kept, columns, unique=["message_id"])


def read_past(session: Session, rule: Rule, *, now: datetime, customer_ids: Iterable[int] | None = None) -> Any:
    """The lake's events that a rule counts, of everybody or of some (by all ids that mean them), as an expression."""
    events = session.events() if customer_ids is None else session.recorded_events()
    wanted = None
    for name, window in windows([rule.node]).items():
        counted = events.event == name
        if window is not None:
            start = (now - window).replace(tzinfo=None)
            counted &= (events.ts >= start) & (events.day >= start.date())
        wanted = counted if wanted is None else wanted | counted
    found = events.filter(wanted)
    return found if customer_ids is None else found.filter(found.customer_id.isin(sorted(customer_ids)))


def rows_of(table: pa.Table) -> Iterator[list[Row]]:
    """Rows of the lake in pieces, as they are kept."""
    kept = table.select(["message_id", "customer_id", "event", "ts", "value", "properties"])
    kept = kept.set_column(3, "ts", kept["ts"].cast(pa.int64()))
    for piece in kept.to_batches(max_chunksize=_PIECE):
        yield list(zip(*(column.to_pylist() for column in piece.columns), strict=True))


def become(segment_id: int, found: set[int], *, cause: Cause | None, now: datetime) -> None:
    """Make these the members; with a cause, who came and who went is recorded."""
    before = set(Member.objects.filter(followed_id=segment_id).values_list("customer_id", flat=True))
    came, went = sorted(found - before), sorted(before - found)
    if cause:
        write_rows(Change, _changes(segment_id, came, went, cause, now))
    write_rows(Member, {"followed_id": [segment_id] * len(came), "customer_id": came})
    if went:
        Member.objects.filter(followed_id=segment_id, customer_id__in=among(went)).delete()


def _changes(
    segment_id: int, came: Sequence[int], went: Sequence[int], cause: Cause, now: datetime
) -> dict[str, Sequence[object]]:
    count = len(came) + len(went)
    return {
        "followed_id": [segment_id] * count,
        "customer_id": [*came, *went],
        "entered": [True] * len(came) + [False] * len(went),
        "at": [now] * count,
        "cause": [cause] * count,
        "message_id": [""] * count,
        "event": [""] * count,
    }


def _cause(followed: Followed) -> Cause:
    return "edit" if followed.version != followed.segment.version else "correction"


def _why_not_live(rule: Rule, *, now: datetime) -> Reason:
    if not rule.is_live:
        return "condition"
    if not rule.events:
        return ""
    with connect(settings.SETPOINT_LAKE, settings.SETPOINT_ENGINE) as session:
        counted = session.execute(read_past(session, rule, now=now).count().name("n").as_table())
    return "events" if counted["n"][0].as_py() > MOST_KEPT else ""


def _keep_past(rule: Rule, *, now: datetime) -> None:
    """What is not in the lake yet is read first: what moves there meanwhile is met twice, and kept once."""
    if not rule.events:
        return
    waiting = readers.unfolded(readers.position(READER))
    keep_rows(
        [
            (key, customer, told.event, told.ts, told.value, bytes(told.properties).decode())
            for key, customer, told in waiting
            if told.event in rule.events
        ]
    )
    with connect(settings.SETPOINT_LAKE, settings.SETPOINT_ENGINE) as session:
        past = session.execute(read_past(session, rule, now=now))
    for piece in rows_of(past):
        keep_rows(piece)


def _with_unfolded(rule: Rule, found: set[int], *, now: datetime) -> set[int]:
    """Members by all data, and by the live reading where somebody's last messages are not in the lake yet."""
    people = {customer for _key, customer, _told in readers.unfolded(readers.position(READER))}
    known = facts.known(people, plan_of([rule]))
    return (found - people) | {pk for pk in people if known[pk].is_in(rule, now=now)}


def forget_old(*, now: datetime) -> int:
    """Let go of kept events that no followed segment counts any more; returns how many."""
    rows = Followed.objects.exclude(mode=Followed.Mode.REVIEWED).values_list("pk", "segment__tree")
    counted = windows(rule_of(pk, tree).node for pk, tree in rows)
    gone = Kept.objects.exclude(event__in=list(counted)).delete()[0]
    for name, window in counted.items():
        if window is not None:
            before = micros(now - window)
            gone += Kept.objects.filter(event=name, ts__lt=before).delete()[0]
    return gone
