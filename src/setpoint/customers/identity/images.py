"""What one record says by itself, and what several say together. Pure: values in, values out.

A person's state is always folded from the images of all their records. So it does not matter in which order records
were merged or split, and a record that is split off is what it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias

from setpoint.customers.types import CHANNEL_IDENTITY

Topic: TypeAlias = "tuple[str, str]"
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Stated:
    """What was last said of one topic."""

    state: str
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Image:
    """One record. `names` are its identities (row id to kind); `overruled` are topics of which the person spoke anew
    while this record was part of them, so that its own statement is history."""

    language: str
    timezone: str
    traits: Mapping[str, Any]
    stated: Mapping[str, int]
    created_at: datetime
    updated_at: datetime
    names: Mapping[int, str] = field(default_factory=dict)
    consents: Mapping[Topic, Stated] = field(default_factory=dict)
    overruled: frozenset[Topic] = frozenset()

    def to_json(self) -> dict[str, Any]:
        """As a before image is stored."""
        plain = asdict(self) | {
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
            "names": [[pk, kind] for pk, kind in self.names.items()],
            "consents": [
                [*topic, said.state, said.source, said.at.isoformat()] for topic, said in self.consents.items()
            ],
            "overruled": sorted(map(list, self.overruled)),
        }
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Image:
        """The reverse of `to_json`."""
        return cls(
            language=plain["language"],
            timezone=plain["timezone"],
            traits=plain["traits"],
            stated=plain["stated"],
            created_at=datetime.fromisoformat(plain["created_at"]),
            updated_at=datetime.fromisoformat(plain["updated_at"]),
            names={int(pk): kind for pk, kind in plain["names"]},
            consents={
                (channel, purpose): Stated(state, source, datetime.fromisoformat(at))
                for channel, purpose, state, source, at in plain["consents"]
            },
            overruled=frozenset((channel, purpose) for channel, purpose in plain["overruled"]),
        )


def fold(parts: Sequence[Image]) -> Image:
    """What records say together, the eldest first: each trait and setting by its newest statement (the elder record's
    where that says nothing), consent by the strictest."""
    if len(parts) == 1:
        return parts[0]
    traits, stated = _newest_traits(parts)
    for key in ("language", "timezone"):
        moments = [part.stated[key] for part in parts if key in part.stated]
        stated |= {key: max(moments)} if moments else {}
    return Image(
        language=_newest(parts, "language", lambda part: part.language),
        timezone=_newest(parts, "timezone", lambda part: part.timezone),
        traits=traits,
        stated=stated,
        created_at=min(part.created_at for part in parts),
        updated_at=max(part.updated_at for part in parts),
        names={pk: kind for part in parts for pk, kind in part.names.items()},
        consents=_strictest(parts),
    )


def absorb(parts: Mapping[int, Image], root: int, live: Image) -> dict[int, Image]:
    """The images with what was stated since of the person, whose row is `live`.

    It becomes the root's own. A refusal counts for every record (one person spoke for all); an agreement for the root
    alone, but the others' older statements no longer stand against it.
    """
    before = fold([parts[pk] for pk in sorted(parts)])
    fresh = dict(parts)
    fresh[root] = _with_news(parts[root], before, live)
    for topic, said in live.consents.items():
        if before.consents.get(topic) != said:
            fresh = {pk: _told(image, topic, said, own=pk == root) for pk, image in fresh.items()}
    gone = before.names.keys() - live.names.keys()
    fresh = {pk: replace(image, names=_without(image.names, gone)) for pk, image in fresh.items()}
    new = {pk: kind for pk, kind in live.names.items() if pk not in before.names}
    fresh[root] = replace(fresh[root], names={**fresh[root].names, **new})
    return fresh


def _with_news(own: Image, before: Image, live: Image) -> Image:
    traits, stated = dict(own.traits), dict(own.stated)
    changed = False
    for name in _names_of((before, live)):
        key = f"trait:{name}"
        if _differ(before.traits, live.traits, name) or before.stated.get(key) != live.stated.get(key):
            changed = True
            _copy(live.traits, traits, name)
            _copy(live.stated, stated, key)
    settings = {}
    for key in ("language", "timezone"):
        now = getattr(live, key)
        if now != getattr(before, key) or before.stated.get(key) != live.stated.get(key):
            settings[key] = now
            _copy(live.stated, stated, key)
    moved = live.updated_at if changed or settings else own.updated_at
    return replace(own, traits=traits, stated=stated, updated_at=moved, **settings)


def _told(image: Image, topic: Topic, said: Stated, *, own: bool) -> Image:
    if own or said.state == "denied":
        return replace(image, consents={**image.consents, topic: said}, overruled=image.overruled - {topic})
    return replace(image, overruled=image.overruled | {topic})


def _newest_traits(parts: Sequence[Image]) -> tuple[dict[str, Any], dict[str, int]]:
    traits: dict[str, Any] = {}
    stated: dict[str, int] = {}
    for name in _names_of(parts):
        key = f"trait:{name}"
        said = [part for part in parts if key in part.stated or name in part.traits]
        latest = max(said, key=lambda part: part.stated.get(key, -1))
        _copy(latest.traits, traits, name)
        _copy(latest.stated, stated, key)
    return traits, stated


def _newest(parts: Sequence[Image], key: str, read: Callable[[Image], str]) -> str:
    return read(max(parts, key=lambda part: part.stated.get(key, -1)))


def _strictest(parts: Sequence[Image]) -> dict[Topic, Stated]:
    """By topic: denied where any record says so; granted where one says so and no other record that can be reached on
    the channel is silent. A refusal counts as said when the last of all statements was, so that none of them, told
    again, undoes it."""
    together: dict[Topic, Stated] = {}
    for topic in dict.fromkeys(topic for part in parts for topic in part.consents):
        asked = [part for part in parts if topic not in part.overruled]
        said = [part.consents[topic] for part in asked if topic in part.consents]
        denied = [one for one in said if one.state == "denied"]
        if denied:
            latest = max(denied, key=lambda one: one.at)
            together[topic] = replace(latest, at=max(one.at for one in said))
        elif said and not any(topic not in part.consents and _reached(part, topic) for part in asked):
            together[topic] = max(said, key=lambda one: one.at)
    return together


def _reached(part: Image, topic: Topic) -> bool:
    kind = CHANNEL_IDENTITY.get(topic[0], topic[0])
    return kind in part.names.values()


def _names_of(images: Iterable[Image]) -> list[str]:
    """All traits that these images have or had."""
    return list(
        dict.fromkeys(
            name
            for image in images
            for name in (*image.traits, *(key[6:] for key in image.stated if key.startswith("trait:")))
        )
    )


def _differ(one: Mapping[str, Any], other: Mapping[str, Any], name: str) -> bool:
    first, second = one.get(name, _MISSING), other.get(name, _MISSING)
    return type(first) is not type(second) or first != second


def _copy(source: Mapping[str, Any], target: dict[str, Any], name: str) -> None:
    if name in source:
        target[name] = source[name]
    else:
        target.pop(name, None)


def _without(names: Mapping[int, str], gone: Iterable[int]) -> dict[int, str]:
    lost = set(gone)
    return {pk: kind for pk, kind in names.items() if pk not in lost}
