"""The device list as a file, of one moment."""

from __future__ import annotations

from typing import IO

from django.http import HttpRequest, HttpResponseBase
from ninja import Query, Router

from fleetward.access.contracts import Capability
from fleetward.api.auth import caller_of
from fleetward.api.calls import call
from fleetward.api.v1.device_schemas import DeviceList
from fleetward.infra.downloads import download
from fleetward.warranty.actions import exporting
from fleetward.warranty.contracts import Status
from fleetward.warranty.queries.export import CELLS, Sheet, Wording

router = Router(tags=["devices"])
# The stored words as they are: a program wants no language.
PLAIN = Wording(
    statuses={str(status): str(status) for status in Status},
    reasons={},
    origins={},
    sources={},
    simulated="true",
    yes="true",
    no="false",
    no_end="9999-12-31",
    time_zone="UTC",
)
COLUMNS = tuple((name, name) for name in CELLS)


@call(
    router,
    "GET /devices.csv",
    needs=Capability.EXPORT_DEVICES,
    answers="text/csv",
)
def export_devices(request: HttpRequest, only: Query[DeviceList]) -> HttpResponseBase:
    """Download the device list as CSV, all of it that the filters leave.

    Status and reason are the words of the API, moments are of UTC, and an open end is 9999-12-31.
    A cell that a spreadsheet could run begins with an apostrophe.
    """
    caller = caller_of(request)

    def write(out: IO[bytes]) -> None:
        exporting.export_devices(
            actor=caller.actor,
            tenant=caller.tenant.id,
            listing=exporting.DeviceListing(
                only.filter_on(caller.today, caller.tenant.settings.time_zone),
                Sheet(only.sort.order, COLUMNS, PLAIN),
                caller.today,
                caller.expiring_days,
            ),
            out=out,
            now=caller.now,
        )

    return download(write, name="devices.csv")
