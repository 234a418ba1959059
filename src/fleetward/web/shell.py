"""The frame of a signed-in page as data: who, in which tenant, and where one can go from here.

`base.html` draws it from the context's `page`; `web.render` fills it from queries.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from fleetward.web.components.shapes import Crumb

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True, slots=True)
class TenantChoice:
    """A tenant of the selector. `is_partner`: its lists show all of its customers (T5)."""

    name: str
    customer_id: str
    is_partner: bool = False

    @property
    def href(self) -> str:
        return f"/t/{self.customer_id}/"

    @property
    def account_href(self) -> str:
        return f"{self.href}account/"

    @property
    def initials(self) -> str:
        return initials(self.name)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is signed in."""

    name: str
    email: str

    @property
    def initials(self) -> str:
        return initials(self.name or self.email)


@dataclass(frozen=True, slots=True)
class NavPlace:
    """A place of the side navigation: `path` below the tenant's address, `go` the key after "g"."""

    key: str
    label: StrPromise
    icon: str
    path: str
    go: str = ""


@dataclass(frozen=True, slots=True)
class NavLink:
    label: StrPromise
    icon: str
    href: str
    go: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class NavGroup:
    heading: StrPromise | str
    links: tuple[NavLink, ...]


PLACES: tuple[NavPlace, ...] = (
    NavPlace("dashboard", _("Dashboard"), "layout-dashboard", "", "d"),
    NavPlace("customers", _("Customers"), "users", "customers/", "c"),
    NavPlace("unassigned", _("Unassigned Devices"), "inbox", "unassigned/"),
    NavPlace("reconciliation", _("Ordered devices"), "list-check", "unassigned/ordered/"),
    NavPlace("devices", _("Devices"), "devices", "devices/", "v"),
    NavPlace("departures", _("Transferred"), "logout", "devices/transferred/"),
    NavPlace("pending", _("Pending Enrollment"), "clock", "devices/pending/"),
    NavPlace("groups", _("Groups"), "folders", "groups/", "p"),
    NavPlace("imports", _("Imports"), "database-import", "imports/", "i"),
    NavPlace("transfers", _("Transfers"), "transfer", "transfers/", "f"),
    NavPlace("runs", _("Bulk processing"), "refresh", "warranty/runs/", "b"),
    NavPlace("reminders", _("Warranty reminders"), "calendar-due", "warranty/reminders/", "w"),
    NavPlace("budget", _("Replacement budget"), "chart-bar", "warranty/budget/", "r"),
    NavPlace("flaws", _("Gaps and doubles"), "calendar-off", "warranty/gaps/", "o"),
    NavPlace("health", _("Vendor health"), "activity", "warranty/health/", "h"),
    NavPlace("logs", _("Logs"), "history", "logs/", "l"),
)
OPERATOR: tuple[NavPlace, ...] = (
    NavPlace("operator_partners", _("Partners"), "heart-handshake", "operator/partners/"),
    NavPlace(
        "operator_certification", _("Certification"), "shield-check", "operator/certification/"
    ),
    NavPlace("operator_support", _("Support requests"), "inbox", "operator/support/"),
    NavPlace("operator_feeds", _("Resale feeds"), "database-import", "operator/feeds/"),
    NavPlace("operator_plans", _("Plans"), "list-check", "operator/plans/"),
    NavPlace("operator_health", _("Installation"), "server", "operator/installation/"),
)
ACCOUNT: tuple[NavPlace, ...] = (NavPlace("account", _("Overview"), "building", "account/", "a"),)
SETTINGS: tuple[NavPlace, ...] = (
    NavPlace(
        "services", _("External services"), "plug-connected", "settings/external-services/", "s"
    ),
    NavPlace("users", _("Users"), "users", "settings/users/", "u"),
    NavPlace("roles", _("Roles"), "shield-half", "settings/roles/"),
    NavPlace("partner", _("Assigned Partner"), "heart-handshake", "settings/partner/"),
    NavPlace("licences", _("Licences"), "file-check", "settings/licences/"),
    NavPlace("sign_on", _("Sign-in"), "lock", "settings/sign-in/"),
    NavPlace("tenant", _("Tenant settings"), "settings", "settings/", "t"),
    NavPlace("preferences", _("Preferences"), "adjustments-horizontal", "settings/preferences/"),
    NavPlace("tokens", _("API tokens"), "key", "settings/tokens/", "k"),
    NavPlace("webhooks", _("Webhooks"), "send", "settings/webhooks/"),
)
# One of both: who answers for the operator asks nobody.
ACCOUNT += (NavPlace("support", _("Support"), "help-circle", "account/support/"),)


@dataclass(frozen=True, slots=True)
class Shell:
    """What `base.html` needs of every page. `theme`: light, dark, or '' for the system's.

    `partner`: for which the reader looks after the tenant. `find_tenants_href`: where tenants are
    looked for that `tenants` leaves out; '' where it has all.
    """

    title: str
    user: Reader | None = None
    tenant: TenantChoice | None = None
    tenants: Sequence[TenantChoice] = ()
    partner: TenantChoice | None = None
    find_tenants_href: str = ""
    nav: str = ""
    nav_groups: Sequence[NavGroup] = ()
    crumbs: Sequence[Crumb] = ()
    unread: int = 0
    bell_latest: str = ""
    language: str = "en"
    theme: str = ""
    is_demo: bool = False
    has_simulated: bool = False
    # SUSPENDED or OVERENROLLED, where the page is to say so, with where a key is added if one may.
    licence: str = ""
    licences_href: str = ""
    version: str = ""
    # Whether browsers know passkeys for the name that this page was asked by.
    has_passkeys: bool = False
    bell_href: str = "/notifications/"
    profile_href: str = "/profile/"
    security_href: str = "/account/security/"
    password_href: str = "/account/password/change/"  # noqa: S105
    sign_out_href: str = "/account/logout/"
    language_href: str = "/language/"

    @property
    def unread_text(self) -> str:
        """What fits into the red mark."""
        return mark_text(self.unread)


def mark_text(unread: int) -> str:
    """The number of unread notifications as it fits into the red mark."""
    return "99+" if unread > 99 else str(unread)


def nav_groups(customer_id: str, active: str, hidden: Collection[str] = ()) -> tuple[NavGroup, ...]:
    """The side navigation of a tenant, without the places in `hidden`."""

    def links(places: Sequence[NavPlace]) -> tuple[NavLink, ...]:
        return tuple(
            NavLink(p.label, p.icon, f"/t/{customer_id}/{p.path}", p.go, p.key == active)
            for p in places
            if p.key not in hidden
        )

    groups = (
        NavGroup("", links(PLACES)),
        NavGroup(_("Operator"), links(OPERATOR)),
        NavGroup(_("Account"), links(ACCOUNT)),
        NavGroup(_("Settings"), links(SETTINGS)),
    )
    return tuple(group for group in groups if group.links)


def initials(name: str) -> str:
    words = [word for word in name.replace("@", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper()


def theme_of(cookie: str | None) -> str:
    """The theme that a cookie asks for; anything else means the system's."""
    return cookie if cookie in {"light", "dark"} else ""
