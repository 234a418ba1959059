"""How often a token may call: counted, told with every answer, and refused beyond."""

from __future__ import annotations

import pytest
from django.http import HttpResponse

from fleetward.api.auth import RATE_HEADERS
from fleetward.config.env import env
from fleetward.devices.models import Device
from fleetward.identity.models import TokenCalls
from fleetward.infra.tx import tenant_scope
from tests.api.conftest import Program, program_of
from tests.api.test_errors import problem
from tests.cast import Cast
from tests.plugins.variables import SetEnv

NEW = {"manufacturer": "Dell", "serial": "5XK2QL3"}


def told(answer: HttpResponse) -> tuple[int, ...]:
    return tuple(int(answer[name]) for name in RATE_HEADERS)


@pytest.fixture
def few_calls(set_env: SetEnv) -> None:
    set_env(FLEETWARD_API__CALLS_PER_MINUTE="3")


def test_every_answer_tells_what_is_left(admin: Program) -> None:
    limit = env().api.calls_per_minute
    # A refused call counts as any other.
    for path in ("/devices", "/devices?colour=red"):
        answer = told(admin.get(path))
        counted = TokenCalls.objects.get()
        assert answer[:2] == (limit, limit - counted.calls)
        assert 0 < answer[2] <= 60
        TokenCalls.objects.update(calls=100, minute="2026-03-03T12:00Z")


def spend(program: Program) -> None:
    """Use up the present minute, wherever it begins."""
    for _ in range(20):
        if program.get("/devices").status_code == 429:
            return
    raise AssertionError("no call was refused")


@pytest.mark.usefixtures("few_calls")
def test_a_call_too_many_is_refused_and_does_nothing(cast: Cast, admin: Program) -> None:
    spend(admin)
    TokenCalls.objects.update(calls=1_000)
    late = admin.post("/devices", NEW)
    body = problem(late, 429, "too_many_calls")
    assert told(late)[:2] == (3, 0)
    assert late["Retry-After"] == late["RateLimit-Reset"] == body["fields"]["seconds"]
    with tenant_scope([cast.acme.id]):
        assert not Device.objects.exists()


@pytest.mark.usefixtures("few_calls")
def test_each_token_has_calls_of_its_own_and_a_new_minute_gives_them_back(
    cast: Cast, admin: Program
) -> None:
    spend(admin)
    assert program_of(cast.admin, cast.acme).get("/devices").status_code == 200
    TokenCalls.objects.update(minute="2026-03-03T12:00Z")
    assert admin.get("/devices").status_code == 200


def test_without_a_limit_nothing_is_counted(admin: Program, set_env: SetEnv) -> None:
    set_env(FLEETWARD_API__CALLS_PER_MINUTE="0")
    answer = admin.get("/devices")
    assert not set(RATE_HEADERS) & set(answer.headers)
    assert not TokenCalls.objects.exists()
