"""Objects of partners and of support: courses, places, transfers, requests, for `objects`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from fleetward.devices.feeds.actions import run_feed, upload_feed
from fleetward.devices.feeds.contracts import FeedUpload
from fleetward.devices.models import Feed
from fleetward.identity.models import User
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.partners.actions import add_location, read_course_file, upload_course_file
from fleetward.partners.models import CourseFile
from fleetward.tenancy.contracts import Role, TenantRow
from fleetward.tenancy.licences.actions import add_licence, issue_licence
from fleetward.tenancy.models import Membership, Relation, Tenant
from fleetward.tenancy.queries import get_tenant_by_id
from fleetward.transfers.models import Arrival, Row, Transfer
from fleetward.transfers.store import folder_of
from tests.cast import make_tenant, make_user, manage
from tests.support_requests import make_request, request_file

Maker = Callable[[TenantRow, User], str]


def _transfer(tenant: TenantRow, user: User, state: str = "DONE") -> str:
    """One that has moved a device to another customer of the tenant's partner."""
    return str(_stored_transfer(tenant, user, state, {"MOVED": 1}).uid)


def _ready_transfer(tenant: TenantRow, user: User) -> str:
    return str(_stored_transfer(tenant, user, "READY", {"FOUND": 1}).uid)


def _managed_customer(tenant: TenantRow, user: User) -> str:
    """The Customer ID of one that has accepted this partner."""
    return _managed(tenant).customer_id


def open_holding(partner: TenantRow, user: User) -> None:
    """Let a user of a partner be certified, which opens what it holds for nobody."""
    Membership.objects.filter(tenant_id=partner.id, user=user).update(is_certified=True)
    if not Tenant.objects.filter(owner_id=partner.id).exists():
        make_tenant(partner.name, kind="HOLDING", owner_id=partner.id)


def _relation(tenant: TenantRow, user: User) -> str:
    """The relation of that partner to that customer."""
    return str(Relation.objects.get(customer_id=_managed(tenant).id).uid)


def _managed(partner: TenantRow) -> TenantRow:
    made = make_tenant("Initech")
    manage(made, partner)
    return made


def _partners_transfer(tenant: TenantRow, user: User) -> str:
    """One out of a customer of this partner, which can be undone."""
    return _transfer(_managed(tenant), user)


def _partners_ready_transfer(tenant: TenantRow, user: User) -> str:
    return _ready_transfer(_managed(tenant), user)


def _partners_mixed_transfer(tenant: TenantRow, user: User) -> str:
    return _mixed_transfer(_managed(tenant), user)


def _mixed_transfer(tenant: TenantRow, user: User) -> str:
    """One whose file was refused, because it names two customers."""
    made = _stored_transfer(tenant, user, "REFUSED", {})
    folder = folder_of(made.uid)
    folder.make()
    for path in (folder.upload, folder.frame):
        path.write_bytes(b"")
    target = made.target
    assert target is not None
    groups = [{"customer_id": target.customer_id, "rows": 1, "first_row": 2, "name": target.name}]
    code, details = "transfer_mixed_targets", {"customers": len(groups)}
    problem = {"code": code, "text": "Mixed.", "fix": "Split.", "details": details}
    with tenant_scope([tenant.id]):
        made.groups, made.problem = groups, problem
        made.save()
    return str(made.uid)


def _stored_transfer(
    tenant: TenantRow, user: User, state: str, counts: Mapping[str, int]
) -> Transfer:
    relation = Relation.objects.filter(customer_id=tenant.id, state="ACCEPTED").first()
    if relation is None:
        manage(tenant, make_tenant("Reseller", kind="PARTNER"))
        return _stored_transfer(tenant, user, state, counts)
    target = make_tenant("Hooli")
    manage(target, get_tenant_by_id(relation.partner_id))
    now = utc_now()
    with tenant_scope([tenant.id]):
        made = Transfer.objects.create(
            tenant_id=tenant.id,
            partner_id=relation.partner_id,
            target_id=target.id,
            kind="FILE",
            state=state,
            user_id=user.id,
            started_by=user.email,
            file_name="moves.csv",
            rows=1,
            counts=dict(counts),
            created_at=now,
            started_at=now if state == "DONE" else None,
            finished_at=now if state == "DONE" else None,
            heartbeat_at=now,
        )
        Row.objects.create(
            tenant_id=tenant.id,
            transfer_id=made.id,
            row_no=2,
            given="",
            serial="MOVED1",
            manufacturer="Dell",
            outcome=next(iter(counts), "MOVED"),
        )
    return made


