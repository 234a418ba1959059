"""Scheduled runs (W7): which run is one, one a night for a tenant, and when a device is due.

Runs before new code. The release before takes a scheduled run for one of all devices.

Locks: the runs, for as long as their index is built. Nobody has more than some thousands of them.
"""

from django.db import migrations, models

# Twin of `rules.next_look`.
NEXT_LOOK = """
CREATE FUNCTION warranty_next_look(ends_on date, latest_error text, attempted_on date)
RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN attempted_on + CASE
    WHEN latest_error IN (
        'NOT_CONFIGURED', 'SIGN_IN_NEEDED', 'CREDENTIALS_REFUSED', 'QUOTA_REACHED', 'VENDOR_DOWN'
    ) THEN 1
    WHEN ends_on IS NULL THEN 30
    WHEN ends_on - attempted_on >= 366 THEN 60
    WHEN ends_on - attempted_on >= 181 THEN 30
    WHEN ends_on - attempted_on >= 31 THEN 14
    WHEN ends_on - attempted_on >= -30 THEN 3
    WHEN ends_on - attempted_on >= -180 THEN 30
    ELSE 90
END
"""


class Migration(migrations.Migration):
    dependencies = [("warranty", "0012_before_asked_at")]
    operations = [
        migrations.AddField(
            model_name="run", name="scheduled_on", field=models.DateField(null=True)
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.UniqueConstraint(
                fields=["tenant", "scheduled_on"], name="warranty_run_one_a_night"
            ),
        ),
        migrations.RunSQL(NEXT_LOOK, "DROP FUNCTION warranty_next_look"),
    ]
