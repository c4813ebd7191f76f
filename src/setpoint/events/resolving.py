"""From stored messages to customers: what each message says of a person, resolved in one bulk call.

Messages are taken in order of arrival; what they say of traits counts by their own time (the last statement wins), so
late and repeated messages change nothing that a newer one said.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import available_timezones

import msgspec

from setpoint.customers.models import Identity
from setpoint.customers.services import upsert_customers
from setpoint.customers.types import ConsentRecord, ConsentState, Profile
from setpoint.events.messages import EPOCH, MAX_ID, Stored

_NOT_TRAITS = frozenset({"consents", "language", "locale", "timezone"})
_decode = msgspec.json.decode


def resolve(messages: Sequence[Stored], *, now: datetime) -> list[int]:
    """One customer id for each message, customers made and traits updated on the way. Safe to repeat."""
    known = _known_before(messages)
    profiles: list[Profile] = []
    place: dict[tuple[str | None, str | None], int] = {}
    slots = []
    for message in messages:
        if message.type == "alias":
            profiles += _alias_profiles(message, known)
        elif message.type in ("identify", "group"):
            profiles.append(_profile(message))
        else:
            key = (message.user_id, message.anonymous_id)
            if key not in place:
                place[key] = len(profiles)
                profiles.append(Profile(_keys(message), at=_at(message)))
            slots.append(place[key])
            continue
        slots.append(len(profiles) - 1)
        known.add(message.user_id)
    ids = upsert_customers(profiles, now=now) if profiles else []
    return [ids[slot] for slot in slots]


def _known_before(messages: Sequence[Stored]) -> set[str | None]:
    """Those previous keys of alias messages that are user ids already; the others are anonymous ids."""
    previous = {message.previous_id for message in messages if message.previous_id}
    if not previous:
        return set()
    return set(Identity.objects.filter(kind="user_id", value__in=previous).values_list("value", flat=True))


def _alias_profiles(message: Stored, known: set[str | None]) -> list[Profile]:
    """The link from an old key to a new one. A user's old key is first made an anonymous key of the same customer."""
    at = _at(message)
    previous = cast(str, message.previous_id)
    link = Profile({"user_id": cast(str, message.user_id), "anonymous_id": previous}, at=at)
    if previous in known and previous != message.user_id:
        return [Profile({"user_id": previous, "anonymous_id": previous}, at=at), link]
    return [link]


def _profile(message: Stored) -> Profile:
    said = _decode(message.properties)
    if message.type == "group":
        company = {"id": message.group_id, **({"name": said["name"]} if isinstance(said.get("name"), str) else {})}
        return Profile(_keys(message), traits={"company": company}, at=_at(message))
    return Profile(
        _keys(message) | _addresses(said),
        traits={name: value for name, value in said.items() if name not in _NOT_TRAITS},
        consents=tuple(ConsentRecord(channel, purpose, cast(ConsentState, state)) for channel, purpose, state in message.consents),
        language=message.language,
        timezone=message.timezone if message.timezone in available_timezones() else None,
        at=_at(message),
    )


def _keys(message: Stored) -> dict[str, str]:
    pairs = (("user_id", message.user_id), ("anonymous_id", message.anonymous_id))
    return {kind: value for kind, value in pairs if value}


def _addresses(traits: dict[str, Any]) -> dict[str, str]:
    """E-mail and phone among the traits become identities too, where they can be such."""
    found = {kind: traits.get(kind) for kind in ("email", "phone", "webhook")}
    return {kind: value for kind, value in found.items() if isinstance(value, str) and value.strip() and len(value) <= MAX_ID}


def _at(message: Stored) -> datetime:
    return EPOCH + timedelta(microseconds=message.ts)


def naive(moment: datetime) -> datetime:
    """The lake's form of a time: UTC without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)
