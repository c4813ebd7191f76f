"""Merging records that are one person, and taking merges back.

A merge is a row that connects two records; a person is what such rows connect, and their state is folded from the
images of all their records (see images). Nothing is copied and thrown away, so any merge can be undone at any time, in
any order. All of it happens in the caller's transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from django.utils.translation import gettext as _

from setpoint.customers.bulk import among
from setpoint.customers.identity import groups as people
from setpoint.customers.identity.aliases import publish_after_commit
from setpoint.customers.identity.rules import join_settings
from setpoint.customers.identity_models import Merge, Proposal
from setpoint.customers.models import Identity
from setpoint.governance.services import needs, record_audit
from setpoint.kernel.errors import Conflict, NotFound, Refused

Method = Literal["rule", "model", "person"]
Why = Literal["unknown", "one_of_kind", "kept_apart"]


@dataclass(frozen=True, slots=True)
class Wish:
    """Two records that seem to be one person, by what evidence: rows of {"kind" or "column", ...} as they are shown."""

    first: int
    second: int
    evidence: Sequence[Mapping[str, Any]] = ()
    score: float | None = None


@dataclass(slots=True)
class Joined:
    """What came of wishes: new merges; wishes that must not be, with the reason. Those already one person are in
    neither."""

    merges: list[Merge] = field(default_factory=list)
    refused: list[tuple[Wish, Why]] = field(default_factory=list)


def join_all(wishes: Sequence[Wish], *, method: Method, actor: str, now: datetime) -> Joined:
    """Merge records pair by pair, where no rule forbids it. Doing it again changes nothing.

    Refused: an unknown id ("unknown"); two values of a kind of which a person has one ("one_of_kind"); a pair that a
    person took apart ("kept_apart"), unless a person decides.
    """
    joined = Joined()
    if not wishes:
        return joined
    with transaction.atomic():
        people.lock()
        found = people.load(pk for wish in wishes for pk in (wish.first, wish.second))
        check = _Check(found, person=method == "person")
        for wish in wishes:
            why = check.why_not(wish)
            if why is not None:
                joined.refused.append((wish, why))
            elif not check.is_one(wish):
                joined.merges.append(_merge(wish, check.unite(wish), method, actor, now))
        _keep(joined.merges, found, actor=actor, now=now)
    return joined


@needs("customers:write")
def merge(first: int, second: int, *, actor: str, now: datetime) -> Merge:
    """Merge two customers on a person's word. NotFound, Refused where a rule forbids it, Conflict where they are one
    already."""
    said = [{"kind": "person", "value": actor}]
    joined = join_all([Wish(first, second, said)], method="person", actor=actor, now=now)
    if joined.refused:
        raise refusal(joined.refused[0][1])
    if not joined.merges:
        raise Conflict(_("These two are one customer already."), remedy=_("Look at the customer's merges."))
    return joined.merges[0]


@needs("customers:write")
@transaction.atomic
def split(merge_id: int, *, why: str = "", actor: str, now: datetime) -> Merge:
    """Undo a merge: both sides are again what they were, with what was said of each since. Rules and models do not
    merge the two again. NotFound; Conflict when it was undone before."""
    people.lock()
    row = Merge.objects.select_for_update().filter(pk=merge_id).first()
    if row is None:
        raise NotFound(_("There is no merge %(id)s.") % {"id": merge_id}, remedy=_("Look at the list of merges."))
    if row.undone_at is not None:
        raise Conflict(_("This merge was undone before."), remedy=_("Look at the two customers as they are now."))
    found = people.load([row.first_id])
    row.undone_at, row.undone_by, row.undone_why = now, actor[:250], why[:300]
    row.save(update_fields=["undone_at", "undone_by", "undone_why"])
    people.store(found, people.regroup(found), source=f"merge {row.pk} undone", now=now)
    _reopened(row, actor, now)
    told = {"first": row.first_id, "second": row.second_id}
    record_audit(actor, "split", f"merge:{row.pk}", before=told, after={"why": row.undone_why}, now=now)
    publish_after_commit()
    return row


def refusal(why: Why) -> Refused | NotFound:
    """A reason as an error."""
    if why == "unknown":
        return NotFound(_("One of these customers is not known."), remedy=_("Look up the customer by an identity."))
    if why == "one_of_kind":
        return Refused(
            _("These two are different people: both have an identity of which a person has only one."),
            remedy=_("Compare their user ids. Remove the wrong one, or change the rules of this kind of identity."),
        )
    return Refused(
        _("A person took these two apart before."), remedy=_("Merge them by hand if that was wrong."), field="second"
    )


class _Check:
    """Whether two people may become one, while several do."""

    def __init__(self, found: people.Groups, *, person: bool) -> None:
        self.root_of = dict(found.root_of)
        self.apart = set() if person else _apart(self.root_of)
        self.values = single_values(found.live)

    def is_one(self, wish: Wish) -> bool:
        """Whether both records are one person's already."""
        return self.root_of[wish.first] == self.root_of[wish.second]

    def why_not(self, wish: Wish) -> Why | None:
        """What forbids it; None when nothing does."""
        if not {wish.first, wish.second} <= self.root_of.keys():
            return "unknown"
        if self.is_one(wish):
            return None
        one, other = (self.values[self.root_of[pk]] for pk in (wish.first, wish.second))
        if any(one[kind] != other[kind] for kind in one.keys() & other.keys()):
            return "one_of_kind"
        roots = {self.root_of[wish.first], self.root_of[wish.second]}
        if any({self.root_of[first], self.root_of[second]} == roots for first, second in self.apart):
            return "kept_apart"
        return None

    def unite(self, wish: Wish) -> tuple[int, int]:
        """Make them one; returns the survivor's id and the other's."""
        elder, younger = sorted((self.root_of[wish.first], self.root_of[wish.second]))
        self.root_of = {pk: elder if root == younger else root for pk, root in self.root_of.items()}
        self.values[elder] = self.values[elder] | self.values[younger]
        return elder, younger


