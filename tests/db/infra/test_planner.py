"""The planner works with other settings for some statements, and as before after them."""

from __future__ import annotations

import pytest
from django.db import Error, transaction

from fleetward.infra import sql

pytestmark = pytest.mark.django_db


PRESENT = "SELECT current_setting('enable_sort'), current_setting('work_mem')"


def present(**planner: str) -> tuple[str, str]:
    [row] = sql.fetch_text(PRESENT, [], **planner)
    return row[0], row[1]


def test_settings_hold_for_their_statement_and_are_as_before_after_it() -> None:
    before = present()
    with transaction.atomic():
        assert present(enable_sort="off", work_mem="8MB") == ("off", "8MB")
        assert present() == before
    assert present() == before


def test_settings_of_a_transaction_hold_for_the_statements_that_follow() -> None:
    before = present()
    with transaction.atomic():
        sql.suit_planner(enable_sort="off", work_mem="8MB")
        assert present() == ("off", "8MB")
        transaction.set_rollback(True)
    assert present() == before


def fail() -> None:
    """Set one for the transaction and one for a statement that the database refuses."""
    with transaction.atomic():
        sql.suit_planner(enable_sort="off")
        sql.fetch_text("SELECT 1 / 0", [], work_mem="8MB")


def test_settings_end_with_a_transaction_that_fails() -> None:
    before = present()
    with pytest.raises(Error):
        fail()
    assert present() == before
