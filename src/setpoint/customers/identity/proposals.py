"""Proposals: pairs that a search found, until somebody decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from setpoint.customers.bulk import among
from setpoint.customers.identity.merging import Wish, join_all, refusal, single_values
from setpoint.customers.identity_models import MatchRun, Merge, Proposal
from setpoint.customers.matching.types import Pair
from setpoint.customers.models import Customer
from setpoint.governance.services import needs, record_audit
from setpoint.kernel.errors import Conflict, NotFound

MOST_KEPT = 100_000
"""Proposals of one search; the surest are kept."""
_AT_ONCE = 1_000


def list_proposals(
    *, state: Literal["open", "accepted", "rejected"] = "open", least: float = 0.0
) -> QuerySet[Proposal]:
    """Proposals in a state with at least this score, the surest first."""
    return Proposal.objects.filter(state=state, score__gte=least).order_by("-score", "id")


def get_proposal(proposal_id: int) -> Proposal:
    """One proposal; NotFound when there is none."""
    found = Proposal.objects.filter(pk=proposal_id).first()
    if found is None:
        raise NotFound(
            _("There is no proposal %(id)s.") % {"id": proposal_id}, remedy=_("Look at the list of proposals.")
        )
    return found


@needs("customers:write")
@transaction.atomic
def accept(proposal_id: int, *, actor: str, now: datetime) -> Merge | None:
    """Merge the two of a proposal; None where they have become one meanwhile. NotFound, Conflict when it was decided
    before, Refused where a rule forbids it."""
    row = _undecided(proposal_id)
    wish = Wish(row.first_id, row.second_id, row.evidence, row.score)
    joined = join_all([wish], method="person", actor=actor, now=now)
    if joined.refused:
        raise refusal(joined.refused[0][1])
    _decide([row.pk], "accepted", actor, now)
    return joined.merges[0] if joined.merges else None


@needs("customers:write")
@transaction.atomic
def reject(proposal_id: int, *, actor: str, now: datetime) -> Proposal:
    """These two are different people: neither rules nor searches merge or propose them again. NotFound; Conflict."""
    row = _undecided(proposal_id)
    _decide([row.pk], "rejected", actor, now)
    told = {"first": row.first_id, "second": row.second_id, "score": row.score}
    record_audit(actor, "rejected", f"proposal:{row.pk}", after=told, now=now)
    row.refresh_from_db()
    return row


def accept_piece(least: float, *, limit: int, actor: str, now: datetime) -> tuple[int, int]:
    """Accept the surest open proposals from a score on, at most `limit`; returns how many were tried, and how many
    merges that made. One that a rule forbids is rejected."""
    with transaction.atomic():
        rows = list(list_proposals(least=least)[:limit])
        wishes = [Wish(row.first_id, row.second_id, row.evidence, row.score) for row in rows]
        joined = join_all(wishes, method="person", actor=actor, now=now)
        refused = {(wish.first, wish.second) for wish, _why in joined.refused}
        bad = [row.pk for row in rows if (row.first_id, row.second_id) in refused]
        _decide([row.pk for row in rows if row.pk not in bad], "accepted", actor, now)
        _decide(bad, "rejected", actor, now)
    return len(rows), len(joined.merges)


def keep_proposals(pairs: Sequence[Pair], run: MatchRun, *, now: datetime) -> int:
    """Replace the open proposals by what a search found; returns how many are open. Pairs that were decided, that are
    one by now, or that no rule lets be one, are left out."""
    fresh = _proposable(sorted(pairs, key=lambda pair: -pair.probability)[:MOST_KEPT])
    with transaction.atomic():
        Proposal.objects.filter(state="open").delete()
        Proposal.objects.bulk_create(
            (
                Proposal(
                    first_id=pair.first,
                    second_id=pair.second,
                    score=pair.probability,
                    home=round(pair.home, 2),
                    evidence=evidence_of(pair),
                    run=run,
                    at=now,
                )
                for pair in fresh
            ),
            batch_size=_AT_ONCE,
            ignore_conflicts=True,
        )
        return Proposal.objects.filter(state="open").count()


def evidence_of(pair: Pair) -> list[dict[str, Any]]:
    """A pair's evidence as it is stored: by column how alike, and the weight (log2 of the odds' factor)."""
    return [{"column": said.column, "how": said.how, "weight": round(said.weight, 2)} for said in pair.evidence]


def _proposable(pairs: Sequence[Pair]) -> list[Pair]:
    ids = among({pk for pair in pairs for pk in (pair.first, pair.second)})
    living = set(Customer.objects.filter(pk__in=ids).values_list("pk", flat=True)) if pairs else set()
    known = [pair for pair in pairs if pair.first in living and pair.second in living]
    values = single_values(living)
    undone = {*Merge.objects.filter(undone_at__isnull=False).values_list("first_id", "second_id")}
    return [
        pair
        for pair in known
        if (pair.first, pair.second) not in undone
        and all(
            values[pair.first][kind] == values[pair.second][kind]
            for kind in values[pair.first].keys() & values[pair.second].keys()
        )
    ]


def _undecided(proposal_id: int) -> Proposal:
    row = Proposal.objects.select_for_update().filter(pk=proposal_id).first() or get_proposal(proposal_id)
    if row.state != "open":
        raise Conflict(
            _("%(who)s decided this proposal before.") % {"who": row.decided_by or _("Somebody")},
            remedy=_("Look at the merges; undo one there."),
        )
    return row


def _decide(ids: Sequence[int], state: str, actor: str, now: datetime) -> None:
    Proposal.objects.filter(pk__in=among(ids)).update(state=state, decided_by=actor[:250], decided_at=now)
