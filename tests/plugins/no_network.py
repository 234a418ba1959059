"""Sockets reach this machine only: a test that leaves it fails."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest


class LeftTheMachine(AssertionError):
    """A test tried to reach another machine."""


def is_local(host: str) -> bool:
    """Whether `host` is this machine."""
    if host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not is_local(str(address[0])):
            raise LeftTheMachine(f"{address}")
        connect(self, address)

    def looked_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_local(str(host or "")) and not _is_address(str(host)):
            raise LeftTheMachine(f"{host}")
        return look_up(host, *args, **kwargs)

    patch.setattr(socket.socket, "connect", guarded)
    patch.setattr(socket, "getaddrinfo", looked_up)
    yield
    patch.undo()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
