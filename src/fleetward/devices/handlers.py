"""What `devices` tells lower contexts. The app's configuration imports it."""

from __future__ import annotations

from fleetward.devices.queries.seats import SeatsInUse
from fleetward.tenancy.licences.queries import seats_counted_by

seats_counted_by(SeatsInUse())
