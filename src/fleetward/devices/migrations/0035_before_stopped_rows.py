"""Rows of a feed that was stopped before their turn came. Runs before new code.

One word more is allowed, so that all stored rows fit: the new constraint is not checked against
them here, which would read each; the next migration does, and keeps nobody waiting. The release before writes what it wrote.
Locks: devices_feedrow, for an instant.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

_OUTCOMES = [
    "HELD",
    "ALREADY_HELD",
    "MOVED_ON",
    "REMOVED",
    "CLAIMED",
    "HELD_ELSEWHERE",
    "UNKNOWN_LOCATION",
    "NO_HOLDING",
    "DUPLICATE",
    "REFUSED",
    "STOPPED",
]


class Migration(migrations.Migration):
    dependencies = [("devices", "0034_before_plans")]
    operations = [
        migrations.RemoveConstraint(model_name="feedrow", name="devices_feedrow_outcome"),
        AddConstraintNotValid(
            model_name="feedrow",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", _OUTCOMES)), name="devices_feedrow_outcome"
            ),
        ),
    ]
