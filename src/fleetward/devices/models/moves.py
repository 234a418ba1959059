"""What is kept of devices that went to another tenant."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Departure(models.Model):
    """A device that a tenant gave away, for that tenant alone (X10). No foreign keys, as of
    ImportRow.

    What it was called then stands in columns. `values` are fields of the device that the target
    does not get, or that a listing there overwrote, and `groups`, the ids of the static groups that
    it was in. `at` is the device's `updated_at` from then on, until somebody changes it.
    """

    tenant_id = models.BigIntegerField()
    device_id = models.BigIntegerField()
    uid = models.UUIDField()
    reference = models.UUIDField()
    target_id = models.BigIntegerField()
    manufacturer = models.CharField(max_length=80)
    serial = models.CharField(max_length=80)
    product_number = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    model = models.CharField(max_length=160)
    values = models.JSONField()
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Also the index by which a device's own page is found, and a move taken back.
            models.UniqueConstraint(fields=["uid", "reference"], name="devices_departure_once")
        ]
        indexes = [models.Index(fields=["tenant_id", "-id"], name="devices_departure_latest")]

    def __str__(self) -> str:
        return f"{self.manufacturer} {self.serial}"


class MergedListing(models.Model):
    """What a tenant listed of a machine that was moved into it (T14), to list it again.

    `listing` is that row of `Device` as it was. `listing_id` is its own id, which
    imports and bulk changes of before name. No foreign keys, as of ImportRow.
    """

    pk = models.CompositePrimaryKey("reference", "device_id")
    reference = models.UUIDField()
    device_id = models.BigIntegerField()
    tenant_id = models.BigIntegerField()
    listing_id = models.BigIntegerField()
    listing = models.JSONField()
    moved_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"listing {self.listing_id} of device {self.device_id}"
