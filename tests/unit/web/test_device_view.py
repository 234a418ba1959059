"""The device page's view: the age of an answer in the tenant's days, and bars with their words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from fleetward.warranty.contracts import Coverage, Entitlement, EntitlementKind, Status
from fleetward.warranty.queries.device import DeviceDetail, EntitlementRow
from fleetward.warranty.queries.grid_filter import DeviceRow
from fleetward.warranty.queries.pure import LineUse
from fleetward.web.components.timeline import Look
from fleetward.web.pages.device_views import DeviceView, device_view
from fleetward.web.pages.devices_columns import days_text

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TEXTS = ("uid", "manufacturer", "serial", "product_number", "name", "model", "assigned_user")
MORE_TEXTS = ("asset_tag", "location", "country", "source", "plan")
UNKNOWN = ("purchased_on", "starts_on", "ends_on", "ships_on", "latest_error", "reason")
DEVICE = DeviceRow(
    tenant=1,
    **dict.fromkeys((*TEXTS, *MORE_TEXTS), "x"),
    **dict.fromkeys(UNKNOWN),
    origin="CSV",
    is_virtual=False,
    is_active=True,
    created_at=NOON,
    updated_at=NOON,
    archived_on=None,
    is_simulated=False,
    checked_at=NOON,
    attempted_at=NOON,
    status=Status.IN,
)
LINE = Entitlement("dell", "a", "ProSupport", EntitlementKind.BASE, date(2024, 1, 1), None)


def view(row: DeviceRow = DEVICE, *lines: EntitlementRow) -> DeviceView:
    detail = DeviceDetail(row, Coverage(TODAY, Status.IN, is_covered=True), lines, ())
    return device_view(detail, TODAY, None, expiring_days=30)


@pytest.mark.parametrize(
    ("zone", "checked_at", "age"),
    [
        ("Europe/Paris", datetime(2026, 11, 21, 22, 59, tzinfo=UTC), "1 day ago"),
        ("Europe/Paris", datetime(2026, 11, 21, 23, 1, tzinfo=UTC), "today"),
        ("America/Los_Angeles", datetime(2026, 11, 23, 7, 59, tzinfo=UTC), "today"),
        ("America/Los_Angeles", datetime(2026, 11, 22, 7, 59, tzinfo=UTC), "1 day ago"),
    ],
)
def test_w13_the_age_of_an_answer_counts_the_tenants_days(
    zone: str, checked_at: datetime, age: str
) -> None:
    """On both sides of midnight: neither a day too old nor an answer from tomorrow."""
    with timezone.override(zone):
        shown = view(replace(DEVICE, checked_at=checked_at)).coverage
    assert [fact.note for fact in shown if fact.label == "Last answer"] == [age]


@pytest.mark.parametrize(
    ("starts", "ends", "use", "look", "words"),
    [
        (-9, None, LineUse.COUNTS, Look.ACTIVE, "Active"),
        (-9, 31, LineUse.COUNTS, Look.ACTIVE, "Active"),
        (-9, 30, LineUse.COUNTS, Look.EXPIRING, "Expiring"),
        (-9, 0, LineUse.COUNTS, Look.EXPIRING, "Expiring"),
        (-9, -1, LineUse.COUNTS, Look.ENDED, "Ended"),
        (1, 9, LineUse.COUNTS, Look.FUTURE, "Starts later"),
        (-9, 9, LineUse.CANCELLED, Look.VOID, "Does not count"),
    ],
)
def test_each_bar_says_in_words_what_its_colour_means(
    starts: int, ends: int | None, use: LineUse, look: Look, words: str
) -> None:
    """Design, section 14: never colour alone."""
    line = replace(
        LINE,
        starts_on=TODAY + timedelta(days=starts),
        ends_on=None if ends is None else TODAY + timedelta(days=ends),
    )
    drawn = view(DEVICE, EntitlementRow(line, use, is_simulated=False, recorded_at=NOON)).line
    assert drawn is not None
    assert (drawn.bars[0].span.look, drawn.bars[0].span.state) == (look, words)
    assert drawn.legend == [(look.value, words)]


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "today"),
        (1, "in 1 day"),
        (-729, "729 days ago"),
        (-730, "2 years ago"),
        (1_100, "in 3 years"),
    ],
)
def test_what_is_far_away_is_told_in_years(days: int, words: str) -> None:
    assert days_text(days) == words
