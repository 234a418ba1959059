"""Columns of a list by their headers, and the programs that lists come from (E12)."""

from __future__ import annotations

import pytest

from fleetward.devices.contracts import LIST_FIELDS, Profile
from fleetward.devices.rules.columns import guess_columns, missing_fields

INTUNE = (
    "Device ID", "Device name", "Enrollment date", "Last check-in", "Microsoft Entra Device ID",
    "OS version", "Serial number", "Manufacturer", "Model", "Primary user UPN",
    "Primary user display name", "Compliance", "Ownership",
)  # fmt: skip
SNIPE_IT = (
    "Company", "Asset Name", "Asset Tag", "Model", "Model No.", "Category", "Manufacturer",
    "Serial", "Purchased", "Cost", "Checked Out", "Username", "Location", "Status",
)  # fmt: skip
NETBOX = (
    "role", "manufacturer", "device_type", "status", "name", "site", "location", "rack",
    "position", "face", "serial", "asset_tag",
)  # fmt: skip
ENTRA = (
    "DeviceName", "SerialNumber", "Manufacturer", "Model", "Ownership", "CompliantState",
    "LastContact", "ReferenceId", "JoinType",
)  # fmt: skip


def _guess(headers: tuple[str, ...]) -> tuple[Profile, dict[str, str]]:
    guess = guess_columns(headers)
    assert sorted([*guess.columns.values(), *guess.unknown]) == sorted(headers)
    return guess.profile, dict(guess.columns)


def test_intune_export_is_recognised() -> None:
    profile, columns = _guess(INTUNE)
    assert profile is Profile.INTUNE
    assert columns == {
        "serial": "Serial number",
        "manufacturer": "Manufacturer",
        "model": "Model",
        "name": "Device name",
        "assigned_user": "Primary user UPN",
    }


def test_snipe_it_export_is_recognised() -> None:
    profile, columns = _guess(SNIPE_IT)
    assert profile is Profile.SNIPE_IT
    assert columns == {
        "serial": "Serial",
        "manufacturer": "Manufacturer",
        "model": "Model",
        "name": "Asset Name",
        "assigned_user": "Username",
        "asset_tag": "Asset Tag",
        "location": "Location",
        "purchased_on": "Purchased",
    }


def test_netbox_export_is_recognised() -> None:
    profile, columns = _guess(NETBOX)
    assert profile is Profile.NETBOX
    assert columns["model"] == "device_type"
    assert columns["location"] == "site"
    assert columns["serial"] == "serial"


def test_entra_export_is_recognised() -> None:
    profile, columns = _guess(ENTRA)
    assert profile is Profile.ENTRA
    assert columns["name"] == "DeviceName"


def test_french_headers_are_recognised() -> None:
    headers = (
        "N° de série", "Fabricant", "Modèle", "Nom de l'appareil", "N° de produit",
        "Utilisateur", "N° d'inventaire", "Emplacement", "Pays", "Date d'achat",
    )  # fmt: skip
    profile, columns = _guess(headers)
    assert profile is Profile.OTHER
    assert set(columns) == set(LIST_FIELDS)


@pytest.mark.parametrize(
    "headers",
    [
        "Manufacturer|Serial number|Product number|Assigned user|Purchased on",
        "Fabricant|Numéro de série|Numéro de produit|Utilisateur affecté|Acheté le",
    ],
)
def test_our_own_export_is_recognised(headers: str) -> None:
    profile, columns = _guess(tuple(headers.split("|")))
    assert profile is Profile.FLEETWARD
    assert len(columns) == 5


def test_unknown_columns_are_listed_and_a_field_takes_one_column() -> None:
    guess = guess_columns(("Service Tag", "Serial Number", "Colour"))
    assert guess.columns == {"serial": "Serial Number"}
    assert guess.unknown == ("Service Tag", "Colour")


def test_t10_serial_and_manufacturer_are_needed() -> None:
    assert missing_fields(["serial"], has_default_manufacturer=False) == ("manufacturer",)
    assert missing_fields(["serial"], has_default_manufacturer=True) == ()
    assert missing_fields([], has_default_manufacturer=False) == ("serial", "manufacturer")
