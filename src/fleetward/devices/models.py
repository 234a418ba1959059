"""Devices, their history, groups, views, selections, bulk changes and imports.

The identity of a device is T10's.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from fleetward.devices.bulk.contracts import BulkKind, BulkOutcome, BulkState
from fleetward.devices.contracts import GroupKind
from fleetward.devices.imports.contracts import ImportState, Outcome


class Device(models.Model):
    """One machine of a tenant. Deleting makes it inactive (E10), so that it stays findable (E11).

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
                condition=models.Q(origin__in=["CSV", "MANUAL", "API"]),
                name="devices_device_origin",
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
        ]

    def __str__(self) -> str:
        return f"{self.manufacturer} {self.serial}"


class Change(models.Model):
    """History of one device: what a person, an import or a bulk change did, before and after.

    `on_behalf`: whom the actor spoke for, such as the user of a token.
    """

    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, db_index=False)
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
                condition=models.Q(kind__in=["CREATED", "CHANGED", "DELETED", "RESTORED"]),
                name="devices_change_kind",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.device_id}"


class Group(models.Model):
    """A named set of devices of a tenant (E13).

    STATIC: its members are `GroupMember`. DYNAMIC: whatever `query` leaves, a filter as the address
    of the device list holds it.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    kind = models.CharField(max_length=8)
    name = models.CharField(max_length=80)
    # Names are unique without case, and listed in this order.
    name_key = models.GeneratedField(
        expression=Lower("name"),
        output_field=models.CharField(max_length=80, db_collation="C"),
        db_persist=True,
    )
    description = models.CharField(max_length=300, blank=True, db_default="")
    query = models.TextField(blank=True, db_default="")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name_key"], name="devices_group_name"),
            models.CheckConstraint(
                condition=models.Q(kind=GroupKind.STATIC, query="")
                | (models.Q(kind=GroupKind.DYNAMIC) & ~models.Q(query="")),
                name="devices_group_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """A device of a static group. No foreign keys: a trigger checks all rows of a statement."""

    pk = models.CompositePrimaryKey("group_id", "device_id")
    tenant_id = models.BigIntegerField()
    group_id = models.BigIntegerField()
    device_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["device_id"], name="devices_groupmember_device")]

    def __str__(self) -> str:
        return f"device {self.device_id} in group {self.group_id}"


class View(models.Model):
    """A list that somebody keeps: the query of its address and its columns, under a name.

    `user_id` is its owner; a shared one is there for all who see devices. `default_role`: users of
    that role find it first, '' for none.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    user_id = models.BigIntegerField()
    name = models.CharField(max_length=80)
    query = models.TextField(blank=True)
    columns = models.TextField(blank=True)
    is_shared = models.BooleanField(default=False)
    default_role = models.CharField(max_length=16, blank=True, default="")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "tenant", "user_id", Lower("name"), name="devices_view_name_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "default_role"],
                condition=~models.Q(default_role=""),
                name="devices_view_one_default",
            ),
            models.CheckConstraint(
                condition=models.Q(default_role="") | models.Q(is_shared=True),
                name="devices_view_default_is_shared",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Selection(models.Model):
    """Devices that a user has selected, exactly these, for a day; nobody else sees it.

    `query` is the filter of the list that they were selected from; `is_whole`: all that it left.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE)
    user_id = models.BigIntegerField()
    query = models.TextField(blank=True)
    is_whole = models.BooleanField()
    devices = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"selection {self.uid}"


class SelectionItem(models.Model):
    """One device of a selection. No foreign keys, as of ImportRow.

    `seen_at` is the device's latest change when it was selected; None where that does not matter.
    """

    pk = models.CompositePrimaryKey("selection_id", "device_id")
    tenant_id = models.BigIntegerField()
    selection_id = models.BigIntegerField()
    device_id = models.BigIntegerField()
    seen_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"device {self.device_id} in selection {self.selection_id}"


class BulkRun(models.Model):
    """One thing done to every device of a selection, in batches by id.

    `done_to` is the id of the latest device that has its outcome: devices, outcomes and this mark
    are one transaction. `params` is what was asked for; `undo_of` the one that it takes back.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE)
    kind = models.CharField(max_length=12)
    state = models.CharField(max_length=10, default="RUNNING")
    user_id = models.BigIntegerField(null=True)
    started_by = models.CharField(max_length=320)
    on_behalf = models.CharField(max_length=320, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    request_key = models.CharField(max_length=64, null=True)
    selection_id = models.BigIntegerField()
    query = models.TextField(blank=True)
    is_whole = models.BooleanField()
    params = models.JSONField(default=dict)
    undo_of = models.ForeignKey("self", on_delete=models.CASCADE, null=True, db_index=False)
    devices = models.IntegerField()
    done_to = models.BigIntegerField(default=0)
    done = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    changed_since = models.IntegerField(default=0)
    gone = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    skipped = models.IntegerField(default=0)
    problem = models.JSONField(null=True)
    outcome_digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "request_key"], name="devices_bulkrun_request"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=[str(kind) for kind in BulkKind]),
                name="devices_bulkrun_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[str(state) for state in BulkState]),
                name="devices_bulkrun_state",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-id"], name="devices_bulkrun_latest")]

    def __str__(self) -> str:
        return f"bulk change {self.uid}"


