"""Profiles become customers: found by any identity, created when nobody is known, all in a few statements.

For one profile whose identities belong to several customers, the strongest kind decides and the others are left as
they are. A user_id is one person's for ever: a customer who already has another user_id is never matched by a weaker
identity. Traits, language and time zone keep the moment of their last statement, so late arrivals change nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from setpoint.customers.bulk import among, reserve_ids, write_rows
from setpoint.customers.consents import Statement, Topic, apply_statements
from setpoint.customers.models import Customer, Identity, TraitName
from setpoint.customers.normal import check_traits_size, normalise_language, normalise_profile, trait_kind
from setpoint.customers.types import Profile
from setpoint.governance.models import Company
from setpoint.governance.services import company
from setpoint.kernel.errors import Unavailable

STRENGTH = ("user_id", "email", "phone", "unionid", "openid", "webhook", "device", "anonymous_id")
"""Kinds of identity, strongest first."""
_BATCH = 5000
_ATTEMPTS = 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_Name: TypeAlias = "tuple[str, str]"


@dataclass(slots=True)
class _Person:
    """A customer's row in memory; `pk` is 0 until it is stored."""

    pk: int
    language: str
    timezone: str
    traits: dict[str, Any]
    stated: dict[str, int]
    created_at: datetime


@dataclass(slots=True)
class _Batch:
    """Profiles on their way. `owners` aligns with `profiles`; one who is not stored yet has a negative number."""

    profiles: Sequence[Profile]
    first_row: int
    now: datetime
    home: Company
    language: str
    owner_of: dict[_Name, int] = field(default_factory=dict)
    user_id_of: dict[int, str] = field(default_factory=dict)
    owners: list[int] = field(default_factory=list)
    people: dict[int, _Person] = field(default_factory=dict)
    new_names: list[tuple[str, str, int]] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)


def upsert_customers(profiles: Sequence[Profile], *, now: datetime, source: str = "profile") -> list[int]:
    """Find or create the customer of each profile and take over what it states; customer ids aligned with the input.

    All or nothing. Doing it again changes nothing. Invalid carries the index of the offending profile in `row`.
    A trait of None is removed. Statements dated later than `now` count as made now.
    """
    cleaned = [normalise_profile(profile, row=row) for row, profile in enumerate(profiles)]
    if not cleaned:
        return []
    for _attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                return _upsert_all(cleaned, now, source)
        except IntegrityError:
            # Another process created one of these customers meanwhile; the next attempt finds them.
            continue
    raise Unavailable(
        _("Other processes keep writing the same customers."), remedy=_("Send this batch again in a moment.")
    )


def _upsert_all(profiles: Sequence[Profile], now: datetime, source: str) -> list[int]:
    home = company()
    ids: list[int] = []
    for first in range(0, len(profiles), _BATCH):
        piece = profiles[first : first + _BATCH]
        ids += _upsert_batch(_Batch(piece, first, now, home, normalise_language(home.language)), source)
    return ids


