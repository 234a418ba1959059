"""Items that are put aside. Runs before new code.

Locks: notifications_notification, for an instant; no row of it is read.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0004_before_given_up")]
    operations = [
        migrations.AddField(
            model_name="notification",
            name="snoozed_until",
            field=models.DateTimeField(null=True),
        ),
    ]
