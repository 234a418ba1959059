"""Licence keys, plans and the refusals around them, as others see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar, Protocol
from uuid import UUID

from fleetward.kernel.errors import Conflict, Invalid
from fleetward.kernel.texts import N_
from fleetward.tenancy.contracts import LicenceState

MOST_SEATS = 10_000_000


@dataclass(frozen=True, slots=True)
class Licence:
    """What a licence key says: so many seats of a plan for one tenant, both days included."""

    uid: UUID
    customer_id: str
    plan: str
    seats: int
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class LicenceRow:
    """A licence key that a tenant has."""

    licence: Licence
    added_by: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan of the installation. `programmes`: of certification, one of which a partner needs to
    offer it; empty where it needs none (T4). Plans of a higher rank come later in lists.
    """

    code: str
    name: str
    rank: int
    programmes: tuple[str, ...] = ()
    is_offered: bool = True


@dataclass(frozen=True, slots=True)
class Seats:
    """Of one plan: live seats, and the devices that use them."""

    plan: PlanRow
    seats: int
    used: int


@dataclass(frozen=True, slots=True)
class Licensing:
    """How a tenant stands: its state, its keys from the latest end on, and its seats by plan."""

    state: LicenceState
    plan: PlanRow
    keys: Sequence[LicenceRow] = ()
    seats: Sequence[Seats] = ()
    plans: Mapping[str, PlanRow] = field(default_factory=dict)


class SeatCount(Protocol):
    """What knows how many devices there are; `devices` registers it."""

    def in_use(self, tenant: int, plan: str) -> Mapping[str, int]:
        """Devices by plan, those without one of their own under `plan`. Within a tenant scope."""
        ...


class Programmes(Protocol):
    """What knows for which programmes a partner is certified; `partners` registers it."""

    def certified_for(self, partner: int) -> frozenset[str]:
        """Those of at least one of its active users. Within a tenant scope."""
        ...


@dataclass(eq=False)
class LicenceDamaged(Invalid):
    code: ClassVar[str] = "licence_damaged"
    text: ClassVar[str] = N_("This is no licence key, or a part of it is missing or changed.")
    fix: ClassVar[str] = N_("Copy the whole key, in one piece, as it was sent to you.")


@dataclass(eq=False)
class LicenceOfAnotherSigner(Invalid):
    code: ClassVar[str] = "licence_of_another_signer"
    text: ClassVar[str] = N_("This licence key was not issued for this installation.")
    fix: ClassVar[str] = N_("Ask whoever runs this installation for a key.")


@dataclass(eq=False)
class LicenceOfAnotherCustomer(Invalid):
    code: ClassVar[str] = "licence_of_another_customer"
    text: ClassVar[str] = N_("This licence key is for another Customer ID.")
    fix: ClassVar[str] = N_("Add it in the tenant that it was issued for, or ask for another key.")


@dataclass(eq=False)
class LicenceKnown(Conflict):
    code: ClassVar[str] = "licence_known"
    text: ClassVar[str] = N_("This licence key was added already.")
    fix: ClassVar[str] = N_("It counts once; ask for another key if you need more seats.")


@dataclass(eq=False)
class LicenceEnded(Invalid):
    ends_on: date

    code: ClassVar[str] = "licence_ended"
    text: ClassVar[str] = N_("This licence key ended on {ends_on}.")
    fix: ClassVar[str] = N_("Ask for a key with a later end.")


@dataclass(eq=False)
class LicenceStays(Conflict):
    """Without it the tenant would have no key, and so no limit."""

    code: ClassVar[str] = "licence_stays"
    text: ClassVar[str] = N_("This licence key has ended, and no other one is live: it stays.")
    fix: ClassVar[str] = N_("Add a new key first; then the ended one can be removed.")


@dataclass(eq=False)
class LicenceSuspended(Conflict):
    code: ClassVar[str] = "licence_suspended"
    text: ClassVar[str] = N_("All licence keys of this tenant have ended: nothing can be added.")
    fix: ClassVar[str] = N_(
        "Add a new key under Settings > Licences; until then everything can be read and exported."
    )


@dataclass(eq=False)
class BadLicence(Invalid):
    """`problem` says what is wrong with what a key is to say."""

    problem: str

    code: ClassVar[str] = "bad_licence"
    text: ClassVar[str] = N_("The licence key cannot be issued: {problem}.")
    fix: ClassVar[str] = N_("Correct the value and try again.")


@dataclass(eq=False)
class UnknownPlan(Invalid):
    plan: str

    code: ClassVar[str] = "plan_unknown"
    text: ClassVar[str] = N_("There is no plan {plan} in this installation.")
    fix: ClassVar[str] = N_("Whoever runs the installation has the list of plans.")


@dataclass(eq=False)
class PlanWithoutKey(Invalid):
    plan: str

    code: ClassVar[str] = "plan_without_key"
    text: ClassVar[str] = N_("No licence key of this tenant gives seats of the plan {plan} today.")
    fix: ClassVar[str] = N_("Add such a key under Settings > Licences, or choose another plan.")


@dataclass(eq=False)
class PlanNotOffered(Invalid):
    """To a partner by its certifications (T4)."""

    plan: str

    code: ClassVar[str] = "plan_not_offered"
    text: ClassVar[str] = N_("Your company cannot offer the plan {plan}.")
    fix: ClassVar[str] = N_("Choose one of the plans that your certifications allow.")


@dataclass(eq=False)
class BadPlan(Invalid):
    """`problem` says what is wrong with a plan of the installation."""

    problem: str

    code: ClassVar[str] = "bad_plan"
    text: ClassVar[str] = N_("The plan cannot be saved: {problem}.")
    fix: ClassVar[str] = N_("Correct the value and save again.")
