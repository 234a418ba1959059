"""Bulk processings in words that say something: how long each took, and how far the open one is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from django.test import RequestFactory

from fleetward.kernel.actor import system_actor
from fleetward.tenancy.contracts import Region, TenantKind, TenantRow, TenantSettings
from fleetward.warranty.contracts import (
    ProviderProgress,
    Reason,
    RunRow,
    RunState,
    Schedule,
)
from fleetward.warranty.texts import REASON_TEXTS
from fleetward.web.components.shapes import Progress
from fleetward.web.components.table import Table
from fleetward.web.door import Visit
from fleetward.web.pages.run_views import block, runs_table, schedule_text
from tests.unit.runs import NOON, RUN

ACME = TenantRow(1, "C-1", "Acme", TenantKind.CUSTOMER, Region.EU, TenantSettings())


@pytest.mark.parametrize(
    ("took", "words"),
    [
        (None, "–"),
        (timedelta(milliseconds=20), "1 second"),
        (timedelta(seconds=49), "49 seconds"),
        (timedelta(hours=2, minutes=5, seconds=9), "2\xa0hours, 5\xa0minutes"),
    ],
)
def test_a_short_run_is_not_told_as_no_minutes(took: timedelta | None, words: str) -> None:
    row = replace(RUN, state=RunState.DONE, finished_at=NOON + took if took else None)
    assert words in runs_table([row], "C-1").rows[0].cells[-1].html


def block_of(
    run: RunRow, *parts: ProviderProgress, after: timedelta = timedelta(0)
) -> tuple[Progress, Table | None]:
    """The live part of the page, so long after the run began: its progress and its reasons."""
    actor = system_actor("Tests", 1)
    visit = Visit(RequestFactory().get("/"), actor=actor, tenant=ACME, now=NOON + after)
    shown = block(run, parts, visit)
    progress, reasons = shown["progress"], shown["reasons"]
    assert isinstance(progress, Progress)
    assert reasons is None or isinstance(reasons, Table)
    return progress, reasons


@pytest.mark.parametrize(
    ("done", "waiting", "minutes", "words"),
    [
        (0, 1_000, 5, ""),
        (1, 9, 1, "1 device a minute, about 9 minutes left"),
        (600, 400, 2, "300 devices a minute, about 1 minute left"),
        (600, 5_400, 0.5, "1,200 devices a minute, about 4 minutes left"),
        (3, 330, 1, "3 devices a minute, about 110 minutes left"),
        # Vendors with a small quota for a day.
        (3, 3_000, 1, "3 devices a minute, about 17 hours left"),
        (29, 5_800, 60, "29 devices an hour, about 200 hours left"),
        (1, 2, 90, "1 device an hour, about 3 hours left"),
        # Not "about 0 minutes left".
        (999, 1, 1, "999 devices a minute, about 1 minute left"),
    ],
)
def test_w7_an_open_run_tells_its_rate_and_the_time_left(
    done: int, waiting: int, minutes: float, words: str
) -> None:
    part = ProviderProgress("dell", found=done, waiting=waiting)
    progress, _reasons = block_of(RUN, part, after=timedelta(minutes=minutes))
    assert progress.status == words
    assert (progress.done, progress.total) == (done, RUN.devices)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        # What was never asked about took no time.
        (
            [
                ProviderProgress("dell", found=10, waiting=20),
                ProviderProgress("", skipped={"VENDOR_NOT_SUPPORTED": 200_000}),
            ],
            "10 devices a minute, about 2 minutes left",
        ),
        # The slowest of those that still have something to do tells.
        (
            [
                ProviderProgress("dell", found=10, waiting=40),
                ProviderProgress("lenovo", found=5_000, failed={"VENDOR_DOWN": 90}, waiting=500),
                ProviderProgress("cisco", found=1),
            ],
            "5,101 devices a minute, about 4 minutes left",
        ),
        # Nobody knows how long one takes that has not answered yet.
        (
            [
                ProviderProgress("dell", not_found=10, waiting=40),
                ProviderProgress("hp", waiting=3),
            ],
            "10 devices a minute",
        ),
        ([ProviderProgress("", skipped={"NOT_CONFIGURED": 5})], ""),
    ],
)
def test_w7_vendors_work_side_by_side_each_at_its_own_rate(
    parts: list[ProviderProgress], words: str
) -> None:
    progress, _reasons = block_of(RUN, *parts, after=timedelta(minutes=1))
    assert progress.status == words


def test_w7_a_run_that_is_over_has_a_rate_and_no_time_left() -> None:
    over = replace(RUN, state=RunState.DONE, finished_at=NOON + timedelta(minutes=2))
    part = ProviderProgress("dell", found=100)
    progress, _reasons = block_of(over, part, after=timedelta(days=1))
    assert progress.status == "50 devices a minute"


def test_w7_the_figures_of_a_run_are_the_sums_over_its_vendors() -> None:
    progress, _reasons = block_of(
        RUN,
        ProviderProgress("dell", found=5, not_found=2, failed={"VENDOR_DOWN": 3}, waiting=7),
        ProviderProgress(
            "lenovo", found=10, failed={"VENDOR_DOWN": 1, "QUOTA_REACHED": 2}, simulated=11
        ),
        ProviderProgress("", skipped={"NOT_CONFIGURED": 4}),
    )
    assert {figure.label: figure.value for figure in progress.figures} == {
        "Found": "15",
        "Not found": "2",
        "Failed": "6",
        "Not asked": "4",
        "Waiting": "7",
        "Simulated": "11",
    }


def test_w11_devices_without_an_answer_are_counted_by_vendor_and_reason_with_its_fix() -> None:
    _progress, reasons = block_of(
        RUN,
        ProviderProgress("dell", found=5, failed={"VENDOR_DOWN": 3, "QUOTA_REACHED": 1_200}),
        ProviderProgress("", skipped={"NOT_CONFIGURED": 4}),
    )
    assert reasons
    shown = [[unescape(cell.html) for cell in row.cells] for row in reasons.rows]
    assert [[reason, vendor, devices] for reason, vendor, devices, _fix in shown] == [
        ["Quota reached", "Dell TechDirect", "1,200"],
        ["Vendor not reachable", "Dell TechDirect", "3"],
        ["External service not set up", "No external service", "4"],
    ]
    expected = (Reason.QUOTA_REACHED, Reason.VENDOR_DOWN, Reason.NOT_CONFIGURED)
    assert [fix for *_others, fix in shown] == [REASON_TEXTS[one].fix for one in expected]


def test_a_run_in_which_every_device_was_answered_has_no_such_table() -> None:
    _progress, reasons = block_of(RUN, ProviderProgress("dell", found=5, not_found=1))
    assert reasons is None


def test_w7_no_device_is_a_sentence_of_its_own() -> None:
    text = schedule_text(Schedule(True, NOON.date(), 0, False))
    assert text.startswith("No device is due for another look in the night of")


@pytest.mark.parametrize(
    ("due", "has_more", "words"),
    [
        (1, False, "1 device is due and"),
        (2_500, False, "2,500 devices are due and"),
        (10_000, True, "More than 10,000 devices are due and"),
    ],
)
def test_w7_what_is_due_is_told_as_far_as_it_is_counted(
    due: int, has_more: bool, words: str
) -> None:
    text = schedule_text(Schedule(True, NOON.date(), due, has_more))
    assert text.startswith(f"{words} will be looked up again in the night of")
