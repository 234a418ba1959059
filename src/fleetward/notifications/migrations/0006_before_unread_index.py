"""What is unread, for the bell. Runs before new code.

Locks: none that anybody waits for; the index is built concurrently.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notifications", "0005_before_snooze")]
    operations = [
        AddIndexConcurrently(
            model_name="notification",
            index=models.Index(
                condition=models.Q(("read_at", None)),
                fields=["tenant", "user"],
                name="notifications_unread",
            ),
        ),
    ]
