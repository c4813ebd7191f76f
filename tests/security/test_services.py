"""Roles hold below the door too: whatever writes to the audit trail asks for a scope itself, or says why it need not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from setpoint.governance.acting import acting_as
from setpoint.governance.types import Acting
from setpoint.kernel import clock
from setpoint.kernel.errors import Refused
from setpoint.site.company import services as demo_company

SOURCE = Path(__file__).resolve().parents[2] / "src" / "setpoint"

ASKS_NOTHING = {
    "autopilot.records.keep": "what campaigns' own guarded verbs call",
    "delivery.pauses.pause_customer": "a customer's own word, by a signed link",
    "delivery.pauses.end_pause": "a customer's own word, by a signed link",
    "governance.devices.end_device": "one's own sessions",
    "governance.devices.end_other_devices": "one's own sessions",
    "governance.people.added": "what signing up and inviting call, each with its own rule",
    "governance.people.change_self": "one's own name, language and look",
    "governance.listing.csv_file": "an export, whose list has been read by its own guarded route",
    "destinations.api.download_file": "the edge, behind its door",
    "sources.inbound.receive_call": "a signed call of a stranger's program",
    "governance.audit.record_audit": "the entry itself",
}
"""Verbs that leave an entry and ask for no scope, and why."""


def unguarded(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and "record_audit(" in ast.unparse(node):
            asks = "demand(" in ast.unparse(node) or any("needs(" in ast.unparse(mark) for mark in node.decorator_list)
            if not asks:
                yield ".".join((*file.relative_to(SOURCE).with_suffix("").parts, node.name))


def test_every_verb_that_leaves_an_entry_asks_for_its_scope() -> None:
    files = [file for file in SOURCE.rglob("*.py") if not {"tests", "migrations"} & set(file.parts)]
    assert {name for file in files for name in unguarded(file)} == set(ASKS_NOTHING)


@pytest.mark.django_db
@pytest.mark.parametrize("verb", [demo_company.bring, demo_company.take_away])
def test_the_demo_company_comes_and_goes_by_who_may_change_settings(verb: object) -> None:
    marketer = Acting("user:2 bob", frozenset({"customers:write"}), user_id=2)
    with acting_as(marketer), pytest.raises(Refused):
        verb(actor=marketer.actor, now=clock.now())  # type: ignore[operator]
