"""Entries that wait for their seal, and a chain of the installation's own.

Locks: audit_entry and audit_seal, for an instant each; no row of them is read.
"""

import django.db.models.deletion
from django.db import migrations, models

from fleetward.infra.rls import POLICY, protect

INSTALLATION = f"tenant_id IS NULL OR {POLICY}"

# With the rights of the owner: the application needs none to fill the table, and servers that run
# while the table is made have none.
TRIGGER = """
CREATE FUNCTION audit_wait() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO audit_waiting (entry_id, tenant_id) SELECT id, tenant_id FROM new_rows;
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_entry_waits AFTER INSERT ON audit_entry
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION audit_wait();
"""
WITHOUT = """
DROP TRIGGER audit_entry_waits ON audit_entry;
DROP FUNCTION audit_wait();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_before_tenant_scope"),
        ("tenancy", "0001_initial"),
    ]
    operations = [
        migrations.CreateModel(
            name="Waiting",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="audit.entry",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant", "entry"], name="audit_waiting_tenant_entry")
                ],
            },
        ),
        protect("audit_waiting", using=INSTALLATION, check=INSTALLATION),
        migrations.RunSQL(TRIGGER, WITHOUT),
        migrations.AlterField(
            model_name="seal",
            name="tenant",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, to="tenancy.tenant"
            ),
        ),
        migrations.AddField(
            model_name="seal",
            name="form",
            field=models.SmallIntegerField(db_default=1, default=1),
        ),
        migrations.RunSQL(
            f"ALTER POLICY tenant_scope ON audit_seal USING ({INSTALLATION})"
            f" WITH CHECK ({INSTALLATION})",
            f"ALTER POLICY tenant_scope ON audit_seal USING ({POLICY}) WITH CHECK ({POLICY})",
        ),
    ]
