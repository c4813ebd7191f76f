"""What a profile proves by the identities it carries: whose it is, and which customers are one.

A visitor's history joins when they sign in: the profile names both the visitor's key and the account, so both records
are one person. A value that several people state (a family's telephone) is noted as claimed, and proves nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from setpoint.customers.asking import ask
from setpoint.customers.bulk import among
from setpoint.customers.identity.aliases import survivors
from setpoint.customers.identity.merging import Wish, join_all
from setpoint.customers.identity.rules import Rules, join_settings
from setpoint.customers.identity_models import Claim
from setpoint.customers.models import Identity
from setpoint.customers.types import STRENGTH

Name: TypeAlias = "tuple[str, str]"
Owners: TypeAlias = "Mapping[Name, int]"
ACTOR = "rules"


@dataclass(slots=True)
class Proofs:
    """The rules, values that are shared, and which kinds the owners of weak values have."""

    rules: Rules
    shared: frozenset[Name] = frozenset()
    kinds_of: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))

    def prove(self, name: Name, identities: Mapping[str, str], owner_of: Owners) -> bool:
        """Whether this identity shows that the profile is its owner's, given all that the profile carries."""
        kind, owner = name[0], owner_of[name]
        rule = self.rules.rules[kind]
        if not rule.joins or name in self.shared:
            return False
        stronger = STRENGTH[: STRENGTH.index(kind)]
        return rule.alone or not any(
            other in identities and other in self.kinds_of[owner] and owner_of.get((other, identities[other])) != owner
            for other in stronger
        )

    def rename(self, pk_of: Mapping[int, int]) -> None:
        """Owners who were not stored yet have ids now."""
        for owner, pk in pk_of.items():
            self.kinds_of[pk] = self.kinds_of.pop(owner, set())


def read_proofs(owner_of: Owners) -> Proofs:
    """What is to be known of these identities, which are those that somebody has."""
    rules = join_settings()
    weak = {owner for (kind, _value), owner in owner_of.items() if not rules.rules[kind].alone}
    proofs = Proofs(rules, _shared(owner_of, rules))
    if weak:
        sql = "SELECT customer_id, kind FROM {identities} WHERE customer_id IN %s"
        for owner, kind in ask(sql, weak, identities=Identity):
            proofs.kinds_of[owner].add(kind)
    return proofs


def find_owner(
    identities: Mapping[str, str], owner_of: Owners, user_id_of: Mapping[int, str], proofs: Proofs
) -> int | None:
    """Whose profile this is by its strongest identity that proves it; None for somebody new.

    A user_id is one person's for ever. A profile whose identities all belong to somebody is never somebody new.
    """
    user_id = identities.get("user_id")
    fit: list[int] = []
    for kind in STRENGTH:
        owner = owner_of.get((kind, identities[kind])) if kind in identities else None
        if owner is None or (kind != "user_id" and user_id and user_id_of.get(owner, user_id) != user_id):
            continue
        if kind == "user_id" or proofs.prove((kind, identities[kind]), identities, owner_of):
            return owner
        fit.append(owner)
    is_all_known = all(name in owner_of for name in identities.items())
    return fit[0] if fit and is_all_known else None


def join_profiles(
    profiles: Sequence[tuple[Mapping[str, str], int]], owner_of: Owners, proofs: Proofs, *, now: datetime
) -> dict[int, int]:
    """Merge the customers that these profiles (identities, customer) show to be one; returns what ids that were merged
    mean. What proves nothing is kept as a claim."""
    wishes: dict[tuple[int, int], Wish] = {}
    claims: set[tuple[str, str, int]] = set()
    for identities, customer in profiles:
        for kind, value in identities.items():
            owner = owner_of[kind, value]
            if owner == customer:
                continue
            if proofs.prove((kind, value), identities, owner_of):
                said = {"kind": kind, "value": value}
                wishes.setdefault((customer, owner), Wish(customer, owner, [said]))
            else:
                claims.add((kind, value, customer))
    joined = join_all(list(wishes.values()), method="rule", actor=ACTOR, now=now)
    for wish, _why in joined.refused:
        claims |= {(str(said["kind"]), str(said["value"]), wish.first) for said in wish.evidence}
    _note_claims(claims, now)
    return survivors(pk for merge in joined.merges for pk in (merge.first_id, merge.second_id)) if joined.merges else {}


def _shared(names: Iterable[Name], rules: Rules) -> frozenset[Name]:
    """Those that more customers state than the rules allow, the owner counted."""
    if not ask("SELECT 1 FROM {claims} LIMIT 1", claims=Claim):
        return frozenset()
    rows = Claim.objects.filter(value__in=among({value for _kind, value in names} or {""}))
    counts = Counter(rows.values_list("kind", "value"))
    return frozenset(name for name, count in counts.items() if count + 1 > rules.rules[name[0]].most)


def _note_claims(claims: Iterable[tuple[str, str, int]], now: datetime) -> None:
    rows = sorted(claims)
    Claim.objects.bulk_create(
        [Claim(kind=kind, value=value, customer_id=customer, first_at=now) for kind, value, customer in rows],
        ignore_conflicts=True,
    )


def note_seen(names: Iterable[Name], *, now: datetime) -> None:
    """These identities were seen; the caller names those not seen yet on this day."""
    by_kind: defaultdict[str, list[str]] = defaultdict(list)
    for kind, value in sorted(names):
        by_kind[kind].append(value)
    for kind, values in by_kind.items():
        Identity.objects.filter(kind=kind, value__in=among(values)).update(last_at=now)
