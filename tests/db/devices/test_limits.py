"""What devices refuse: too many at once, and what the database alone knows to be wrong."""

from __future__ import annotations

import uuid
from typing import cast as taken_as

import pytest
from django.db import IntegrityError

from fleetward.devices.actions import add_device, delete_devices
from fleetward.devices.contracts import MOST_AT_ONCE, DeviceInput, Origin, TooManyDevices
from tests.cast import NOW, Cast, actor_of

pytestmark = pytest.mark.django_db
TOO_MANY = [uuid.UUID(int=number) for number in range(MOST_AT_ONCE + 1)]


def test_e10_a_deletion_has_a_limit(cast: Cast) -> None:
    actor = actor_of(cast.device_admin)
    with pytest.raises(TooManyDevices):
        delete_devices(actor=actor, tenant=cast.acme.id, uids=TOO_MANY, now=NOW)


def test_only_the_constraint_of_the_identity_means_a_duplicate(cast: Cast) -> None:
    with pytest.raises(IntegrityError, match="devices_device_origin"):
        add_device(
            actor=actor_of(cast.device_admin),
            tenant=cast.acme.id,
            device=DeviceInput("Dell", "ABC1234"),
            origin=taken_as(Origin, "NOWHERE"),
            now=NOW,
        )
