"""The planner works with other settings for some statements, and as before after them."""

from __future__ import annotations

import pytest
from django.db import Error, transaction

from fleetward.infra import sql

pytestmark = pytest.mark.django_db


def present() -> tuple[str, str]:
    [row] = sql.fetch_text("SELECT current_setting('enable_sort'), current_setting('work_mem')", [])
    return row[0], row[1]


def test_settings_hold_for_the_statements_within_and_are_as_before_after_them() -> None:
    before = present()
    with sql.planned(enable_sort="off"):
        with sql.planned(enable_sort="on", work_mem="8MB"):
            assert present() == ("on", "8MB")
        assert present() == ("off", before[1])
    assert present() == before


def fail(before: tuple[str, str]) -> None:
    """Set one for the transaction and one for a statement that the database refuses."""
    with transaction.atomic():
        assert sql.suit_planner(enable_sort="off") == {"enable_sort": before[0]}
        assert present() == ("off", before[1])
        with sql.planned(work_mem="8MB"):
            sql.fetch_text("SELECT 1 / 0", [])


def test_settings_end_with_the_transaction() -> None:
    before = present()
    with pytest.raises(Error):
        fail(before)
    assert present() == before
