"""Columns of what belongs to a device."""

from __future__ import annotations

from typing import Any

from django.db import models


def owner() -> models.ForeignKey[Any]:
    """The tenant of what belongs to a device.

    No foreign key, which asks for every single row: a trigger checks all rows of a statement, that
    they have their device's tenant (migration 0005).
    """
    return models.ForeignKey(
        "tenancy.Tenant", on_delete=models.CASCADE, db_index=False, db_constraint=False
    )


def device_of() -> models.ForeignKey[Any]:
    return models.ForeignKey(
        "devices.Device", on_delete=models.CASCADE, db_index=False, db_constraint=False
    )
