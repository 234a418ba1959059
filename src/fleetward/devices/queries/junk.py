"""The serials that never identify a device: data of the installation (E12)."""

from __future__ import annotations

from fleetward.devices.models import JunkSerial
from fleetward.devices.rules import default_junk


def junk_serials() -> list[str]:
    """The installation's own list, or the one that we ship."""
    own = list(JunkSerial.objects.order_by("serial").values_list("serial", flat=True))
    return own or sorted(default_junk().keys)
