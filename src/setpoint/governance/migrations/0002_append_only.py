"""PostgreSQL refuses to change or remove rows of the audit trail, whoever asks. SQLite follows in 0003."""

from typing import Any

from django.db import migrations

TABLE = "governance_auditentry"
UP = f"""
CREATE FUNCTION governance_audit_append_only() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'rows of the audit trail are only ever added'; END
$$ LANGUAGE plpgsql;
CREATE TRIGGER governance_audit_append_only BEFORE UPDATE OR DELETE ON {TABLE}
FOR EACH ROW EXECUTE FUNCTION governance_audit_append_only();
"""
DOWN = f"DROP TRIGGER governance_audit_append_only ON {TABLE}; DROP FUNCTION governance_audit_append_only();"


def add(apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(UP)


def remove(apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(DOWN)


class Migration(migrations.Migration):
    dependencies = [("governance", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
