"""Ports for servers that are about to start."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from fleetward.cli import ports
from fleetward.cli.ports import free_port, refuse_busy_port
from fleetward.config.env import BadEnvironment


def test_a_free_port_is_none_that_is_lent_to_outgoing_connections() -> None:
    first_lent = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text("ascii").split()[0])
    assert {free_port() < first_lent for _ in range(20)} == {True}


def test_processes_with_the_same_seed_take_different_ports() -> None:
    taken = []
    for _ in range(2):
        random.seed(1)
        taken.append([free_port() for _ in range(3)])
    assert taken[0] != taken[1]


def test_where_nothing_lies_below_the_lent_ports_one_of_them_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(ports, "_OUTGOING", tmp_path / "lent")
    refuse_busy_port("127.0.0.1", free_port())
    (tmp_path / "lent").write_text("1024 65000\n", encoding="ascii")
    refuse_busy_port("127.0.0.1", free_port())


def test_a_port_that_an_outgoing_connection_has_is_busy() -> None:
    with ExitStack() as open_ones:
        listening = open_ones.enter_context(socket.create_server(("127.0.0.1", 0)))
        calling = open_ones.enter_context(socket.create_connection(listening.getsockname()))
        for taken in (listening, calling):
            with pytest.raises(BadEnvironment, match="is not free"):
                refuse_busy_port("127.0.0.1", taken.getsockname()[1])
