"""Pages of a trail by time, sub type, user and identifier, each with its index. Runs before new code.

Locks: none that anybody waits for; indexes are built concurrently.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("audit", "0005_before_first_waiting")]
    operations = [
        AddIndexConcurrently(
            model_name="entry",
            index=models.Index(fields=["tenant", "-at", "-id"], name="audit_entry_time"),
        ),
        AddIndexConcurrently(
            model_name="entry",
            index=models.Index(fields=["tenant", "verb", "-at", "-id"], name="audit_entry_verb"),
        ),
        AddIndexConcurrently(
            model_name="entry",
            index=models.Index(
                fields=["tenant", "actor", "verb", "-at", "-id"], name="audit_entry_actor"
            ),
        ),
        AddIndexConcurrently(
            model_name="entry",
            index=models.Index(
                fields=["tenant", "subject", "-at", "-id"], name="audit_entry_subject"
            ),
        ),
    ]
