"""Segments under their names: kept, changed, put away, copied."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from setpoint.governance.acting import needs
from setpoint.governance.services import record_audit
from setpoint.governance.versions import refuse_stale
from setpoint.kernel.errors import Conflict, Invalid, NotFound
from setpoint.segments.models import Segment
from setpoint.segments.resolving import check_references, users_of
from setpoint.segments.tree import parse_tree, to_json
from setpoint.segments.types import Node, SegmentQuery, SegmentView

Tree: TypeAlias = "Node | Mapping[str, Any]"
_MOST_DESCRIPTION = 1000


@needs("segments:write")
@transaction.atomic
def define_segment(
    name: str, tree: Tree, *, now: datetime, description: str = "", actor: str = "system"
) -> SegmentView:
    """Keep a tree under a name. Raises Invalid for a bad name or tree, Conflict when the name is taken."""
    segment = Segment(
        name=_checked_name(name),
        description=_checked_description(description),
        tree=_as_json(tree, None),
        created_at=now,
        updated_at=now,
    )
    _save(segment)
    record_audit(actor, "created", _subject(segment), after=_shown(segment), now=now)
    return view_of(segment)


@needs("segments:write")
@transaction.atomic
def update_segment(
    segment_id: int,
    *,
    now: datetime,
    name: str | None = None,
    tree: Tree | None = None,
    description: str | None = None,
    seen: int | None = None,
    actor: str = "system",
) -> SegmentView:
    """Give a segment another name, description or tree. Raises as `define_segment`, and NotFound.

    `seen` is the version that the person worked on; Conflict when it was changed meanwhile.
    """
    segment = _locked(segment_id)
    refuse_stale(_subject(segment), seen=seen, current=segment.version)
    before = _shown(segment)
    segment.name = segment.name if name is None else _checked_name(name)
    segment.description = segment.description if description is None else _checked_description(description)
    segment.tree = segment.tree if tree is None else _as_json(tree, segment_id)
    segment.version, segment.updated_at = segment.version + 1, now
    _save(segment)
    after = {key: value for key, value in _shown(segment).items() if value != before[key]}
    record_audit(actor, "changed", _subject(segment), before={key: before[key] for key in after}, after=after, now=now)
    return view_of(segment)


@needs("segments:write")
@transaction.atomic
def archive_segment(segment_id: int, *, archived: bool, now: datetime, actor: str = "system") -> SegmentView:
    """Put a segment away, or bring it back."""
    segment = _locked(segment_id)
    if (segment.archived_at is not None) != archived:
        segment.archived_at, segment.updated_at = now if archived else None, now
        segment.version += 1
        segment.save(update_fields=["archived_at", "updated_at", "version"])
        verb = "archived" if archived else "restored"
        record_audit(actor, verb, _subject(segment), after={"version": segment.version}, now=now)
    return view_of(segment)


@needs("segments:write")
def duplicate_segment(segment_id: int, *, now: datetime, actor: str = "system") -> SegmentView:
    """A copy under a name of its own, to change without touching the first."""
    source = _row(segment_id)
    return define_segment(_free_name(source.name), source.tree, now=now, description=source.description, actor=actor)


@needs("segments:write")
@transaction.atomic
def delete_segment(segment_id: int, *, now: datetime, actor: str = "system") -> None:
    """Forget a segment; its snapshots stay. Raises Conflict while another segment names it."""
    segment = _locked(segment_id)
    if users := users_of(segment_id):
        raise Conflict(
            _("These segments read it: %(names)s.") % {"names": ", ".join(users)},
            remedy=_("Take the condition out of them first."),
        )
    record_audit(actor, "deleted", _subject(segment), before=_shown(segment), now=now)
    segment.delete()


def find_segment(segment_id: int) -> SegmentView:
    """The segment of that id; NotFound when there is none."""
    return view_of(_row(segment_id))


def find_segments(query: SegmentQuery) -> QuerySet[Segment]:
    """Segments by what is asked."""
    rows = Segment.objects.filter(archived_at__isnull=not query.archived)
    if query.q:
        rows = rows.filter(name__icontains=query.q)
    return rows.order_by(*{"newest": ("-id",), "oldest": ("id",), "name": ("name", "id")}[query.sort])


def list_segments(*, limit: int = 100, offset: int = 0) -> list[SegmentView]:
    """Segments that are not archived, by name."""
    return [view_of(segment) for segment in find_segments(SegmentQuery())[offset : offset + limit]]


def view_of(segment: Segment) -> SegmentView:
    """The frozen view of a row."""
    return SegmentView(
        segment.id,
        segment.name,
        parse_tree(segment.tree),
        segment.created_at,
        segment.updated_at,
        segment.description,
        segment.version,
        segment.archived_at,
    )


def _row(segment_id: int) -> Segment:
    segment = Segment.objects.filter(pk=segment_id).first()
    if segment is None:
        raise _not_found(segment_id)
    return segment


def _locked(segment_id: int) -> Segment:
    segment = Segment.objects.select_for_update().filter(pk=segment_id).first()
    if segment is None:
        raise _not_found(segment_id)
    return segment


def _save(segment: Segment) -> None:
    try:
        with transaction.atomic():
            segment.save()
    except IntegrityError:
        raise Conflict(
            _("There is already a segment named %(name)s.") % {"name": segment.name},
            remedy=_("Choose another name, or change that segment."),
            field="name",
        ) from None


def _shown(segment: Segment) -> dict[str, Any]:
    return {
        "name": segment.name,
        "description": segment.description,
        "tree": segment.tree,
        "version": segment.version,
    }


def _subject(segment: Segment) -> str:
    return f"segment:{segment.pk}"


def _as_json(tree: Tree, own_id: int | None) -> dict[str, Any]:
    node = parse_tree(tree) if isinstance(tree, Mapping) else tree
    check_references(node, own_id)
    return to_json(node)


def _free_name(name: str) -> str:
    taken = set(Segment.objects.filter(name__startswith=name[:100]).values_list("name", flat=True))
    candidates = (
        f"{name[:100]} ({_('copy') if n == 1 else _('copy %(number)s') % {'number': n}})" for n in range(1, 10**6)
    )
    return next(one for one in candidates if one not in taken)


def _checked_name(name: str) -> str:
    kept = name.strip()
    if not 1 <= len(kept) <= 120 or not kept.isprintable():
        raise Invalid(
            _("A segment's name has 1 to 120 printable characters."), remedy=_("Write such a name."), field="name"
        )
    return kept


def _checked_description(text: str) -> str:
    if len(text) > _MOST_DESCRIPTION or "\0" in text:
        raise Invalid(
            _("A description has at most 1000 characters."), remedy=_("Write a shorter one."), field="description"
        )
    return text.strip()


def _not_found(segment_id: int) -> NotFound:
    return NotFound(
        _("There is no segment %(id)s.") % {"id": segment_id}, remedy=_("List the segments to see which there are.")
    )
