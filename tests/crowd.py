"""Many rows of everything in one tenant, with which an answer must not ask more statements."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from fleetward.agents.models import Pending
from fleetward.audit.models import Entry
from fleetward.devices.models import (
    BulkItem,
    BulkRun,
    Change,
    Departure,
    Device,
    Group,
    GroupMember,
    ImportRow,
    ImportRun,
    Selection,
    SelectionItem,
    SerialList,
    SerialRow,
    StoreCall,
)
from fleetward.identity.models import Token, User
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.notifications.contracts import Kind
from fleetward.notifications.models import Notification
from fleetward.support.models import Attachment, Message, Request
from fleetward.tenancy.contracts import Role, TenantRow
from fleetward.tenancy.models import Membership
from fleetward.warranty.models import (
    Batch,
    Entitlement,
    Evidence,
    Export,
    HealthDay,
    Reminder,
    Run,
    RunSchedule,
)
from tests.cast import NOW, TODAY, add_devices, make_tenant, make_user
from tests.objects import Objects, invite, token_of


def add_rows(objects: Objects, known: dict[str, str], *, count: int) -> None:
    """`count` more rows of every list, those of the known device, import and run among them."""
    tenant, user = objects.tenant, objects.user
    devices = add_devices(tenant.id, count, model="Latitude 5440")
    for number in range(count):
        make_user(roles={tenant.id: Role.REPORT_ADMIN})
        invite(tenant, make_user())
        token_of(tenant, user)
        Membership.objects.create(
            tenant_id=make_tenant(f"T{number}").id, user=user, role=Role.IT_ADMIN, joined_at=NOW
        )
    add_requests(tenant, known["support"], count)
    # So that no answer notes the use of a token.
    Token.objects.update(latest_use_at=utc_now())
    with tenant_scope([tenant.id]):
        _told(tenant, user, count)
        _of_sets(tenant, user, known, devices)
        _of_device(tenant, known["devices"], count)
        _of_import(tenant, known["imports"], devices)
        _of_calls(tenant, count)
        _of_serials(tenant, known["by-file"], count)
        _of_run(tenant, known["runs"], devices)
        _of_reminders(tenant, devices)
        _of_health(tenant, count)
        _of_exports(tenant, user, count)
        _of_departures(tenant, count)
        _of_machines(tenant, count)
        _of_schedules(tenant, known["groups"], known["runs"], count)


def _of_departures(tenant: TenantRow, count: int) -> None:
    """Devices that went to another tenant."""
    Departure.objects.bulk_create(
        Departure(
            tenant_id=tenant.id,
            device_id=0,
            uid=uuid4(),
            reference=uuid4(),
            target_id=0,
            manufacturer="Dell",
            serial="GONE1",
            product_number="",
            name="",
            model="",
            values={"groups": []},
            at=NOW,
        )
        for _ in range(count)
    )


def _of_machines(tenant: TenantRow, count: int) -> None:
    """Machines that are not enrolled yet."""
    start = Pending.objects.count()
    Pending.objects.bulk_create(
        Pending(
            tenant_id=tenant.id,
            kind="REGISTERED",
            manufacturer="Dell",
            serial=f"P{start + number:06d}",
            added_by="x",
            created_at=NOW,
            updated_at=NOW,
        )
        for number in range(count)
    )


def _of_sets(tenant: TenantRow, user: User, known: dict[str, str], devices: list[int]) -> None:
    """Groups, selections and bulk changes, and devices in those that are known."""
    tenant_id, times = tenant.id, {"created_at": NOW, "updated_at": NOW}
    start = Group.objects.count()
    Group.objects.bulk_create(
        Group(tenant_id=tenant_id, kind="STATIC", name=f"Group {start + n}", **times)
        for n, _device in enumerate(devices)
    )
    Group.objects.bulk_create(
        Group(tenant_id=tenant_id, kind="DYNAMIC", query=query, name=f"Filter {start + n}", **times)
        for n, _device in enumerate(devices)
        for query in ["status=OUT" if n % 2 else "where=location%3Ais%3AParis"]
    )
    group = Group.objects.get(uid=UUID(known["groups"])).id
    selection = Selection.objects.get(uid=UUID(known["selections"])).id
    change = BulkRun.objects.get(uid=UUID(known["changes"]))
    for device in devices:
        owner = {"tenant_id": tenant_id, "device_id": device}
        GroupMember.objects.create(group_id=group, **owner)
        SelectionItem.objects.create(selection_id=selection, **owner)
        BulkItem.objects.create(run_id=change.id, outcome="DONE", **owner)
    BulkRun.objects.bulk_create(
        BulkRun(
            tenant_id=tenant_id,
            kind="EDIT",
            state="DONE",
            started_by="Tests",
            selection_id=selection,
            is_whole=False,
            devices=1,
            undo_of=change,
            created_at=NOW,
            heartbeat_at=NOW,
        )
        for _device in devices
    )


def _of_calls(tenant: TenantRow, count: int) -> None:
    """Calls for many devices, each with so many outcomes more."""
    for call in StoreCall.objects.all():
        call.ends += [["CREATED", str(uuid4())]] * count
        call.save(update_fields=["ends"])
    StoreCall.objects.bulk_create(
        StoreCall(
            tenant_id=tenant.id,
            started_by="Tests",
            created=0,
            changed=0,
            unchanged=0,
            refused=0,
            ends=[],
            created_at=NOW,
        )
        for _ in range(count)
    )


def _of_serials(tenant: TenantRow, uid: str, count: int) -> None:
    known = SerialList.objects.get(uid=UUID(uid))
    start = SerialRow.objects.filter(list_id=known.id).count() + 2
    SerialRow.objects.bulk_create(
        SerialRow(
            tenant_id=tenant.id,
            list_id=known.id,
            row_no=start + number,
            serial=f"ZZ{number:05d}",
            outcome="NOT_FOUND",
        )
        for number in range(count)
    )
    known.counts = {"NOT_FOUND": start + count}
    known.save(update_fields=["counts"])


def _of_exports(tenant: TenantRow, user: User, count: int) -> None:
    Export.objects.bulk_create(
        Export(
            tenant_id=tenant.id,
            user_id=user.id,
            started_by="Tests",
            format="xlsx",
            state="CANCELLED",
            sheet={},
            today=TODAY,
            time_zone="UTC",
            expiring_days=180,
            created_at=NOW,
            heartbeat_at=NOW,
        )
        for _ in range(count)
    )


def add_requests(tenant: TenantRow, uid: str, count: int) -> None:
    """Requests to the operator like the one that is known, and messages with a file in that."""
    with tenant_scope([tenant.id]):
        known = Request.objects.get(uid=UUID(uid))
        owner = {"tenant_id": known.tenant_id, "operator_id": known.operator_id}
        for number in range(count):
            Request.objects.create(
                subject=f"Help {number}",
                category="OTHER",
                asked_by="Tests",
                opened_at=NOW,
                changed_at=NOW,
                **owner,
            )
            message = Message.objects.create(
                request=known, side="TENANT", author="Tests", at=NOW, text="And this.", **owner
            )
            Attachment.objects.create(
                message=message, uid=uuid4(), name="list.csv", size=1, digest="", **owner
            )


def _told(tenant: TenantRow, user: User, count: int) -> None:
    Entry.objects.bulk_create(
        Entry(tenant_id=tenant.id, at=NOW, actor="Tests", actor_kind="SYSTEM", verb="device.added")
        for _ in range(count)
    )
    start = Notification.objects.count()
    Notification.objects.bulk_create(
        Notification(
            tenant_id=tenant.id,
            user_id=user.id,
            kind=Kind.IMPORT_REFUSED,
            params={"file": "list.csv"},
            key=f"crowd:{start + number}",
            created_at=NOW,
        )
        for number in range(count)
    )


def _of_device(tenant: TenantRow, uid: str, count: int) -> None:
    device = Device.objects.get(uid=UUID(uid))
    owner = {"tenant_id": tenant.id, "device": device}
    start = Entitlement.objects.filter(device=device).count()
    Entitlement.objects.bulk_create(
        Entitlement(
            **owner,
            source="dell",
            line_key=f"{start + number}",
            kind="BASE",
            starts_on=TODAY,
            ends_on=TODAY + timedelta(days=number),
            recorded_at=NOW,
        )
        for number in range(count)
    )
    Evidence.objects.bulk_create(
        Evidence(
            **owner,
            source="dell",
            digest=f"{start + number}",
            body="{}",
            fetched_at=NOW,
            seen_at=NOW,
        )
        for number in range(count)
    )
    Change.objects.bulk_create(
        Change(**owner, at=NOW, actor="Tests", kind="CHANGED", fields={}) for _ in range(count)
    )


def _of_import(tenant: TenantRow, uid: str, devices: list[int]) -> None:
    run = ImportRun.objects.get(uid=UUID(uid))
    start = 10 + ImportRow.objects.filter(run_id=run.id).count()
    ImportRow.objects.bulk_create(
        ImportRow(
            tenant_id=tenant.id,
            run_id=run.id,
            row_no=start + number,
            outcome="NEW",
            device_id=device,
        )
        for number, device in enumerate(devices)
    )
    ImportRun.objects.bulk_create(
        ImportRun(
            tenant_id=tenant.id,
            started_by="Tests",
            file_name="list.csv",
            file_size=1,
            digest="",
            state="DONE",
            created_at=NOW,
            finished_at=NOW,
        )
        for _ in devices
    )


def _of_run(tenant: TenantRow, uid: str, devices: list[int]) -> None:
    run = Run.objects.get(uid=UUID(uid))
    Batch.objects.bulk_create(
        Batch(
            tenant_id=tenant.id,
            run=run,
            provider="dell",
            state="DONE",
            device_ids=devices[start : start + 10],
            outcomes=["FOUND"] * 10,
            tally={"FOUND": 10},
            finished_at=NOW,
        )
        for start in range(0, len(devices), 10)
    )
    Run.objects.bulk_create(
        Run(tenant_id=tenant.id, started_by="Tests", state="DONE", created_at=NOW, finished_at=NOW)
        for _ in devices
    )


def _of_reminders(tenant: TenantRow, devices: list[int]) -> None:
    Reminder.objects.bulk_create(
        Reminder(
            tenant_id=tenant.id,
            device_id=device,
            ends_on=TODAY,
            days=7,
            sent_on=TODAY,
            is_simulated=False,
        )
        for device in devices
    )


def _of_health(tenant: TenantRow, count: int) -> None:
    """Figures of days that stand for those of a week ago, of providers that are gone by now."""
    today = utc_now().date()
    start = HealthDay.objects.count()
    HealthDay.objects.bulk_create(
        HealthDay(
            tenant_id=tenant.id,
            provider=f"gone-{start + number}",
            kept_on=today - timedelta(days=7 + number % 7),
            devices=1,
            answered=1,
            found=1,
        )
        for number in range(count)
    )


def _of_schedules(tenant: TenantRow, group: str, run: str, count: int) -> None:
    run_id = Run.objects.get(uid=UUID(run)).id
    RunSchedule.objects.bulk_create(
        RunSchedule(
            tenant_id=tenant.id,
            name="Lyon",
            group_uid=UUID(group) if number % 2 else None,
            view_uid=None if number % 2 else UUID(int=number),
            every_days=7,
            next_on=TODAY,
            latest_run_id=run_id,
            made_by="Tests",
            created_at=NOW,
            updated_at=NOW,
        )
        for number in range(count)
    )
