"""Which addresses outgoing calls may reach: our own deny table and the operator's allow-list.

`ipaddress.is_global` of Python 3.11 passes several ranges that lead inside, hence the table.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

DENIED_V4: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)

# Only global unicast space is open at all: that leaves out loopback, v4-mapped, NAT64
# (64:ff9b::/96, 64:ff9b:1::/48), ULA, link-local and multicast.
OPEN_V6 = ip_network("2000::/3")

DENIED_V6: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "2001::/23",  # protocol assignments, among them Teredo
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)


class AddressRefused(Exception):
    """No address of the host may be called."""


def is_denied(address: Address) -> bool:
    """Whether an address is inside, special or embeds another address."""
    if isinstance(address, IPv4Address):
        return any(address in network for network in DENIED_V4)
    return address not in OPEN_V6 or any(address in network for network in DENIED_V6)


class AddressGuard:
    """The deny table with the operator's exceptions: host names, addresses or networks."""

    def __init__(self, allow_internal: Iterable[str] = ()) -> None:
        self._names: set[str] = set()
        self._networks: list[Network] = []
        for entry in allow_internal:
            self._add(entry.strip().lower())

    def _add(self, entry: str) -> None:
        try:
            self._networks.append(ip_network(entry.strip("[]"), strict=False))
        except ValueError:
            if "/" in entry or not entry:
                raise ValueError(f"{entry!r} is no host, address or network") from None
            self._names.add(entry)

    def is_listed(self, host: str) -> bool:
        """Whether the operator opened this very host: it may be internal and without TLS."""
        host = host.lower().rstrip(".")
        if host in self._names:
            return True
        return self._is_open(_literal("127.0.0.1" if host == "localhost" else host))

    def check_literal(self, host: str) -> None:
        """Refuse a host that is a denied address. Names pass: whoever resolves them checks."""
        address = _literal(host)
        if address and is_denied(address) and not self.is_listed(host):
            raise AddressRefused(host)

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of `host` that may be called, resolved now.

        Raises: AddressRefused, OSError when the name does not resolve.
        """
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        resolved = dict.fromkeys(str(entry[4][0]) for entry in found)
        if host.lower().rstrip(".") in self._names:
            return list(resolved)
        allowed = [text for text in resolved if self._may_call(ip_address(text))]
        if not allowed:
            raise AddressRefused(host)
        return allowed

    def _may_call(self, address: Address) -> bool:
        return not is_denied(address) or self._is_open(address)

    def _is_open(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._networks)


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None
