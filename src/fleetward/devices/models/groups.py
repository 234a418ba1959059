"""Groups of devices, and lists that somebody keeps."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Lower

from fleetward.devices.contracts import GroupKind


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
