"""What users read for each status and reason of warranty: what it means and what to do (W11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from fleetward.warranty.contracts import (
    CANCELLED,
    DELETED,
    FOUND,
    NOT_FOUND,
    STOPPED,
    EntitlementKind,
    Reason,
    RunScope,
    Status,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

STATUS_LABELS: dict[Status, StrPromise] = {
    Status.IN: _("In warranty"),
    Status.EXPIRING: _("Expiring"),
    Status.OUT: _("Out of warranty"),
    Status.UNKNOWN: _("Unknown"),
}

KIND_LABELS: dict[EntitlementKind, StrPromise] = {
    EntitlementKind.BASE: _("Base warranty"),
    EntitlementKind.EXTENSION: _("Extension"),
    EntitlementKind.CONTRACT: _("Contract"),
    EntitlementKind.OTHER: _("Other cover"),
}

# What a run is for, where that is not every device; the menu offers it by the same words.
SCOPE_LABELS: dict[RunScope, StrPromise] = {
    RunScope.EXPIRED: _("Expired only"),
    RunScope.EXPIRING: _("Expiring only"),
}


@dataclass(frozen=True, slots=True)
class ReasonText:
    """A reason in plain words: a short label, what it means, and what to do."""

    label: StrPromise
    meaning: StrPromise
    fix: StrPromise


REASON_TEXTS: dict[Reason, ReasonText] = {
    Reason.NOT_CHECKED: ReasonText(
        _("Not checked yet"),
        _("The vendor has not been asked about this device yet."),
        _("Start bulk processing, or refresh this device."),
    ),
    Reason.NO_SERIAL: ReasonText(
        _("No serial number"),
        _("The device has no serial number, and vendors answer for serial numbers only."),
        _("Add the serial number from the label or the firmware of the device."),
    ),
    Reason.JUNK_SERIAL: ReasonText(
        _("Placeholder serial number"),
        _("The serial number is a placeholder that the firmware shows on many devices."),
        _("Replace it with the serial number from the label of the device."),
    ),
    Reason.PRODUCT_NUMBER_MISSING: ReasonText(
        _("Product number missing"),
        _("The vendor needs the product number beside the serial number."),
        _("Add the product number from the label of the device."),
    ),
    Reason.AMBIGUOUS_SERIAL: ReasonText(
        _("Ambiguous serial number"),
        _("The vendor has several machines with this serial number."),
        _("Add the product number or machine type, then refresh the device."),
    ),
    Reason.WRONG_COMPANY: ReasonText(
        _("Other company"),
        _("HP Inc. and Hewlett Packard Enterprise each answer for their own machines only."),
        _(
            "Correct the manufacturer if it is wrong: HP for PCs and printers, HPE for servers. "
            "Where it is right, enter the warranty by hand."
        ),
    ),
    Reason.NOT_ENROLLED: ReasonText(
        _("Listed, not enrolled"),
        _("This vendor service answers for enrolled devices only; this one was listed by a file."),
        _("Enrol the device, or set up another service of this vendor."),
    ),
    Reason.COUNTRY_MISSING: ReasonText(
        _("Country missing"),
        _("The vendor needs the country in which the device was sold."),
        _("Add the country code, for example FR."),
    ),
    Reason.NOT_CONFIGURED: ReasonText(
        _("External service not set up"),
        _("There are no credentials for this vendor."),
        _("Set the vendor up under External services, or ask an IT Admin to."),
    ),
    Reason.SIGN_IN_NEEDED: ReasonText(
        _("Sign-in needed"),
        _("The vendor wants a person to sign in before it answers."),
        _("Sign in at the vendor under External services, then start again."),
    ),
    Reason.CREDENTIALS_REFUSED: ReasonText(
        _("Credentials refused"),
        _("The vendor refused the stored credentials, or access to its service."),
        _("Test the service under External services; store new credentials if they have expired."),
    ),
    Reason.QUOTA_REACHED: ReasonText(
        _("Quota reached"),
        _("The vendor accepts no more questions for now."),
        _("Wait until the vendor's limit is renewed, then start again."),
    ),
    Reason.VENDOR_DOWN: ReasonText(
        _("Vendor not reachable"),
        _("The vendor's service did not answer."),
        _("Try again later. If it lasts, check the network and proxy of this installation."),
    ),
    Reason.ANSWER_UNREADABLE: ReasonText(
        _("Answer unreadable"),
        _("The vendor sent something that is no warranty answer for this device."),
        _("Try again later. If it stays, report it with the evidence of this device."),
    ),
    Reason.NOT_FOUND_AT_VENDOR: ReasonText(
        _("Not found at the vendor"),
        _("The vendor does not know this serial number."),
        _("Check serial number and manufacturer; look-alikes such as O and 0 are frequent."),
    ),
    Reason.NO_COVER_LISTED: ReasonText(
        _("No cover listed"),
        _("The vendor knows the device and lists no hardware cover for it."),
        _("Enter the warranty by hand if you have a proof of purchase."),
    ),
    Reason.VENDOR_NOT_SUPPORTED: ReasonText(
        _("Vendor not supported"),
        _("No service is known that answers for this manufacturer."),
        _("Check the manufacturer, or enter the warranty by hand."),
    ),
    Reason.VIRTUAL_MACHINE: ReasonText(
        _("Virtual machine"),
        _("A virtual machine has no hardware and no warranty."),
        _("Nothing to do."),
    ),
}

# How a device of a run ended, beside the reasons why there is no answer.
OUTCOME_LABELS: dict[str, StrPromise] = {
    FOUND: _("Found"),
    NOT_FOUND: _("Not found at the vendor"),
    CANCELLED: _("Cancelled before an answer was stored"),
    DELETED: _("Deleted or transferred meanwhile"),
    STOPPED: _("Without an answer when the run was stopped"),
    "": _("Waiting"),
}


def outcome_label(outcome: str) -> str:
    """How a device of a run ended, in words."""
    if outcome in OUTCOME_LABELS:
        return str(OUTCOME_LABELS[outcome])
    return str(REASON_TEXTS[Reason(outcome)].label)
