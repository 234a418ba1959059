"""What is unread of those that are about another tenant, for its bell. Runs before new code.

Locks: none that anybody waits for; the index is built concurrently.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notifications", "0008_before_about")]
    operations = [
        AddIndexConcurrently(
            model_name="notification",
            index=models.Index(
                condition=models.Q(("about_tenant__isnull", False), ("read_at", None)),
                fields=["about_tenant", "user"],
                name="notifications_unread_about",
            ),
        ),
    ]
