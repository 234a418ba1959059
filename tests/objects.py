"""Objects of a tenant that addresses and bodies name, made when somebody asks for one.

In an address the segment before `<uid>` says of which kind it is.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.core import signing
from django.db import transaction

from fleetward.agents.actions import register_machines
from fleetward.agents.contracts import Machine
from fleetward.agents.queries import list_pending
from fleetward.audit.actions import save_filter
from fleetward.audit.contracts import LogFilterInput
from fleetward.audit.models import Entry
from fleetward.devices.actions import (
    add_device,
    change_device,
    delete_devices,
    make_group,
    reassign_devices,
    save_view,
    store_devices,
)
from fleetward.devices.bulk.actions import select_picked, start_bulk, work_off
from fleetward.devices.bulk.contracts import BulkKind, BulkRow, SelectionRow
from fleetward.devices.contracts import DeviceInput, DeviceItem, Move, Origin, ViewInput
from fleetward.devices.imports.actions import analyse_import, run_import, upload_list
from fleetward.devices.imports.contracts import Upload
from fleetward.devices.imports.queries import find_run_id
from fleetward.devices.models import Device, SerialList
from fleetward.devices.serial_lists.actions import match_serials, read_serials, upload_serials
from fleetward.identity.actions import issue_token
from fleetward.identity.contracts import Newcomer
from fleetward.identity.models import Passkey, Token, User
from fleetward.infra.kept_files import kept_file
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.kernel.rights import Capability
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind
from fleetward.notifications.models import Notification
from fleetward.notifications.webhooks.actions import add_webhook, try_webhook
from fleetward.notifications.webhooks.contracts import WebhookInput
from fleetward.notifications.webhooks.queries import list_webhooks
from fleetward.tenancy.actions import add_member
from fleetward.tenancy.contracts import Role, TenantRow
from fleetward.tenancy.models import Invitation
from fleetward.tenancy.people.actions import list_person
from fleetward.tenancy.people.contracts import Person
from fleetward.tenancy.roles.actions import make_role
from fleetward.tenancy.roles.contracts import RoleInput
from fleetward.warranty.actions.services import ServiceForm, save_external_service
from fleetward.warranty.exports.actions import start_export
from fleetward.warranty.exports.actions.ending import done as export_done
from fleetward.warranty.exports.contracts import Day, ExportFormat, ExportRow
from fleetward.warranty.models import Export, Run
from fleetward.warranty.queries.export import Sheet
from fleetward.warranty.queries.grid_filter import Order
from fleetward.warranty.schedules.actions import add_schedule
from fleetward.warranty.schedules.contracts import ScheduleInput
from fleetward.web.mail import UNSUBSCRIBE
from fleetward.web.pages.devices_columns import SPECS, file_columns, wording
from tests.cast import actor_of, make_tenant, make_user
from tests.objects_of_trade import OF_TRADE, Maker
from tests.routes import NEVER, WORDS, Route

SERIAL = "ABC1234"
_number = itertools.count(1)
LIST = b"Serial,Make\nABC1234,Dell\nNone,Dell\n"
# An operation that needs an object in another state than the others.
_KINDS = {
    "restore_device": "inactive",
    "device_restore": "inactive",
    "get_transferred_device": "transferred",
    "list_transferred_device_history": "transferred",
    "invitation": "links",
    "user_access": "listed",
    "give_user_access": "listed",
    "sign_on_join": "no_links",
    **dict.fromkeys(("get_log_filter", "put_log_filter", "delete_log_filter"), "filters"),
    "sign_up_proven": "no_links",
    "bulk_cancel": "open_changes",
    "cancel_bulk_change": "open_changes",
    **dict.fromkeys(
        (
            "import_undo",
            "import_undo_left",
            "get_import_undo",
            "download_import_left",
            "undo_import",
        ),
        "done_imports",
    ),
    "start_transfer": "partners_ready_transfers",
    "cancel_transfer": "partners_ready_transfers",
    "split_transfer": "partners_mixed_transfers",
    "undo_transfer": "partners_transfers",
    "transfer_start": "ready_transfers",
    "transfer_cancel": "ready_transfers",
    "transfer_split": "mixed_transfers",
    "export_cancel": "open_exports",
    "cancel_export": "open_exports",
}


@dataclass
class Objects:
    """Objects of a tenant, and of one of its users, made when an address needs them."""

    tenant: TenantRow
    user: User
    made: dict[str, str] = field(default_factory=dict)

    def values(self, route: Route) -> dict[str, str]:
        """Values of a route's parameters."""
        return {name: self._value(route, name) for name in route.parameters}

    def _value(self, route: Route, name: str) -> str:
        if name in WORDS:
            return WORDS[name]
        segment = route.route.split(f"/<{name}>")[0].rsplit("/", 1)[1]
        kind = _KINDS.get(route.name, segment).removeprefix("warranty-").removeprefix("bulk-")
        return self.of(kind)

    def of(self, kind: str) -> str:
        """The object of a kind, such as `devices`."""
        if kind not in self.made:
            # In one transaction, so that no worker takes the jobs that a maker works off itself.
            self.made[kind] = transaction.atomic(_MAKERS[kind])(self.tenant, self.user)
        return self.made[kind]


