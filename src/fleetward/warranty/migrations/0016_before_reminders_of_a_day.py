"""Reminders of one day by an index, and their tenants checked for each statement, as those of what
else belongs to a device are (0005). Runs before new code.

Locks: reminders and devices, for the instant in which a reference is dropped; reminders while their
index is built: they are new with this release, and few.
"""

from django.db import migrations, models

TRIGGER = """
ALTER TABLE warranty_reminder DROP CONSTRAINT warranty_reminder_same_tenant;
CREATE TRIGGER warranty_reminder_same_tenant AFTER INSERT ON warranty_reminder
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION warranty_same_tenant();
"""
BACK = """
DROP TRIGGER warranty_reminder_same_tenant ON warranty_reminder;
ALTER TABLE warranty_reminder ADD CONSTRAINT warranty_reminder_same_tenant
FOREIGN KEY (tenant_id, device_id) REFERENCES devices_device (tenant_id, id)
ON UPDATE CASCADE ON DELETE CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("warranty", "0015_before_selections")]
    operations = [
        migrations.AddIndex(
            "reminder",
            models.Index(fields=["tenant", "sent_on", "-id"], name="warranty_reminder_day"),
        ),
        migrations.RunSQL(TRIGGER, BACK),
    ]
