"""`fleetward demo`: a partner, its customers with devices and users, and simulated vendors."""

from __future__ import annotations

from datetime import datetime

import click

from fleetward.cli.demo_devices import HEADERS, demo_rows
from fleetward.config.env import env
from fleetward.devices.imports.actions import analyse_import, run_import, upload_list
from fleetward.devices.imports.contracts import Upload
from fleetward.devices.imports.queries import find_run_id
from fleetward.identity.contracts import Newcomer
from fleetward.infra.files.csv_writer import csv_lines
from fleetward.infra.logging import configure
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.actions import (
    accept_invitation,
    add_member,
    adjust_settings,
    answer_partner,
    create_customer,
    create_tenant,
)
from fleetward.tenancy.contracts import (
    Company,
    NewCustomer,
    Region,
    Role,
    TenantKind,
    TenantRow,
)
from fleetward.tenancy.queries import actor_for_user, count_tenants
from fleetward.warranty.actions.runs import start_run
from fleetward.warranty.actions.services import ServiceForm, save_external_service
from fleetward.warranty.queries.providers import providers

# Shown on the sign-in page of the demo, which listens on this machine alone.
PASSWORD = "fleetward demo"  # noqa: S105
PARTNER = "Initech Services"
LARGE, SMALL = "Acme Industries", "Globex Lab"
TENANTS = ((LARGE, "Europe/Paris", 12_000, 1), (SMALL, "Europe/London", 300, 2))
# A customer that has not accepted its partner yet (T3).
UNDECIDED = "Hooli"
# So that isolation can be seen: one role in both tenants, another role in each, one tenant alone.
# The sign-in page lists them as well (`templates/account/login.html`).
ACCOUNTS = (
    ("admin@demo.example", "Ada Admin", {LARGE: Role.IT_ADMIN, SMALL: Role.IT_ADMIN}),
    ("devices@demo.example", "Denis Device", {LARGE: Role.DEVICE_ADMIN, SMALL: Role.REPORT_ADMIN}),
    ("reader@demo.example", "Rita Reader", {SMALL: Role.REPORT_ADMIN}),
    ("partner@demo.example", "Paula Partner", {PARTNER: Role.PARTNER_ADMIN}),
)
ROLE_NAMES = {
    Role.IT_ADMIN: "IT Admin",
    Role.DEVICE_ADMIN: "Device Admin",
    Role.REPORT_ADMIN: "Report Admin",
    Role.PARTNER_ADMIN: "Partner Admin",
}


@click.command()
@click.option("--once", is_flag=True, help="Do nothing when there are tenants.")
def demo(once: bool) -> None:
    """Fill an empty installation with demo data, and print the accounts."""
    configure(env().log_format)
    if count_tenants():
        if once:
            return
        raise click.ClickException("There are tenants already; demo data are for an empty start.")
    partner = create_tenant(actor=_maker(), name=PARTNER, now=utc_now(), kind=TenantKind.PARTNER)
    _let_all_in(partner)
    for name, zone, devices, seed in TENANTS:
        customer = _customer(partner, name)
        maker, now, settings = _maker(customer.id), utc_now(), {"time_zone": zone}
        adjust_settings(actor=maker, tenant=customer.id, changes=settings, now=now)
        answer_partner(actor=maker, tenant=customer.id, accepts=True, now=now)
        _let_all_in(customer)
        _fill(customer, devices, seed)
    _customer(partner, UNDECIDED)
    click.echo(f"Sign in with the password “{PASSWORD}” as")
    for email, _name, roles in ACCOUNTS:
        held = ", ".join(f"{ROLE_NAMES[role]} in {tenant}" for tenant, role in roles.items())
        click.echo(f"  {email:<22} {held}")


def _customer(partner: TenantRow, name: str) -> TenantRow:
    """One that the partner has created, with an admin who never signs in."""
    first = name.partition(" ")[0].lower()
    given = NewCustomer(
        name=name,
        company=Company(city="Paris", country="FR"),
        region=Region.EU,
        admin_first_name="Alex",
        admin_last_name=first.title(),
        admin_email=f"alex@{first}.example",
    )
    made, _ = create_customer(
        actor=_maker(partner.id), partner=partner.id, customer=given, now=utc_now()
    )
    return made


def _let_all_in(tenant: TenantRow) -> None:
    now = utc_now()
    for email, person, roles in ACCOUNTS:
        if tenant.name in roles:
            who = Newcomer(email, person, PASSWORD, has_chosen_password=True)
            _let_in(tenant.id, who, roles[tenant.name], now)


def _let_in(tenant: int, who: Newcomer, role: Role, now: datetime) -> None:
    added = add_member(actor=_maker(tenant), tenant=tenant, who=who, role=role, now=now)
    if added.token:
        # The account is of the tenant before.
        guest = actor_for_user(user_id=added.user_id, name=who.email)
        accept_invitation(actor=guest, token=added.token, now=now)


def _maker(*tenants: int) -> Actor:
    return system_actor("Demo", *tenants)


def _fill(tenant: TenantRow, devices: int, seed: int) -> None:
    """A list through the import, made-up credentials, and a bulk processing for the worker."""
    actor = _maker(tenant.id)
    uid = upload_list(
        actor=actor,
        tenant=tenant.id,
        upload=Upload(file_name="demo-devices.csv", starts_itself=True),
        chunks=csv_lines(HEADERS, demo_rows(devices, seed)),
        now=utc_now(),
        is_queued=False,
    ).uid
    run = find_run_id(actor=actor, tenant=tenant.id, uid=uid)
    analyse_import(tenant=tenant.id, run=run, clock=utc_now, is_queued=False)
    run_import(tenant=tenant.id, run=run, clock=utc_now)
    for key, provider in providers().items():
        values = {field.name: field.example() for field in provider.traits.fields}
        save_external_service(
            actor=actor,
            tenant=tenant.id,
            provider=key,
            form=ServiceForm(values=values),
            now=utc_now(),
        )
    start_run(actor=actor, tenant=tenant.id, now=utc_now())
