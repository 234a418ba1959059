"""Who made a device (W16), and whether it is one at all: virtual machines get no look-up (E12)."""

from __future__ import annotations

import re
from functools import lru_cache

from fleetward.devices.rules.keys import Names, own_names, shipped, squash

_COMPANY_WORDS = re.compile(
    r"\b(inc|incorporated|corp|corporation|co|company|ltd|limited|llc|llp|plc|gmbh|ag|kg|sa|sas"
    r"|sarl|spa|srl|bv|nv|ab|oy|as|pte|pty|kk|group|the)\b"
)
_PUNCTUATION = re.compile(r"[^\w&]+")

# Server, storage and network lines that went to Hewlett Packard Enterprise in 2015.
_HPE_LINES = re.compile(
    r"\b(proliant|apollo|synergy|superdome|nonstop|nimble|alletra|simplivity|edgeline|moonshot"
    r"|cloudline|cray|3par|primera|msa|storeonce|storeeasy|storevirtual|storageworks|storefabric"
    r"|bladesystem|integrity|greenlake|ezmeral|flexfabric|flexnetwork|officeconnect"
    r"|microserver|c7000|c3000)\b"
    r"|\b(dl|ml|bl|sl|xl|rl|bx|rx)\d{1,4}[a-z]{0,2}\s*(gen\s?\d{1,2}|g\d{1,2})\b",
    re.IGNORECASE,
)

_VIRTUAL_MAKERS = (
    "vmware", "qemu", "xen", "innotek", "parallels", "amazonec2", "bochs", "openstackfoundation",
    "ovirt", "proxmox", "digitalocean", "alibabacloud", "nutanixahv", "bhyve", "kvm", "hetzner",
    "scaleway", "linode", "vultr", "tencentcloud",
)  # fmt: skip
_VIRTUAL_MODELS = re.compile(
    r"virtual ?(machine|platform|box|mac)|vmware|virtualbox|\bkvm\b|\bqemu\b|\bhvm domu\b|\bxen\b"
    r"|parallels|google compute engine|\bahv\b|rhev|ovirt node|openstack|\bdroplet\b|\bbhyve\b"
    r"|standard pc \(|\bcloud pc\b|alibaba cloud ecs|\bvserver\b|^bochs|apple virtualization",
    re.IGNORECASE,
)


def normalise_manufacturer(text: str, model: str = "") -> str:
    """The canonical name, or the text itself, tidied, for a company that nobody has told us of.

    HP, HP Inc. and Hewlett-Packard are HP; Hewlett Packard Enterprise and HP's server lines, which
    the model tells, are HPE (W16). An empty text stays empty: a model alone proves no maker.
    """
    tidy = " ".join(text.split())
    known = _canonical_names(own_names()).get(manufacturer_key(tidy), tidy)
    return "HPE" if known == "HP" and _HPE_LINES.search(model) else known


def other_maker(manufacturer: str, model: str) -> str:
    """The other company that a canonical manufacturer may stand for, or '' (W16).

    "HP" without a model may be HPE's, because firmware and lists say HP for both, and only the
    model tells. And what is HPE's may be known as HP's until then.
    """
    if manufacturer == "HP" and not model:
        return "HPE"
    return "HP" if manufacturer == "HPE" else ""


@lru_cache(maxsize=65_536)
def manufacturer_key(text: str) -> str:
    """Without case, punctuation and legal forms: "Dell Inc." and "DELL" are one."""
    words = _PUNCTUATION.sub(" ", text.casefold().replace(".", ""))
    return squash(_COMPANY_WORDS.sub(" ", words)) or squash(text)


@lru_cache(maxsize=2)
def _canonical_names(own: Names) -> dict[str, str]:
    ours = {
        manufacturer_key(alias): name
        for name, aliases in shipped("manufacturers.toml").items()
        for alias in aliases
    }
    theirs = {
        # "DELL" of an installation is our Dell, whom a provider is asked about.
        manufacturer_key(alias): ours.get(manufacturer_key(name), name)
        for name, aliases in own.manufacturers
        for alias in (name, *aliases)
    }
    return ours | theirs


def is_virtual_machine(manufacturer: str, model: str) -> bool:
    """Whether the pair is what a hypervisor or a cloud shows as its hardware."""
    key = squash(manufacturer)
    return any(key.startswith(maker) for maker in _VIRTUAL_MAKERS) or bool(
        _VIRTUAL_MODELS.search(model)
    )