def _device(tenant: TenantRow, user: User) -> str:
    return _added(tenant, SERIAL)


def _added(tenant: TenantRow, serial: str) -> str:
    uid = add_device(
        actor=system_actor("Tests", tenant.id),
        tenant=tenant.id,
        device=DeviceInput("Dell", serial),
        origin=Origin.MANUAL,
        now=utc_now(),
    )
    return str(uid)


def _inactive(tenant: TenantRow, user: User) -> str:
    uid = _added(tenant, "INACTIVE1")
    delete_devices(
        actor=system_actor("Tests", tenant.id), tenant=tenant.id, uids=[UUID(uid)], now=utc_now()
    )
    return uid


def _departure(tenant: TenantRow, user: User) -> str:
    """A device that the tenant gave away."""
    uid = _added(tenant, "GONE1234")
    other = make_tenant("Elsewhere").id
    with tenant_scope([tenant.id]):
        device = Device.objects.get(uid=uid).id
    move = Move(tenant.id, other, UUID(uid), utc_now())
    actor = system_actor("Tests", tenant.id, other)
    reassign_devices(actor=actor, move=move, devices=[device])
    return uid


def _edit(tenant: TenantRow, user: User) -> str:
    """The request that edited the device of `_device`, which stands before it in the address."""
    with tenant_scope([tenant.id]):
        uid = Device.objects.get(serial=SERIAL).uid
    actor = replace(system_actor("Tests", tenant.id), request_id="the-edit")
    changes = {"location": "Lyon"}
    change_device(actor=actor, tenant=tenant.id, uid=uid, changes=changes, now=utc_now())
    return actor.request_id


def _import(tenant: TenantRow, user: User) -> str:
    return str(_analysed(tenant, LIST)[0])


def _done_import(tenant: TenantRow, user: User) -> str:
    """One that added a device, and can be undone."""
    uid, run = _analysed(tenant, b"Serial,Make\nLISTED1,Dell\n", starts_itself=True)
    run_import(tenant=tenant.id, run=run, clock=utc_now)
    return str(uid)


def _analysed(tenant: TenantRow, data: bytes, *, starts_itself: bool = False) -> tuple[UUID, int]:
    actor = system_actor("Tests", tenant.id)
    uid = upload_list(
        actor=actor,
        tenant=tenant.id,
        upload=Upload(file_name="list.csv", starts_itself=starts_itself),
        chunks=[data],
        now=utc_now(),
        is_queued=False,
    ).uid
    run = find_run_id(actor=actor, tenant=tenant.id, uid=uid)
    analyse_import(tenant=tenant.id, run=run, clock=utc_now, is_queued=False)
    return uid, run


def _run(tenant: TenantRow, user: User) -> str:
    with tenant_scope([tenant.id]):
        run = Run.objects.create(
            tenant_id=tenant.id,
            state="RUNNING",
            started_by="Tests",
            created_at=utc_now(),
            started_at=utc_now(),
        )
    return str(run.uid)


def _token(tenant: TenantRow, user: User) -> str:
    token_of(tenant, user)
    return str(Token.objects.filter(user=user).latest("id").uid)


def _passkey(tenant: TenantRow, user: User) -> str:
    """A row alone: no device answers for it."""
    name = user.email.encode()
    made = Passkey.objects.create(
        user=user, name="Laptop", credential_id=name, credential=b"", count=0, created_at=utc_now()
    )
    return str(made.uid)


def token_of(tenant: TenantRow, user: User) -> str:
    """A personal token of a user for a tenant."""
    return issue_token(
        actor=system_actor("Tests", tenant.id),
        user_id=user.id,
        tenant=tenant.id,
        name="Tests",
        days=1,
        now=utc_now(),
    )


def _member(tenant: TenantRow, user: User) -> str:
    return str(make_user(roles={tenant.id: Role.REPORT_ADMIN}).uid)


def invite(tenant: TenantRow, user: User) -> str:
    """The token of an invitation of the user to the tenant."""
    return add_member(
        actor=system_actor("Tests", tenant.id),
        tenant=tenant.id,
        who=Newcomer(user.email),
        role=Role.REPORT_ADMIN,
        now=utc_now(),
    ).token


