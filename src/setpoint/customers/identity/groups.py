"""Records and the people they belong to, loaded and stored in a few statements whatever their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from setpoint.customers.bulk import among, write_rows
from setpoint.customers.identity.images import Image, Stated, Topic, absorb, fold
from setpoint.customers.identity_models import AliasChange, Merge, Part
from setpoint.customers.models import Consent, ConsentChange, Customer, Identity, Removal
from setpoint.customers.revisions import next_revision, note_removed

_CUSTOMER = ("language", "timezone", "traits", "stated", "created_at", "updated_at")


@dataclass(slots=True)
class Groups:
    """Some people with all their records: `root_of` says for each record whose it is, `images` what it is by itself,
    `live` how each person (by root) stands in the records now."""

    root_of: dict[int, int] = field(default_factory=dict)
    images: dict[int, Image] = field(default_factory=dict)
    live: dict[int, Image] = field(default_factory=dict)

    def members(self, root: int) -> list[int]:
        """The records of one person, the eldest first."""
        return sorted(pk for pk, owner in self.root_of.items() if owner == root)


def load(customer_ids: Iterable[int]) -> Groups:
    """The people of these records, locked until the transaction ends. Unknown ids are left out."""
    rows = Customer.everyone.filter(pk__in=among(set(customer_ids))).values_list("pk", "merged_into")
    roots = sorted({into or pk for pk, into in rows})
    groups = Groups(live=_live(roots))
    stored: defaultdict[int, dict[int, Image]] = defaultdict(dict)
    for part in Part.objects.filter(root_id__in=among(roots)):
        stored[part.root_id][part.customer_id] = Image.from_json(part.image)
    for root, now in groups.live.items():
        images = absorb(stored[root], root, now) if root in stored else {root: now}
        groups.images |= images
        groups.root_of |= dict.fromkeys(images, root)
    return groups


def regroup(groups: Groups) -> dict[int, int]:
    """For each record the person whom the merges that hold give it to: the eldest record that they connect."""
    root = {pk: pk for pk in groups.images}

    def find(pk: int) -> int:
        while root[pk] != pk:
            root[pk] = root[root[pk]]
            pk = root[pk]
        return pk

    edges = Merge.objects.filter(undone_at=None, first_id__in=among(root))
    for first, second in edges.values_list("first_id", "second_id"):
        if first in root and second in root:
            elder, younger = sorted((find(first), find(second)))
            root[younger] = elder
    return {pk: find(pk) for pk in root}


def store(groups: Groups, root_of: Mapping[int, int], *, source: str, now: datetime) -> None:
    """Make people of records as `root_of` says. Records whose person stays as it is are left alone."""
    before, after = _people(groups.root_of), _people(root_of)
    changed = {root: group for root, group in after.items() if before.get(root) != group}
    ids = [pk for group in changed.values() for pk in group]
    if not ids:
        return
    images = _fitting(groups, root_of, ids)
    people = {root: fold([images[pk] for pk in group]) for root, group in changed.items()}
    rows = {pk: images[pk] for pk in ids} | people
    _write_parts(changed, images)
    _write_customers(rows, root_of)
    _write_names(people)
    _write_consents(ids, people)
    _write_history(groups.live, people, source, now)
    _note_aliases(groups.root_of, root_of, ids)


def _live(roots: Iterable[int]) -> dict[int, Image]:
    wanted = among(roots)
    names: defaultdict[int, dict[int, str]] = defaultdict(dict)
    rows = Identity.objects.filter(customer_id__in=wanted).order_by("pk")
    for owner, pk, kind in rows.values_list("customer_id", "pk", "kind"):
        names[owner][pk] = kind
    consents: defaultdict[int, dict[Topic, Stated]] = defaultdict(dict)
    for said in Consent.objects.filter(customer_id__in=wanted):
        consents[said.customer_id][said.channel, said.purpose] = Stated(said.state, said.source, said.at)
    return {
        row.pk: Image(
            **{name: getattr(row, name) for name in _CUSTOMER}, names=names[row.pk], consents=consents[row.pk]
        )
        for row in Customer.everyone.filter(pk__in=wanted).select_for_update().order_by("pk")
    }


def _people(root_of: Mapping[int, int]) -> dict[int, list[int]]:
    people: defaultdict[int, list[int]] = defaultdict(list)
    for pk in sorted(root_of):
        people[root_of[pk]].append(pk)
    return dict(people)


def _fitting(groups: Groups, root_of: Mapping[int, int], ids: Iterable[int]) -> dict[int, Image]:
    """A record that comes to another person brings its own statements with it: none is overruled there."""
    moved = {pk for pk in ids if root_of[pk] != groups.root_of[pk]}
    return {pk: replace(groups.images[pk], overruled=frozenset()) if pk in moved else groups.images[pk] for pk in ids}


def _write_parts(people: Mapping[int, list[int]], images: Mapping[int, Image]) -> None:
    parts = [(pk, root) for root, group in people.items() if len(group) > 1 for pk in group]
    alone = [root for root, group in people.items() if len(group) == 1]
    Part.objects.filter(customer_id__in=among(alone)).delete()
    columns: dict[str, list[Any]] = {
        "customer_id": [pk for pk, _root in parts],
        "root_id": [root for _pk, root in parts],
        "image": [images[pk].to_json() for pk, _root in parts],
    }
    write_rows(Part, columns, unique=["customer_id"], update=["root_id", "image"])


def _write_customers(rows: Mapping[int, Image], root_of: Mapping[int, int]) -> None:
    revision = next_revision()
    columns: dict[str, list[Any]] = {name: [getattr(image, name) for image in rows.values()] for name in _CUSTOMER}
    columns |= {
        "id": list(rows),
        "merged_into": [None if root_of[pk] == pk else root_of[pk] for pk in rows],
        "revision": [revision] * len(rows),
    }
    write_rows(Customer, columns, unique=["id"], update=[*_CUSTOMER, "merged_into", "revision"])
    note_removed(pk for pk in rows if root_of[pk] != pk)
    Removal.objects.filter(customer_id__in=among([pk for pk in rows if root_of[pk] == pk])).delete()


def _write_names(people: Mapping[int, Image]) -> None:
    for root, person in people.items():
        Identity.objects.filter(pk__in=among(person.names)).exclude(customer_id=root).update(customer_id=root)


def _write_consents(ids: Iterable[int], people: Mapping[int, Image]) -> None:
    Consent.objects.filter(customer_id__in=among(ids)).delete()
    rows = [(root, *topic, said) for root, person in people.items() for topic, said in person.consents.items()]
    columns: dict[str, list[Any]] = {
        "customer_id": [root for root, _channel, _purpose, _said in rows],
        "channel": [channel for _root, channel, _purpose, _said in rows],
        "purpose": [purpose for _root, _channel, purpose, _said in rows],
        "state": [said.state for *_topic, said in rows],
        "source": [said.source for *_topic, said in rows],
        "at": [said.at for *_topic, said in rows],
    }
    write_rows(Consent, columns)


def _write_history(live: Mapping[int, Image], people: Mapping[int, Image], source: str, now: datetime) -> None:
    """What a merge made of consents is part of their history; one that is granted no more counts as denied there."""
    ConsentChange.objects.bulk_create(
        ConsentChange(customer_id=root, channel=channel, purpose=purpose, state=state, source=source[:100], at=now)
        for root, person in people.items()
        if root in live
        for (channel, purpose), state in _changes(live[root], person).items()
    )


def _changes(before: Image, after: Image) -> dict[Topic, str]:
    states = {topic: said.state for topic, said in after.consents.items()}
    was = {topic: said.state for topic, said in before.consents.items()}
    changed = {topic: state for topic, state in states.items() if was.get(topic) != state}
    return changed | {topic: "denied" for topic, state in was.items() if state == "granted" and topic not in states}


def _note_aliases(before: Mapping[int, int], after: Mapping[int, int], ids: Iterable[int]) -> None:
    moved = [pk for pk in ids if before[pk] != after[pk]]
    columns = {"customer_id": moved, "survivor_id": [after[pk] for pk in moved]}
    write_rows(AliasChange, columns)


def lock() -> None:
    """One at a time: who belongs to whom is changed by one transaction alone (SQLite has one writer anyway)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('setpoint.identity', 0))")


def undone_between(ids: Iterable[int]) -> Q:
    """Merges that people undid, among these records."""
    wanted = among(ids)
    return Q(undone_at__isnull=False, first_id__in=wanted, second_id__in=wanted)
