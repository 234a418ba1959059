"""Something of every kind in one tenant, and a request for each operation that succeeds there."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from fleetward.agents.actions import register_machines
from fleetward.agents.contracts import Machine
from fleetward.agents.queries import list_pending
from fleetward.api.v1.export import COLUMNS, PLAIN
from fleetward.audit.actions import save_filter
from fleetward.audit.contracts import LogFilterInput
from fleetward.connections.actions import save_connection
from fleetward.connections.contracts import Draft
from fleetward.devices.actions import make_group, save_view, store_devices
from fleetward.devices.bulk.actions import select_picked, start_bulk, work_off
from fleetward.devices.bulk.contracts import BulkKind
from fleetward.devices.contracts import DeviceItem, ViewInput
from fleetward.devices.imports.actions import upload_list
from fleetward.devices.imports.contracts import ImportState, Upload
from fleetward.devices.models import BulkRun, Departure, Device, ImportRow, ImportRun
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind
from fleetward.notifications.models import Notification
from fleetward.notifications.webhooks.actions import add_webhook, try_webhook
from fleetward.notifications.webhooks.contracts import WebhookInput
from fleetward.tenancy.people.actions import list_person
from fleetward.tenancy.people.contracts import Person
from fleetward.tenancy.queries import get_tenant_by_id
from fleetward.tenancy.roles.actions import make_role
from fleetward.tenancy.roles.contracts import RoleInput
from fleetward.warranty.actions.runs import start_run
from fleetward.warranty.exports.actions import make_export, start_export
from fleetward.warranty.exports.contracts import Day, ExportFormat
from fleetward.warranty.models import Export
from fleetward.warranty.queries.export import Sheet
from fleetward.warranty.queries.grid_filter import Order
from fleetward.warranty.schedules.actions import add_schedule
from fleetward.warranty.schedules.contracts import ScheduleInput
from tests.cast import Cast, actor_of, add_devices, make_tenant, manage

PROVIDER = "dell"
SERIAL = "5XK2QL3"
HOOK = "https://hooks.example.org/fleetward"
LIST = b"Serial number,Manufacturer\n7YH2QL3,Dell\n"


@dataclass(frozen=True)
class World:
    """What the operations are about, by the names of their path parameters."""

    device_id: str
    import_id: str
    run_id: str
    group_id: str
    view_id: str
    selection_id: str
    bulk_change_id: str
    export_id: str
    schedule_id: str
    user_id: str
    role_id: str
    webhook_id: str
    delivery_id: str
    call_id: str
    pending_id: str
    notification_id: str
    filter_id: str
    provider: str = PROVIDER

    def address(self, route: str) -> str:
        """`/api/v1/devices/<device_id>` with the ids of this world."""
        return self._filled(route)

    def body(self, operation: str) -> object:
        """What the operation needs to succeed; None for nothing."""
        body = BODIES.get(operation)
        return json.loads(self._filled(json.dumps(body))) if isinstance(body, dict) else body

    def _filled(self, text: str) -> str:
        for name, value in asdict(self).items():
            text = text.replace(f"<{name}>", value)
        return text

    def prepare(self, operation: str) -> None:
        """What must have happened before the operation can succeed, within the tenant's scope."""
        if operation == "restore_device":
            Device.objects.update(is_active=False)
        if operation in {"get_import_undo", "download_import_left", "undo_import"}:
            _end_import()
        if operation == "end_assigned_partner":
            manage(get_tenant_by_id(Device.objects.get().tenant_id), make_tenant("Reseller"))
        if operation == "undo_bulk_change":
            run = BulkRun.objects.get()
            work_off(tenant=run.tenant_id, run=run.id, clock=utc_now)
        if operation in {"get_transferred_device", "list_transferred_device_history"}:
            _give_away()
        if operation == "download_export":
            export = Export.objects.get()
            make_export(tenant=export.tenant_id, export=export.id, clock=utc_now)

    def of_nobody(self) -> World:
        """Ids that never existed."""
        return World(*(str(uuid.uuid4()) for _ in fields(self)[:-1]), "nobody")


