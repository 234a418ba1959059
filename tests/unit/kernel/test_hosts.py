"""Which addresses are this machine (W20)."""

from __future__ import annotations

import pytest

from fleetward.kernel.hosts import is_loopback, is_on_this_machine


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "localhost.", "127.0.0.1", "127.9.9.9", "::1"]
)
def test_this_machine_is_known_by_all_its_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "dell.example", "127.0.0.1.example", "10.0.0.1", "::2"])
def test_other_machines_are_not_this_one(host: str) -> None:
    assert not is_loopback(host)


def test_the_host_of_an_address_decides() -> None:
    assert is_on_this_machine("http://[::1]:9000/dell")
    assert not is_on_this_machine("https://dell.example/localhost")
