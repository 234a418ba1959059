"""Every use case of a tenant checks its right itself, whichever door it was called through."""

from __future__ import annotations

from tests.arch.checks import File
from tests.arch.rights import unchecked
from tests.arch.test_house_rules import files

# What the system does by itself: nobody asks for it.
OF_THE_SYSTEM = {
    "connections/actions/judging.py: pause_connection",
    "connections/actions/reminding.py: remind_of_expiry",
    "devices/bulk/actions/ending.py: finish",
    "warranty/actions/runs.py: finish_run",
    "warranty/actions/runs.py: stop_run",
}


def test_every_use_case_of_a_tenant_requires_a_right() -> None:
    assert unchecked(files()) == OF_THE_SYSTEM


def sample(body: str, more: str = "") -> set[str]:
    text = f"@use_case\ndef close(*, actor: Actor, tenant: int) -> None:\n    {body}\n{more}"
    return unchecked([File("tenancy/actions.py", text)])


def test_control_a_use_case_without_a_check_is_found() -> None:
    helper = "\ndef _look(actor):\n    {}\n"
    assert sample("access.require(actor, X, tenant=tenant)") == set()
    assert sample("_look(actor)", helper.format("require(actor)")) == set()
    for body, more in (("record(actor)", ""), ("_look(actor)", helper.format("record(actor)"))):
        assert sample(body, more) == {"tenancy/actions.py: close"}
