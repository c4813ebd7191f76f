"""The audit trail: each write leaves an entry, entries stay as they are, and hold no secrets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from ninja import NinjaAPI

from setpoint.governance import services as governance
from setpoint.governance.models import AuditEntry, Company
from setpoint.governance.tests.conftest import PASSWORD, person, send, signed_in
from setpoint.site.api import api
from setpoint.site.tests.audit_guard import EXEMPT, name_of, written_tables

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_tries_yet")]


def operations(of: NinjaAPI) -> set[str]:
    _made = of.urls
    views = [view for router in of._get_bound_routers() for view in router.path_operations.values()]
    return {name_of(operation) for view in views for operation in view.operations}


def test_the_guard_catches_a_write_without_an_entry() -> None:
    person()
    client = signed_in()
    with written_tables() as tables:
        client.patch("/api/company", {"name": "Other"}, content_type="application/json")
    assert {"governance_company", "governance_auditentry"} <= tables


def test_the_guard_fails_a_forgetful_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    person()
    client = signed_in()
    monkeypatch.setattr("setpoint.governance.company.record_audit", lambda *args, **named: None)
    with pytest.raises(AssertionError, match="left no entry"):
        client.patch("/api/company", {"name": "Other"}, content_type="application/json")


def test_the_guard_exempts_only_operations_that_exist() -> None:
    assert set(EXEMPT) - operations(api) == set()


def test_entries_are_only_ever_added(now: datetime) -> None:
    entry = governance.record_audit("ann", "changed", "company", now=now)
    entry.actor = "eve"
    for alter in (
        entry.save,
        entry.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(actor="x"),
    ):
        with pytest.raises(TypeError):
            alter()
    assert AuditEntry.objects.get(pk=entry.pk).actor == "ann"


ALTERING = {
    "changed": "UPDATE governance_auditentry SET actor = 'eve'",
    "removed": "DELETE FROM governance_auditentry",
    "replaced": "REPLACE INTO governance_auditentry SELECT id, 'eve', verb, subject, before, after, at, origin "
    "FROM governance_auditentry",
    "emptied": "TRUNCATE governance_auditentry",
}
"""What would alter the trail; the last two are words of SQLite and of PostgreSQL alone."""


@pytest.mark.parametrize("how", ALTERING)
def test_the_database_itself_refuses_to_alter_entries(how: str, now: datetime) -> None:
    governance.record_audit("ann", "changed", "company", now=now)
    if how == {"sqlite": "emptied", "postgresql": "replaced"}[connection.vendor]:
        return
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ALTERING[how])
    assert AuditEntry.objects.get().actor == "ann"


def test_an_entry_and_its_change_happen_together_or_not_at_all(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    before = governance.company().name

    def broken(*args: Any, **named: Any) -> None:
        raise RuntimeError("no disk")

    monkeypatch.setattr("setpoint.governance.company.record_audit", broken)
    with pytest.raises(RuntimeError):
        governance.update_company(name="Other", now=now)
    assert Company.objects.get().name == before


def test_no_secret_of_an_account_is_in_the_trail(now: datetime) -> None:
    person()
    client = signed_in()
    send(client, "password/change", {"current_password": PASSWORD, "new_password": "quite another long walk"})
    made = client.post("/api/api-keys", {"name": "x", "scopes": ["audit:read"]}, content_type="application/json").json()
    link = client.post("/api/users/1/reset-link", {}, content_type="application/json")
    told = str(list(AuditEntry.objects.values_list("before", "after", "subject", "verb")))
    assert not any(secret in told for secret in (PASSWORD, "quite another", made["key"], "reset-password"))
    assert link.status_code in (200, 404)


def test_the_trail_says_from_where_and_is_filtered(now: datetime) -> None:
    person()
    browser = signed_in()
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
    change = {"name": "Tea House"}
    browser.patch("/api/company", change, content_type="application/json", headers={"User-Agent": agent})
    shown = browser.get("/api/audit?subject=company&verb=changed").json()
    assert (shown["total"], shown["total_is_capped"], shown["next"]) == (1, False, None)
    (entry,) = shown["items"]
    assert (entry["origin"], entry["before"]["name"]) == ("127.0.0.1 Chrome on Linux", "My company")
    assert browser.get("/api/audit", {"since": "2999-01-01T00:00:00Z"}).json()["items"] == []
    assert {row["subject"][:5] for row in browser.get("/api/audit?subject=user:").json()["items"]} == {"user:"}
    assert "changed" in browser.get("/api/audit/choices").json()["verbs"]


def test_the_trail_is_taken_away_as_csv_and_that_is_on_record(now: datetime) -> None:
    person()
    governance.record_audit("=cmd()", "changed", "company", after={"name": "x"}, now=now)
    answer: Any = signed_in().get("/api/audit/export?subject=company")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "id,at,actor,origin,verb,subject,before,after"
    assert "'=cmd()" in lines[1]
    assert AuditEntry.objects.latest("pk").verb == "exported"


def test_the_trail_is_closed_to_those_without_its_scope() -> None:
    person("support")
    assert signed_in().get("/api/audit").status_code == 403
    assert Client().get("/api/audit/export").status_code == 401
