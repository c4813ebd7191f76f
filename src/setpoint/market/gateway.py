"""Acts out what customers do, over HTTP at the product: pictures, links, unsubscriptions, reports, purchases."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

import aiohttp

from setpoint.kernel.errors import Conflict
from setpoint.market import reports
from setpoint.market.play import Happening, Play

CLOCK_HEADER = "Setpoint-Clock"
BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36"
)
PROXY = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
AGENTS = {"machine_open": PROXY}
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
BATCH = 200
ATTEMPTS = 5


class Gateway:
    """One connection pool to the product."""

    def __init__(self, play: Play, *, target: str, write_key: str, hook: str, workers: int = 32) -> None:
        self.play, self.target, self.hook, self.workers = play, target.rstrip("/"), hook, workers
        self._auth = {"Authorization": "Basic " + b64encode(f"{write_key}:".encode()).decode()}
        self._session: aiohttp.ClientSession | None = None
        self.failures: Counter[str] = Counter()

    async def __aenter__(self) -> Gateway:
        connector = aiohttp.TCPConnector(limit=self.workers, keepalive_timeout=30)
        self._session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=60))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session:
            await self._session.close()

    async def act_out(self, happenings: Sequence[Happening]) -> Counter[str]:
        """Do it all, with bounded concurrency and about in order; counts by kind of what the product took."""
        played: Counter[str] = Counter()
        purchases = [happening for happening in happenings if happening.kind == "purchase"]
        visits = [happening for happening in happenings if happening.kind != "purchase"]
        work = iter([*self._batches(purchases), *([visit] for visit in visits)])
        await asyncio.gather(*(self._work(work, played) for _ in range(self.workers)))
        return played

    def _batches(self, purchases: Iterable[Happening]) -> Iterator[list[Happening]]:
        rest = iter(purchases)
        while batch := list(islice(rest, BATCH)):
            yield batch

    async def _work(self, work: Iterator[list[Happening]], played: Counter[str]) -> None:
        for group in work:
            kind = group[0].kind
            status = await (self._report_purchases(group) if kind == "purchase" else self._visit(group[0]))
            if status < 400:
                played[kind] += len(group)
                if kind == "unsubscribe":
                    self.play.left(group[0].customer)
            else:
                self.failures[f"{kind} {status}"] += len(group)

    async def _visit(self, happening: Happening) -> int:
        headers = {CLOCK_HEADER: happening.at.isoformat(), "User-Agent": AGENTS.get(happening.kind, BROWSER)}
        if happening.kind == "unsubscribe":
            return await self._call("POST", happening.url, headers=headers, data=ONE_CLICK)
        if happening.kind in ("complaint", "bounce"):
            write = reports.complaint if happening.kind == "complaint" else reports.delivery_failure
            body = write(recipient=happening.address, headers=happening.headers, at=happening.at)
            return await self._call("POST", self.hook, headers=headers | {"Content-Type": "message/rfc822"}, data=body)
        return await self._call("GET", happening.url, headers=headers)

    async def _report_purchases(self, group: list[Happening]) -> int:
        events = [self._event(happening) for happening in group]
        headers = self._auth | {CLOCK_HEADER: group[-1].at.isoformat()}
        return await self._call("POST", f"{self.target}/v1/batch", json={"batch": events}, headers=headers)

    def _event(self, happening: Happening) -> dict[str, Any]:
        return {
            "type": "track",
            "event": "Order Completed",
            "userId": str(self.play.people.user_ids[happening.customer]),
            "messageId": happening.purchase["order_id"],
            "timestamp": happening.at.isoformat(),
            "properties": dict(happening.purchase),
        }

    async def _call(self, method: str, url: str, **options: Any) -> int:
        """The status; connection errors and 5xx are tried again, which message ids and signed links make harmless."""
        if self._session is None:
            raise Conflict("The gateway is closed.", remedy="Use it as an async context manager.")
        status = 599
        for attempt in range(ATTEMPTS):
            try:
                async with self._session.request(method, url, allow_redirects=False, **options) as answer:
                    await answer.read()
                    status = answer.status
            except (aiohttp.ClientConnectionError, TimeoutError):
                status = 599
            if status < 500 and status != 429:
                return status
            await asyncio.sleep(timedelta(milliseconds=50 * 2**attempt).total_seconds())
        return status
