"""A view of the same framework that sends the rows of a page and does nothing else.

`python -m tests.bench.bare_view`, with the product's environment and the tenant beside it.
"""

from __future__ import annotations

import os
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest
from django.urls import path
from granian import Granian
from granian.constants import Interfaces
from ninja import NinjaAPI

from fleetward.config.env import env
from fleetward.warranty.queries.grid_sql import COLUMNS

# As many as the product has (`fleetward.cli.serve`).
THREADS = 8
ROWS = f"""
    SELECT {COLUMNS} FROM warranty_coverage c JOIN devices_device d ON d.id = c.device_id
    WHERE c.tenant_id = %s AND c.ends_on IS NOT NULL ORDER BY c.ends_on, c.device_id LIMIT 51
"""
application = get_wsgi_application()
api = NinjaAPI()


@api.get("/devices")
def devices(request: HttpRequest) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [os.environ["BENCH_TENANT"]])
        names = [column.name for column in cursor.description or ()]
        return {"items": [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]}


urlpatterns = [path("", api.urls)]

if __name__ == "__main__":
    web = env().web
    Granian(
        "tests.bench.bare_view:application",
        address=web.host,
        port=web.port,
        interface=Interfaces.WSGI,
        workers=web.workers,
        blocking_threads=THREADS,
    ).serve()
