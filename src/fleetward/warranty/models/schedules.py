"""What a tenant has refreshed again and again."""

from __future__ import annotations

import uuid

from django.db import models


class RunSchedule(models.Model):
    """At night, every so many days, the devices that a view or a group has then (W7).

    Their names alone are kept, no references: whoever deletes one is not held up, and the schedule
    tells what it misses. `problem` is the code of the error for which it did not start, '' if it
    did. `latest_run_id`: of a run that may have been forgotten since. `updated_at` moves with each
    night that it had, too.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=80)
    view_uid = models.UUIDField(null=True)
    group_uid = models.UUIDField(null=True)
    every_days = models.SmallIntegerField()
    next_on = models.DateField()
    problem = models.CharField(max_length=64, blank=True, default="")
    latest_run_id = models.BigIntegerField(null=True)
    made_by = models.CharField(max_length=320)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(view_uid__isnull=True, group_uid__isnull=False)
                | models.Q(view_uid__isnull=False, group_uid__isnull=True),
                name="warranty_runschedule_target",
            )
        ]
        indexes = [models.Index(fields=["tenant", "id"], name="warranty_runschedule_list")]

    def __str__(self) -> str:
        return f"{self.name} every {self.every_days} days"

    @property
    def target(self) -> uuid.UUID:
        """The view or the group."""
        return self.view_uid or self.group_uid or uuid.UUID(int=0)
