"""Runs that visit the devices of a selection.

Nullable or with a default of the database: nothing is rewritten, and the release before goes on
beside it. Locks: warranty_run, while its rows are checked and the few open ones are indexed; there
is one row for each run, which is read in no time.
"""

from django.db import migrations, models


def _trigger(*values: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Q(trigger__in=values), name="warranty_run_trigger"
    )


class Migration(migrations.Migration):
    dependencies = [("warranty", "0014_before_reminders")]
    operations = [
        migrations.AddField("run", "selection_id", models.BigIntegerField(null=True)),
        migrations.AddField("run", "query", models.TextField(blank=True, db_default="")),
        migrations.AddField("run", "is_whole", models.BooleanField(db_default=False)),
        migrations.RemoveConstraint("run", "warranty_run_trigger"),
        migrations.AddConstraint("run", _trigger("BULK", "SELECTION", "DEVICE")),
        migrations.AddConstraint(
            "run",
            models.UniqueConstraint(
                fields=["selection_id"],
                condition=models.Q(state__in=["PLANNING", "RUNNING"], trigger="SELECTION"),
                name="warranty_run_one_of_selection",
            ),
        ),
        migrations.AddConstraint(
            "run",
            models.CheckConstraint(
                condition=models.Q(trigger="SELECTION", selection_id__isnull=False)
                | (~models.Q(trigger="SELECTION") & models.Q(selection_id__isnull=True)),
                name="warranty_run_selection",
            ),
        ),
    ]
