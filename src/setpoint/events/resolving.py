"""From stored messages to customers: what each message says of a person, resolved in one bulk call.

Messages are taken in order of arrival; what they say of traits counts by their own time (the last statement wins), so
late and repeated messages change nothing that a newer one said. An alias gives its user's customer the old key as an
anonymous id, where that key is still free; two people who both have a user id are never made one here.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec

from setpoint.customers.normal import normalise_identity, normalise_profile
from setpoint.customers.services import upsert_customers
from setpoint.customers.types import ConsentRecord, ConsentState, Profile
from setpoint.events.messages import EPOCH, Stored
from setpoint.kernel.errors import Invalid

_NOT_TRAITS = frozenset({"consents", "language", "locale", "timezone"})
_decode = msgspec.json.decode
_log = logging.getLogger(__name__)


def resolve(messages: Sequence[Stored], *, now: datetime) -> list[int]:
    """One customer id for each message, customers made and traits updated on the way. Safe to repeat."""
    profiles: list[Profile] = []
    place: dict[tuple[object, ...], int] = {}
    slots = []
    for message in messages:
        key = (message.user_id, message.anonymous_id, *message.keys.items())
        plain = message.type not in ("identify", "group", "alias")
        if plain and key in place:
            slots.append(place[key])
            continue
        place.setdefault(key, len(profiles))
        slots.append(len(profiles))
        profiles.append(profile_of(message))
    ids = _upsert(profiles, now=now)
    return [ids[slot] for slot in slots]


def _upsert(profiles: list[Profile], *, now: datetime) -> list[int]:
    """Customers of profiles. What cannot be kept is left out: one bad message must not hold up the rest."""
    try:
        return upsert_customers(profiles, now=now) if profiles else []
    except Invalid as error:
        _log.warning("A profile cannot be kept whole: %s", error.message)
    kept = [_what_can_be_kept(profile) for profile in profiles]
    while True:
        try:
            return upsert_customers(kept, now=now)
        except Invalid as error:
            if error.row is None or not kept[error.row].traits:
                raise
            full = kept[error.row].identities.items()
            # Together with what is known already this customer's traits are too many: none of this batch's are added.
            kept = [replace(each, traits={}) if each.identities.items() & full else each for each in kept]


def _what_can_be_kept(profile: Profile) -> Profile:
    try:
        normalise_profile(profile)
    except Invalid:
        return Profile(profile.identities, at=profile.at)
    return profile


def profile_of(message: Stored) -> Profile:
    """What a message says of a person."""
    at = EPOCH + timedelta(microseconds=message.ts)
    keys = _keys(message)
    if message.type == "alias":
        return Profile({"anonymous_id": cast(str, message.previous_id)} | keys, at=at)
    if message.type == "group":
        return Profile(keys, traits={"company": _company(message)}, at=at)
    return _identified(message, keys, at) if message.type == "identify" else Profile(keys, at=at)


def _company(message: Stored) -> dict[str, str]:
    name = _decode(message.properties).get("name")
    return {"id": cast(str, message.group_id)} | ({"name": name} if isinstance(name, str) else {})


def _identified(message: Stored, keys: dict[str, str], at: datetime) -> Profile:
    said = _decode(message.properties)
    return Profile(
        keys | _addresses(said),
        traits={name: value for name, value in said.items() if name not in _NOT_TRAITS},
        consents=tuple(
            ConsentRecord(channel, purpose, cast(ConsentState, state)) for channel, purpose, state in message.consents
        ),
        language=message.language,
        timezone=message.timezone,
        at=at,
    )


def _keys(message: Stored) -> dict[str, str]:
    pairs = (("user_id", message.user_id), ("anonymous_id", message.anonymous_id))
    return message.keys | {kind: value for kind, value in pairs if value}


def _addresses(traits: dict[str, Any]) -> dict[str, str]:
    """E-mail, phone and webhook among the traits become identities too, where they can be such."""
    found = {kind: traits[kind] for kind in ("email", "phone", "webhook") if isinstance(traits.get(kind), str)}
    return {kind: value for kind, value in found.items() if _is_identity(kind, value)}


def _is_identity(kind: str, value: str) -> bool:
    try:
        normalise_identity(kind, value)
    except Invalid:
        return False
    return True
