"""Which tenant holds a machine that only one can hold (T10). Runs before new code.

With a default of the database, or nullable: nothing is rewritten, and the release before goes on
beside it. Locks: devices_device, for an instant each; its rows are looked at by the next migration,
which keeps nobody waiting.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

ORIGINS = ["CSV", "MANUAL", "API", "RESALE_FEED", "AGENT"]
# Whoever writes devices in whatever statement: what is deleted, or has become another machine, is
# held no longer.
RELEASE = """
CREATE FUNCTION devices_release_custody() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.has_custody := false;
    NEW.enrolled_at := NULL;
    RETURN NEW;
END
$$;
CREATE TRIGGER devices_device_release BEFORE UPDATE ON devices_device FOR EACH ROW
WHEN (
    OLD.has_custody AND (
        NOT NEW.is_active
        OR (NEW.serial, NEW.manufacturer, NEW.product_number)
            IS DISTINCT FROM (OLD.serial, OLD.manufacturer, OLD.product_number)
    )
)
EXECUTE FUNCTION devices_release_custody()
"""
UNDO = "DROP TRIGGER devices_device_release ON devices_device; DROP FUNCTION devices_release_custody"


class Migration(migrations.Migration):
    dependencies = [("devices", "0026_before_import_origin")]
    operations = [
        migrations.AddField("device", "has_custody", models.BooleanField(db_default=False)),
        migrations.AddField("device", "enrolled_at", models.DateTimeField(null=True)),
        migrations.RemoveConstraint(model_name="device", name="devices_device_origin"),
        AddConstraintNotValid(
            model_name="device",
            constraint=models.CheckConstraint(
                condition=models.Q(("origin__in", ORIGINS)), name="devices_device_origin"
            ),
        ),
        AddConstraintNotValid(
            model_name="device",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("has_custody", True), ("enrolled_at__isnull", True), _connector="OR"
                ),
                name="devices_device_enrolled",
            ),
        ),
        migrations.RunSQL(RELEASE, UNDO),
    ]
