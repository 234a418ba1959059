"""Which device can be asked at which provider, and why one cannot (W11, W16)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetward.warranty.contracts import ProviderTraits, Reason
from fleetward.warranty.rules import (
    Candidate,
    eligibility,
    is_other_company,
    not_found_reason,
    other_companies,
    provider_for,
)

PLAIN = ProviderTraits("dell", "Dell", ("Dell",), "https://dell.example", (), max_batch=100)
CHOOSY = replace(
    PLAIN, key="choosy", needs_product_number=True, needs_country=True, enrolled_only=True
)
FULL = Candidate("SN1", product_number="PN1", country="FR")


@pytest.mark.parametrize(
    ("device", "reason"),
    [
        (FULL, None),
        (replace(FULL, is_enrolled=False), Reason.NOT_ENROLLED),
        (replace(FULL, product_number=""), Reason.PRODUCT_NUMBER_MISSING),
        (replace(FULL, country=""), Reason.COUNTRY_MISSING),
        (replace(FULL, serial=""), Reason.NO_SERIAL),
        (replace(FULL, is_junk=True), Reason.JUNK_SERIAL),
        (replace(FULL, is_virtual=True, serial=""), Reason.VIRTUAL_MACHINE),
    ],
)
def test_w11_a_device_that_cannot_be_asked_has_a_reason(
    device: Candidate, reason: Reason | None
) -> None:
    assert eligibility(device, CHOOSY, has_connection=True) is reason


def test_w11_a_provider_without_wishes_asks_with_the_serial_alone() -> None:
    bare = Candidate("SN1", is_enrolled=False)
    assert eligibility(bare, PLAIN, has_connection=True) is None


def test_w11_a_vendor_without_provider_is_not_supported() -> None:
    assert eligibility(FULL, None, has_connection=False) is Reason.VENDOR_NOT_SUPPORTED


def test_w11_hp_and_hpe_answer_for_their_own_machines_only() -> None:
    assert [is_other_company(maker, ["HP", "Dell"]) for maker in ("HPE", "HP", "Asus")] == [
        True,
        False,
        False,
    ]
    assert (other_companies(["HPE"]), other_companies(["HP", "HPE"])) == (["HP"], [])
    reason = eligibility(FULL, None, has_connection=False, is_other_company=True)
    assert reason is Reason.WRONG_COMPANY


@pytest.mark.parametrize(
    ("maker", "told_by_model", "reason"),
    [
        ("HP", "HPE", Reason.WRONG_COMPANY),
        ("HP", "HP", Reason.NOT_FOUND_AT_VENDOR),
        ("Dell", "Dell", Reason.NOT_FOUND_AT_VENDOR),
    ],
)
def test_w11_the_model_may_say_why_hp_does_not_know_a_device(
    maker: str, told_by_model: str, reason: Reason
) -> None:
    assert not_found_reason(maker, told_by_model) is reason


def test_w11_a_provider_without_connection_is_not_configured() -> None:
    assert eligibility(FULL, PLAIN, has_connection=False) is Reason.NOT_CONFIGURED


def test_facts_of_the_device_come_before_the_set_up() -> None:
    junk = replace(FULL, is_junk=True)
    assert eligibility(junk, None, has_connection=False) is Reason.JUNK_SERIAL
    short = replace(FULL, product_number="")
    assert eligibility(short, CHOOSY, has_connection=False) is Reason.PRODUCT_NUMBER_MISSING


def test_w16_the_first_provider_of_a_manufacturer_answers() -> None:
    second = replace(PLAIN, key="second")
    assert provider_for("Dell", [PLAIN, second]) is PLAIN
    assert provider_for("HPE", [PLAIN, second]) is None
