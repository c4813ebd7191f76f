"""Rules tried on real rows before they run: what each would touch, and rows before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.db import transaction
from django.utils.translation import gettext as _

from setpoint.customers.services import customer_frame, trait_names
from setpoint.governance.services import needs, record_audit, refuse_stale
from setpoint.kernel.errors import Invalid
from setpoint.sources.cleaning.applying import Cleaned, Touched, clean
from setpoint.sources.cleaning.fitting import fit
from setpoint.sources.cleaning.rules import check_rules
from setpoint.sources.connections import fitted_rules, get_connection
from setpoint.sources.landing import rows_of
from setpoint.sources.models import TraitRules
from setpoint.sources.secrets import source_of

MOST_ROWS = 5_000
SHOWN_ROWS = 20
_SUBJECT = "cleaning:traits"


@dataclass(frozen=True, slots=True)
class Changed:
    """One row: as it came, as it would land, and which rule refuses it (0: none)."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    refused_by: int


@dataclass(frozen=True, slots=True)
class RulePreview:
    """What rules would do with `rows` rows. `rules` carry the numbers that were taken from them."""

    rows: int
    kept: int
    columns: Sequence[str]
    rules: Sequence[Mapping[str, Any]]
    touched: Sequence[Touched]
    changed: Sequence[Changed] = field(default_factory=tuple)


def preview_rules(
    rules: Sequence[Mapping[str, Any]], *, now: datetime, connection_id: int | None = None, anew: bool = False
) -> RulePreview:
    """Try rules on a connection's first rows or, without one, on the traits of customers. Changes nothing."""
    table = _rows_of_connection(connection_id, now) if connection_id else _rows_of_customers()
    checked = fit(table, check_rules([dict(rule) for rule in rules], table.column_names), anew=anew)
    cleaned = clean(table, checked)
    return RulePreview(
        rows=table.num_rows,
        kept=cleaned.kept.num_rows,
        columns=cleaned.table.column_names,
        rules=checked,
        touched=cleaned.touched,
        changed=_changed(table, cleaned),
    )


def trait_rules() -> TraitRules:
    """The rules that hold for every source."""
    return TraitRules.objects.filter(pk=1).first() or TraitRules(pk=1)


@needs("imports:write")
def set_trait_rules(
    rules: Sequence[Mapping[str, Any]], *, actor: str, now: datetime, seen: int | None = None
) -> TraitRules:
    """Replace the rules that hold for every source. Conflict when somebody changed the version `seen` meanwhile."""
    checked = fitted_rules(rules)
    with transaction.atomic():
        TraitRules.objects.get_or_create(pk=1)
        held = TraitRules.objects.select_for_update().get(pk=1)
        refuse_stale(_SUBJECT, seen=seen, current=held.version)
        before, held.rules, held.version = held.rules, checked, held.version + 1
        held.save()
        told = {"rules": checked, "version": held.version}
        record_audit(actor, "changed", _SUBJECT, before={"rules": before}, after=told, now=now)
    return held


def _rows_of_connection(connection_id: int, now: datetime) -> pa.Table:
    source = source_of(get_connection(connection_id), now=now)
    try:
        pulls = (pulled.table for pulled in source.pull(""))
        first = next((table for table in pulls if table.num_rows), None)
    finally:
        source.close()
    if first is None:
        raise Invalid(_("The source has no rows to try the rules on."), remedy=_("Test the connection."))
    return first.slice(0, MOST_ROWS)


def _rows_of_customers() -> pa.Table:
    names = list(trait_names())[:200]
    return customer_frame(names).select(names).slice(0, MOST_ROWS) if names else pa.table({})


def _changed(table: pa.Table, cleaned: Cleaned) -> list[Changed]:
    """Rows that differ or are refused, and after them, where there are few, some that do not."""
    before, after = rows_of(table.slice(0, MOST_ROWS)), rows_of(cleaned.table)
    refused = cleaned.refused_by.to_pylist()
    differs = [place for place, row in enumerate(before) if refused[place] or _differ(row, after[place])]
    rest = [place for place in range(min(SHOWN_ROWS, len(before))) if place not in set(differs)]
    shown = [*differs, *rest][:SHOWN_ROWS]
    return [Changed(before[place], after[place], refused[place]) for place in shown]


def _differ(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return any(str(before.get(name)) != str(value) for name, value in after.items())
