"""Identity providers of tenants, and who is linked to them, as others see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from fleetward.kernel.errors import Conflict, Forbidden, Invalid, Unavailable
from fleetward.kernel.texts import N_


@dataclass(frozen=True, slots=True)
class ProviderInput:
    """What an admin enters. An empty secret keeps the one that is stored."""

    issuer: str
    client_id: str
    secret: str = ""


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """The provider of a tenant without its secret. `linked`: how many members sign in by it."""

    issuer: str
    client_id: str
    is_enabled: bool
    tested_at: datetime
    test_error: str
    linked: int

    @property
    def host(self) -> str:
        return host_of(self.issuer)


@dataclass(frozen=True, slots=True)
class Entrance:
    """A provider that lets people in, as anybody may know who has the Customer ID."""

    tenant: int
    customer_id: str
    name: str
    issuer: str
    is_linked: bool = False

    @property
    def host(self) -> str:
        return host_of(self.issuer)


@dataclass(frozen=True, slots=True)
class Metadata:
    """Where a provider does what, by its discovery document."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


@dataclass(frozen=True, slots=True)
class Question:
    """Where the browser is sent, and what must be remembered of it in its session, once."""

    url: str
    kept: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who came back: an identity is issuer and subject, and nothing else of what a token says."""

    issuer: str
    subject: str

    @property
    def host(self) -> str:
        return host_of(self.issuer)


def host_of(issuer: str) -> str:
    return urlsplit(issuer).hostname or ""


@dataclass(eq=False)
class BadProvider(Invalid):
    problem: str

    code: ClassVar[str] = "sign_on_bad_provider"
    text: ClassVar[str] = N_("This provider cannot be used: {problem}")
    fix: ClassVar[str] = N_("Compare issuer, client ID and secret with what the provider shows.")


@dataclass(eq=False)
class SignOnFailed(Unavailable):
    host: str
    problem: str

    code: ClassVar[str] = "sign_on_failed"
    text: ClassVar[str] = N_("Sign-in at {host} did not work: {problem}")
    fix: ClassVar[str] = N_(
        "Begin again. If that does not help, an IT Admin of the tenant can test it."
    )


@dataclass(eq=False)
class SignOnLate(Conflict):
    code: ClassVar[str] = "sign_on_late"
    text: ClassVar[str] = N_("This sign-in was not begun here, or took too long.")
    fix: ClassVar[str] = N_("Begin again on the sign-in page.")


@dataclass(eq=False)
class NotLinked(Forbidden):
    host: str

    code: ClassVar[str] = "sign_on_not_linked"
    text: ClassVar[str] = N_("Your account at {host} is linked to no user of this tenant.")
    fix: ClassVar[str] = N_(
        "Sign in with your password, open Security and link it; or open your invitation."
    )


@dataclass(eq=False)
class IdentityTaken(Conflict):
    host: str

    code: ClassVar[str] = "sign_on_identity_taken"
    text: ClassVar[str] = N_("This account at {host} belongs to another user of the tenant.")
    fix: ClassVar[str] = N_("Sign out there and choose your own account.")


@dataclass(eq=False)
class NotByProvider(Forbidden):
    code: ClassVar[str] = "sign_on_own_proof"
    text: ClassVar[str] = N_(
        "Your profile is yours in all tenants: the provider of one of them cannot change it."
    )
    fix: ClassVar[str] = N_("Sign in with your own password or passkey, and change it then.")


@dataclass(eq=False)
class ComeByProvider(Conflict):
    code: ClassVar[str] = "sign_on_not_proven"
    text: ClassVar[str] = N_("Nobody is locked out: first sign in through the provider yourself.")
    fix: ClassVar[str] = N_(
        "Enable the provider, link your account under Security, sign in with it, and come back."
    )


@dataclass(eq=False)
class PasswordsRefused(Conflict):
    code: ClassVar[str] = "sign_on_only_way"
    text: ClassVar[str] = N_("The provider is the only way into this tenant.")
    fix: ClassVar[str] = N_("Allow passwords first.")
