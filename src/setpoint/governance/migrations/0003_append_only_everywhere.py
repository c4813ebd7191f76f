"""SQLite too refuses to change, replace or remove rows of the audit trail; PostgreSQL refuses to empty it.

A later migration that lets Django build the table anew on SQLite must add the triggers again.
"""

from typing import Any

from django.db import migrations

TABLE = "governance_auditentry"
REFUSED = "BEGIN SELECT RAISE(ABORT, 'rows of the audit trail are only ever added'); END"
REPLACED = f"WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id)"
UP = {
    "sqlite": [
        f"CREATE TRIGGER governance_audit_update BEFORE UPDATE ON {TABLE} {REFUSED}",
        f"CREATE TRIGGER governance_audit_delete BEFORE DELETE ON {TABLE} {REFUSED}",
        f"CREATE TRIGGER governance_audit_replace BEFORE INSERT ON {TABLE} {REPLACED} {REFUSED}",
    ],
    "postgresql": [
        f"CREATE TRIGGER governance_audit_truncate BEFORE TRUNCATE ON {TABLE} "
        "FOR EACH STATEMENT EXECUTE FUNCTION governance_audit_append_only()"
    ],
}
DOWN = {
    "sqlite": [f"DROP TRIGGER governance_audit_{verb}" for verb in ("update", "delete", "replace")],
    "postgresql": [f"DROP TRIGGER governance_audit_truncate ON {TABLE}"],
}


def add(apps: Any, editor: Any) -> None:
    for statement in UP[editor.connection.vendor]:
        editor.execute(statement)


def remove(apps: Any, editor: Any) -> None:
    for statement in DOWN[editor.connection.vendor]:
        editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("governance", "0002_append_only")]
    operations = [migrations.RunPython(add, remove)]
