"""After a stop: what became of deliveries that were claimed and never recorded."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from setpoint.delivery.accounts import live_channel
from setpoint.delivery.journal import Trace, is_here, trace_of
from setpoint.delivery.models import ChannelAccount, Delivery
from setpoint.delivery.recording import give_back, locked_rows, record_receipts
from setpoint.delivery.types import Channel, Receipt, ReconcileReport, State

LEASE = timedelta(minutes=15)
"""How long a claim of a worker on another machine is left alone."""


def reconcile(*, now: datetime) -> ReconcileReport:
    """Settle the claims of workers that are dead, or of other machines' workers whose lease has run out.

    Never started -> reserved again; answered -> recorded; in doubt -> the channel is asked: taken over -> handed,
    proven not -> reserved again, cannot be told -> unknown, never sent again. Call at start and now and then.
    """
    total = ReconcileReport()
    owners = Delivery.objects.filter(state=State.CLAIMED).order_by().values_list("claimed_by", flat=True).distinct()
    for worker in sorted({owner.partition("/")[0] for owner in owners}):
        if not is_here(worker):
            total = _sum(total, recover(worker, Trace(), now=now, before=now - LEASE))
            continue
        with trace_of(worker) as trace:
            if trace is not None:
                total = _sum(total, recover(worker, trace, now=now))
    return total


def recover(worker: str, trace: Trace, *, now: datetime, before: datetime | None = None) -> ReconcileReport:
    """Settle what one worker left claimed, by what its journal tells. The caller holds the worker's name."""
    mine = Q(claimed_by=worker) | Q(claimed_by__startswith=f"{worker}/")
    left = Delivery.objects.filter(mine, state=State.CLAIMED)
    rows = list(left.filter(claimed_at__lt=before) if before else left)
    if not rows:
        return ReconcileReport()
    answered = [trace.receipts[row.key] for row in rows if row.key in trace.receipts]
    fresh = [row.key for row in rows if trace.never_started(row.claimed_by, row.key)]
    known = {receipt.key for receipt in answered} | set(fresh)
    found = _look_up([row for row in rows if row.key not in known], trace)
    absent = [key for key, taken in found.items() if taken is False]
    receipts = [_proof(key, taken) for key, taken in found.items() if taken is not False and taken != "wait"]
    record_receipts([*answered, *receipts], now=now)
    owners = {row.key: row.claimed_by for row in rows}
    returned = sum(return_unstarted(keys, owner) for owner, keys in _by_owner([*fresh, *absent], owners).items())
    return ReconcileReport(
        recorded=len(answered),
        returned=returned,
        handed=sum(receipt.status == "accepted" for receipt in receipts),
        unknown=sum(receipt.status == "unknown" for receipt in receipts),
        waiting=sum(taken == "wait" for taken in found.values()),
    )


def return_unstarted(keys: Sequence[str], owner: str) -> int:
    """Put claimed rows of this owner, that were not handed over, back into the queue. Returns how many."""
    if not keys:
        return 0
    with transaction.atomic():
        rows, streams = locked_rows(dict.fromkeys(keys), State.CLAIMED)
        mine = [row for row in rows if row.claimed_by == owner]
        give_back(mine, streams)
    return len(mine)


def _by_owner(keys: Sequence[str], owners: Mapping[str, str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        groups[owners[key]].append(key)
    return groups


def _look_up(rows: Sequence[Delivery], trace: Trace) -> dict[str, bool | str | None]:
    """By key: True, False, None, or "wait" while "not found" would not yet be proof."""
    found: dict[str, bool | str | None] = {}
    for name in sorted({row.channel for row in rows}):
        keys = [row.key for row in rows if row.channel == name]
        account = ChannelAccount.objects.filter(name=name).first()
        if account is None:
            found |= dict.fromkeys(keys)
            continue
        found |= _ask(live_channel(account), keys, trace)
    return found


def _ask(channel: Channel, keys: Sequence[str], trace: Trace) -> dict[str, bool | str | None]:
    answers = channel.find(keys)
    ripe = time.time() - channel.limits.proof_after
    found: dict[str, bool | str | None] = {}
    for key in keys:
        answer = answers.get(key)
        found[key] = "wait" if answer is False and trace.started.get(key, 0.0) > ripe else answer
    return found


def _proof(key: str, taken: bool | str | None) -> Receipt:
    if taken:
        return Receipt(key, "accepted", detail="found at the provider after a stop")
    return Receipt(key, "unknown", detail="the worker stopped during the hand-over")


def _sum(left: ReconcileReport, right: ReconcileReport) -> ReconcileReport:
    return ReconcileReport(
        left.recorded + right.recorded,
        left.returned + right.returned,
        left.handed + right.handed,
        left.unknown + right.unknown,
        left.waiting + right.waiting,
    )