def _give_away() -> None:
    """As if the device had come back from another tenant."""
    device = Device.objects.get()
    Departure.objects.create(
        tenant_id=device.tenant_id,
        device_id=device.id,
        uid=device.uid,
        reference=uuid.uuid4(),
        target_id=0,
        manufacturer=device.manufacturer,
        serial=device.serial,
        product_number="",
        name="",
        model="",
        values={"assigned_user": "", "location": "", "asset_tag": "", "groups": []}
        | {"origin": "CSV", "created_at": device.created_at.isoformat()},
        at=utc_now(),
    )


def make_world(cast: Cast) -> World:
    tenant, actor, now = cast.acme.id, actor_of(cast.admin), utc_now()
    add_devices(tenant, 1)
    with tenant_scope([tenant]):
        Device.objects.update(serial=SERIAL)
        device = str(Device.objects.get().uid)
    uid = upload_list(
        actor=actor, tenant=tenant, upload=Upload(file_name="list.csv"), chunks=[LIST], now=now
    ).uid
    with tenant_scope([tenant]):
        ImportRun.objects.update(state=ImportState.READY)
    secrets = {"client_secret": "canary-7781"}
    settings = {"client_id": "l7abc"}
    draft = Draft(provider=PROVIDER, label="Dell", settings=settings, secrets=secrets)
    save_connection(actor=actor, tenant=tenant, draft=draft, now=now)
    run = start_run(actor=actor, tenant=tenant, now=now)
    group = make_group(actor=actor, tenant=tenant, name="Lyon", now=now)
    view = save_view(actor=actor, tenant=tenant, view=ViewInput("Lyon", is_shared=True), now=now)
    first, second = (_selection(actor, tenant, device) for _ in range(2))
    change = start_bulk(
        actor=actor,
        tenant=tenant,
        kind=BulkKind.GROUP_ADD,
        selection=first,
        params={"group": str(group)},
        now=now,
    )
    export = start_export(
        actor=actor,
        tenant=tenant,
        format_=ExportFormat.CSV,
        query="",
        sheet=Sheet(Order(), COLUMNS, PLAIN),
        day=Day(now.date(), "UTC", 180),
        now=now,
    )
    schedule = add_schedule(
        actor=actor, tenant=tenant, schedule=ScheduleInput(7, group=group), now=now
    )
    person = Person(0, "driver@acme.example")
    user = list_person(actor=actor, tenant=tenant, person=person, now=now)
    role = make_role(actor=actor, tenant=tenant, role=RoleInput("Own", frozenset()), now=now)
    hook = add_webhook(actor=actor, tenant=tenant, webhook=WebhookInput("Tickets", HOOK), now=now)
    sent = try_webhook(actor=actor, tenant=tenant, uid=hook.webhook, now=now)
    ids = (device, uid, run.uid, group, view, second, change.uid, export.uid, schedule)
    items = [DeviceItem({}, uuid.UUID(device))]
    stored = store_devices(actor=actor, tenant=tenant, items=items, now=now)
    machines = {1: Machine("Dell", "6GH2QL3")}
    register_machines(actor=actor, tenant=tenant, machines=machines, now=now)
    waiting = list_pending(actor=actor, tenant=tenant).rows[0].uid
    note = _note(tenant, cast.admin.id, now)
    kept = LogFilterInput("Lyon", is_public=True)
    logs = save_filter(actor=actor, tenant=tenant, kept=kept, now=now)
    more = (user, role, hook.webhook, sent, stored.uid, waiting, note, logs)
    return World(*map(str, (*ids, *more)))


