"""Members of a segment as they were at a moment, kept: they do not follow the rule any more."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from django.db import transaction
from django.utils.translation import gettext as _

from setpoint.governance.acting import needs
from setpoint.governance.services import record_audit
from setpoint.kernel.errors import Conflict, Invalid, NotFound
from setpoint.segments.models import Segment, Snapshot
from setpoint.segments.tree import leaves, parse_tree
from setpoint.segments.types import InSnapshot, SnapshotView

Ids = npt.NDArray[np.int64]
SNAPSHOTS = pa.schema([("snapshot", pa.int64()), ("customer_id", pa.int64())])
_MOST_NAME = 120


@needs("segments:write")
@transaction.atomic
def keep_snapshot(segment_id: int, name: str, ids: Ids, *, now: datetime, actor: str = "system") -> SnapshotView:
    """Keep these ids, ascending, as the segment's members of `now`."""
    segment = Segment.objects.filter(pk=segment_id).first()
    if segment is None:
        raise NotFound(
            _("There is no segment %(id)s.") % {"id": segment_id},
            remedy=_("List the segments to see which there are."),
        )
    kept = (name.strip() or f"{segment.name} {now:%Y-%m-%d}")[:_MOST_NAME]
    if not kept.isprintable():
        raise Invalid(
            _("A snapshot's name has 1 to 120 printable characters."), remedy=_("Write such a name."), field="name"
        )
    made = Snapshot.objects.create(segment=segment, name=kept, taken_at=now, size=len(ids), members=_packed(ids))
    record_audit(actor, "created", f"snapshot:{made.pk}", after={"segment": segment_id, "size": len(ids)}, now=now)
    return view_of(made)


@needs("segments:write")
@transaction.atomic
def delete_snapshot(snapshot_id: int, *, now: datetime, actor: str = "system") -> None:
    """Forget a snapshot. Raises NotFound, and Conflict while a segment names it."""
    row = _row(snapshot_id)
    users = [each.name for each in Segment.objects.order_by("name") if snapshot_id in _named(each)]
    if users:
        raise Conflict(
            _("These segments read it: %(names)s.") % {"names": ", ".join(users)},
            remedy=_("Take the condition out of them first."),
        )
    record_audit(actor, "deleted", f"snapshot:{row.pk}", before={"name": row.name, "size": row.size}, now=now)
    row.delete()


def list_snapshots(segment_id: int | None = None) -> list[SnapshotView]:
    """All snapshots (of one segment), the newest first."""
    rows = Snapshot.objects.defer("members")
    return [view_of(row) for row in (rows if segment_id is None else rows.filter(segment_id=segment_id))]


def snapshot_members(snapshot_id: int) -> Ids:
    """The ids that were kept, ascending; some may be of customers who were merged or removed since."""
    return _unpacked(bytes(_row(snapshot_id).members))


def snapshot_frame(ids: Sequence[int]) -> pa.Table:
    """Members of some snapshots as `SNAPSHOTS`."""
    kept = {row.pk: _unpacked(bytes(row.members)) for row in Snapshot.objects.filter(pk__in=ids)}
    pieces = [pa.table([pa.repeat(pk, len(who)).cast(pa.int64()), who], schema=SNAPSHOTS) for pk, who in kept.items()]
    return pa.concat_tables([SNAPSHOTS.empty_table(), *pieces])


def holding(customer_ids: Sequence[int], snapshots: Sequence[int]) -> frozenset[int]:
    """Which of some snapshots hold one of these ids."""
    rows = Snapshot.objects.filter(pk__in=snapshots)
    return frozenset(row.pk for row in rows if np.isin(customer_ids, _unpacked(bytes(row.members))).any())


def view_of(row: Snapshot) -> SnapshotView:
    """The frozen view of a row."""
    return SnapshotView(row.pk, row.segment_id, row.name, row.taken_at, row.size)


def _row(snapshot_id: int) -> Snapshot:
    row = Snapshot.objects.filter(pk=snapshot_id).first()
    if row is None:
        raise NotFound(
            _("There is no snapshot %(id)s.") % {"id": snapshot_id},
            remedy=_("Look at the segment's snapshots to see which there are."),
        )
    return row


def _named(segment: Segment) -> set[int]:
    return {leaf.id for leaf in leaves(parse_tree(segment.tree)) if isinstance(leaf, InSnapshot)}


def _packed(ids: Ids) -> bytes:
    """Differences of ascending ids, compressed: a million take about a megabyte."""
    return zlib.compress(np.diff(ids, prepend=0).astype("<i8").tobytes())


def _unpacked(packed: bytes) -> Ids:
    return np.cumsum(np.frombuffer(zlib.decompress(packed), dtype="<i8"))
