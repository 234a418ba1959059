"""Sign-up of companies as others see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fleetward.kernel.errors import Conflict, Forbidden, NotFound
from fleetward.kernel.texts import N_
from fleetward.tenancy.contracts import Company, Region, TenantRow


@dataclass(frozen=True, slots=True)
class Door:
    """Whether companies sign themselves up, and to which terms: a page elsewhere, or a text."""

    is_open: bool = False
    terms_version: str = ""
    terms_url: str = ""
    terms_text: str = ""


@dataclass(frozen=True, slots=True)
class SignUpInput:
    """What somebody tells of a company and of themselves, and the terms that they accept."""

    company_name: str
    company: Company
    region: Region
    name: str
    email: str
    language: str
    terms_version: str


@dataclass(frozen=True, slots=True)
class ProofMail:
    """The mail that proves an address. Without a token it says that the address has an account."""

    email: str
    language: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class SignUpOffer:
    """What whoever holds a link is about to make."""

    company_name: str
    region: Region
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class SignedUp:
    tenant: TenantRow
    user_id: int


class SignUpClosed(NotFound):
    code: ClassVar[str] = "sign_up_closed"
    text: ClassVar[str] = N_("Sign-up is closed here.")
    fix: ClassVar[str] = N_(
        "Ask whoever runs this installation, or your partner, who can make a tenant for you."
    )


class SignUpOver(NotFound):
    code: ClassVar[str] = "sign_up_over"
    text: ClassVar[str] = N_("This link no longer works.")
    fix: ClassVar[str] = N_("It was used, or is older than 24 hours. Sign up again for a new one.")


class TermsOvertaken(Conflict):
    code: ClassVar[str] = "sign_up_terms_changed"
    text: ClassVar[str] = N_("The terms have changed since you read them.")
    fix: ClassVar[str] = N_("Read the present terms, and sign up again.")


@dataclass(eq=False)
class AddressKnown(Conflict):
    """Told to nobody but whoever has proven the address."""

    email: str

    code: ClassVar[str] = "sign_up_address_known"
    text: ClassVar[str] = N_("{email} has an account already.")
    fix: ClassVar[str] = N_("Sign in with it. If you have no password, ask for one there.")


@dataclass(eq=False)
class AddressUnproven(Forbidden):
    host: str

    code: ClassVar[str] = "sign_up_address_unproven"
    text: ClassVar[str] = N_("{host} does not vouch for your email address.")
    fix: ClassVar[str] = N_("Confirm the address there, or sign up with the link of a mail.")