def _note(tenant: int, user: int, now: datetime) -> uuid.UUID:
    """An item of the user's Notification Center."""
    with tenant_scope([tenant]):
        post(tenant=tenant, users=[user], kind=Kind.RUN_DONE, key="world", params={}, now=now)
        return Notification.objects.get(key="world").uid


def _end_import() -> None:
    """The import is over and has added the device."""
    device, run, now = Device.objects.get(), ImportRun.objects.get(), utc_now()
    ended = {"state": ImportState.DONE, "started_at": now, "finished_at": now}
    ImportRun.objects.update(**ended, rows=1, done_rows=1, new=1)
    row = {"row_no": 2, "outcome": "NEW", "device_id": device.id}
    ImportRow.objects.create(tenant_id=run.tenant_id, run_id=run.id, **row)


def _selection(actor: Actor, tenant: int, device: str) -> uuid.UUID:
    picked = [uuid.UUID(device)]
    return select_picked(actor=actor, tenant=tenant, uids=picked, query="", now=utc_now()).uid


# Bodies and query strings by operation; the others need none.
BODIES: Mapping[str, object] = {
    "change_tenant": {"has_scheduled_runs": False},
    "make_enrolment_pin": {"days": 30},
    "make_zero_touch_key": {},
    "snooze_notification": {"until": None},
    "put_enrolment_domains": {"domains": ["acme.example"]},
    "put_enrolment_presence": {"collects_presence": True, "presence_days": 30},
    "register_pending_enrolments": {"machines": [{"manufacturer": "Dell", "serial": "7YH2QL3"}]},
    "create_device": {"manufacturer": "Lenovo", "serial": "PF3ABCDE"},
    "store_devices": {
        "devices": [
            {"id": "<device_id>", "location": "Lyon"},
            {"manufacturer": "Lenovo", "serial": "PF3ABCDE"},
        ]
    },
    "change_device_fields": {"name": "PC-2"},
    "create_role": {"name": "Logistics", "permissions": ["IMPORT_DEVICES"]},
    "create_user": {"email": "ada@acme.example", "role": "REPORT_ADMIN"},
    "change_user": {"is_active": False},
    "give_user_access": {"role": "REPORT_ADMIN"},
    "change_role": {"permissions": ["IMPORT_DEVICES"]},
    "create_group": {"name": "Paris"},
    "change_schedule": {"every_days": 14},
    "create_schedule": {"group_id": "<group_id>", "every_days": 7},
    "put_replacement_costs": {"costs": [{"manufacturer": "Dell", "model": "X", "cost": 900}]},
    "change_group": {"description": "Everything in Lyon"},
    "add_to_group": {"selection_id": "<selection_id>"},
    "remove_from_group": {"selection_id": "<selection_id>"},
    "create_export": {"format": "csv"},
    "create_webhook": {"name": "Chat", "url": HOOK},
    "change_webhook": {"kinds": ["COVERAGE_ENDS"]},
    "create_log_filter": {"name": "Today", "query": "when=1d", "is_public": False},
    "put_log_filter": {"name": "Week", "is_public": True},
    "put_notification_mail": {"how": "DAILY", "hour": 7},
    "create_view": {"name": "Paris", "query": "status=OUT", "is_shared": False},
    "put_view": {"name": "Lyon", "is_shared": True},
    "create_selection": {"devices": ["<device_id>"]},
    "edit_selection": {"location": "Lyon"},
    "delete_selection": {"confirm": 1},
    "undo_import": {"confirm": 1},
    "put_import_mapping": {"mapping": {}},
    "put_external_service": {"values": {"client_id": "l7abd", "client_secret": "next"}},
    "put_warranty": {"name": "Contract", "ends_on": "2030-01-01"},
    "mark_notifications_read": {},
    "upload_import": LIST,
    "register_pending_list": LIST,
}
QUERIES: Mapping[str, str] = {"delete_device": f"?confirm={SERIAL}"}
KINDS: Mapping[str, str] = {"upload_import": "text/csv", "register_pending_list": "text/csv"}
