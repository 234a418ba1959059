"""Which addresses may be called (hardening: outgoing calls)."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest

from fleetward.infra.http_addresses import AddressGuard, AddressRefused, is_denied

INSIDE = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "192.88.99.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("text", INSIDE)
def test_addresses_that_lead_inside_are_denied(text: str) -> None:
    assert is_denied(ip_address(text))


@pytest.mark.parametrize("text", ["8.8.8.8", "143.166.135.105", "2600:1400::1", "2a02:26f0::1"])
def test_public_addresses_are_open(text: str) -> None:
    assert not is_denied(ip_address(text))


def resolving_to(*addresses: str) -> object:
    def look_up(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, 0, 0, "", (address, port)) for address in addresses]

    return look_up


def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving_to("10.0.0.1", "::1"))
    with pytest.raises(AddressRefused):
        AddressGuard().addresses("vendor.test", 443)


def test_only_the_good_addresses_of_a_name_are_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving_to("10.0.0.1", "8.8.8.8", "8.8.8.8"))
    assert AddressGuard().addresses("vendor.test", 443) == ["8.8.8.8"]


@pytest.mark.parametrize("entry", ["10.0.0.0/8", "10.0.0.1", "vendor.test"])
def test_the_operator_opens_hosts_addresses_and_networks(
    monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving_to("10.0.0.1"))
    assert AddressGuard([entry]).addresses("Vendor.test", 443) == ["10.0.0.1"]


@pytest.mark.parametrize("entry", ["", "10.0.0.0/99", "a/b"])
def test_an_unreadable_entry_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="no host, address or network"):
        AddressGuard([entry])


def test_localhost_is_listed_with_its_address() -> None:
    assert AddressGuard(["127.0.0.1"]).is_listed("localhost")
    assert AddressGuard(["::1"]).is_listed("[::1]")
    assert not AddressGuard(["10.0.0.0/8"]).is_listed("localhost")
    assert not AddressGuard(["vendor.test"]).is_listed("vendor.test.evil")
