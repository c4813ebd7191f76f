"""Customers as a list shows them: a name, addresses, some traits, what they allow, when they last did something."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from setpoint.customers.activity import NEVER, last_done
from setpoint.customers.bulk import among
from setpoint.customers.models import Consent, Suppression
from setpoint.customers.naming import shown_name
from setpoint.customers.services import views
from setpoint.customers.types import CHANNEL_IDENTITY

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Said:
    """What a customer last said for a channel and a purpose."""

    channel: str
    purpose: str
    state: str


@dataclass(frozen=True, slots=True)
class Person:
    """One row of the list. `suppressed` are the channels ("*": all) on which an address of theirs must not be written
    to; `active_at` is when they last did something, as far as that is known."""

    id: int
    name: str
    identities: Mapping[str, str]
    traits: Mapping[str, Any]
    language: str
    timezone: str
    created_at: datetime
    active_at: datetime | None
    consents: tuple[Said, ...]
    suppressed: tuple[str, ...]


def people(customer_ids: Sequence[int], *, traits: Collection[str] | None = None) -> list[Person]:
    """These customers in this order, unknown ones left out; of their traits those asked for, None for all."""
    found = views(customer_ids)
    said, barred = _said(found), _barred({pk: one.identities for pk, one in found.items()})
    moments = dict(zip(customer_ids, last_done(np.asarray(customer_ids, dtype=np.int64)).tolist(), strict=True))
    return [
        Person(
            id=pk,
            name=shown_name(one),
            identities=one.identities,
            traits={name: value for name, value in one.traits.items() if traits is None or name in traits},
            language=one.language,
            timezone=one.timezone,
            created_at=one.created_at,
            active_at=_moment(moments[pk]),
            consents=tuple(said[pk]),
            suppressed=tuple(sorted(barred[pk])),
        )
        for pk in customer_ids
        if (one := found.get(pk))
    ]


def _moment(micros: int) -> datetime | None:
    return None if micros == NEVER else _EPOCH + timedelta(microseconds=micros)


def _said(ids: Collection[int]) -> defaultdict[int, list[Said]]:
    said: defaultdict[int, list[Said]] = defaultdict(list)
    rows = Consent.objects.filter(customer_id__in=among(ids)).order_by("channel", "purpose")
    for pk, *rest in rows.values_list("customer_id", "channel", "purpose", "state"):
        said[pk].append(Said(*rest))
    return said


def _barred(identities: Mapping[int, Mapping[str, str]]) -> defaultdict[int, set[str]]:
    """The channels on which an address of each is suppressed."""
    owners: defaultdict[str, set[int]] = defaultdict(set)
    for pk, names in identities.items():
        for value in names.values():
            owners[value].add(pk)
    channels = ["*", *CHANNEL_IDENTITY]
    rows = Suppression.objects.filter(channel__in=channels, address__in=among(owners) if owners else [])
    barred: defaultdict[int, set[str]] = defaultdict(set)
    for channel, address in rows.values_list("channel", "address"):
        for pk in owners[address]:
            barred[pk].add(channel)
    return barred
