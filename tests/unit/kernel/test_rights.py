"""The check of a right from below `access`: its decision, and none without it."""

from __future__ import annotations

import pytest

from fleetward.access import queries
from fleetward.kernel import rights
from fleetward.kernel.actor import Actor, ActorKind
from fleetward.kernel.errors import Forbidden
from fleetward.kernel.rights import Capability, NobodyDecides, decided_by, require

READER = Actor(ActorKind.USER, "u", roles={1: "REPORT_ADMIN"})


def test_access_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "_checks", [])
    decided_by(queries.require)
    require(READER, Capability.SEE_DEVICES, tenant=1)
    with pytest.raises(Forbidden):
        require(READER, Capability.MANAGE_USERS, tenant=1)


def test_nothing_is_allowed_while_nobody_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "_checks", [])
    with pytest.raises(NobodyDecides):
        require(READER, Capability.SEE_DEVICES, tenant=1)
