"""Requests to the operator that addresses name, with a file."""

from __future__ import annotations

from dataclasses import asdict

from fleetward.identity.models import User
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.support.contracts import NewFile
from fleetward.support.models import Attachment, Message, Request
from fleetward.support.store import received
from fleetward.tenancy.contracts import TenantKind, TenantRow
from fleetward.tenancy.queries import find_vendor
from tests.cast import make_tenant


def make_request(tenant: TenantRow, user: User) -> str:
    """A request with a file, the only one of its kind: of the tenant, or of somebody else to the
    operator whose it is.
    """
    with tenant_scope([tenant.id]):
        known = Request.objects.filter(asked_by=f"Tests for {tenant.id}").first()
    if known is not None:
        return str(known.uid)
    is_operator = tenant.kind is TenantKind.VENDOR
    asker = make_tenant("Asker") if is_operator else tenant
    vendor = tenant if is_operator else find_vendor() or make_tenant("Operator", kind="VENDOR")
    owner = {"tenant_id": asker.id, "operator_id": vendor.id}
    with (
        tenant_scope([asker.id]),
        received([NewFile("list.csv", [b"Serial\nMINE001\n"])]) as bundle,
    ):
        request = Request.objects.create(
            subject="Help",
            category="OTHER",
            asked_by=f"Tests for {tenant.id}",
            opened_at=utc_now(),
            changed_at=utc_now(),
            **owner,
        )
        message = Message.objects.create(
            request=request, side="TENANT", author="Tests", at=utc_now(), text="Please.", **owner
        )
        for kept in bundle.files:
            Attachment.objects.create(message=message, **asdict(kept), **owner)
        bundle.stay = True
    return str(request.uid)


def request_file(tenant: TenantRow, user: User) -> str:
    """Of the request that the address names."""
    of = Attachment.objects.filter(message__request__asked_by=f"Tests for {tenant.id}")
    with tenant_scope([tenant.id]):
        return str(of.earliest("id").uid)
