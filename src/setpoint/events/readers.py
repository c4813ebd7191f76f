"""Readers of the inbox: those who take accepted messages in order, ahead of the lake, each with a durable cursor.

A reader moves its cursor in the same transaction as what it makes of the messages, so each message takes effect exactly
once whatever dies when. While a reader is alive, folding waits for it: what it has not read stays whole. A reader that
said nothing for `ALIVE_SECONDS` is waited for no more; what it missed by that is told to it (`Portion.missed`).

Ids are given when a row is written, not when it is committed: on PostgreSQL a lower id can appear after a higher one.
So ids that were jumped over are remembered for `GAP_SECONDS`, longer than any writer's transaction, and looked for.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from django.db import connection
from django.db.models import Max, Min, Q

from setpoint.customers.asking import ask, moment_of
from setpoint.customers.bulk import among
from setpoint.customers.identity.joining import note_seen
from setpoint.customers.locks import exclusive
from setpoint.customers.models import Identity
from setpoint.events import resolving
from setpoint.events.messages import Stored, decode_stored
from setpoint.events.models import Fold, Inbox, Reader
from setpoint.kernel.errors import Conflict

ALIVE_SECONDS = 30.0
GAP_SECONDS = 30.0
MOST_GAPS = 5_000
UNPLACED = -1
FOLDING = "inbox-fold"
Gap: TypeAlias = "tuple[int, float]"


@dataclass(frozen=True, slots=True)
class Accepted:
    """One accepted message. `is_news`: it says something of the customer beyond an event, or brought a new one."""

    id: int
    message_id: str
    received_at: datetime
    customer_id: int
    message: Stored
    is_news: bool


class Portion(NamedTuple):
    """The next messages of a reader, in order, and where its cursor is to stand after them. `missed`: how many were
    folded before the reader came to them; `behind`: how many more wait."""

    reader: str
    since: int
    upto: int
    gaps: tuple[Gap, ...]
    messages: tuple[Accepted, ...]
    missed: int
    behind: int


class Look(NamedTuple):
    """Where a reader stands, and the highest id that was accepted."""

    position: int
    gaps: tuple[Gap, ...]
    alive_at: float
    newest: int

    @property
    def is_placed(self) -> bool:
        """Whether it stands anywhere yet."""
        return self.position != UNPLACED

    @property
    def has_news(self) -> bool:
        """Whether there may be messages that it has not read."""
        return not self.is_placed or self.newest > self.position or bool(self.gaps)


class _Waiting(NamedTuple):
    id: int
    message_id: str
    received_at: datetime
    customer_id: int | None
    message: Stored


def open_reader(name: str) -> None:
    """Let there be a reader, to be placed at its first turn; one that is there goes on where it stands."""
    Reader.objects.get_or_create(name=name, defaults={"position": UNPLACED, "alive_at": 0.0})


def close_reader(name: str) -> None:
    """Read no more; nothing waits for this reader then."""
    Reader.objects.filter(name=name).delete()


def look(name: str) -> Look | None:
    """Where a reader stands; None when there is none. One short statement: it is asked a hundred times a second."""
    reader, inbox = Reader._meta.db_table, Inbox._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT position, gaps, alive_at, (SELECT max(id) FROM {inbox}) FROM {reader} WHERE name = %s",  # noqa: S608
            [name],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    gaps = json.loads(row[1]) if isinstance(row[1], str) else row[1]
    return Look(row[0], tuple((pk, at) for pk, at in gaps), row[2], row[3] or 0)


def place(name: str, *, most: int) -> bool:
    """Put a reader before all that is not in the lake; whether it stands there.

    Not while a batch is being folded, nor while more than `most` messages wait: folding is faster than reading.
    """
    with exclusive(FOLDING) as mine:
        start = not_in_lake_after()
        if not mine or newest() - start > most:
            return False
        return bool(Reader.objects.filter(name=name).update(position=start, gaps=[], alive_at=time.time()))


def displace(name: str) -> None:
    """Leave out what waits; nothing waits for this reader until it is placed again."""
    Reader.objects.filter(name=name).update(position=UNPLACED, gaps=[], alive_at=0.0)


def newest() -> int:
    """The highest id that was accepted; 0 before the first."""
    return Inbox.objects.aggregate(last=Max("id"))["last"] or 0


def position(name: str) -> int:
    """The id up to which a reader has read."""
    return Reader.objects.values_list("position", flat=True).get(name=name)


def keep_alive(name: str, standing: Look) -> None:
    """Say that the reader is at work, where it has not said so of late."""
    now = time.time()
    if standing.alive_at < now - ALIVE_SECONDS / 10:
        Reader.objects.filter(name=name).update(alive_at=now)


def has_living() -> bool:
    """Whether there is a reader at work, so that the lake need not follow every moment."""
    return Reader.objects.filter(alive_at__gte=time.time() - ALIVE_SECONDS).exists()


def read_on(name: str, *, limit: int, now: datetime) -> Portion:
    """The next messages, their customers found or made. No two of a portion restate the same person, so that where a
    portion ends makes no difference to what comes of its messages."""
    since, gaps, _alive_at, last = look(name) or Look(UNPLACED, (), 0.0, 0)
    found = _after(since, gaps, limit)
    whole = [
        _Waiting(pk, key, moment_of(at), owner, decode_stored(bytes(payload)))
        for pk, key, at, owner, payload in found
        if payload is not None
    ]
    kept = _untangled(whole)
    read = [row[0] for row in found if len(kept) == len(whole) or row[0] <= kept[-1].id]
    upto = max([since, *read])
    gaps = tuple(_gaps(gaps, since, upto, set(read)))
    return Portion(
        name, since, upto, gaps, _accepted(kept, now=now), missed=len(read) - len(kept), behind=max(0, last - upto)
    )


def _after(since: int, gaps: Sequence[Gap], limit: int) -> list[tuple[Any, ...]]:
    """Rows above an id, and those of the gaps that have come since."""
    sql = "SELECT id, message_id, received_at, customer_id, payload FROM {inbox} WHERE "
    end = " ORDER BY id LIMIT %s"
    if not gaps:
        return ask(f"{sql} id > %s {end}", since, limit, inbox=Inbox)
    return ask(f"{sql} (id > %s OR id IN %s) {end}", since, [pk for pk, _at in gaps], limit, inbox=Inbox)


def move_on(portion: Portion) -> None:
    """Move the cursor past a portion; to be called in the transaction that writes what came of it. Raises Conflict
    when somebody else has moved it meanwhile."""
    told = portion.upto, json.dumps(portion.gaps), time.time(), portion.reader, portion.since
    with connection.cursor() as cursor:
        table = Reader._meta.db_table
        cursor.execute(
            f"UPDATE {table} SET position = %s, gaps = %s, alive_at = %s WHERE name = %s AND position = %s",  # noqa: S608
            told,
        )
        moved = cursor.rowcount
    if not moved:
        raise Conflict("Another process has read on.", remedy="Nothing is to be done: it has written what came of it.")
    _name_owners([(row.customer_id, row.id) for row in portion.messages])


def _name_owners(owners: Sequence[tuple[int, int]]) -> None:
    """Write whose each message is, so that folding need not find it out again."""
    table = Inbox._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"UPDATE {table} SET customer_id = told.owner FROM unnest(%s::bigint[], %s::bigint[])"  # noqa: S608
                f" AS told(owner, id) WHERE {table}.id = told.id",
                [list(column) for column in zip(*owners, strict=True)] or [[], []],
            )
        else:
            cursor.executemany(f"UPDATE {table} SET customer_id = %s WHERE id = %s", list(owners))  # noqa: S608


def not_in_lake_after() -> int:
    """An id above which there may be messages that are not in the lake yet; all up to it are."""
    waiting = Inbox.objects.filter(batch=None).aggregate(first=Min("id"))["first"]
    folding = Inbox.objects.filter(batch__in=Fold.objects.filter(closed_at=None).values("number"))
    first = [pk for pk in (waiting, folding.aggregate(first=Min("id"))["first"]) if pk is not None]
    return min(first) - 1 if first else newest()


def customers_since(row_id: int) -> set[int]:
    """Who is named by messages above an id: as a reader found it, or by their keys where none has come to them yet."""
    rows = Inbox.objects.filter(pk__gt=row_id)
    found = {owner for owner in rows.values_list("customer_id", flat=True) if owner is not None}
    unread = rows.filter(customer_id=None, payload__isnull=False).values_list("payload", flat=True)
    values = {value for payload in unread.iterator() for value in _values(decode_stored(bytes(payload or b"")))}
    named = Identity.objects.filter(value__in=among(values)) if values else Identity.objects.none()
    return found.union(named.values_list("customer_id", flat=True))


def unfolded(upto: int) -> list[tuple[str, int, Stored]]:
    """What is not in the lake yet of the messages up to an id: message id, customer, message."""
    rows = Inbox.objects.filter(pk__lte=upto, payload__isnull=False, customer_id__isnull=False)
    rows = rows.filter(pk__gt=not_in_lake_after())
    found = rows.order_by("id").values_list("message_id", "customer_id", "payload")
    return [(key, owner or 0, decode_stored(bytes(payload or b""))) for key, owner, payload in found]


def may_fold() -> Q:
    """Which waiting rows may be folded: those that every living reader has passed."""
    allowed = Q(batch=None)
    living = Reader.objects.filter(alive_at__gte=time.time() - ALIVE_SECONDS)
    for last, gaps in living.values_list("position", "gaps"):
        allowed &= Q(pk__lte=last)
        if gaps:
            allowed &= ~Q(pk__in=among(pk for pk, _at in gaps))
    return allowed


def _untangled(rows: Sequence[_Waiting]) -> list[_Waiting]:
    """The first rows of which none restates a person whom another one names."""
    named: set[str] = set()
    restated: set[str] = set()
    kept: list[_Waiting] = []
    for row in rows:
        keys = _keys(row)
        if keys & restated or (_restates(row) and keys & named):
            break
        named |= keys
        if _restates(row):
            restated |= keys
        kept.append(row)
    return kept


def _values(message: Stored) -> set[str]:
    """The values of all keys by which a message names people."""
    keys = (message.user_id, message.anonymous_id, message.previous_id, *message.keys.values())
    return {key for key in keys if key}


def _keys(row: _Waiting) -> set[str]:
    told = row.message
    keys = [told.user_id and f"u:{told.user_id}", told.anonymous_id and f"a:{told.anonymous_id}"]
    keys += [told.previous_id and f"a:{told.previous_id}", f"c:{row.customer_id}" if row.customer_id else None]
    return {key for key in keys if key} | {f"{kind}:{value}" for kind, value in told.keys.items()}


def _restates(row: _Waiting) -> bool:
    return row.customer_id is None and not _is_plain(row.message)


def _is_plain(message: Stored) -> bool:
    one = (message.user_id is None) != (message.anonymous_id is None) and not message.keys
    return one and message.type in ("track", "page", "screen")


def _accepted(rows: Sequence[_Waiting], *, now: datetime) -> tuple[Accepted, ...]:
    known = _known([row.message for row in rows if row.customer_id is None and _is_plain(row.message)], now=now)
    owners = [row.customer_id or (known.get(_name(row.message)) if _is_plain(row.message) else None) for row in rows]
    strangers = iter(
        resolving.resolve([row.message for row, owner in zip(rows, owners, strict=True) if not owner], now=now)
    )
    return tuple(
        Accepted(row.id, row.message_id, row.received_at, owner or next(strangers), row.message, owner is None)
        for row, owner in zip(rows, owners, strict=True)
    )


def _known(messages: Sequence[Stored], *, now: datetime) -> dict[tuple[str, str], int]:
    """Whose these single keys are, as far as anybody has them; that they were seen is noted once a day."""
    names = {_name(message) for message in messages}
    if not names:
        return {}
    sql = "SELECT kind, value, customer_id, last_at FROM {identities} WHERE value IN %s"
    rows = ask(sql, {value for _kind, value in names}, identities=Identity)
    found = [row for row in rows if row[:2] in names]
    unseen = [(kind, value) for kind, value, _owner, at in found if at is None or at.date() < now.date()]
    note_seen(unseen, now=now)
    return {(kind, value): owner for kind, value, owner, _at in found}


def _name(message: Stored) -> tuple[str, str]:
    return ("user_id", message.user_id) if message.user_id else ("anonymous_id", message.anonymous_id or "")


def _gaps(old: Sequence[Gap], since: int, upto: int, read: set[int]) -> list[Gap]:
    """Ids that were jumped over and may still appear."""
    at = time.time()
    kept = [(pk, seen) for pk, seen in old if pk not in read and seen > at - GAP_SECONDS]
    jumped = [pk for pk in range(max(since + 1, upto - MOST_GAPS), upto + 1) if pk not in read]
    return [*kept, *((pk, at) for pk in jumped)][-MOST_GAPS:]
