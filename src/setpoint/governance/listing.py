"""Lists over HTTP: pages of short lists, and lists as CSV files that are streamed and audited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, StreamingHttpResponse

from setpoint.governance.audit import record_audit
from setpoint.governance.auth import actor_of
from setpoint.kernel.spreadsheet import csv_pieces


def page_of(rows: QuerySet[Any], *, after: int, limit: int) -> dict[str, Any]:
    """A page of a list that is short enough to be counted: `after` is the number of rows before the page."""
    total = rows.count()
    items: list[Model] = list(rows[after : after + limit])
    seen = after + len(items)
    return {"items": items, "next": seen if seen < total else None, "total": total}


def csv_file(
    request: HttpRequest, name: str, header: Sequence[str], rows: Iterable[Sequence[object]], *, now: datetime
) -> StreamingHttpResponse:
    """A list as a CSV file, row by row; the audit trail says who took it away."""
    with transaction.atomic():
        record_audit(actor_of(request), "exported", f"list:{name}", after={"query": request.GET.urlencode()}, now=now)
    answer = StreamingHttpResponse(in_pieces(request, csv_pieces(header, rows)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{now:%Y-%m-%d}.csv"'
    answer["Cache-Control"] = "no-store, private"
    return answer


def in_pieces(request: HttpRequest, pieces: Iterator[bytes]) -> Any:
    """The content of an answer that is made piece by piece, so that one of any length needs little memory."""
    return _one_by_one(pieces) if isinstance(request, ASGIRequest) else pieces


async def _one_by_one(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces made in the thread that may speak with the database; Django would else collect them all first."""
    while (piece := await sync_to_async(_next_of, thread_sensitive=True)(pieces)) is not None:
        yield piece


def _next_of(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)
