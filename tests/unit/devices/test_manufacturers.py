"""Manufacturers and virtual machines (W16, E12)."""

from __future__ import annotations

import pytest

from fleetward.devices.rules import Maker, agreed_maker, meant
from fleetward.devices.rules.manufacturers import is_virtual_machine, normalise_manufacturer

HP, HP_LAPTOP = Maker("HP"), Maker("HP", "EliteBook 840")
HPE, HPE_SERVER = Maker("HPE"), Maker("HPE", "ProLiant DL380")


@pytest.mark.parametrize(
    ("text", "model", "name"),
    [
        ("HP", "", "HP"),
        ("HP Inc.", "HP EliteBook 840 G8", "HP"),
        ("Hewlett-Packard", "HP Compaq 8200 Elite", "HP"),
        ("HEWLETT PACKARD COMPANY", "", "HP"),
        ("Hewlett Packard Enterprise", "", "HPE"),
        ("HPE", "", "HPE"),
        ("HP", "ProLiant DL380 Gen10", "HPE"),
        ("Hewlett-Packard", "HP ProLiant MicroServer", "HPE"),
        ("HP", "Synergy 480 Gen10", "HPE"),
        ("HP", "Apollo 4200 Gen9", "HPE"),
        ("hp", "DL360 G7", "HPE"),
        ("HP", "HP ZBook Fury 15 G8", "HP"),
        ("Dell Inc.", "", "Dell"),
        ("DELL", "ProLiant", "Dell"),
        ("Dell EMC", "", "Dell"),
        ("LENOVO", "20XWCTO1WW", "Lenovo"),
        ("TOSHIBA", "PORTEGE", "Dynabook"),
        ("Dynabook Inc.", "", "Dynabook"),
        ("Apple Inc.", "", "Apple"),
        ("Cisco Systems, Inc.", "", "Cisco"),
        ("CISCO", "WS-C2960X-48FPD-L", "Cisco"),
        ("Cisco Meraki", "MR46", "Meraki"),
        ("Microsoft Corporation", "", "Microsoft"),
        ("ASUSTeK COMPUTER INC.", "", "ASUS"),
        ("FUJITSU CLIENT COMPUTING LIMITED", "", "Fujitsu"),
        ("Micro-Star International Co., Ltd.", "", "MSI"),
        ("  Tulpar   Bilişim A.Ş. ", "", "Tulpar Bilişim A.Ş."),
        ("Co", "", "Co"),
        ("", "ThinkPad T14", ""),
    ],
)
def test_w16_manufacturer_is_canonical_or_kept(text: str, model: str, name: str) -> None:
    assert normalise_manufacturer(text, model) == name


def test_canonical_names_are_their_own_canonical_name() -> None:
    for text in ("Dell", "HP", "HPE", "Lenovo", "Dynabook", "Apple", "Cisco", "Microsoft", "ASUS"):
        assert normalise_manufacturer(text) == text


@pytest.mark.parametrize(
    ("manufacturer", "model", "is_virtual"),
    [
        ("VMware, Inc.", "VMware Virtual Platform", True),
        ("VMware", "VMware7,1", True),
        ("QEMU", "Standard PC (Q35 + ICH9, 2009)", True),
        ("Red Hat", "KVM", True),
        ("Xen", "HVM domU", True),
        ("innotek GmbH", "VirtualBox", True),
        ("Oracle Corporation", "VirtualBox", True),
        ("Microsoft", "Virtual Machine", True),
        ("Microsoft", "Cloud PC Enterprise 2vCPU/8GB/128GB", True),
        ("Microsoft", "Surface Pro 9", False),
        ("Parallels International GmbH.", "Parallels Virtual Platform", True),
        ("Amazon EC2", "t3.large", True),
        ("Google", "Google Compute Engine", True),
        ("Google", "Pixelbook", False),
        ("Nutanix", "AHV", True),
        ("Nutanix", "NX-3060-G5", False),
        ("Apple", "VirtualMac2,1", True),
        ("Dell", "Latitude 5420", False),
        ("", "", False),
    ],
)
def test_e12_virtual_machines_are_known(manufacturer: str, model: str, is_virtual: bool) -> None:
    assert is_virtual_machine(manufacturer, model) is is_virtual


@pytest.mark.parametrize(
    ("given", "stored", "expected"),
    [
        (HP, [HPE_SERVER], [HPE_SERVER]),
        (HP, [HPE], [HPE]),
        (HPE_SERVER, [HP], [HP]),
        (HP, [HPE, HP_LAPTOP], [HP_LAPTOP]),
        (HPE, [HP, HPE_SERVER], [HPE_SERVER]),
        (HP_LAPTOP, [HPE], []),
        (HPE, [HP_LAPTOP], []),
        (HP_LAPTOP, [HP], [HP]),
        (HP, [Maker("Dell"), Maker("Dell", "PowerEdge")], []),
        (Maker("Dell"), [HP, HPE], []),
    ],
)
def test_w16_hp_without_a_model_may_be_hpe(
    given: Maker, stored: list[Maker], expected: list[Maker]
) -> None:
    assert meant(given, {maker: maker for maker in stored}).by_serial == expected


def test_t10_a_product_number_decides_among_both_companies_own_ones_first() -> None:
    found = meant(HP, {HPE: HPE, HP_LAPTOP: HP_LAPTOP})
    assert found.by_product_number == [HP_LAPTOP, HPE]


def test_w16_of_hp_and_hpe_the_device_is_hpe() -> None:
    assert [agreed_maker(*pair) for pair in (("HP", "HPE"), ("HPE", "HP"))] == ["HPE", "HPE"]
    assert agreed_maker("Dell", "Dell") == "Dell"
