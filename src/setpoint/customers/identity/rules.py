"""What a shared identity proves, by its kind: the company's rules, with the ones that hold until it says otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from setpoint.customers.asking import ask, json_of
from setpoint.customers.identity_models import JoinSettings
from setpoint.customers.types import IDENTITY_KINDS
from setpoint.governance.failures import worded as _
from setpoint.governance.services import needs, record_audit, refuse_stale
from setpoint.kernel.errors import Invalid

MOST_CLAIMS = 100
_MOST_COLUMNS = 30


@dataclass(frozen=True, slots=True)
class JoinRule:
    """One kind of identity.

    `joins`: who shares a value is one person. `alone`: that holds even where something stronger speaks against it (two
    e-mail addresses and one telephone may be a family). `most`: a value that more customers than this state is shared,
    and proves nothing. `single`: a person has only one, so two values never join.
    """

    kind: str
    joins: bool = True
    alone: bool = True
    most: int = 1
    single: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """All that the company says of joining. `columns` None: chosen by the traits' names."""

    rules: Mapping[str, JoinRule]
    columns: tuple[str, ...] | None
    propose_above: float
    automatic_above: float | None
    version: int


DEFAULTS: Mapping[str, JoinRule] = {
    kind: JoinRule(kind, alone=kind not in ("phone", "webhook"), single=kind == "user_id") for kind in IDENTITY_KINDS
}
DEFAULT_RULES = Rules(DEFAULTS, None, 0.5, None, 0)


def join_settings() -> Rules:
    """The rules that hold now."""
    sql = "SELECT rules, columns, propose_above, automatic_above, version FROM {settings} WHERE id = 1"
    for rules, columns, propose, automatic, version in ask(sql, settings=JoinSettings):
        return _rules(
            JoinSettings(
                rules=json_of(rules),
                columns=json_of(columns),
                propose_above=propose,
                automatic_above=automatic,
                version=version,
            )
        )
    return DEFAULT_RULES


@needs("customers:write")
@transaction.atomic
def change_rules(changes: Mapping[str, Any], *, version: int | None, actor: str, now: datetime) -> Rules:
    """Change some of: `rules` (a list of JoinRule fields; other kinds stay), `columns`, `propose_above`,
    `automatic_above`. What was merged stays merged. Conflict when `version` was replaced meanwhile."""
    JoinSettings.objects.get_or_create(pk=1)
    row = JoinSettings.objects.select_for_update().get(pk=1)
    before = _rules(row)
    refuse_stale("identity:rules", seen=version, current=row.version)
    kept = {rule.kind: rule for rule in map(_rule, changes.get("rules") or ())}
    row.rules = {kind: asdict(rule) for kind, rule in {**before.rules, **kept}.items() if rule != DEFAULTS[kind]}
    for name in ("columns", "propose_above", "automatic_above"):
        if name in changes:
            setattr(row, name, changes[name])
    _check(row)
    row.version += 1
    row.save()
    after = _rules(row)
    record_audit(
        actor, "changed", "identity:rules", before=_told(before), after=_told(after) | {"version": row.version}, now=now
    )
    return after


def _rules(row: JoinSettings) -> Rules:
    said = {kind: replace(DEFAULTS[kind], **fields) for kind, fields in row.rules.items() if kind in DEFAULTS}
    columns = None if row.columns is None else tuple(row.columns)
    return Rules({**DEFAULTS, **said}, columns, row.propose_above, row.automatic_above, row.version)


def _rule(given: Mapping[str, Any]) -> JoinRule:
    kind = str(given.get("kind"))
    if kind not in DEFAULTS:
        raise Invalid(
            _("%(kind)s is not a kind of identity.") % {"kind": kind[:50]},
            remedy=_("Use one of: %(kinds)s.") % {"kinds": ", ".join(IDENTITY_KINDS)},
            field="rules",
        )
    rule = JoinRule(**{**asdict(DEFAULTS[kind]), **given})
    if kind == "user_id" and not rule.single:
        raise Invalid(
            _("Two user ids are never one person."), remedy=_("Keep this rule; put other ids in traits."), field="rules"
        )
    if not 1 <= rule.most <= MOST_CLAIMS:
        raise Invalid(
            _("A value can be stated by 1 to 100 customers before it counts as shared."),
            remedy=_("Use a number from 1 to 100."),
            field="rules",
        )
    return rule


def _check(row: JoinSettings) -> None:
    if row.propose_above is None or not 0.01 <= row.propose_above <= 1:
        raise Invalid(
            _("A probability is between 0 and 1."), remedy=_("Use a number such as 0.5."), field="propose_above"
        )
    if row.automatic_above is not None and not max(row.propose_above, 0.9) <= row.automatic_above <= 1:
        raise Invalid(
            _("Merging without a person needs a probability of at least 0.9, and no less than proposals need."),
            remedy=_("Use a number such as 0.99, or none to leave every merge to people."),
            field="automatic_above",
        )
    columns: Sequence[str] | None = row.columns
    if columns is not None and not 2 <= len(columns) <= _MOST_COLUMNS:
        raise Invalid(
            _("Matching compares 2 to 30 columns."),
            remedy=_("Choose columns that tell people apart, or none to have them chosen."),
            field="columns",
        )


def _told(rules: Rules) -> dict[str, Any]:
    changed = {kind: asdict(rule) for kind, rule in rules.rules.items() if rule != DEFAULTS[kind]}
    numbers = {"propose_above": rules.propose_above, "automatic_above": rules.automatic_above}
    return {"rules": changed, "columns": list(rules.columns) if rules.columns is not None else None} | numbers