def _target(tenant: TenantRow, user: User) -> str:
    """The Customer ID of another customer of the tenant's partner."""
    made = _stored_transfer(tenant, user, "READY", {"FOUND": 1})
    assert made.target is not None
    return made.target.customer_id


def _arrival(tenant: TenantRow, user: User) -> str:
    """A device that came from somewhere."""
    with tenant_scope([tenant.id]):
        made = Arrival.objects.create(
            tenant_id=tenant.id,
            transfer_id=0,
            partner="Reseller",
            devices=1,
            merged=0,
            is_return=False,
            arrived_at=utc_now(),
        )
    return str(made.uid)


def _partner(tenant: TenantRow, user: User) -> str:
    """A partner company with a user, whichever operator asks."""
    made = make_tenant("Reseller", kind="PARTNER")
    make_user(f"pat-{tenant.id}@reseller.example", {made.id: Role.PARTNER_ADMIN})
    return made.customer_id


def _person(tenant: TenantRow, user: User) -> str:
    """The user of that partner."""
    return str(User.objects.get(email=f"pat-{tenant.id}@reseller.example").uid)


def _location(tenant: TenantRow, user: User) -> str:
    partner = Tenant.objects.filter(kind="PARTNER").latest("id")
    uid = add_location(
        actor=system_actor("Tests", tenant.id),
        vendor=tenant.id,
        customer_id=partner.customer_id,
        code="102030",
        now=utc_now(),
    )
    return str(uid)


def _courses(tenant: TenantRow, user: User) -> str:
    """A file of completed courses that has been read."""
    actor = replace(system_actor("Tests", tenant.id), user_id=user.id)
    uid = upload_course_file(
        actor=actor,
        vendor=tenant.id,
        file_name="courses.csv",
        chunks=[b"Email,Course ID,Completed on\nnobody@example.org,0001114751,2026-01-10\n"],
        now=utc_now(),
    )
    with tenant_scope([tenant.id]):
        number = CourseFile.objects.get(uid=uid).id
    read_course_file(vendor=tenant.id, file=number, clock=utc_now)
    return str(uid)


def _feed(tenant: TenantRow, user: User) -> str:
    """A resale feed that is done: nobody has its location."""
    actor = replace(system_actor("Tests", tenant.id), user_id=user.id)
    uid = upload_feed(
        actor=actor,
        vendor=tenant.id,
        upload=FeedUpload("feed.csv"),
        chunks=[b"Partner Location ID,Serial Number,Manufacturer\nNOWHERE,7XYZ123,Dell\n"],
        now=utc_now(),
    ).uid
    with tenant_scope([tenant.id]):
        number = Feed.objects.get(uid=uid).id
    run_feed(vendor=tenant.id, feed=number, clock=utc_now)
    return str(uid)


def _asked(tenant: TenantRow, user: User) -> str:
    return str(make_request(tenant, user))


def _asked_file(tenant: TenantRow, user: User) -> str:
    return str(request_file(tenant, user))


def _licence_text(tenant: TenantRow, user: User) -> str:
    """A licence key for the tenant, as it was issued."""
    return issue_licence(
        actor=system_actor("Tests"),
        customer_id=tenant.customer_id,
        plan="STANDARD",
        seats=10,
        starts_on=utc_now().date(),
        ends_on=utc_now().date(),
        now=utc_now(),
    )


def _licence(tenant: TenantRow, user: User) -> str:
    """A licence key that the tenant has."""
    actor, text = system_actor("Tests", tenant.id), _licence_text(tenant, user)
    return str(add_licence(actor=actor, tenant=tenant.id, text=text, now=utc_now()).uid)


OF_TRADE: Mapping[str, Maker] = {
    "licence_texts": _licence_text,
    "licences": _licence,
    "partners": _partner,
    "people": _person,
    "locations": _location,
    "certification": _courses,
    "feeds": _feed,
    "resale-feeds": _feed,
    "customers": _relation,
    "managed_customers": _managed_customer,
    "partners_transfers": _partners_transfer,
    "partners_ready_transfers": _partners_ready_transfer,
    "partners_mixed_transfers": _partners_mixed_transfer,
    "transfers": _transfer,
    "ready_transfers": _ready_transfer,
    "mixed_transfers": _mixed_transfer,
    "arrivals": _arrival,
    "targets": _target,
    "support": _asked,
    "support-requests": _asked,
    "files": _asked_file,
}
