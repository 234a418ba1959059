"""Tenants, users and connections, made as an operator makes them."""

from __future__ import annotations

from fleetward.identity.actions import issue_token
from fleetward.identity.contracts import Newcomer
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.actions import accept_invitation, add_member, create_tenant
from fleetward.tenancy.contracts import Role
from fleetward.tenancy.queries import actor_for_user, list_member_ids
from fleetward.warranty.actions.services import ServiceForm, save_external_service
from fleetward.warranty.queries.providers import get_provider
from tests.bench.known import EMAIL, PASSWORD


def actor_in(tenant: int) -> Actor:
    return system_actor("Bench", tenant)


def make_tenants(names: list[str]) -> dict[str, list[object]]:
    """Tenants with one IT Admin for all: internal and Customer ID by name."""
    made: dict[str, list[object]] = {}
    for name in names:
        tenant = create_tenant(actor=system_actor("Bench"), name=name, now=utc_now())
        added = add_member(
            actor=actor_in(tenant.id),
            tenant=tenant.id,
            who=Newcomer(EMAIL, "Bench", PASSWORD, has_chosen_password=True),
            role=Role.IT_ADMIN,
            now=utc_now(),
        )
        if added.token:
            guest = actor_for_user(user_id=added.user_id, name=EMAIL)
            accept_invitation(actor=guest, token=added.token, now=utc_now())
        made[name] = [tenant.id, str(tenant.customer_id)]
    return made


def give_token(tenant: int) -> dict[str, object]:
    """A token of the administrator."""
    now = utc_now()
    token = issue_token(
        actor=actor_in(tenant), user_id=_admin_id(tenant), tenant=tenant, name="Bench", now=now
    )
    return {"token": token}


def admin_of(tenant: int) -> Actor:
    """The administrator, who selects devices and changes them."""
    return actor_for_user(user_id=_admin_id(tenant), name=EMAIL)


def _admin_id(tenant: int) -> int:
    [user] = list_member_ids(tenant=tenant, roles=[Role.IT_ADMIN])
    return user


def connect_dell(tenant: int) -> None:
    """Made-up credentials, which the simulator takes."""
    fields = get_provider("dell").traits.fields
    save_external_service(
        actor=actor_in(tenant),
        tenant=tenant,
        provider="dell",
        form=ServiceForm(values={field.name: "bench" for field in fields if not field.choices}),
        now=utc_now(),
    )
