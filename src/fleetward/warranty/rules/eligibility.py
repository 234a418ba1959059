"""Which device can be asked at which provider, and why one cannot (W11, W16)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from fleetward.warranty.contracts import ProviderTraits, Reason

# Two companies since 2015, each of which answers for its own machines only.
_OTHER_COMPANY = {"HP": "HPE", "HPE": "HP"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the rule needs to know of a device; manufacturer and serial are canonical."""

    serial: str
    product_number: str = ""
    country: str = ""
    is_junk: bool = False
    is_virtual: bool = False
    is_enrolled: bool = True


def provider_for(manufacturer: str, providers: Iterable[ProviderTraits]) -> ProviderTraits | None:
    """The first provider that answers for this manufacturer; the caller orders by preference."""
    return next((p for p in providers if manufacturer in p.manufacturers), None)


def is_other_company(manufacturer: str, supported: Collection[str]) -> bool:
    """Whether nobody answers for this manufacturer, but for the other one of HP and HPE."""
    return manufacturer not in supported and _OTHER_COMPANY.get(manufacturer) in supported


def other_companies(supported: Collection[str]) -> list[str]:
    """All manufacturers of which that is true."""
    return [name for name in _OTHER_COMPANY if is_other_company(name, supported)]


def not_found_reason(manufacturer: str, told_by_model: str) -> Reason:
    """Why a vendor does not know a device; `told_by_model` is whose its model is (W16)."""
    is_other = _OTHER_COMPANY.get(manufacturer) == told_by_model
    return Reason.WRONG_COMPANY if is_other else Reason.NOT_FOUND_AT_VENDOR


def eligibility(
    device: Candidate,
    traits: ProviderTraits | None,
    *,
    has_connection: bool,
    is_other_company: bool = False,
) -> Reason | None:
    """Why this device cannot be asked, or None when it can.

    Facts of the device come first, the set-up last: nobody needs a connection to learn that a
    virtual machine has no warranty.
    """
    reason = _device_reason(device)
    if reason:
        return reason
    if traits is None:
        return Reason.WRONG_COMPANY if is_other_company else Reason.VENDOR_NOT_SUPPORTED
    return _provider_reason(device, traits) or (None if has_connection else Reason.NOT_CONFIGURED)


def _device_reason(device: Candidate) -> Reason | None:
    if device.is_virtual:
        return Reason.VIRTUAL_MACHINE
    if not device.serial:
        return Reason.NO_SERIAL
    return Reason.JUNK_SERIAL if device.is_junk else None


def _provider_reason(device: Candidate, traits: ProviderTraits) -> Reason | None:
    if traits.enrolled_only and not device.is_enrolled:
        return Reason.NOT_ENROLLED
    if traits.needs_product_number and not device.product_number:
        return Reason.PRODUCT_NUMBER_MISSING
    if traits.needs_country and not device.country:
        return Reason.COUNTRY_MISSING
    return None
