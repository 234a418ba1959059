"""Each item knows whether a mail has told of it. Runs before new code.

What is there counts as told, except what somebody still waits for; the release before goes on
beside it by its own mark. Locks: both tables for an instant: the default is one value for all rows,
and is gone with the next step.
"""

from datetime import UTC, datetime

from django.db import migrations, models

WAITING = """
UPDATE notifications_notification n
SET mailed_at = NULL
FROM notifications_mailing m
WHERE m.tenant_id = n.tenant_id
  AND m.user_id = n.user_id
  AND m.how <> 'OFF'
  AND n.id > m.sent_to
  AND n.read_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0009_before_about_index")]
    operations = [
        migrations.AddField(
            "notification",
            "mailed_at",
            models.DateTimeField(null=True, db_default=datetime(2000, 1, 1, tzinfo=UTC)),
        ),
        migrations.AlterField("notification", "mailed_at", models.DateTimeField(null=True)),
        migrations.AddField("mailing", "claimed_at", models.DateTimeField(null=True)),
        migrations.RunSQL(WAITING, migrations.RunSQL.noop),
    ]
