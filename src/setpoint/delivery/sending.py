"""One turn of sending: claim, compose, hand over, record. Every hand-over is written down before and after."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import islice
from threading import Lock
from typing import TypeAlias

from setpoint.delivery.accounts import find_account, live_channel
from setpoint.delivery.claiming import claim_counted
from setpoint.delivery.composing import compose as compose_default
from setpoint.delivery.health import FAULTS_TO_PAUSE
from setpoint.delivery.journal import Journal, journal_of
from setpoint.delivery.reconciling import recover, return_unstarted
from setpoint.delivery.recording import record_receipts
from setpoint.delivery.types import Channel, Claim, OutgoingMessage, Receipt, Refusal, SendReport

Compose: TypeAlias = Callable[[Sequence[Claim]], Sequence[OutgoingMessage | Refusal]]
_log = logging.getLogger(__name__)


def send_due(
    *, worker: str, now: datetime, compose: Compose | None = None, limit: int = 200, channel: str | None = None
) -> SendReport:
    """Send what is due, once: at most `limit` messages. `worker` names this process and stays the same after a restart.

    What an earlier turn of this worker left unfinished is settled first.
    """
    with journal_of(worker) as journal:
        unfinished = recover(journal.worker, journal.trace, now=now)
        claimed = claim_counted(worker=journal.owner, now=now, limit=limit, channel=channel)
        counts: Counter[str] = Counter()
        not_started = 0
        for name, claims in _by_channel(claimed.claims).items():
            made = (compose or compose_default)(claims)
            engine = HandOver(live_channel(find_account(name)), journal)
            engine.run([message for message in made if isinstance(message, OutgoingMessage)])
            refused = [Receipt(one.key, "rejected", detail=one.reason) for one in made if isinstance(one, Refusal)]
            addresses = {one.key: one.address for one in claims}
            counts.update(record_receipts([*engine.receipts, *refused], now=now, addresses=addresses))
            answered = {receipt.key for receipt in [*engine.receipts, *refused]}
            not_started += return_unstarted([one.key for one in claims if one.key not in answered], journal.owner)
        if not unfinished.waiting:
            journal.clear()
        return SendReport(len(claimed.claims), claimed.suppressed, claimed.postponed, dict(counts), not_started)


class HandOver:
    """Hands messages to a channel over all its connections, and stops when the provider keeps failing."""

    def __init__(self, channel: Channel, journal: Journal) -> None:
        self.channel = channel
        self.journal = journal
        self.receipts: list[Receipt] = []
        self._faults = 0
        self._lock = Lock()

    def run(self, messages: Sequence[OutgoingMessage]) -> None:
        """Hand all of them over; those not begun when the provider fails have no receipt."""
        connections = max(1, min(self.channel.limits.connections, len(messages)))
        waiting = iter(messages)
        if connections == 1:
            self._work(waiting)
            return
        with ThreadPoolExecutor(connections) as threads:
            for finished in [threads.submit(self._work, waiting) for _ in range(connections)]:
                finished.result()

    def _work(self, waiting: Iterator[OutgoingMessage]) -> None:
        while batch := self._next(waiting):
            self.journal.start([message.key for message in batch])
            answers = self._send(batch)
            self.journal.done(answers)
            self._keep(answers)

    def _next(self, waiting: Iterator[OutgoingMessage]) -> list[OutgoingMessage]:
        with self._lock:
            if self._faults >= FAULTS_TO_PAUSE:
                return []
            return list(islice(waiting, max(1, self.channel.limits.batch)))

    def _send(self, batch: Sequence[OutgoingMessage]) -> list[Receipt]:
        try:
            heard = {receipt.key: receipt for receipt in self.channel.send(batch)}
        except Exception as error:
            # A channel that breaks its contract may have sent anything: in doubt, never sent again without proof.
            _log.exception("channel %s raised while sending", self.channel.name)
            heard = {message.key: Receipt(message.key, "unknown", detail=repr(error)) for message in batch}
        return [
            heard.get(message.key) or Receipt(message.key, "unknown", detail="the channel gave no receipt")
            for message in batch
        ]

    def _keep(self, answers: Sequence[Receipt]) -> None:
        with self._lock:
            self.receipts += answers
            for answer in answers:
                self._faults = self._faults + 1 if answer.provider_fault else 0


def _by_channel(claims: Sequence[Claim]) -> dict[str, list[Claim]]:
    groups: dict[str, list[Claim]] = defaultdict(list)
    for one in claims:
        groups[one.channel].append(one)
    return groups
