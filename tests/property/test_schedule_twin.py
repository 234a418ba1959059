"""`warranty_next_look` says of every device what `rules.next_look` says (W7)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetward.infra import sql
from fleetward.warranty.contracts import Reason
from fleetward.warranty.rules import next_look

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 22)
# Near where one pause ends and the next begins, or anywhere.
distances = st.builds(
    int.__add__, st.sampled_from([-180, -30, 0, 31, 181, 366]), st.integers(-2, 2)
) | st.integers(-9000, 9000)
ends = st.none() | st.just(date.max) | distances.map(lambda days: DAY + timedelta(days))


@given(
    ends_on=ends,
    latest_error=st.sampled_from(["", *map(str, Reason)]),
    attempted_on=st.none() | st.just(DAY),
)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_function_and_the_rule_agree(
    ends_on: date | None, latest_error: str, attempted_on: date | None
) -> None:
    params = {"ends": ends_on, "error": latest_error, "attempted": attempted_on}
    found = sql.fetch_text(
        "SELECT warranty_next_look(%(ends)s::date, %(error)s, %(attempted)s::date)", params
    )
    rule = next_look(ends_on=ends_on, latest_error=latest_error, attempted_on=attempted_on)
    assert found == [(rule,)]
