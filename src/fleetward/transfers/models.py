"""Transfers with their rows, and what has arrived where."""

from __future__ import annotations

import uuid

from django.db import models

from fleetward.transfers.contracts import RowOutcome, TransferKind, TransferState

# An undo that ended like this leaves the transfer as it can be undone once more.
UNDONE_AGAIN = ["REFUSED", "DISCARDED", "CANCELLED", "STOPPED"]


def _words(enum: type[RowOutcome | TransferKind | TransferState]) -> list[str]:
    return [str(word) for word in enum]


class Transfer(models.Model):
    """One transfer, from its file or selection to the outcome of its last row; `tenant`: source.

    `batches` are those that a file was cut into; `done_batches` are matched. Up to
    row `done_to` and from row `done_from` all have moved, whom two workers move towards each other:
    devices, outcomes and a mark are one transaction. `expected` are
    the rows by outcome when the preview was made, `counts` as they are now. `only`: the Customer ID
    of a part of a mixed file (`split_of`).
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    partner = models.ForeignKey(
        "tenancy.Tenant", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    target = models.ForeignKey(
        "tenancy.Tenant", on_delete=models.CASCADE, related_name="+", null=True, db_index=False
    )
    kind = models.CharField(max_length=10)
    state = models.CharField(max_length=10)
    user_id = models.BigIntegerField()
    started_by = models.CharField(max_length=320)
    on_behalf = models.CharField(max_length=320, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    request_key = models.CharField(max_length=80, null=True)
    digest = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    only = models.CharField(max_length=80, blank=True)
    split_of = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, db_index=False, related_name="+"
    )
    undo_of = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, db_index=False, related_name="+"
    )
    selection_id = models.BigIntegerField(null=True)
    reading = models.JSONField(default=dict)
    groups = models.JSONField(default=list)
    batches = models.JSONField(null=True)
    done_batches = models.IntegerField(default=0)
    rows = models.IntegerField(default=0)
    done_to = models.IntegerField(default=0)
    done_from = models.IntegerField(db_default=2**31 - 1)
    done_rows = models.IntegerField(default=0)
    expected = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    refusals = models.JSONField(default=dict)
    preview = models.JSONField(default=dict)
    problem = models.JSONField(null=True)
    outcome_digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField()
    rows_removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "request_key"], name="transfers_transfer_request"
            ),
            # A transfer is undone once; what did not come to its end may be begun again.
            models.UniqueConstraint(
                fields=["undo_of"],
                condition=~models.Q(state__in=UNDONE_AGAIN),
                name="transfers_transfer_one_undo",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=_words(TransferKind)), name="transfers_transfer_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=_words(TransferState)),
                name="transfers_transfer_state",
            ),
            models.CheckConstraint(
                condition=~models.Q(tenant=models.F("target")), name="transfers_transfer_two"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-id"], name="transfers_transfer_latest"),
            models.Index(fields=["partner", "-id"], name="transfers_transfer_partner"),
        ]

    def __str__(self) -> str:
        return f"transfer {self.uid}"


class Row(models.Model):
    """How one row ended: its record (hardening, 1 and 7). No foreign keys, as of ImportRow.

    `given` is the serial as it stood in the file, '' where that was canonical; `arrived_in` the
    tenant to which its device has moved, which may read this row as well.
    """

    pk = models.CompositePrimaryKey("transfer_id", "row_no")
    tenant_id = models.BigIntegerField()
    transfer_id = models.BigIntegerField()
    row_no = models.IntegerField()
    given = models.CharField(max_length=80)
    serial = models.CharField(max_length=80, db_collation="C")
    manufacturer = models.CharField(max_length=80, db_collation="C")
    outcome = models.CharField(max_length=13)
    refusal = models.CharField(max_length=32, blank=True, db_default="")
    device_id = models.BigIntegerField(null=True)
    arrived_in = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=_words(RowOutcome)), name="transfers_row_outcome"
            )
        ]

    def __str__(self) -> str:
        return f"row {self.row_no} of transfer {self.transfer_id}: {self.outcome}"


class Arrival(models.Model):
    """Devices of one transfer that have come to `tenant`. It knows its partner, and no source."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    transfer_id = models.BigIntegerField()
    partner = models.CharField(max_length=120)
    devices = models.IntegerField()
    merged = models.IntegerField()
    is_return = models.BooleanField()
    arrived_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "transfer_id"], name="transfers_arrival_once")
        ]
        indexes = [models.Index(fields=["tenant", "-id"], name="transfers_arrival_latest")]

    def __str__(self) -> str:
        return f"{self.devices} devices in {self.tenant_id}"
