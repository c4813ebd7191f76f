"""A market being played: messages come in, and people and machines react to them at their own times.

Nothing here waits. `advance` returns everything that happens up to a moment, in order; the gateway acts it out.
"""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np

from setpoint.kernel.randomness import uniforms
from setpoint.market.demand import Demand, Responses
from setpoint.market.mail import Message, host_of, parse_mail
from setpoint.market.population import make_population
from setpoint.market.truth import Truth, discount_of
from setpoint.market.world import World

Kind = Literal["open", "click", "machine_open", "machine_click", "unsubscribe", "complaint", "bounce", "purchase"]
AHEAD = timedelta(days=30)
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that a customer or their machine does towards the product."""

    kind: Kind
    at: datetime
    customer: int
    url: str = ""
    address: str = ""
    headers: bytes = b""
    purchase: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Coupon:
    """An offer in a customer's hands."""

    code: str
    offer: int
    expires: float  # days since the start


@dataclass(frozen=True, slots=True)
class _Arrival:
    row: int
    channel: str
    message: Message
    days: float


class Play:
    """One market's state. `now` moves only by `advance`."""

    def __init__(self, world: World, seed: int, target: str) -> None:
        self.world, self.seed, self.target = world, seed, host_of(target)
        self.people = make_population(world, seed)
        self.truth = Truth(world, self.people)
        self.demand = Demand(world, seed, self.people, self.truth)
        self.now = world.start
        self.counts: Counter[str] = Counter()
        self.increment, self.in_window, self.discounts = 0.0, 0.0, 0.0
        self.received = np.zeros(self.people.size, dtype=np.int64)
        self._row_of = {address: row for row, address in enumerate(self.people.emails) if address}
        self._row_of |= {str(user_id): row for row, user_id in enumerate(self.people.user_ids)}
        self._zones = {name: ZoneInfo(str(name)) for name in set(self.people.timezones.tolist())}
        self._inbox: list[tuple[int, str, bytes | Message]] = []
        self._agenda: list[tuple[float, int, Any]] = []
        self._coupons: dict[int, list[Coupon]] = {}
        self._seen_ids: set[tuple[int, str]] = set()
        self._seen_slots: set[tuple[int, str, str, int]] = set()
        self._left: set[int] = set()
        self._deferred: set[tuple[int, int]] = set()
        self._defer_today: dict[int, Any] = {}
        self._codes = self._code_patterns()
        self._sticky = self._sticky_habits()
        self._plan_baseline()

    def days_of(self, moment: datetime) -> float:
        """Days from the world's start to a moment."""
        return (moment - self.world.start).total_seconds() / DAY_SECONDS

    def moment_of(self, days: float) -> datetime:
        """The moment so many days after the start."""
        return self.world.start + timedelta(days=days)

    def answer_recipient(self, address: str) -> str:
        """The SMTP answer to RCPT for an address."""
        row = self._row_of.get(address.lower())
        if row is None:
            self.counts["refused_unknown"] += 1
            return "550 5.1.1 No such user"
        if self._sticky["dead"][row] and self._sticky["refused"][row]:
            self.counts["bounced_at_once"] += 1
            return "550 5.1.1 Mailbox does not exist"
        attempt = (row, int(self.days_of(self.now)))
        if attempt not in self._deferred and self._defers(*attempt):
            self._deferred.add(attempt)
            self.counts["deferred"] += 1
            return "451 4.3.2 Try again later"
        return "250 OK"

    def take_mail(self, address: str, raw: bytes) -> None:
        """Keep a message that SMTP accepted; it is read at the next `absorb`."""
        self._inbox.append((self._row_of[address.lower()], "email", raw))

    def take_message(self, address: str, channel: str, message: Message) -> bool:
        """Keep a message of another channel; False when nobody has that address."""
        row = self._row_of.get(address.lower(), self._row_of.get(address))
        if row is None:
            return False
        self._inbox.append((row, channel, message))
        return True

    def advance(self, until: datetime) -> list[Happening]:
        """Everything that happens up to and including a moment, in order. Moves `now`."""
        self.absorb()
        end, happenings = self.days_of(until), []
        while self._agenda and self._agenda[0][0] <= end:
            days, _, planned = heapq.heappop(self._agenda)
            happening = self._buy(days, *planned) if isinstance(planned, tuple) else planned
            if happening is not None:
                happenings.append(happening)
                self.counts[happening.kind] += 1
        self.now = max(self.now, until)
        return happenings

    def next_at(self) -> datetime | None:
        """When the next thing is due."""
        return self.moment_of(self._agenda[0][0]) if self._agenda else None

    def absorb(self) -> None:
        """Read what has come in, and let it have its effect. Customers with several messages take them one by one."""
        inbox, self._inbox = self._inbox, []
        arrivals = [arrival for item in inbox if (arrival := self._arrive(*item))]
        arrivals.sort(key=lambda arrival: arrival.days)
        while arrivals:
            layer = {arrival.row: arrival for arrival in reversed(arrivals)}
            chosen = {id(arrival) for arrival in layer.values()}
            self._affect(sorted(layer.values(), key=lambda arrival: arrival.days))
            arrivals = [arrival for arrival in arrivals if id(arrival) not in chosen]

    def _arrive(self, row: int, channel: str, content: bytes | Message) -> _Arrival | None:
        message = parse_mail(content) if isinstance(content, bytes) else content
        at = message.date if message.date and self.now <= message.date <= self.now + AHEAD else self.now
        self.counts["messages"] += 1
        if self._sticky["dead"][row] and channel == "email":
            delay = self.world.behaviour["delays"]["bounce_mean_minutes"] / 1440
            self._later(
                self.days_of(at) + delay, self._report("bounce", row, self.moment_of(self.days_of(at) + delay), message)
            )
            return None
        return _Arrival(row, channel, message, self.days_of(at))

    def _affect(self, arrivals: list[_Arrival]) -> None:
        rows = np.array([arrival.row for arrival in arrivals])
        days = np.array([arrival.days for arrival in arrivals])
        actions = np.array([self._reading(arrival) for arrival in arrivals])
        answers = self.demand.receive(rows, actions, days)
        self._account(rows, answers)
        for number, arrival in enumerate(arrivals):
            self._note(arrival, actions[number])
            self._plan_reactions(arrival, answers, number)

    def _reading(self, arrival: _Arrival) -> tuple[int, int, int, int]:
        """Which offer, variant, channel and slot the customer sees in the message; -1 = none they know."""
        words = arrival.message.words
        found = [self._match(name, words) for name in ("offers", "variants")]
        channels = [entry["name"] for entry in self.world.actions["channels"]]
        channel = channels.index(arrival.channel) if arrival.channel in channels else -1
        return self._plain_offer(found[0]), found[1], channel, self._slot(arrival)

    def _match(self, dimension: str, words: str) -> int:
        hits = [
            (len(mark), number)
            for number, entry in enumerate(self.world.actions[dimension])
            for mark in entry["match"]
            if mark in words
        ]
        return max(hits)[1] if hits else -1

    def _plain_offer(self, found: int) -> int:
        plain = [number for number, offer in enumerate(self.world.actions["offers"]) if offer["kind"] == "none"]
        return found if found >= 0 or not plain else plain[0]

    def _slot(self, arrival: _Arrival) -> int:
        zone = self._zones[self.people.timezones[arrival.row]]
        clock = self.moment_of(arrival.days).astimezone(zone).strftime("%H:%M")
        for number, slot in enumerate(self.world.actions["slots"]):
            low, high = slot["from"], slot["to"]
            inside = low <= clock < high if low < high else clock >= low or clock < high
            if inside:
                return number
        return -1

    def _account(self, rows: Any, answers: Responses) -> None:
        change = answers.p1 - answers.p0
        moved = self.world.behaviour["pull_forward"]["share"]
        self.in_window += float(change.sum())
        self.increment += float(np.where(change > 0, change * (1 - moved), change).sum())
        self.counts["extra_purchases"] += int(answers.extra.sum())
        self.counts["moved_purchases"] += int(answers.moved.sum())
        self.counts["cancelled_purchases"] += int(answers.cancelled.sum())
        self.received[rows] += 1

    def _note(self, arrival: _Arrival, action: Any) -> None:
        """Count what should not be, and keep the coupon."""
        row, message = arrival.row, arrival.message
        zone = self._zones[self.people.timezones[row]]
        place = (row, arrival.channel, self.moment_of(arrival.days).astimezone(zone).date().isoformat(), int(action[3]))
        self.counts["duplicate_slots"] += place in self._seen_slots
        self._seen_slots.add(place)
        if message.message_id:
            self.counts["duplicate_message_ids"] += (row, message.message_id) in self._seen_ids
            self._seen_ids.add((row, message.message_id))
        self.counts["without_consent"] += not self.people.consent[row]
        self.counts["after_unsubscribe"] += row in self._left
        self.counts["unread_variant"] += int(action[1]) < 0
        offer = int(action[0])
        code = self._codes[offer].search(message.words) if offer in self._codes else None
        if code:
            valid = self.world.actions["offers"][offer]["valid_days"]
            self._coupons.setdefault(row, []).append(Coupon(code[0], offer, arrival.days + valid))

    def _plan_reactions(self, arrival: _Arrival, answers: Responses, number: int) -> None:
        for kind, delay, url in self._touches(arrival, answers, number):
            at = arrival.days + delay
            # Machines act with the receipt itself, so that playing up to the moment of sending plays them too.
            due = arrival.days if kind.startswith("machine") else at
            self._later(due, Happening(kind, self.moment_of(at), arrival.row, url=url))
        if np.isfinite(answers.complained[number]):
            at = arrival.days + float(answers.complained[number])
            self._later(at, self._report("complaint", arrival.row, self.moment_of(at), arrival.message))
        if answers.column[number] >= 0:
            self._later(arrival.days + float(answers.purchase[number]), (arrival.row, int(answers.column[number])))

    def _touches(self, arrival: _Arrival, answers: Responses, number: int) -> Iterator[tuple[Kind, float, str]]:
        """Kind, delay in days and URL of all visits that one message brings about."""
        message, row = arrival.message, arrival.row
        pictures = [url for url in message.pictures if self._ours(url)]
        links = [url for url in message.links if self._ours(url)]
        if self._sticky["prefetch_open"][row]:
            yield from (("machine_open", 1.0 / DAY_SECONDS, url) for url in pictures)
        if self._sticky["scan_clicks"][row]:
            urls = [url for url in message.all_links if self._ours(url)]
            yield from (
                ("machine_click", (2 + nth * 0.05 / max(len(urls), 1)) / DAY_SECONDS, url)
                for nth, url in enumerate(urls)
            )
        opened, clicked, left = (
            float(times[number]) for times in (answers.opened, answers.clicked, answers.unsubscribed)
        )
        if np.isfinite(opened):
            yield from (("open", opened, url) for url in pictures)
        if np.isfinite(clicked) and links:
            yield "click", clicked, links[0]
        if np.isfinite(left) and message.unsubscribe and self._ours(message.unsubscribe):
            yield "unsubscribe", left, message.unsubscribe

    def _ours(self, url: str) -> bool:
        """Whether a URL leads to the product; the market visits nothing else."""
        return host_of(url) == self.target

    def _buy(self, days: float, row: int, column: int) -> Happening | None:
        if not self.demand.alive[row, column]:
            return None
        amount = float(self.demand.values[row, column])
        caused = bool(self.demand.caused[row, column])
        coupon, discount = self._redeem(row, column, days, amount)
        order = f"{self.world.name}-{self.seed}-{self.people.keys[row]}-{'x' if caused else 'b'}{column}"
        properties: dict[str, Any] = {"order_id": order, "revenue": round(amount, 2), "currency": self.world.currency}
        if coupon:
            properties |= {"coupon": coupon.code, "discount": discount, "total": round(amount - discount, 2)}
        return Happening("purchase", self.moment_of(days), row, purchase=properties)

    def _redeem(self, row: int, column: int, days: float, amount: float) -> tuple[Coupon | None, float]:
        """The best valid coupon, if the customer uses one; it is then gone."""
        offers = self.world.actions["offers"]
        held = [coupon for coupon in self._coupons.get(row, []) if coupon.expires >= days]
        if not held:
            return None, 0.0
        best = max(held, key=lambda coupon: float(discount_of(offers[coupon.offer], amount)))
        coin = float(uniforms((self.people.keys[row] << 16) | column, self.seed, "redeem"))
        if coin >= self.truth.redemption_chance(best.offer):
            return None, 0.0
        self._coupons[row].remove(best)
        discount = round(float(discount_of(offers[best.offer], amount)), 2)
        self.counts["redemptions"] += 1
        self.discounts += discount
        return best, discount

    def _report(self, kind: Kind, row: int, at: datetime, message: Message) -> Happening:
        return Happening(kind, at, row, address=str(self.people.emails[row]), headers=message.headers)

    def _later(self, days: float, planned: Any) -> None:
        if isinstance(planned, Happening) and planned.kind == "unsubscribe":
            self.counts["unsubscribe_planned"] += 1
        self._serial += 1
        heapq.heappush(self._agenda, (days, self._serial, planned))

    def left(self, row: int) -> None:
        """The product took note of an unsubscription; messages after it are wrong."""
        self._left.add(row)

    def _plan_baseline(self) -> None:
        rows, columns = np.nonzero(self.demand.alive)
        order = np.argsort(self.demand.times[rows, columns], kind="stable")
        times = self.demand.times[rows, columns]
        self._agenda = [(float(times[n]), serial, (int(rows[n]), int(columns[n]))) for serial, n in enumerate(order)]
        self._serial = len(self._agenda)

    def _code_patterns(self) -> dict[int, re.Pattern[str]]:
        offers = enumerate(self.world.actions["offers"])
        return {
            n: re.compile(re.escape(o["code_prefix"]) + r"[A-Za-z0-9_-]*") for n, o in offers if o["kind"] != "none"
        }

    def _sticky_habits(self) -> dict[str, Any]:
        keys, behaviour = self.people.keys, self.world.behaviour
        machines, bounces = behaviour["machines"], behaviour["bounces"]
        return {
            "prefetch_open": uniforms(keys, self.seed, "prefetch") < machines["prefetch_open"],
            "scan_clicks": uniforms(keys, self.seed, "scan") < machines["scan_clicks"],
            "dead": uniforms(keys, self.seed, "dead") < bounces["hard"],
            "refused": uniforms(keys, self.seed, "refused") < 0.5,
        }

    def _defers(self, row: int, day: int) -> bool:
        if day not in self._defer_today:
            u = uniforms((self.people.keys << 16) | (day & 0xFFFF), self.seed, "defer")
            self._defer_today = {day: u < self.world.behaviour["bounces"]["soft"]}
        return bool(self._defer_today[day][row])
