"""What is set aside when devices go to another tenant, until the move is taken back."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class SetAside(models.Model):
    """A row of another table that a move has taken away, as it was, for the tenant that had it.

    Of a device, or of a listing that was merged into one (T14): its LINE of cover,
    EVIDENCE, COVERAGE or REMINDER. `reference` is that of the move. No foreign keys: the
    listing is gone.
    """

    tenant_id = models.BigIntegerField()
    reference = models.UUIDField()
    device_id = models.BigIntegerField()
    kind = models.CharField(max_length=8)
    body = models.JSONField()
    moved_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["LINE", "EVIDENCE", "COVERAGE", "REMINDER"]),
                name="warranty_setaside_kind",
            )
        ]
        indexes = [models.Index(fields=["reference", "device_id"], name="warranty_setaside_move")]

    def __str__(self) -> str:
        return f"{self.kind} of device {self.device_id}"
