"""Devices and their history. The identity of a device is T10's."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Lower

from fleetward.devices.contracts import Origin


class Device(models.Model):
    """One machine of a tenant. Deleting makes it inactive (E10), so that it stays findable (E11);
    `archived_on` is the tenant's day on which an inactive one was archived. `import_run_id` is the
    list that added it: who sent it is told by the import alone (ADR 1).

    `has_custody`: nobody else may hold or enrol the machine (T10), whatever other tenants list. A
    resale feed and an agent (`enrolled_at`) take it; a trigger gives it up when the device is
    deleted or becomes another machine. `plan`: its own (L3), '' for the one of its tenant.

    Text columns compare by code point: prefix searches use indexes in any locale.
    """

    uid = models.UUIDField(default=uuid.uuid4, db_default=models.Func(function="gen_random_uuid"))
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    manufacturer = models.CharField(max_length=80, db_collation="C")
    serial = models.CharField(max_length=80, db_collation="C")
    product_number = models.CharField(max_length=40, blank=True, db_default="", db_collation="C")
    origin = models.CharField(max_length=16)
    name = models.CharField(max_length=120, blank=True, db_default="")
    # A column and not an index on lower(): below row-level security only a leakproof comparison
    # may start an index scan, and lower() is none (deep pages by name took 150 ms, now 1 ms).
    name_key = models.GeneratedField(
        expression=Lower("name"),
        output_field=models.CharField(max_length=120, db_collation="C"),
        db_persist=True,
    )
    model = models.CharField(max_length=160, blank=True, db_default="")
    assigned_user = models.CharField(max_length=160, blank=True, db_default="")
    asset_tag = models.CharField(max_length=80, blank=True, db_default="")
    location = models.CharField(max_length=120, blank=True, db_default="")
    country = models.CharField(max_length=2, blank=True, db_default="")
    purchased_on = models.DateField(null=True)
    is_virtual = models.BooleanField(db_default=False)
    is_active = models.BooleanField(db_default=True)
    archived_on = models.DateField(null=True)
    import_run_id = models.BigIntegerField(null=True)
    has_custody = models.BooleanField(db_default=False)
    enrolled_at = models.DateTimeField(null=True)
    plan = models.CharField(max_length=20, blank=True, db_default="")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "serial", "manufacturer", "product_number"],
                name="devices_device_identity",
            ),
            # Also the index of the default order, and what children refer to with their tenant.
            models.UniqueConstraint(fields=["tenant", "id"], name="devices_device_tenant_id"),
            models.UniqueConstraint(fields=["uid"], name="devices_device_uid"),
            models.CheckConstraint(
                condition=models.Q(origin__in=[str(origin) for origin in Origin]),
                name="devices_device_origin",
            ),
            models.CheckConstraint(
                condition=models.Q(has_custody=True) | models.Q(enrolled_at__isnull=True),
                name="devices_device_enrolled",
            ),
            models.UniqueConstraint(
                fields=["serial", "manufacturer", "product_number"],
                condition=models.Q(has_custody=True),
                name="devices_device_custody",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "name_key", "id"], name="devices_device_name"),
            models.Index(fields=["tenant", "model", "id"], name="devices_device_model"),
            models.Index(
                fields=["tenant", "serial", "manufacturer", "product_number"],
                condition=models.Q(is_active=False),
                name="devices_device_inactive",
            ),
            # The same for the deleted and the archived alone: few of one may lie among many of the
            # other. `updated_at` is in neither, so that an edit still touches no index.
            models.Index(
                fields=["tenant", "serial", "manufacturer", "product_number"],
                condition=models.Q(is_active=False, archived_on__isnull=True),
                name="devices_device_deleted",
            ),
            models.Index(
                fields=["tenant", "serial", "manufacturer", "product_number"],
                condition=models.Q(is_active=False, archived_on__isnull=False),
                name="devices_device_archived",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.manufacturer} {self.serial}"


class Change(models.Model):
    """History of one device: what a person, an import or a bulk change did, before and after.

    It stays with the tenant in which it was written, wherever the device goes (X10), and outlives
    it there when another tenant's listing takes its place (T14); so there is no foreign key, but a
    trigger that looks at each statement (migration 0029).

    `on_behalf`: whom the actor spoke for, such as the user of a token.
    """

    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    device = models.ForeignKey(
        Device, on_delete=models.CASCADE, db_index=False, db_constraint=False
    )
    at = models.DateTimeField()
    actor = models.CharField(max_length=320)
    on_behalf = models.CharField(max_length=320, blank=True, db_default="")
    kind = models.CharField(max_length=12)
    fields = models.JSONField(default=dict)
    import_run_id = models.BigIntegerField(null=True)
    bulk_run_id = models.BigIntegerField(null=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["device", "-id"], name="devices_change_device"),
            # What one request deleted, to take it back.
            models.Index(
                fields=["tenant", "request_id"],
                condition=models.Q(kind="DELETED"),
                name="devices_change_deleted",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=[
                        "CREATED",
                        "CHANGED",
                        "DELETED",
                        "RESTORED",
                        "ARCHIVED",
                        "WARRANTY",
                        "GROUP",
                        "SENT",
                        "RECEIVED",
                    ]
                ),
                name="devices_change_kind",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.device_id}"


class JunkSerial(models.Model):
    """A serial that never identifies a device (E12): data of the installation."""

    serial = models.CharField(max_length=80, primary_key=True)

    def __str__(self) -> str:
        return self.serial
