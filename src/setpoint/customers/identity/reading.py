"""What pages read of identity: proposals side by side, merges, and one person with all their devices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from setpoint.customers.bulk import among
from setpoint.customers.columns import as_text
from setpoint.customers.identity.aliases import ids_of
from setpoint.customers.identity.comparing import ADDRESSES
from setpoint.customers.identity.images import Image
from setpoint.customers.identity_models import Claim, Merge, Part, Proposal
from setpoint.customers.matching.types import How
from setpoint.customers.models import Identity
from setpoint.customers.naming import shown_name
from setpoint.customers.services import view, views
from setpoint.customers.types import STRENGTH, CustomerView

MOST_NAMES = 500


@dataclass(frozen=True, slots=True)
class MatchSide:
    """One of two customers, as far as a list shows them."""

    id: int
    name: str
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class MatchedColumn:
    """One column of both: the values, how alike, and the weight (log2 of the factor on the odds)."""

    column: str
    first: str
    second: str
    how: How
    weight: float


@dataclass(frozen=True, slots=True)
class MatchProposalView:
    """Two customers who may be one, side by side. `home` is log2 of the factor by which the odds were lowered because
    people of one home look alike, too."""

    id: int
    first: MatchSide
    second: MatchSide
    score: float
    home: float
    compared: tuple[MatchedColumn, ...]
    state: Literal["open", "accepted", "rejected"]
    at: datetime
    decided_by: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class MergeProof:
    """What spoke for a merge: a shared identity (`kind`), a person's word, or a compared column with its weight."""

    kind: str
    value: str
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class CustomerMergeView:
    """One merge: who, by what, decided by whom, and whether it was undone."""

    id: int
    first: MatchSide
    second: MatchSide
    survivor_id: int
    merged_id: int
    method: Literal["rule", "model", "person"]
    score: float | None
    evidence: tuple[MergeProof, ...]
    actor: str
    at: datetime
    undone_at: datetime | None
    undone_by: str
    undone_why: str


@dataclass(frozen=True, slots=True)
class IdentityNameView:
    """One identity of a person: since when and until when it was seen, by which record it came, and how many other
    customers state it too."""

    kind: str
    value: str
    is_current: bool
    first_at: datetime | None
    last_at: datetime | None
    record: int
    claimed_by: int


@dataclass(frozen=True, slots=True)
class WholePersonView:
    """One person across devices: all ids that mean them, their identities by strength, and the merges that made them."""

    id: int
    name: str
    records: tuple[int, ...]
    names: tuple[IdentityNameView, ...]
    merges: tuple[CustomerMergeView, ...]
    proposals: int


def proposal_views(rows: Sequence[Proposal]) -> list[MatchProposalView]:
    """Proposals with both sides' present values."""
    people = views(_both(rows))
    return [_proposal(row, people) for row in rows]


def merge_views(rows: Sequence[Merge]) -> list[CustomerMergeView]:
    """Merges with the names of both records."""
    people = views(_both(rows))
    parts = {
        part.customer_id: Image.from_json(part.image)
        for part in Part.objects.filter(customer_id__in=among(_both(rows)))
    }
    names = [pk for image in parts.values() for pk in image.names]
    values = dict(Identity.objects.filter(pk__in=among(names)).order_by("pk").values_list("pk", "value"))
    own = {pk: _alone(pk, image, values) for pk, image in parts.items()}
    return [_merge(row, people | own) for row in rows]


def person_view(customer_id: int) -> WholePersonView:
    """One person by any of their ids; NotFound when there is none."""
    person = view(customer_id)
    ids = ids_of(person.id)
    made = Merge.objects.filter(first_id__in=ids, second_id__in=ids).order_by("-pk")
    open_rows = Proposal.objects.filter(state="open")
    waiting = open_rows.filter(first_id__in=ids).count() + open_rows.filter(second_id__in=ids).count()
    return WholePersonView(
        person.id,
        shown_name(person),
        tuple(ids),
        tuple(_names(person.id, ids)),
        tuple(merge_views(list(made))),
        waiting,
    )


def _names(root: int, ids: Sequence[int]) -> list[IdentityNameView]:
    rows = list(Identity.objects.filter(customer_id=root).order_by("-pk")[:MOST_NAMES])
    parts = {part.customer_id: Image.from_json(part.image) for part in Part.objects.filter(customer_id__in=ids)}
    came_by = {name: pk for pk, image in parts.items() for name in image.names}
    claims = Claim.objects.filter(value__in=among([row.value for row in rows] or [""]))
    claimed: dict[tuple[str, str], int] = {}
    for kind, value in claims.values_list("kind", "value"):
        claimed[kind, value] = claimed.get((kind, value), 0) + 1
    current: set[str] = set()
    names = []
    for row in rows:
        newest = row.kind not in current
        current.add(row.kind)
        count = claimed.get((row.kind, row.value), 0)
        record = came_by.get(row.pk, root)
        names.append(IdentityNameView(row.kind, row.value, newest, row.first_at, row.last_at, record, count))
    return sorted(names, key=lambda name: (STRENGTH.index(name.kind), not name.is_current))


def _both(rows: Iterable[Proposal | Merge]) -> list[int]:
    return list({pk for row in rows for pk in (row.first_id, row.second_id)})


def _side(pk: int, people: Mapping[int, CustomerView]) -> MatchSide:
    found = people.get(pk)
    return MatchSide(pk, shown_name(found) if found else "", found.created_at if found else None)


def _proposal(row: Proposal, people: Mapping[int, CustomerView]) -> MatchProposalView:
    compared = tuple(
        MatchedColumn(
            column=said["column"],
            first=_value(people.get(row.first_id), said["column"]),
            second=_value(people.get(row.second_id), said["column"]),
            how=said["how"],
            weight=said["weight"],
        )
        for said in row.evidence
    )
    return MatchProposalView(
        id=row.pk,
        first=_side(row.first_id, people),
        second=_side(row.second_id, people),
        score=row.score,
        home=row.home,
        compared=compared,
        state=row.state,  # type: ignore[arg-type]
        at=row.at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def _value(person: CustomerView | None, column: str) -> str:
    if person is None:
        return ""
    value = person.identities.get(column) if column in ADDRESSES else person.traits.get(column)
    return "" if value is None else as_text(value)


def _merge(row: Merge, people: Mapping[int, CustomerView]) -> CustomerMergeView:
    return CustomerMergeView(
        id=row.pk,
        first=_side(row.first_id, people),
        second=_side(row.second_id, people),
        survivor_id=row.survivor_id,
        merged_id=row.merged_id,
        method=row.method,  # type: ignore[arg-type]
        score=row.score,
        evidence=tuple(_proof(said) for said in row.evidence),
        actor=row.actor,
        at=row.at,
        undone_at=row.undone_at,
        undone_by=row.undone_by,
        undone_why=row.undone_why,
    )


def _alone(pk: int, image: Image, values: Mapping[int, str]) -> CustomerView:
    """A record as it is by itself."""
    names = {kind: values[name] for name, kind in image.names.items() if name in values}
    return CustomerView(pk, names, image.traits, image.language, image.timezone, image.created_at)


def _proof(said: Mapping[str, Any]) -> MergeProof:
    if "column" in said:
        return MergeProof(said["column"], said["how"], said["weight"])
    return MergeProof(said["kind"], said["value"])
