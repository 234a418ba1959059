"""Which addresses are this machine, where simulators live and no vendor does (W20)."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether this host name or address is the machine itself."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_on_this_machine(url: str) -> bool:
    """Whether an address that can be called leads to the machine itself."""
    return is_loopback(urlsplit(url).hostname or "")
