"""What is kept to tell of ends, of vendors and of replacements."""

from __future__ import annotations

from django.db import models

from fleetward.warranty.models.owning import device_of, owner


class Reminding(models.Model):
    """How far a tenant's reminders are (S9): sent for all days to `done_to`, the last time of ends
    from `seen_from` on."""

    tenant = models.OneToOneField("tenancy.Tenant", on_delete=models.CASCADE, primary_key=True)
    seen_from = models.DateField()
    done_to = models.DateField()

    def __str__(self) -> str:
        return f"reminders to {self.done_to}"


class Reminder(models.Model):
    """Somebody was told on `sent_on` that a device's coverage ends within `days`: once (S9)."""

    tenant = owner()
    device = device_of()
    ends_on = models.DateField()
    days = models.SmallIntegerField()
    sent_on = models.DateField()
    is_simulated = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["device", "ends_on", "days"], name="warranty_reminder_once"
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "-id"], name="warranty_reminder_latest"),
            models.Index(fields=["tenant", "sent_on", "-id"], name="warranty_reminder_day"),
        ]

    def __str__(self) -> str:
        return f"{self.days} days before {self.ends_on}"


class HealthDay(models.Model):
    """How the devices of one connection stood on a day, to tell what has changed since."""

    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    provider = models.CharField(max_length=32)
    kept_on = models.DateField()
    devices = models.IntegerField()
    answered = models.IntegerField()
    found = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kept_on", "provider"], name="warranty_healthday_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} on {self.kept_on}"


class ReplacementCost(models.Model):
    """What replacing a device of a model costs; without both it is that of all other models."""

    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    manufacturer = models.CharField(max_length=80, blank=True)
    model = models.CharField(max_length=160, blank=True)
    cost = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "manufacturer", "model"], name="warranty_replacementcost_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.manufacturer} {self.model}: {self.cost}"