def single_values(customer_ids: Iterable[int]) -> defaultdict[int, dict[str, frozenset[str]]]:
    """By customer and kind, the values of those kinds of which a person has one."""
    kinds = [kind for kind, rule in join_settings().rules.items() if rule.single]
    values: defaultdict[int, dict[str, frozenset[str]]] = defaultdict(dict)
    rows = Identity.objects.filter(customer_id__in=among(set(customer_ids)), kind__in=kinds)
    for root, kind, value in rows.values_list("customer_id", "kind", "value"):
        values[root][kind] = values[root].get(kind, frozenset()) | {value}
    return values


def _apart(ids: Iterable[int]) -> set[tuple[int, int]]:
    """Pairs that people took apart or refused to merge."""
    known = list(ids)
    undone = Merge.objects.filter(people.undone_between(known)).values_list("first_id", "second_id")
    refused = Proposal.objects.filter(state="rejected", first_id__in=among(known), second_id__in=among(known))
    return {*undone, *refused.values_list("first_id", "second_id")}


def _merge(wish: Wish, roots: tuple[int, int], method: Method, actor: str, now: datetime) -> Merge:
    first, second = sorted((wish.first, wish.second))
    return Merge(
        first_id=first,
        second_id=second,
        survivor_id=roots[0],
        merged_id=roots[1],
        method=method,
        evidence=[dict(one) for one in wish.evidence],
        score=wish.score,
        actor=actor[:250],
        at=now,
    )


def _keep(merges: Sequence[Merge], found: people.Groups, *, actor: str, now: datetime) -> None:
    if not merges:
        return
    for row in merges:
        row.save()
        told = {"first": row.first_id, "second": row.second_id, "method": row.method, "score": row.score}
        record_audit(actor, "merged", f"merge:{row.pk}", after=told | {"evidence": row.evidence}, now=now)
    root_of = people.regroup(found)
    people.store(found, root_of, source=f"merge {merges[-1].pk}", now=now)
    _close_proposals(root_of, actor, now)
    publish_after_commit()


def _close_proposals(root_of: Mapping[int, int], actor: str, now: datetime) -> None:
    """Open proposals of records that are one by now need no decision."""
    ids = among(root_of)
    rows = Proposal.objects.filter(state="open", first_id__in=ids, second_id__in=ids)
    one = [
        pk for pk, first, second in rows.values_list("pk", "first_id", "second_id") if root_of[first] == root_of[second]
    ]
    Proposal.objects.filter(pk__in=one).update(state="accepted", decided_by=actor[:250], decided_at=now)


def _reopened(row: Merge, actor: str, now: datetime) -> None:
    """A proposal that led to a merge counts as rejected once the merge is undone."""
    led = Proposal.objects.filter(first_id=row.first_id, second_id=row.second_id, state="accepted")
    led.update(state="rejected", decided_by=actor[:250], decided_at=now)