class BulkItem(models.Model):
    """How one device of a bulk change ended: its record (hardening, 1 and 7).

    What the device was then stands beside it, so that the summary stays the same.
    """

    pk = models.CompositePrimaryKey("run_id", "device_id")
    tenant_id = models.BigIntegerField()
    run_id = models.BigIntegerField()
    device_id = models.BigIntegerField()
    outcome = models.CharField(max_length=13)
    refusal = models.CharField(max_length=32, blank=True, db_default="")
    manufacturer = models.CharField(max_length=80, blank=True, db_default="")
    serial = models.CharField(max_length=80, blank=True, db_default="")
    name = models.CharField(max_length=120, blank=True, db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=[str(outcome) for outcome in BulkOutcome]),
                name="devices_bulkitem_outcome",
            )
        ]

    def __str__(self) -> str:
        return f"device {self.device_id} of bulk change {self.run_id}: {self.outcome}"


class JunkSerial(models.Model):
    """A serial that never identifies a device (E12): data of the installation."""

    serial = models.CharField(max_length=80, primary_key=True)

    def __str__(self) -> str:
        return self.serial


class ImportRun(models.Model):
    """One imported device list, from its upload to the outcome of its last row (E12).

    `done_batches` holds the numbers of the batches stored: a batch, its outcome rows and its number
    here are one transaction. `report` is what the analysis found; counts are of stored rows.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE)
    state = models.CharField(max_length=12, default="UPLOADED")
    origin = models.CharField(max_length=16, default="CSV")
    user_id = models.BigIntegerField(null=True)
    started_by = models.CharField(max_length=320)
    file_name = models.CharField(max_length=200)
    file_size = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    request_key = models.CharField(max_length=200, null=True)
    starts_itself = models.BooleanField(default=False)
    mapping = models.JSONField(null=True)
    default_manufacturer = models.CharField(max_length=80, blank=True)
    report = models.JSONField(default=dict)
    problem = models.JSONField(null=True)
    rows = models.IntegerField(default=0)
    batches = models.IntegerField(default=0)
    done_batches = ArrayField(models.IntegerField(), default=list)
    done_rows = models.IntegerField(default=0)
    new = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    skipped = models.IntegerField(default=0)
    outcome_digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "request_key"], name="devices_importrun_request"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[str(state) for state in ImportState]),
                name="devices_importrun_state",
            ),
            models.CheckConstraint(
                condition=models.Q(origin__in=["CSV", "API"]), name="devices_importrun_origin"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-id"], name="devices_importrun_latest")]

    def __str__(self) -> str:
        return f"import {self.uid}"


class ImportRow(models.Model):
    """How one row of a list ended: the record of each device of an import (hardening, 1 and 7).

    No foreign keys: checking three of them for each of a million rows costs more than the rows.
    """

    pk = models.CompositePrimaryKey("run_id", "row_no")
    tenant_id = models.BigIntegerField()
    run_id = models.BigIntegerField()
    row_no = models.IntegerField()
    outcome = models.CharField(max_length=9)
    device_id = models.BigIntegerField(null=True)
    refusal = models.CharField(max_length=32, blank=True, db_default="")
    field = models.CharField(max_length=32, blank=True, db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=[str(outcome) for outcome in Outcome]),
                name="devices_importrow_outcome",
            )
        ]

    def __str__(self) -> str:
        return f"row {self.row_no} of import {self.run_id}: {self.outcome}"