def _invitation(tenant: TenantRow, user: User) -> str:
    guest = make_user()
    invite(tenant, guest)
    with tenant_scope([tenant.id]):
        return str(Invitation.objects.get(user=guest).uid)


def _deletion(tenant: TenantRow, user: User) -> str:
    uid = UUID(_added(tenant, "DELETED1"))
    actor = replace(system_actor("Tests", tenant.id), request_id="the-deletion")
    return delete_devices(actor=actor, tenant=tenant.id, uids=[uid], now=utc_now()).reference


def _store_call(tenant: TenantRow, user: User) -> str:
    actor, items = system_actor("Tests", tenant.id), [DeviceItem({"serial": "None"})]
    return str(store_devices(actor=actor, tenant=tenant.id, items=items, now=utc_now()).uid)


def _view(tenant: TenantRow, user: User) -> str:
    actor = replace(system_actor("Tests", tenant.id), user_id=user.id)
    view = ViewInput("Paris", query="where=location%3Ais%3AParis")
    return str(save_view(actor=actor, tenant=tenant.id, view=view, now=utc_now()))


def _whole_view(tenant: TenantRow, user: User) -> str:
    """Of every device, and there is one."""
    _device(tenant, user)
    actor = replace(system_actor("Tests", tenant.id), user_id=user.id)
    view = ViewInput("Everything", query="")
    return str(save_view(actor=actor, tenant=tenant.id, view=view, now=utc_now()))


def _group(tenant: TenantRow, user: User) -> str:
    actor = system_actor("Tests", tenant.id)
    return str(make_group(actor=actor, tenant=tenant.id, name="Tests", now=utc_now()))


def _schedule(tenant: TenantRow, user: User) -> str:
    actor, now = system_actor("Tests", tenant.id), utc_now()
    group = make_group(actor=actor, tenant=tenant.id, name="Scheduled", now=now)
    schedule = ScheduleInput(7, group=group)
    return str(add_schedule(actor=actor, tenant=tenant.id, schedule=schedule, now=now))


def _selection(tenant: TenantRow, user: User) -> str:
    return str(_selected(tenant, user, "SELECTED1").uid)


def _selected(tenant: TenantRow, user: User, serial: str) -> SelectionRow:
    uid = UUID(_added(tenant, serial))
    actor = replace(system_actor("Tests", tenant.id), user_id=user.id)
    return select_picked(actor=actor, tenant=tenant.id, uids=[uid], query="", now=utc_now())


def _serials(tenant: TenantRow, user: User) -> str:
    """A file of serials that has been read, of a user who may have no right to that."""
    _added(tenant, "SERIAL001")
    actor = replace(system_actor("Tests", tenant.id), user_id=user.id)
    old = b"Serial\nSERIAL001\nZZZ9999\n"
    uid = upload_serials(
        actor=actor, tenant=tenant.id, file_name="old.csv", chunks=[old], now=utc_now()
    )
    with tenant_scope([tenant.id]):
        number = SerialList.objects.get(uid=uid).id
    for job in (read_serials, match_serials):
        job(tenant=tenant.id, serials=number, clock=utc_now)
    return str(uid)


def _change(tenant: TenantRow, user: User) -> str:
    """A bulk change that is over."""
    row = _begun(tenant, user, "CHANGED1")
    work_off(tenant=tenant.id, run=row.id, clock=utc_now)
    return str(row.uid)


def _open_change(tenant: TenantRow, user: User) -> str:
    return str(_begun(tenant, user, "CHANGED2").uid)


def _begun(tenant: TenantRow, user: User, serial: str) -> BulkRow:
    """Begun by the system, whatever the user may do."""
    actor, now = system_actor("Tests", tenant.id), utc_now()
    group = make_group(actor=actor, tenant=tenant.id, name=serial, now=now)
    uids = [UUID(_added(tenant, serial))]
    selection = select_picked(actor=actor, tenant=tenant.id, uids=uids, query="", now=now)
    return start_bulk(
        actor=actor,
        tenant=tenant.id,
        kind=BulkKind.GROUP_ADD,
        selection=selection.uid,
        params={"group": str(group)},
        now=now,
    )


def _open_export(tenant: TenantRow, user: User) -> str:
    return str(_export(tenant, user).uid)


def _made_export(tenant: TenantRow, user: User) -> str:
    """An export whose file is there, made in the tenant whatever the user may do.

    In one transaction: a worker that is there as well would make it too, at the same time.
    """
    system = system_actor("Tests", tenant.id)
    with tenant_scope([tenant.id]):
        row = _export(tenant, user)
        export = Export.objects.get(id=row.id)
        made = kept_file(row.uid).begin() / "list.csv"
        made.write_bytes(f"Serial\n{SERIAL}\n".encode())
        export_done(actor=system, export=export, made=made, told={}, now=utc_now())
    return str(row.uid)


