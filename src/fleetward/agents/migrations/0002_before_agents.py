"""Credentials of machines, and machines that wait. Runs before new code: the tables are new."""

import django.db.models.deletion
import uuid
from django.db import migrations, models

from fleetward.infra.rls import protect


# As of PINs: a credential names no tenant. No foreign key names its device: one that moves takes it
# along by a statement, as everything that follows (docs/adr/0014).
FIND = """
CREATE POLICY find_by_owner ON agents_agent FOR SELECT TO CURRENT_USER USING (true);

CREATE FUNCTION agents_find_agent(wanted text) RETURNS TABLE (id bigint, tenant_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
AS $$ SELECT a.id, a.tenant_id FROM agents_agent a WHERE a.digest = wanted $$;
"""
UNDO = """
DROP FUNCTION agents_find_agent;
DROP POLICY find_by_owner ON agents_agent;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("agents", "0001_initial"),
        ("devices", "0030_before_checked_moves"),
        ("tenancy", "0008_before_checked_roles"),
    ]

    operations = [
        migrations.CreateModel(
            name="Agent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("key_digest", models.CharField(max_length=64)),
                ("request_digest", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField()),
                (
                    "device",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="devices.device",
                        db_constraint=False,
                    ),
                ),
                (
                    "pin",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="agents.enrolmentpin",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="tenancy.tenant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Pending",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("kind", models.CharField(max_length=12)),
                ("manufacturer", models.CharField(db_collation="C", max_length=80)),
                ("serial", models.CharField(db_collation="C", max_length=80)),
                (
                    "product_number",
                    models.CharField(blank=True, db_collation="C", default="", max_length=40),
                ),
                ("name", models.CharField(blank=True, default="", max_length=120)),
                ("model", models.CharField(blank=True, default="", max_length=160)),
                ("domain", models.CharField(blank=True, default="", max_length=253)),
                ("os", models.CharField(blank=True, default="", max_length=120)),
                ("added_by", models.CharField(max_length=320)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "agent",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.CASCADE, to="agents.agent"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="tenancy.tenant",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="agent",
            index=models.Index(fields=["pin", "-created_at"], name="agents_agent_pin"),
        ),
        migrations.AddConstraint(
            model_name="agent",
            constraint=models.UniqueConstraint(
                fields=("tenant", "key_digest"), name="agents_agent_key"
            ),
        ),
        migrations.AddIndex(
            model_name="pending",
            index=models.Index(fields=["tenant", "kind", "-id"], name="agents_pending_list"),
        ),
        migrations.AddConstraint(
            model_name="pending",
            constraint=models.UniqueConstraint(
                fields=("tenant", "serial", "manufacturer", "product_number"),
                name="agents_pending_identity",
            ),
        ),
        migrations.AddConstraint(
            model_name="pending",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["HELD"])), name="agents_pending_kind"
            ),
        ),
        protect("agents_agent"),
        protect("agents_pending"),
        migrations.RunSQL(FIND, UNDO),
    ]
