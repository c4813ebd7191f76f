"""Trees in which nothing stands for another tree: segments put in place of their names, messages as their events."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from setpoint.kernel.errors import Conflict, Invalid
from setpoint.segments.models import Segment, Snapshot
from setpoint.segments.tree import leaves, mapped, parse_tree
from setpoint.segments.types import (
    All,
    AnyOf,
    Campaigned,
    Filter,
    InSegment,
    InSnapshot,
    Leaf,
    Node,
    Not,
    Performed,
    Property,
)

MAX_RESOLVED = 2_000
SENT, OPENED, CLICKED = "Message Sent", "Email Opened", "Email Link Clicked"
"""What the ledger and the tracking of messages tell the event stream."""


def resolved(node: Node) -> Node:
    """The tree with each segment replaced by its own tree, and what happened to messages by conditions of events.

    Raises Conflict where a segment is gone, contains itself, or all of it together has more than 2,000 conditions.
    """
    return _Resolver().put_in(node, ())


def check_references(node: Node, own_id: int | None = None) -> None:
    """Refuse a tree that names what does not exist, or that would make the segment `own_id` contain itself."""
    _check_known(node)
    if own_id is not None:
        path = _path_to(node, own_id, frozenset())
        if path is not None:
            names = dict(Segment.objects.filter(pk__in=[own_id, *path]).values_list("pk", "name"))
            told = " → ".join(names.get(one, str(one)) for one in (own_id, *path))
            raise Invalid(
                _("This segment would contain itself: %(path)s.") % {"path": told},
                remedy=_("Take one of these out of the other, or copy its conditions."),
                field="tree",
            )
    resolved(node)


def notes(node: Node) -> list[str]:
    """What somebody should know of a tree before they use it: which of the segments that it reads are archived."""
    names = Segment.objects.filter(pk__in=_all_referred(node), archived_at__isnull=False).order_by("name")
    return [
        _("The segment “%(name)s” is archived. It is still read; bring it back or replace it.") % {"name": name}
        for name in names.values_list("name", flat=True)
    ]


def users_of(segment_id: int) -> list[str]:
    """The names of segments whose trees name this one."""
    return [row.name for row in Segment.objects.order_by("name") if segment_id in referred(parse_tree(row.tree))]


def referred(node: Node) -> set[int]:
    """The segments that a tree names itself."""
    return {leaf.id for leaf in leaves(node) if isinstance(leaf, InSegment)}


class _Resolver:
    def __init__(self) -> None:
        self._seen = 0

    def put_in(self, node: Node, inside: Sequence[int]) -> Node:
        return mapped(node, lambda leaf: self._leaf(leaf, inside))

    def _leaf(self, leaf: Leaf, inside: Sequence[int]) -> Node:
        self._seen += 1
        if self._seen > MAX_RESOLVED:
            raise Conflict(
                _("With the segments inside it, this has more than %(most)s conditions.") % {"most": MAX_RESOLVED},
                remedy=_("Name fewer segments, or take a snapshot of one and name that."),
            )
        if isinstance(leaf, InSegment):
            return self.put_in(_tree_of(leaf.id, inside), (*inside, leaf.id))
        return _of_messages(leaf) if isinstance(leaf, Campaigned) else leaf


def _tree_of(segment_id: int, inside: Sequence[int]) -> Node:
    row = Segment.objects.filter(pk=segment_id).first()
    if row is None:
        raise Conflict(
            _("It names the segment %(id)s, which is gone.") % {"id": segment_id},
            remedy=_("Take that condition out, or choose another segment."),
        )
    if segment_id in inside:
        raise Conflict(
            _("The segment “%(name)s” contains itself.") % {"name": row.name},
            remedy=_("Open it and take out the condition that leads back to it."),
        )
    return parse_tree(row.tree)


def _of_messages(leaf: Campaigned) -> Node:
    match leaf.did:
        case "sent":
            told = {"channel": leaf.channel, "variant": leaf.variant, "offer": leaf.offer}
            more = [Property(name, "=", value) for name, value in told.items() if value is not None]
            return Performed(SENT, window=leaf.window, where=All((_of_campaign(leaf.campaign), *more)))
        case "opened":
            return _hit(OPENED, leaf)
        case "clicked":
            return _hit(CLICKED, leaf)
        case "responded":
            return AnyOf((_hit(OPENED, leaf), _hit(CLICKED, leaf)))
        case _:
            return leaf


def _hit(event: str, leaf: Campaigned) -> Node:
    by_person: Filter = Not(Property("machine", "=", True))
    return Performed(event, window=leaf.window, where=All((_of_campaign(leaf.campaign), by_person)))


def _of_campaign(campaign: int | None) -> Filter:
    if campaign is None:
        return Property("source", "contains", "campaign:")
    return Property("source", "=", f"campaign:{campaign}")


def _check_known(node: Node) -> None:
    wanted, kept = referred(node), {leaf.id for leaf in leaves(node) if isinstance(leaf, InSnapshot)}
    missing = wanted - set(Segment.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    if missing:
        raise Invalid(
            _("There is no segment %(id)s.") % {"id": min(missing)},
            remedy=_("List the segments to see which there are."),
            field="tree",
        )
    gone = kept - set(Snapshot.objects.filter(pk__in=kept).values_list("pk", flat=True))
    if gone:
        raise Invalid(
            _("There is no snapshot %(id)s.") % {"id": min(gone)},
            remedy=_("Look at the segment's snapshots to see which there are."),
            field="tree",
        )


def _path_to(node: Node, wanted: int, seen: frozenset[int]) -> tuple[int, ...] | None:
    """The segments from a tree down to a wanted one; None where it is not in it."""
    for one in sorted(referred(node) - seen):
        if one == wanted:
            return (one,)
        row = Segment.objects.filter(pk=one).first()
        further = None if row is None else _path_to(parse_tree(row.tree), wanted, seen | {one})
        if further is not None:
            return (one, *further)
    return None


def _all_referred(node: Node) -> set[int]:
    found: set[int] = set()
    ahead = referred(node)
    while ahead:
        found |= ahead
        rows = Segment.objects.filter(pk__in=ahead)
        ahead = set().union(*(referred(parse_tree(row.tree)) for row in rows)) - found
    return found
