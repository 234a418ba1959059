"""How many statements an answer takes: as many for ten rows as for a hundred."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fleetward.identity.models import Token
from fleetward.kernel.clock import utc_now
from tests.api.conftest import Program
from tests.cast import Cast, add_devices

# Token, role and tenant, then the scope set and taken back around the question itself.
BUDGETS = {
    "/tenant": 3,
    "/devices": 9,
    "/devices?q=pc-0": 9,
    "/audit": 6,
    "/notifications": 6,
    "/warranty-runs": 6,
    "/imports": 6,
    "/external-services": 7,
}


def statements(program: Program, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert program.get(path).status_code == 200
    kept = [q["sql"] for q in seen if "SAVEPOINT" not in q["sql"]]
    return len(kept)


@pytest.mark.parametrize("path", BUDGETS)
def test_an_answer_keeps_its_budget(cast: Cast, admin: Program, path: str) -> None:
    Token.objects.update(latest_use_at=utc_now())
    sign = "&" if "?" in path else "?"
    pages = [f"{path}{sign}limit={n}" for n in (10, 100)] if has_limit(path) else [path] * 2
    add_devices(cast.acme.id, 120)
    ten, hundred = (statements(admin, page) for page in pages)
    assert ten == hundred <= BUDGETS[path]


def has_limit(path: str) -> bool:
    return path not in {"/tenant", "/external-services"}
