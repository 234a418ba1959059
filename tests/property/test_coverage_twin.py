"""`sql/recompute_coverage.sql` says of random lines what `rules.coverage` says (W8-W19)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.warranty.actions.answers import (
    line_key,
    not_cover_list,
    stage_devices,
    store_answers,
)
from fleetward.warranty.contracts import (
    Answer,
    AnswerKind,
    Coverage,
    DeviceKey,
    Entitlement,
    EntitlementKind,
    Reason,
)
from fleetward.warranty.models import Coverage as StoredCoverage
from fleetward.warranty.models import Entitlement as StoredLine
from fleetward.warranty.models import NotCoverCode
from fleetward.warranty.rules import coverage, is_not_cover
from tests.cast import NOW, TODAY, add_devices, make_tenant

pytestmark = pytest.mark.django_db

DEVICES = 12
FOREVER = date(9999, 12, 31)
QUICK = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

days = st.one_of(
    st.none(),
    st.integers(-3, 3).map(lambda n: TODAY + timedelta(days=n)),
    st.dates(date(2019, 1, 1), date(2031, 12, 31)),
)
lines = st.builds(
    Entitlement,
    source=st.sampled_from(["dell", "manual", "lenovo"]),
    code=st.sampled_from(["ND", "D", "d", "KK", "", "PJ"]),
    name=st.sampled_from(["ProSupport", "Premium Care TRIAL", "Initial setup", ""]),
    kind=st.sampled_from(EntitlementKind),
    starts_on=days,
    ends_on=days,
    is_rolling=st.booleans(),
    is_cancelled=st.booleans(),
)
machines = st.lists(st.lists(lines, max_size=5), min_size=DEVICES, max_size=DEVICES)


@pytest.fixture
def fleet() -> tuple[int, list[int]]:
    tenant = make_tenant().id
    return tenant, add_devices(tenant, DEVICES)


def store(tenant: int, device: int, machine: Sequence[Entitlement]) -> None:
    entries = not_cover_list()
    taken: dict[str, set[str]] = {}
    for line in machine:
        keys = taken.setdefault(line.source, set())
        key = line_key(line, False, keys)
        keys.add(key)
        StoredLine.objects.create(
            tenant_id=tenant,
            device_id=device,
            source=line.source,
            line_key=key,
            code=line.code,
            name=line.name,
            kind=line.kind,
            starts_on=line.starts_on,
            ends_on=line.ends_on,
            is_rolling=line.is_rolling,
            is_cancelled=line.is_cancelled,
            is_cover=not is_not_cover(line, entries),
            recorded_at=NOW,
        )


def recompute(tenant: int, devices: Sequence[int]) -> dict[int, StoredCoverage]:
    stage_devices(devices)
    sql.execute("warranty", "recompute_coverage", {"tenant": tenant, "now": NOW})
    return {row.device_id: row for row in StoredCoverage.objects.filter(tenant_id=tenant)}


def ruled(machine: Sequence[Entitlement], reason: Reason | None = None) -> Coverage:
    return coverage(machine, on=TODAY, expiring_days=180, not_cover=not_cover_list(), reason=reason)


def said(stored: StoredCoverage) -> tuple[date | None, date | None, str]:
    return stored.starts_on, stored.ends_on, stored.reason


def expected(rule: Coverage) -> tuple[date | None, date | None, str]:
    ends_on = FOREVER if rule.is_rolling else rule.ends_on
    return rule.starts_on, ends_on, str(rule.reason or "")


@QUICK
@given(fleet_lines=machines)
def test_the_statement_and_the_rule_agree(
    fleet: tuple[int, list[int]], fleet_lines: list[list[Entitlement]]
) -> None:
    tenant, devices = fleet
    with tenant_scope([tenant]):
        StoredLine.objects.all().delete()
        for device, machine in zip(devices, fleet_lines, strict=True):
            store(tenant, device, machine)
        stored = recompute(tenant, devices)
    for device, machine in zip(devices, fleet_lines, strict=True):
        rule = ruled(machine, Reason.NOT_CONFIGURED)
        assert said(stored[device]) == expected(rule), machine


@QUICK
@given(machine=st.lists(lines, max_size=5))
def test_what_a_provider_answers_is_what_the_rule_says_of_it(
    fleet: tuple[int, list[int]], machine: list[Entitlement]
) -> None:
    tenant, devices = fleet
    given_lines = tuple(replace(line, source="dell") for line in machine)
    answer = Answer(DeviceKey("X"), AnswerKind.FOUND, entitlements=given_lines)
    with tenant_scope([tenant]):
        store_answers(tenant=tenant, source="dell", answers=[(devices[0], answer, False)], now=NOW)
        stored = StoredCoverage.objects.get(device_id=devices[0])
        count = StoredLine.objects.filter(device_id=devices[0]).count()
    assert count == len(machine)
    assert said(stored) == expected(ruled(given_lines))


def test_the_shipped_list_of_what_is_no_cover_is_in_the_database() -> None:
    assert NotCoverCode.objects.filter(provider="dell", code="D").exists()
