"""Profiles become customers: found by any identity, created when nobody is known, all in a few statements.

For one profile whose identities belong to several customers, the strongest kind decides; those that the rules of
identity let it prove to be one person are merged, the others are left as they are. A user_id is one person's for ever:
a customer who already has another user_id is never matched by a weaker identity. Traits, language and time zone keep the moment of their last statement, so late arrivals change nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _

from setpoint.customers.asking import ask, ask_locked, json_of, moment_of
from setpoint.customers.bulk import reserve_ids, write_rows
from setpoint.customers.consents import Statement, Topic, apply_statements
from setpoint.customers.identity.joining import Proofs, find_owner, join_profiles, note_seen, read_proofs
from setpoint.customers.identity.rules import DEFAULT_RULES
from setpoint.customers.models import Customer, Identity, TraitName
from setpoint.customers.normal import check_traits_size, normalise_language, normalise_profile, trait_kind
from setpoint.customers.revisions import next_revision, touch
from setpoint.customers.types import Landed, Profile
from setpoint.governance.services import company, needs
from setpoint.kernel.errors import Unavailable

_BATCH = 5000
_ATTEMPTS = 5
_DEADLOCK = "40P01"
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
    """Profiles on their way. `owners` aligns with `profiles`; one who is not stored yet has a negative number.

    `home` is the language and the time zone of whoever is new. `restated` are owners whose row must be written, be it for
    the moment of a statement alone; `created` and `changed` are positions of profiles that made a customer, or said
    something new of one.
    """

    profiles: Sequence[Profile]
    first_row: int
    now: datetime
    owner_of: dict[_Name, int] = field(default_factory=dict)
    home: tuple[str, str] | None = None
    proofs: Proofs = field(default_factory=lambda: Proofs(DEFAULT_RULES))
    unseen: set[_Name] = field(default_factory=set)
    user_id_of: dict[int, str] = field(default_factory=dict)
    owners: list[int] = field(default_factory=list)
    people: dict[int, _Person] = field(default_factory=dict)
    new_names: list[tuple[str, str, int]] = field(default_factory=list)
    restated: set[int] = field(default_factory=set)
    created: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)


@needs("customers:write")
def upsert_customers(profiles: Sequence[Profile], *, now: datetime, source: str = "profile") -> list[int]:
    """Find or create the customer of each profile and take over what it states; customer ids aligned with the input.

    All or nothing. Doing it again changes nothing. Invalid carries the index of the offending profile in `row`.
    A trait of None is removed. Statements dated later than `now` count as made now.
    """
    return [landed.customer_id for landed in land_profiles(profiles, now=now, source=source)]


def land_profiles(profiles: Sequence[Profile], *, now: datetime, source: str = "profile") -> list[Landed]:
    """As `upsert_customers`, and says of each profile whether it made a customer, changed one, or said nothing new."""
    cleaned = [normalise_profile(profile, row=row) for row, profile in enumerate(profiles)]
    if not cleaned:
        return []
    for _attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                return _upsert_all(cleaned, now, source)
        except (IntegrityError, OperationalError) as error:
            # Another process created or merged one of these customers meanwhile; the next attempt finds them.
            if isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", "") != _DEADLOCK:
                raise
    raise Unavailable(
        _("Other processes keep writing the same customers."), remedy=_("Send this batch again in a moment.")
    )


@transaction.atomic
def restate(customer_ids: Sequence[int], profile: Profile, *, now: datetime) -> int:
    """Take over what a profile (already in the one spelling) states, for customers known by id; returns for how many
    that changed a value."""
    batch = _Batch([profile] * len(customer_ids), 0, now)
    batch.owners.extend(customer_ids)
    _load_known(batch)
    at = (now - _EPOCH) // _MICROSECOND
    for row in range(len(customer_ids)):
        _take_over(batch, row, at)
    _store(batch)
    _remember_trait_names([profile])
    return len(batch.changed)


def _upsert_all(profiles: Sequence[Profile], now: datetime, source: str) -> list[Landed]:
    landed: list[Landed] = []
    for first in range(0, len(profiles), _BATCH):
        piece = profiles[first : first + _BATCH]
        landed += _upsert_batch(_Batch(piece, first, now), source)
    return landed


def _upsert_batch(batch: _Batch, source: str) -> list[Landed]:
    _find_known(batch)
    for row, profile in enumerate(batch.profiles):
        _resolve(batch, row, profile)
    _load_known(batch)
    moments = [_moment(profile, batch.now) for profile in batch.profiles]
    for row in sorted(range(len(moments)), key=moments.__getitem__):
        _take_over(batch, row, (moments[row] - _EPOCH) // _MICROSECOND)
    stored = _store(batch)
    topics = apply_statements(_statements(batch, moments), source=source)
    touch(_note_consents(batch, topics) - stored)
    _remember_trait_names(batch.profiles)
    note_seen(batch.unseen, now=batch.now)
    means = _join(batch)
    return [_landed(batch, row, means.get(batch.people[owner].pk)) for row, owner in enumerate(batch.owners)]


def _join(batch: _Batch) -> dict[int, int]:
    """Merge those who are one by what the profiles carry; returns what the merged ids mean."""
    several = [
        (profile.identities, batch.people[owner].pk)
        for profile, owner in zip(batch.profiles, batch.owners, strict=True)
        if any(batch.owner_of[name] != owner for name in profile.identities.items())
    ]
    if not several:
        return {}
    owner_of = {name: batch.people[owner].pk if owner < 0 else owner for name, owner in batch.owner_of.items()}
    batch.proofs.rename({owner: person.pk for owner, person in batch.people.items() if owner < 0})
    return join_profiles(several, owner_of, batch.proofs, now=batch.now)


def _landed(batch: _Batch, row: int, survivor: int | None) -> Landed:
    pk = survivor or batch.people[batch.owners[row]].pk
    if row in batch.created:
        return Landed(pk, "created")
    return Landed(pk, "changed" if row in batch.changed else "same")


def _note_consents(batch: _Batch, topics: set[Topic]) -> set[int]:
    """Mark the first profile that spoke of each of these changes of consent; returns the customers whom they changed."""
    left = set(topics)
    for row, (profile, owner) in enumerate(zip(batch.profiles, batch.owners, strict=True)):
        said = {(batch.people[owner].pk, one.channel, one.purpose) for one in profile.consents} & left
        if said:
            batch.changed.add(row)
            left -= said
    return {customer_id for customer_id, _channel, _purpose in topics}


def _find_known(batch: _Batch) -> None:
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for profile in batch.profiles:
        for kind, value in profile.identities.items():
            wanted[kind].add(value)
    sql = "SELECT value, customer_id, last_at FROM {identities} WHERE kind = %s AND value IN %s"
    for kind, values in wanted.items():
        for value, owner, last_at in ask(sql, kind, values, identities=Identity):
            batch.owner_of[kind, value] = owner
            if last_at is None or last_at.date() < batch.now.date():
                batch.unseen.add((kind, value))
    batch.proofs = read_proofs(batch.owner_of)
    named = "SELECT customer_id, value FROM {identities} WHERE customer_id IN %s AND kind = 'user_id' ORDER BY id"
    batch.user_id_of.update(ask(named, set(batch.owner_of.values()), identities=Identity))


def _resolve(batch: _Batch, row: int, profile: Profile) -> None:
    owner = find_owner(profile.identities, batch.owner_of, batch.user_id_of, batch.proofs)
    if owner is None:
        owner = -1 - len(batch.people)
        batch.created.add(row)
        batch.people[owner] = _Person(0, *_home(batch), {}, {}, batch.now)
    for kind, value in profile.identities.items():
        if (kind, value) not in batch.owner_of:
            batch.owner_of[kind, value] = owner
            batch.new_names.append((kind, value, owner))
            batch.proofs.kinds_of[owner].add(kind)
            batch.changed.add(row)
    if user_id := profile.identities.get("user_id"):
        batch.user_id_of.setdefault(owner, user_id)
    batch.owners.append(owner)


def _home(batch: _Batch) -> tuple[str, str]:
    if batch.home is None:
        told = company()
        batch.home = normalise_language(told.language), told.timezone
    return batch.home


def _load_known(batch: _Batch) -> None:
    sql = (
        "SELECT id, language, timezone, traits, stated, created_at FROM {customers}"
        " WHERE id IN %s AND merged_into IS NULL ORDER BY id"
    )
    for pk, language, zone, traits, stated, at in ask_locked(
        sql, {owner for owner in batch.owners if owner > 0}, customers=Customer
    ):
        batch.people[pk] = _Person(pk, language, zone, json_of(traits), json_of(stated), moment_of(at))
    if any(owner not in batch.people for owner in batch.owners):
        raise IntegrityError("a customer was merged or removed meanwhile")


def _moment(profile: Profile, now: datetime) -> datetime:
    return min(profile.at, now) if profile.at else now


def _take_over(batch: _Batch, row: int, at: int) -> None:
    """Each of the two says None when nothing is to be written, else whether a value is another one now."""
    profile, owner = batch.profiles[row], batch.owners[row]
    person = batch.people[owner]
    settings, traits = _take_over_settings(person, profile, at), _take_over_traits(person, profile, at)
    if traits is not None:
        check_traits_size(person.traits, row=batch.first_row + row)
    if settings is not None or traits is not None:
        batch.restated.add(owner)
    if settings or traits:
        batch.changed.add(row)


def _take_over_settings(person: _Person, profile: Profile, at: int) -> bool | None:
    changed = None
    if profile.language and _is_news(person, "language", at, person.language == profile.language):
        changed = person.language != profile.language
        person.language, person.stated["language"] = profile.language, at
    if profile.timezone and _is_news(person, "timezone", at, person.timezone == profile.timezone):
        changed = bool(changed) or person.timezone != profile.timezone
        person.timezone, person.stated["timezone"] = profile.timezone, at
    return changed


def _take_over_traits(person: _Person, profile: Profile, at: int) -> bool | None:
    traits, changed = person.traits, None
    for name, value in profile.traits.items():
        kept = traits.get(name)
        same = type(kept) is type(value) and kept == value
        if _is_news(person, f"trait:{name}", at, same):
            person.stated[f"trait:{name}"], changed = at, changed or not same
            if value is None:
                traits.pop(name, None)
            else:
                traits[name] = value
    return changed


def _is_news(person: _Person, key: str, at: int, same: bool) -> bool:
    before = person.stated.get(key)
    return before is None or at > before or (at == before and not same)


def _store(batch: _Batch) -> set[int]:
    """Write customers and names; returns the ids of the customers written."""
    new = [person for owner, person in batch.people.items() if owner < 0]
    for person, pk in zip(new, reserve_ids(Customer, len(new)), strict=True):
        person.pk = pk
    kept = new + [batch.people[owner] for owner in sorted(batch.restated) if owner > 0]
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
            "revision": [next_revision()] * len(kept) if kept else [],
        },
        unique=["id"],
        update=["language", "timezone", "traits", "stated", "updated_at", "revision"],
    )
    # Sorted, so that two processes take the unique keys in the same order and cannot block each other.
    names = sorted(batch.new_names)
    write_rows(
        Identity,
        {
            "kind": [kind for kind, _value, _owner in names],
            "value": [value for _kind, value, _owner in names],
            "customer_id": [batch.people[owner].pk for _kind, _value, owner in names],
            "first_at": [batch.now] * len(names),
            "last_at": [batch.now] * len(names),
        },
    )
    return {person.pk for person in kept}


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
    known = dict(ask("SELECT name, kind FROM {names}", names=TraitName)) if kinds else {}
    widened = {name: _widest(found | {known.get(name, "")} - {""}) for name, found in kinds.items()}
    TraitName.objects.bulk_create(
        [TraitName(name=name, kind=kind) for name, kind in sorted(widened.items()) if known.get(name) != kind],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["kind"],
    )


def _widest(kinds: set[str]) -> str:
    return next(iter(kinds)) if len(kinds) == 1 else "text"
