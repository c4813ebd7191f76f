"""What is known of customers whom events are about, and what the rules say of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from setpoint.customers.asking import ask, json_of
from setpoint.customers.bulk import among
from setpoint.customers.columns import as_text
from setpoint.customers.models import Consent, Customer
from setpoint.customers.services import trait_names
from setpoint.events.messages import EPOCH, Stored
from setpoint.segments.following.models import Kept
from setpoint.segments.following.planning import Lately, Plan, Rule
from setpoint.segments.live import matches
from setpoint.segments.membership import NOT_TRAITS, occurrence
from setpoint.segments.types import Facts, Occurrence

INSTANT = timedelta(microseconds=1)


class Known:
    """One customer as far as a plan reads them. Events can be added as they come."""

    def __init__(self, traits: Mapping[str, object], consents: Mapping[tuple[str, str], str]) -> None:
        self._events: defaultdict[str, list[Occurrence]] = defaultdict(list)
        self._facts = Facts(traits=traits, events=self._events, consents=consents)

    def saw(self, event: str, ts: int, value: float | None, properties: str) -> None:
        """An event happened, `ts` microseconds after 1970; properties as JSON."""
        at = (EPOCH + timedelta(microseconds=ts)).replace(tzinfo=None)
        self._events[event].append(occurrence(at, value, properties))

    def has_seen(self, message: Stored) -> None:
        """As `saw`, of an accepted message."""
        self.saw(message.event, message.ts, message.value, bytes(message.properties).decode())

    def is_in(self, rule: Rule, *, now: datetime) -> bool:
        """Whether a rule holds just after `now`, so that what happens at this very moment counts."""
        return matches(rule.node, self._facts, as_of=now + INSTANT)


def known(customer_ids: Collection[int], plan: Plan) -> dict[int, Known]:
    """What the plan needs to know of these customers, in a few statements."""
    traits = _traits(customer_ids) if plan.reads_traits else {}
    consents = _consents(customer_ids) if plan.reads_consents else {}
    found = {pk: Known(traits.get(pk, {}), consents.get(pk, {})) for pk in customer_ids}
    if plan.events and customer_ids:
        means = _aliases(customer_ids)
        sql = "SELECT customer_id, event, ts, value, properties FROM {kept} WHERE customer_id IN %s AND event IN %s"
        for pk, *seen in ask(sql, [*customer_ids, *means], plan.events, kept=Kept):
            found[means.get(pk, pk)].saw(*seen)
    return found


def _has_merged() -> bool:
    return Customer.everyone.filter(merged_into__isnull=False).exists()


_merged_lately, _kinds_lately = Lately(_has_merged), Lately(trait_names)


def forget() -> None:
    """Read anew what was read a moment ago."""
    _merged_lately.forget()
    _kinds_lately.forget()


def _aliases(customer_ids: Iterable[int]) -> dict[int, int]:
    """Ids of records that were merged into these customers' and whose they are now."""
    if not _merged_lately.get():
        return {}
    rows = Customer.everyone.filter(merged_into__in=among(customer_ids)).values_list("pk", "merged_into")
    return {pk: root for pk, root in rows if root is not None}


def _traits(customer_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Values as the set-based reading meets them: of a trait that is not numbers alone, every value is text."""
    kinds = _kinds_lately.get()
    sql = "SELECT id, traits, language, timezone FROM {customers} WHERE id IN %s AND merged_into IS NULL"
    rows = ask(sql, list(customer_ids), customers=Customer)
    return {
        pk: {
            name: value if value is None or kinds.get(name) == "number" else as_text(value)
            for name, value in json_of(traits).items()
            if name not in NOT_TRAITS
        }
        | {"language": language or None, "timezone": timezone or None}
        for pk, traits, language, timezone in rows
    }


def _consents(customer_ids: Iterable[int]) -> dict[int, dict[tuple[str, str], str]]:
    found: defaultdict[int, dict[tuple[str, str], str]] = defaultdict(dict)
    sql = "SELECT customer_id, channel, purpose, state FROM {consents} WHERE customer_id IN %s"
    for pk, channel, purpose, state in ask(sql, list(customer_ids), consents=Consent):
        found[pk][channel, purpose] = state
    return found
