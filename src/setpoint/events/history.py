"""One customer's past from the lake: a time line page by page, and what it adds up to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _

from setpoint.customers.activity import NEVER, REACTIONS, last_done
from setpoint.customers.services import consent_history, ids_of
from setpoint.engine.session import among, connect
from setpoint.events.messages import EPOCH
from setpoint.kernel.errors import Invalid

FIRST = timedelta(days=90)
"""The first page looks this far back, from the last thing that the customer did."""
OLDER = "~"
"""The key of a place where a page was not full: what comes next is older than its moment."""
SHOWN_EVENTS = 50
MACHINE = r'"machine"\s*:\s*true'


@dataclass(frozen=True, slots=True)
class Moment:
    """Something of a customer's past: an event, or a change of consent (then `values` says which). `is_machine`: the
    classifier's word on an open or a click, None for anything else."""

    kind: str
    key: str
    at: datetime
    name: str
    type: str
    value: float | None
    values: Mapping[str, Any]
    is_machine: bool | None = None


@dataclass(frozen=True, slots=True)
class PastPage:
    """Moments, newest first; `next` is where older ones begin, None at the end."""

    items: list[Moment]
    next: str | None


@dataclass(frozen=True, slots=True)
class EventSum:
    """How often a customer did something, what it was worth, and when first and last."""

    event: str
    count: int
    value: float | None
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Looked:
    """What of a past is looked at. `kinds`: event, consent; none for both. `who`: "human" leaves out what machines
    did, "machine" leaves only that. `channel` leaves what has to do with it."""

    kinds: Sequence[str] = ()
    event: str = ""
    who: str = ""
    channel: str = ""
    since: datetime | None = None
    until: datetime | None = None


EVERYTHING = Looked()


def past(customer_id: int, *, now: datetime, before: str = "", look: Looked = EVERYTHING, limit: int = 50) -> PastPage:
    """A page of a customer's past behind the place `before`.

    Without `look.since` the first page may hold less than there is: it looks back no further than FIRST.
    """
    latest = look.until or now + timedelta(days=1)
    end, key = _place(before) if before else (latest, OLDER)
    is_first = not before and look.since is None
    start = _first_start(customer_id, min(latest, now)) if is_first else look.since
    found: list[Moment] = []
    if not look.kinds or "event" in look.kinds:
        found += _events(customer_id, (end, key), start, look, limit + 1)
    if (not look.kinds or "consent" in look.kinds) and not look.event and look.who != "machine":
        said = [one for one in _consents(customer_id) if look.channel in ("", one.values["channel"])]
        found += [one for one in said if one.at < end or (one.at == end and one.key > key)]
    if start:
        found = [one for one in found if one.at >= start]
    found.sort(key=lambda one: (-one.at.timestamp(), one.key))
    page = found[:limit]
    if len(found) > limit:
        return PastPage(page, f"{page[-1].at.isoformat()}|{page[-1].key}")
    return PastPage(page, f"{start.isoformat()}|{OLDER}" if start and is_first else None)


def sums(customer_id: int) -> list[EventSum]:
    """Every kind of event of a customer, the most frequent first."""
    with connect(settings.SETPOINT_LAKE, settings.SETPOINT_ENGINE) as session:
        events = session.recorded_events()
        own = events.filter(among(events.customer_id, ids_of(customer_id)), events.event != "")
        told = own.group_by("event").agg(n=own.count(), value=own.value.sum(), first=own.ts.min(), last=own.ts.max())
        rows = session.execute(told.order_by([told.n.desc(), told.event]).limit(SHOWN_EVENTS)).to_pylist()
    return [EventSum(r["event"], r["n"], r["value"], _aware(r["first"]), _aware(r["last"])) for r in rows]


def _first_start(customer_id: int, now: datetime) -> datetime:
    last = int(last_done(np.array([customer_id], dtype=np.int64))[0])
    active = EPOCH + timedelta(microseconds=last) if last != NEVER else now
    return min(active, now) - FIRST


def _events(
    customer_id: int, place: tuple[datetime, str], start: datetime | None, look: Looked, limit: int
) -> list[Moment]:
    last, key = place[0].replace(tzinfo=None), place[1]
    with connect(settings.SETPOINT_LAKE, settings.SETPOINT_ENGINE) as session:
        events = session.recorded_events()
        own = events.filter(among(events.customer_id, ids_of(customer_id)), events.day <= last.date())
        own = own.filter((own.ts < last) | ((own.ts == last) & (own.message_id > key)))
        if start is not None:
            own = own.filter(own.day >= start.date(), own.ts >= start.replace(tzinfo=None))
        own = _looked_at(own, look)
        rows = session.execute(own.order_by([own.ts.desc(), own.message_id]).limit(limit)).to_pylist()
    return [_moment(row) for row in rows]


def _looked_at(own: Any, look: Looked) -> Any:
    machine = own.properties.re_search(MACHINE)
    if look.event:
        own = own.filter(own.event == look.event)
    if look.who:
        own = own.filter(machine if look.who == "machine" else ~machine)
    if look.channel:
        told = own.properties.re_search(rf'"channel"\s*:\s*"{re.escape(look.channel)}"')
        own = own.filter(told | own.event.isin(REACTIONS) if look.channel == "email" else told)
    return own


def _moment(row: Mapping[str, Any]) -> Moment:
    values = msgspec.json.decode(row["properties"])
    machine = values.get("machine")
    return Moment(
        kind="event",
        key=row["message_id"],
        at=_aware(row["ts"]),
        name=row["event"],
        type=row["type"],
        value=row["value"],
        values=values,
        is_machine=machine if isinstance(machine, bool) else None,
    )


def _consents(customer_id: int) -> list[Moment]:
    return [
        Moment(
            kind="consent",
            key=f"consent:{change.pk}",
            at=change.at,
            name=f"{change.channel}/{change.purpose}",
            type=change.state,
            value=None,
            values={"channel": change.channel, "purpose": change.purpose, "source": change.source},
        )
        for change in consent_history(customer_id)
    ]


def _place(text: str) -> tuple[datetime, str]:
    moment, _bar, key = text.partition("|")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        raise Invalid(
            _("This is no place in the list."), remedy=_("Take `next` of a page, unchanged."), field="before"
        ) from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)), key


def _aware(naive: datetime) -> datetime:
    return naive.replace(tzinfo=UTC)
