"""Devices that go to another tenant (X10, X11, T14). Runs before new code.

Locks: devices_change, and the devices with it, for the instant that dropping a foreign key takes; the
rows of the history are looked at by the next migration, which keeps nobody waiting. A page of the
release before cannot show the new entries, which nothing writes before the new code.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from fleetward.infra.rls import protect

KINDS = [
    "CREATED", "CHANGED", "DELETED", "RESTORED", "ARCHIVED", "WARRANTY", "GROUP", "SENT", "RECEIVED"
]
# History stays with the tenant that wrote it, so that it cannot refer to where its device is now. It
# is of the device's tenant when it is written (docs/adr/0014), and outlives there a listing that merges
# elsewhere. In one migration, so that nobody writes between the two.
HISTORY_STAYS = """
ALTER TABLE devices_change DROP CONSTRAINT devices_change_same_tenant;
CREATE FUNCTION devices_change_same_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A sub-select for each row, because it is looked up by key whatever the planner expects.
    IF EXISTS (
        SELECT FROM new_rows n
        WHERE (SELECT d.tenant_id FROM devices_device d WHERE d.id = n.device_id)
            IS DISTINCT FROM n.tenant_id
    ) THEN
        RAISE foreign_key_violation USING
            MESSAGE = 'a history names a device of another tenant, or none',
            CONSTRAINT = 'devices_change_same_tenant';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER devices_change_same_tenant AFTER INSERT ON devices_change
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION devices_change_same_tenant();
"""
BACK = """
DROP TRIGGER devices_change_same_tenant ON devices_change;
DROP FUNCTION devices_change_same_tenant;
ALTER TABLE devices_change ADD CONSTRAINT devices_change_same_tenant
FOREIGN KEY (tenant_id, device_id) REFERENCES devices_device (tenant_id, id)
ON UPDATE CASCADE ON DELETE CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("devices", "0028_before_one_custody")]
    operations = [
        migrations.CreateModel(
            name="Departure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tenant_id", models.BigIntegerField()),
                ("device_id", models.BigIntegerField()),
                ("uid", models.UUIDField()),
                ("reference", models.UUIDField()),
                ("target_id", models.BigIntegerField()),
                ("manufacturer", models.CharField(max_length=80)),
                ("serial", models.CharField(max_length=80)),
                ("product_number", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=120)),
                ("model", models.CharField(max_length=160)),
                ("values", models.JSONField()),
                ("at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["uid", "reference"], name="devices_departure_once")
                ],
                "indexes": [models.Index(fields=["tenant_id", "-id"], name="devices_departure_latest")],
            },
        ),
        migrations.CreateModel(
            name="MergedListing",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "reference", "device_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("reference", models.UUIDField()),
                ("device_id", models.BigIntegerField()),
                ("tenant_id", models.BigIntegerField()),
                ("listing_id", models.BigIntegerField()),
                ("listing", models.JSONField()),
            ],
        ),
        protect("devices_departure"),
        protect("devices_mergedlisting"),
        migrations.RunSQL(HISTORY_STAYS, BACK),
        migrations.AlterField(
            model_name="change",
            name="device",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=models.deletion.CASCADE,
                to="devices.device",
            ),
        ),
        migrations.RemoveConstraint(model_name="change", name="devices_change_kind"),
        AddConstraintNotValid(
            model_name="change",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", KINDS)), name="devices_change_kind"
            ),
        ),
    ]
