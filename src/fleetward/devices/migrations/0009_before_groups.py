"""Groups of devices (E13). Runs before new code."""

import uuid

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

from fleetward.infra.rls import protect

# A foreign key would ask and lock two rows for each of a million members (docs/adr/0006).
SAME_TENANT = """
CREATE FUNCTION devices_groupmember_same_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Sub-selects for each row, because they are looked up by key whatever the planner expects.
    IF EXISTS (
        SELECT FROM new_rows n
        WHERE (SELECT d.tenant_id FROM devices_device d WHERE d.id = n.device_id)
            IS DISTINCT FROM n.tenant_id
    ) OR EXISTS (
        SELECT FROM (SELECT DISTINCT tenant_id, group_id FROM new_rows) n
        WHERE (
            SELECT g.tenant_id FROM devices_group g WHERE g.id = n.group_id AND g.kind = 'STATIC'
        ) IS DISTINCT FROM n.tenant_id
    ) THEN
        RAISE foreign_key_violation USING
            MESSAGE = 'a member of a group is of another tenant, or the group has no members',
            CONSTRAINT = 'devices_groupmember_same_tenant';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER devices_groupmember_same_tenant AFTER INSERT ON devices_groupmember
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION devices_groupmember_same_tenant();
"""


class Migration(migrations.Migration):
    dependencies = [("devices", "0008_before_canonical_numbers"), ("tenancy", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="Group",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("kind", models.CharField(max_length=8)),
                ("name", models.CharField(max_length=80)),
                (
                    "name_key",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.text.Lower("name"),
                        output_field=models.CharField(db_collation="C", max_length=80),
                    ),
                ),
                ("description", models.CharField(blank=True, db_default="", max_length=300)),
                ("query", models.TextField(blank=True, db_default="")),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "name_key"), name="devices_group_name"),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "STATIC"), ("query", ""))
                        | (models.Q(("kind", "DYNAMIC")) & ~models.Q(("query", ""))),
                        name="devices_group_kind",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupMember",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "group_id", "device_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant_id", models.BigIntegerField()),
                ("group_id", models.BigIntegerField()),
                ("device_id", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["device_id"], name="devices_groupmember_device")],
            },
        ),
        protect("devices_group"),
        protect("devices_groupmember"),
        migrations.RunSQL(
            SAME_TENANT,
            """
            DROP TRIGGER devices_groupmember_same_tenant ON devices_groupmember;
            DROP FUNCTION devices_groupmember_same_tenant;
            """,
        ),
    ]
