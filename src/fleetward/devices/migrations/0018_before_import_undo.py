"""The undo of an import, as one more kind of bulk change. Runs before new code.

Nullable, or with a default of the database: nothing is rewritten, and the release before goes on
beside it. Locks: devices_bulkrun and devices_bulkitem, for an instant each; their rows are looked at
by the next migration, which keeps nobody waiting.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

KINDS = ["EDIT", "GROUP_ADD", "GROUP_REMOVE", "DELETE", "RESTORE", "UNDO_IMPORT"]
OUTCOMES = ["DONE", "REMOVED", "UNCHANGED", "CHANGED_SINCE", "GONE", "REFUSED", "SKIPPED"]


class Migration(migrations.Migration):
    dependencies = [("devices", "0017_before_serial_lists")]
    operations = [
        migrations.AddField(
            model_name="bulkrun", name="import_run_id", field=models.BigIntegerField(null=True)
        ),
        migrations.AddField(
            model_name="bulkrun",
            name="removed",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.RemoveConstraint(model_name="bulkrun", name="devices_bulkrun_kind"),
        AddConstraintNotValid(
            model_name="bulkrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", KINDS)), name="devices_bulkrun_kind"
            ),
        ),
        migrations.RemoveConstraint(model_name="bulkitem", name="devices_bulkitem_outcome"),
        AddConstraintNotValid(
            model_name="bulkitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", OUTCOMES)), name="devices_bulkitem_outcome"
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["RUNNING", "CANCELLING", "DONE"])),
                fields=("import_run_id",),
                name="devices_bulkrun_one_undo",
            ),
        ),
    ]