def _upsert_batch(batch: _Batch, source: str) -> list[int]:
    _find_known(batch)
    for profile in batch.profiles:
        _resolve(batch, profile)
    _load_known(batch)
    moments = [_moment(profile, batch.now) for profile in batch.profiles]
    for row in sorted(range(len(moments)), key=moments.__getitem__):
        _take_over(batch, row, (moments[row] - _EPOCH) // _MICROSECOND)
    _store(batch)
    apply_statements(_statements(batch, moments), source=source)
    _remember_trait_names(batch.profiles)
    return [batch.people[owner].pk for owner in batch.owners]


def _find_known(batch: _Batch) -> None:
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for profile in batch.profiles:
        for kind, value in profile.identities.items():
            wanted[kind].add(value)
    for kind, values in wanted.items():
        rows = Identity.objects.filter(kind=kind, value__in=among(values)).values_list("value", "customer_id")
        batch.owner_of.update({(kind, value): owner for value, owner in rows})
    known = among(set(batch.owner_of.values()))
    named = Identity.objects.filter(customer_id__in=known, kind="user_id").order_by("pk")
    batch.user_id_of.update(named.values_list("customer_id", "value"))


def _resolve(batch: _Batch, profile: Profile) -> None:
    owner = _owner(batch, profile.identities)
    if owner is None:
        owner = -1 - len(batch.people)
        batch.people[owner] = _Person(0, batch.language, batch.home.timezone, {}, {}, batch.now)
    for kind, value in profile.identities.items():
        if (kind, value) not in batch.owner_of:
            batch.owner_of[kind, value] = owner
            batch.new_names.append((kind, value, owner))
    if user_id := profile.identities.get("user_id"):
        batch.user_id_of.setdefault(owner, user_id)
    batch.owners.append(owner)


def _owner(batch: _Batch, identities: Any) -> int | None:
    user_id = identities.get("user_id")
    for kind in STRENGTH:
        owner = batch.owner_of.get((kind, identities[kind])) if kind in identities else None
        if owner is not None and (kind == "user_id" or not user_id or batch.user_id_of.get(owner, user_id) == user_id):
            return owner
    return None


def _load_known(batch: _Batch) -> None:
    known = among({owner for owner in batch.owners if owner > 0})
    rows = Customer.objects.filter(pk__in=known).select_for_update().order_by("pk")
    columns = ("pk", "language", "timezone", "traits", "stated", "created_at")
    batch.people.update((row[0], _Person(*row)) for row in rows.values_list(*columns))


def _moment(profile: Profile, now: datetime) -> datetime:
    return min(profile.at, now) if profile.at else now


def _take_over(batch: _Batch, row: int, at: int) -> None:
    profile, owner = batch.profiles[row], batch.owners[row]
    person = batch.people[owner]
    changed = _take_over_settings(person, profile, at)
    if _take_over_traits(person, profile, at):
        check_traits_size(person.traits, row=batch.first_row + row)
        changed = True
    if changed:
        batch.changed.add(owner)


def _take_over_settings(person: _Person, profile: Profile, at: int) -> bool:
    changed = False
    if profile.language and _is_news(person, "language", at, person.language == profile.language):
        person.language, person.stated["language"], changed = profile.language, at, True
    if profile.timezone and _is_news(person, "timezone", at, person.timezone == profile.timezone):
        person.timezone, person.stated["timezone"], changed = profile.timezone, at, True
    return changed


def _take_over_traits(person: _Person, profile: Profile, at: int) -> bool:
    traits, changed = person.traits, False
    for name, value in profile.traits.items():
        kept = traits.get(name)
        if _is_news(person, f"trait:{name}", at, type(kept) is type(value) and kept == value):
            person.stated[f"trait:{name}"], changed = at, True
            if value is None:
                traits.pop(name, None)
            else:
                traits[name] = value
    return changed


def _is_news(person: _Person, key: str, at: int, same: bool) -> bool:
    before = person.stated.get(key)
    return before is None or at > before or (at == before and not same)


def _store(batch: _Batch) -> None:
    new = [person for owner, person in batch.people.items() if owner < 0]
    for person, pk in zip(new, reserve_ids(Customer, len(new)), strict=True):
        person.pk = pk
    kept = new + [batch.people[owner] for owner in sorted(batch.changed) if owner > 0]
    write_rows(
        Customer,
        {
            "id": [person.pk for person in kept],
            "language": [person.language for person in kept],
            "timezone": [person.timezone for person in kept],
            "traits": [person.traits for person in kept],
            "stated": [person.stated for person in kept],
            "created_at": [person.created_at for person in kept],
            "updated_at": [batch.now] * len(kept),
        },
        unique=["id"],
        update=["language", "timezone", "traits", "stated", "updated_at"],
    )
    # Sorted, so that two processes take the unique keys in the same order and cannot block each other.
    names = sorted(batch.new_names)
    write_rows(
        Identity,
        {
            "kind": [kind for kind, _value, _owner in names],
            "value": [value for _kind, value, _owner in names],
            "customer_id": [batch.people[owner].pk for _kind, _value, owner in names],
        },
    )


def _statements(batch: _Batch, moments: Sequence[datetime]) -> dict[Topic, Statement]:
    latest: dict[Topic, Statement] = {}
    for profile, owner, at in zip(batch.profiles, batch.owners, moments, strict=True):
        for said in profile.consents:
            topic = batch.people[owner].pk, said.channel, said.purpose
            latest[topic] = max(latest.get(topic, (_EPOCH, False)), (at, said.state == "denied"))
    return latest


def _remember_trait_names(profiles: Sequence[Profile]) -> None:
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    for profile in profiles:
        for name, value in profile.traits.items():
            if value is not None:
                kinds[name].add(trait_kind(value))
    known = dict(TraitName.objects.values_list("name", "kind")) if kinds else {}
    widened = {name: _widest(found | {known.get(name, "")} - {""}) for name, found in kinds.items()}
    TraitName.objects.bulk_create(
        [TraitName(name=name, kind=kind) for name, kind in sorted(widened.items()) if known.get(name) != kind],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["kind"],
    )


def _widest(kinds: set[str]) -> str:
    return next(iter(kinds)) if len(kinds) == 1 else "text"
