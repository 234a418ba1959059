"""Kinds and outcomes of bulk changes are checked beside those who write them. Before new code."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("devices", "0018_before_import_undo")]
    operations = [
        ValidateConstraint(model_name="bulkrun", name="devices_bulkrun_kind"),
        ValidateConstraint(model_name="bulkitem", name="devices_bulkitem_outcome"),
    ]
