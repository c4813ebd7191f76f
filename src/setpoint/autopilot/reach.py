"""Who may be written to on a channel, all at once: consent given, an address known, neither of them suppressed.

The same rules as `customers.contacts`, which is asked again before every send. Kept for a minute: here it is for planning.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from setpoint.customers import snapshot
from setpoint.customers.columns import consent_column
from setpoint.customers.models import Consent, Identity, Suppression
from setpoint.customers.normal import EVERY_CHANNEL
from setpoint.customers.revisions import mark
from setpoint.customers.types import CHANNEL_IDENTITY

Ids = npt.NDArray[np.int64]
_CHUNK = 50_000


def reachable_ids(channel: str, purpose: str, now: datetime) -> Ids:
    """Ids of all customers who may be written to on a channel for a purpose, as of the last full minute, sorted."""
    minute = now.replace(second=0, microsecond=0)
    where = (settings.SETPOINT_LAKE, connection.settings_dict["NAME"])
    return _reachable(channel, purpose, minute, mark(), Suppression.objects.count(), where)


@lru_cache(maxsize=16)
def _reachable(channel: str, purpose: str, *state: object) -> Ids:
    everybody, topic = snapshot.current(), consent_column(channel, purpose)
    said = everybody.table(["customer_id", topic]).filter(pc.equal(everybody.column(topic), "granted"))
    granted = np.unique(said["customer_id"].to_numpy())
    refused = _array(_without_address(channel, purpose)), _array(_suppressed(channel))
    found = np.setdiff1d(granted, np.concatenate(refused), assume_unique=False)
    found.flags.writeable = False
    return found.astype(np.int64, copy=False)


def _kinds(channel: str) -> tuple[str, ...]:
    kind = CHANNEL_IDENTITY.get(channel, channel)
    return ("webhook", "user_id") if kind == "webhook" else (kind,)


def _without_address(channel: str, purpose: str) -> Iterable[int]:
    """Those who said yes but have no address there."""
    own = Identity.objects.filter(customer_id=OuterRef("customer_id"), kind__in=_kinds(channel))
    said = Consent.objects.filter(~Exists(own), channel=channel, purpose=purpose, state="granted")
    return said.values_list("customer_id", flat=True).iterator(chunk_size=_CHUNK)


def _suppressed(channel: str) -> Iterable[int]:
    """Those with an address suppressed on this channel, or anything of theirs suppressed everywhere."""
    here = Identity.objects.filter(kind__in=_kinds(channel), value__in=_addresses(channel))
    everywhere = Identity.objects.filter(value__in=_addresses(EVERY_CHANNEL))
    for barred in (here, everywhere):
        yield from barred.values_list("customer_id", flat=True).iterator(chunk_size=_CHUNK)


def _addresses(channel: str) -> QuerySet[Suppression, str]:
    return Suppression.objects.filter(channel=channel).values_list("address", flat=True)


def _array(ids: Iterable[int]) -> Ids:
    return np.fromiter(ids, dtype=np.int64)