def _export(tenant: TenantRow, user: User) -> ExportRow:
    columns = file_columns(SPECS[:1])
    return start_export(
        actor=replace(system_actor("Tests", tenant.id), user_id=user.id),
        tenant=tenant.id,
        format_=ExportFormat.CSV,
        query="",
        sheet=Sheet(Order(), columns, wording("UTC")),
        day=Day(utc_now().date(), "UTC", 180),
        now=utc_now(),
    )


def connect(tenant: TenantRow) -> None:
    """Credentials for a provider, which nobody has tested."""
    actor = system_actor("Tests", tenant.id)
    form = ServiceForm({"client_id": "l7-test", "client_secret": "not real"})
    save_external_service(actor=actor, tenant=tenant.id, provider="dell", form=form, now=utc_now())


def _webhook(tenant: TenantRow, user: User) -> str:
    hook = WebhookInput("Tickets", "https://hooks.example.org/fleetward")
    actor = system_actor("Tests", tenant.id)
    return str(add_webhook(actor=actor, tenant=tenant.id, webhook=hook, now=utc_now()).webhook)


def _delivery(tenant: TenantRow, user: User) -> str:
    """Of the webhook that the address names: the latest of the tenant."""
    actor = system_actor("Tests", tenant.id)
    hook = list_webhooks(actor=actor, tenant=tenant.id).rows[0]
    return str(try_webhook(actor=actor, tenant=tenant.id, uid=hook.uid, now=utc_now()))


def _log(tenant: TenantRow, user: User) -> str:
    """The entry of a device that was added."""
    _added(tenant, "LOGGED1")
    with tenant_scope([tenant.id]):
        return str(Entry.objects.filter(tenant_id=tenant.id).latest("id").uid)


def _listed(tenant: TenantRow, user: User) -> str:
    actor, person = system_actor("Tests", tenant.id), Person(0, f"driver{next(_number)}@x.example")
    return list_person(actor=actor, tenant=tenant.id, person=person, now=utc_now())


def _role(tenant: TenantRow, user: User) -> str:
    rights = frozenset({Capability.IMPORT_DEVICES})
    given = RoleInput(f"Role {next(_number)}", rights)
    actor = system_actor("Tests", tenant.id)
    return str(make_role(actor=actor, tenant=tenant.id, role=given, now=utc_now()))


def _notification(tenant: TenantRow, user: User) -> str:
    with tenant_scope([tenant.id]):
        post(
            tenant=tenant.id,
            users=[user.id],
            kind=Kind.CONNECTION_REFUSED,
            key="object",
            params={"provider": "Dell"},
            now=utc_now(),
        )
        return str(Notification.objects.get(user=user, key="object").uid)


def _way_out(tenant: TenantRow, user: User) -> str:
    """The token of the link in a mail."""
    return signing.dumps([tenant.id, user.id], salt=UNSUBSCRIBE)


def _log_filter(tenant: TenantRow, user: User) -> str:
    kept = LogFilterInput("Lyon", "verb=device.deleted", is_public=True)
    return str(save_filter(actor=actor_of(user), tenant=tenant.id, kept=kept, now=utc_now()))


def _pending(tenant: TenantRow, user: User) -> str:
    actor, machines = system_actor("Tests", tenant.id), {1: Machine("Dell", "PENDING1")}
    register_machines(actor=actor, tenant=tenant.id, machines=machines, now=utc_now())
    return str(list_pending(actor=actor, tenant=tenant.id).rows[0].uid)


_MAKERS: Mapping[str, Maker] = {
    **OF_TRADE,
    "devices": _device,
    "inactive": _inactive,
    "transferred": _departure,
    "undo": _edit,
    "imports": _import,
    "done_imports": _done_import,
    "runs": _run,
    "tokens": _token,
    "passkeys": _passkey,
    "users": _member,
    "roles": _role,
    "listed": _listed,
    "links": invite,
    "no_links": lambda tenant, user: f"{tenant.customer_id}-{NEVER}",
    "invitations": _invitation,
    "deleted": _deletion,
    "groups": _group,
    "schedules": _schedule,
    "selections": _selection,
    "by-file": _serials,
    "changes": _change,
    "bulk": _store_call,
    "open_changes": _open_change,
    "exports": _made_export,
    "open_exports": _open_export,
    "views": _view,
    "whole_views": _whole_view,
    "webhooks": _webhook,
    "logs": _log,
    "unsubscribe": _way_out,
    "notifications": _notification,
    "filters": _log_filter,
    "deliveries": _delivery,
    "pending": _pending,
    "pending-enrolments": _pending,
}
