"""Resale feeds of the operator, how each of their rows ended, and what partners ordered."""

from __future__ import annotations

import uuid

from django.db import models

from fleetward.devices.feeds.contracts import FeedOutcome, FeedState


class Feed(models.Model):
    """A file of what was sold to partners (T9), from its upload to the outcome of its last row.

    `done_to` is the row up to which all have their outcomes: devices, outcomes and this mark are
    one transaction.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    state = models.CharField(max_length=8, default=FeedState.READING)
    user_id = models.BigIntegerField()
    uploaded_by = models.CharField(max_length=320)
    on_behalf = models.CharField(max_length=320, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    request_key = models.CharField(max_length=200, null=True)
    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    columns = models.JSONField(default=dict)
    rows = models.IntegerField(default=0)
    done_to = models.IntegerField(default=0)
    counts = models.JSONField(default=dict)
    problem = models.JSONField(null=True)
    outcome_digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField()
    rows_removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "request_key"], name="devices_feed_request"),
            models.CheckConstraint(
                condition=models.Q(state__in=[str(state) for state in FeedState]),
                name="devices_feed_state",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-id"], name="devices_feed_latest")]

    def __str__(self) -> str:
        return f"feed {self.uid}"


class FeedRow(models.Model):
    """How one row ended: its record (hardening, 1 and 7), for the operator, who alone reads who
    else has a machine. No foreign keys, as of ImportRow.
    """

    pk = models.CompositePrimaryKey("feed_id", "row_no")
    tenant_id = models.BigIntegerField()
    feed_id = models.BigIntegerField()
    row_no = models.IntegerField()
    location = models.CharField(max_length=40)
    serial = models.CharField(max_length=80, db_collation="C")
    manufacturer = models.CharField(max_length=80, db_collation="C")
    product_number = models.CharField(max_length=40, db_collation="C")
    model = models.CharField(max_length=160)
    order_number = models.CharField(max_length=80)
    outcome = models.CharField(max_length=16)
    refusal = models.CharField(max_length=32, blank=True)
    partner_id = models.BigIntegerField(null=True)
    device_id = models.BigIntegerField(null=True)
    holder_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=[str(outcome) for outcome in FeedOutcome]),
                name="devices_feedrow_outcome",
            )
        ]
        indexes = [
            # Whether an earlier row names the same machine.
            models.Index(fields=["feed_id", "serial"], name="devices_feedrow_serial"),
            models.Index(fields=["feed_id", "outcome", "row_no"], name="devices_feedrow_kind"),
        ]

    def __str__(self) -> str:
        return f"row {self.row_no} of feed {self.feed_id}: {self.outcome}"


class Ordered(models.Model):
    """A machine that a partner ordered, as a feed or the partner itself says; `tenant`: the
    partner.

    `device_id`: as what it was put into the holding tenant; None: the feed has not brought it. No
    foreign key, as of ImportRow.
    """

    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    location = models.CharField(max_length=40, blank=True)
    serial = models.CharField(max_length=80, db_collation="C")
    manufacturer = models.CharField(max_length=80, db_collation="C")
    product_number = models.CharField(max_length=40, blank=True, db_collation="C")
    model = models.CharField(max_length=160, blank=True)
    order_number = models.CharField(max_length=80, blank=True, db_collation="C")
    ordered_on = models.DateField(null=True)
    shipped_on = models.DateField(null=True)
    feed_id = models.BigIntegerField(null=True)
    told_by = models.CharField(max_length=320, blank=True)
    first_seen_at = models.DateTimeField()
    device_id = models.BigIntegerField(null=True)
    held_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "serial", "manufacturer", "product_number"],
                name="devices_ordered_once",
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "id"], name="devices_ordered_list"),
            models.Index(fields=["tenant", "order_number"], name="devices_ordered_order"),
            models.Index(
                fields=["device_id"],
                condition=models.Q(device_id__isnull=False),
                name="devices_ordered_device",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.manufacturer} {self.serial} for {self.tenant_id}"
