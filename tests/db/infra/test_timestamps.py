"""Timestamps come out of the database as the moments that they are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection

from fleetward.infra.sql import fetch_text
from fleetward.infra.timestamps import Timestamps

pytestmark = pytest.mark.django_db


def read(text: str) -> datetime:
    [(found,)] = fetch_text("SELECT %s::timestamptz", [text])
    assert isinstance(found, datetime)
    return found


def test_a_connection_reads_them_so() -> None:
    connection.ensure_connection()
    loader = connection.connection.adapters.get_loader(1184, 0)
    assert loader is not None
    assert issubclass(loader, Timestamps)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris", "Asia/Kathmandu", "America/St_Johns"])
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-28 05:00:00+00", datetime(2026, 11, 28, 5, tzinfo=UTC)),
        ("2026-11-28 05:00:00.12+00", datetime(2026, 11, 28, 5, 0, 0, 120_000, tzinfo=UTC)),
        ("2026-06-28 05:00:00.000001+05:45", datetime(2026, 6, 27, 23, 15, 0, 1, tzinfo=UTC)),
        ("1850-01-01 00:00:00+00", datetime(1850, 1, 1, tzinfo=UTC)),
    ],
)
def test_moments_are_in_utc_whatever_the_time_zone(zone: str, text: str, moment: datetime) -> None:
    fetch_text("SELECT set_config('TimeZone', %s, true)", [zone])
    found = read(text)
    assert (found, found.tzinfo) == (moment, UTC)


@pytest.mark.parametrize(
    "text", ["infinity", "12026-01-01 00:00:00+00", "0044-03-15 00:00:00+00 BC"]
)
def test_a_moment_that_python_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(DataError):
        read(text)
