"""Searching for people who have several records: asked for here, worked off in the background, stopped at any step."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _noop

from setpoint.customers.identity.comparing import compared_columns, people_table
from setpoint.customers.identity.merging import Wish, join_all
from setpoint.customers.identity.proposals import accept_piece, evidence_of, keep_proposals
from setpoint.customers.identity.rules import join_settings
from setpoint.customers.identity_models import MatchRun
from setpoint.customers.locks import exclusive
from setpoint.customers.matching.clusters import clusters
from setpoint.customers.matching.linking import match
from setpoint.customers.matching.types import Matched
from setpoint.governance.failures import kept
from setpoint.governance.services import needs, record_audit
from setpoint.kernel import clock
from setpoint.kernel.errors import Conflict, NotFound

SEED = 1
PIECE = 200
_LIST = 50
_HEARTBEAT = 0.5
State = MatchRun.State
_OPEN = (State.QUEUED, State.RUNNING, State.CANCELLING)
_SAFE = _noop("Nothing is lost: customers, proposals and merges made so far stay as they are.")
_log = logging.getLogger(__name__)


class _Cancelled(Exception):
    """A person stopped the run."""


@needs("customers:write")
@transaction.atomic
def start_run(verb: Literal["match", "accept"], *, least: float | None = None, actor: str, now: datetime) -> MatchRun:
    """Queue a search ("match"), or the acceptance of all open proposals with at least this score ("accept"). Conflict
    when one of them waits or runs."""
    if MatchRun.objects.filter(state__in=_OPEN).exists():
        raise Conflict(_("A search is running already."), remedy=_("Wait until it ends, or cancel it."))
    above = join_settings().propose_above if least is None else least
    run = MatchRun.objects.create(verb=verb, least=above, actor=actor[:250], created_at=now)
    record_audit(actor, f"started {verb}", f"match_run:{run.pk}", after={"least": above}, now=now)
    return run


@needs("customers:write")
@transaction.atomic
def cancel_run(run_id: int, *, actor: str, now: datetime) -> MatchRun:
    """Stop a run before its next step; what it did stays. NotFound; Conflict when it has ended."""
    run = MatchRun.objects.select_for_update().filter(pk=run_id).first()
    if run is None:
        raise NotFound(_("There is no search %(id)s.") % {"id": run_id}, remedy=_("Look at the list of searches."))
    if run.state not in _OPEN:
        raise Conflict(_("This search has ended."), remedy=_("Look at what it found."))
    waiting = run.state == State.QUEUED
    run.state, run.finished_at = (State.CANCELLED, now) if waiting else (State.CANCELLING, None)
    run.save(update_fields=["state", "finished_at"])
    record_audit(actor, "cancelled", f"match_run:{run.pk}", now=now)
    return run


def list_runs() -> list[MatchRun]:
    """The newest runs."""
    return list(MatchRun.objects.order_by("-pk")[:_LIST])


def run_next(*, now: datetime) -> bool:
    """Work off the oldest run that waits, or that a killed process left; whether there was one."""
    waiting = MatchRun.objects.filter(state__in=_OPEN).order_by("pk").first()
    if waiting is None:
        return False
    with exclusive("identity-run") as mine:
        if mine:
            _work_off(waiting.pk, now)
        return mine


def _work_off(run_id: int, now: datetime) -> None:
    run = MatchRun.objects.get(pk=run_id)
    if run.state not in _OPEN:
        return
    if run.state == State.CANCELLING:
        return _end(run, State.CANCELLED, now)
    run.state, run.started_at = State.RUNNING, now
    run.save(update_fields=["state", "started_at"])
    try:
        _VERBS[run.verb](run, now)
        _end(run, State.DONE, now)
    except _Cancelled:
        _end(run, State.CANCELLED, now)
    except Exception as error:
        _log.exception("Search %d failed.", run.pk)
        run.failure = kept(error, safe=_SAFE)
        _end(run, State.FAILED, now)


def _match(run: MatchRun, now: datetime) -> None:
    rules = join_settings()
    table = people_table(compared_columns(rules))
    found = match(table, id_column="customer_id", least=run.least, seed=SEED, watch=_watch(run))
    run.told = _told(found, table.num_rows)
    if rules.automatic_above is not None:
        run.merged = _merge_surest(run, found, rules.automatic_above, now)
    run.found = keep_proposals(found.pairs, run, now=now)


def _merge_surest(run: MatchRun, found: Matched, above: float, now: datetime) -> int:
    """Merge whole people above a score: pairs within one cluster, the surest first."""
    sure = {(pair.first, pair.second): pair for pair in found.pairs if pair.probability >= above}
    groups = clusters((pair.first, pair.second, pair.probability) for pair in sure.values())
    group_of = {pk: place for place, group in enumerate(groups) for pk in group}
    wishes = [
        Wish(pair.first, pair.second, evidence_of(pair), pair.probability)
        for pair in sure.values()
        if pair.first in group_of and group_of[pair.first] == group_of.get(pair.second)
    ]
    merged = 0
    for start in range(0, len(wishes), PIECE):
        _stop_if_told(run)
        piece = wishes[start : start + PIECE]
        merged += len(join_all(piece, method="model", actor=f"search {run.pk}", now=now).merges)
    return merged


def _accept(run: MatchRun, now: datetime) -> None:
    total = 0
    while True:
        _stop_if_told(run)
        tried, merged = accept_piece(run.least, limit=PIECE, actor=run.actor, now=now)
        total, run.merged = total + tried, run.merged + merged
        run.found, run.stage = total, "merging"
        run.save(update_fields=["found", "merged", "stage"])
        if tried < PIECE:
            return


def _watch(run: MatchRun) -> Callable[[str, float], None]:
    last = [0.0]

    def watch(stage: str, share: float) -> None:
        if time.monotonic() - last[0] >= _HEARTBEAT or stage != run.stage:
            last[0] = time.monotonic()
            _stop_if_told(run)
            run.stage, run.progress = stage, share
            run.save(update_fields=["stage", "progress"])

    return watch


def _stop_if_told(run: MatchRun) -> None:
    if MatchRun.objects.filter(pk=run.pk, state=State.CANCELLING).exists():
        raise _Cancelled


def _told(found: Matched, customers: int) -> dict[str, Any]:
    return {
        "customers": customers,
        "compared": found.compared,
        "expected": round(found.expected, 1),
        "columns": [asdict(column) for column in found.columns],
        "blocks": [list(block) for block in found.blocks],
    }


@transaction.atomic
def _end(run: MatchRun, state: MatchRun.State, now: datetime) -> None:
    run.state, run.finished_at = state, clock.now()
    run.progress = 1.0 if state == State.DONE else run.progress
    run.save()
    told = {"state": state.value, "found": run.found, "merged": run.merged}
    record_audit(run.actor, f"ended {run.verb}", f"match_run:{run.pk}", after=told, now=now)


_VERBS: Mapping[str, Callable[[MatchRun, datetime], None]] = {"match": _match, "accept": _accept}
