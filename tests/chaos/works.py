"""The kinds of work amid which workers are killed, and what is to come of each piece."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from email import message_from_bytes
from itertools import cycle
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from python_calamine import CalamineWorkbook

from fleetward.audit.models import Entry
from fleetward.cli.ports import free_port
from fleetward.devices.imports.actions import upload_list
from fleetward.devices.imports.actions.queueing import ANALYSE, STORE
from fleetward.devices.imports.contracts import ENDED, Upload
from fleetward.devices.imports.store import folder_of
from fleetward.devices.models import Device, ImportRow, ImportRun
from fleetward.identity.models import User
from fleetward.infra.jobs import enqueue
from fleetward.infra.kept_files import kept_file
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.notifications.models import Notification
from fleetward.tenancy.contracts import Role
from fleetward.warranty.actions.manual import enter_warranty
from fleetward.warranty.actions.reminding import MAIL
from fleetward.warranty.actions.runs import start_run
from fleetward.warranty.contracts import ManualWarranty
from fleetward.warranty.exports.actions import start_export
from fleetward.warranty.exports.actions.queueing import MAKE
from fleetward.warranty.exports.contracts import Day, ExportFormat
from fleetward.warranty.models import (
    Batch,
    Coverage,
    Entitlement,
    Evidence,
    Export,
    Reminder,
    Reminding,
    Run,
)
from tests.bulk import make_known, set_up
from tests.cast import actor_of, add_devices, make_tenant, make_user
from tests.chaos.killing import Piece, Work
from tests.db.imports.lists import csv_of
from tests.db.warranty.test_exports import SHEET

ROWS, DEVICES, REMINDED = 600, 500, 3
LOOPBACK = "127.0.0.1"
REMIND = "warranty.remind_tenant"
# Some rows of each kind: new, once more, refused.
LIST = csv_of(
    [(f"SN{n:05d}", "Lenovo", "", f"PC-{n}") for n in range(ROWS)]
    + [("SN00000", "Lenovo"), ("none", "Lenovo")]
)


def told(tenant: int) -> Piece:
    """What the trail and the Notification Center tell."""
    with tenant_scope([tenant]):
        return {
            "entries": Counter(Entry.objects.values_list("verb", flat=True)),
            "notifications": Counter(Notification.objects.values_list("kind", flat=True)),
        }


@dataclass
class Imports:
    """One list, in a tenant of its own each time."""

    jobs: Sequence[str] = (ANALYSE, STORE)
    variety: int = 1
    tenants: list[int] = field(default_factory=list)

    def begin(self) -> None:
        tenant = make_tenant(has_scheduled_runs=False).id
        self.tenants.append(tenant)
        upload_list(
            actor=actor_of(make_user(roles={tenant: Role.DEVICE_ADMIN})),
            tenant=tenant,
            upload=Upload(file_name="list.csv", starts_itself=True),
            chunks=[LIST],
            now=utc_now(),
        )

    def is_over(self) -> bool:
        with tenant_scope(self.tenants):
            return not ImportRun.objects.exclude(state__in=ENDED).exists()

    def outcomes(self) -> list[Piece]:
        return [self._outcome(tenant) for tenant in self.tenants]

    def _outcome(self, tenant: int) -> Piece:
        with tenant_scope([tenant]):
            run = ImportRun.objects.get()
            devices = Device.objects.values_list("serial", "manufacturer", "name")
            rows = ImportRow.objects.values_list("row_no", "outcome")
            return {
                **told(tenant),
                "state": run.state,
                "devices": sorted(devices),
                "rows": sorted(rows),
                "files": sorted(path.name for path in folder_of(run.uid).path.iterdir()),
            }


@dataclass
class Runs:
    """A bulk processing of devices that Dell knows, the same in a tenant of its own each time."""

    jobs: Sequence[str] = ("warranty.plan_run", "warranty.run_lane")
    variety: int = 1
    tenants: list[int] = field(default_factory=list)

    def begin(self) -> None:
        tenant = make_tenant(has_scheduled_runs=False).id
        self.tenants.append(tenant)
        make_known(tenant, add_devices(tenant, DEVICES), "dell")
        with tenant_scope([tenant]):
            # Whatever the hour is, the clock reminds nobody of these.
            Reminding.objects.create(tenant_id=tenant, seen_from=date.min, done_to=date.max)
        start_run(actor=set_up(tenant, "dell"), tenant=tenant, now=utc_now())

    def is_over(self) -> bool:
        with tenant_scope(self.tenants):
            return not Run.objects.filter(state__in=["PLANNING", "RUNNING"]).exists()

    def outcomes(self) -> list[Piece]:
        return [self._outcome(tenant) for tenant in self.tenants]

    def _outcome(self, tenant: int) -> Piece:
        """What a vendor said, of each device by its serial."""
        with tenant_scope([tenant]):
            serials = dict(Device.objects.values_list("id", "serial"))
            lines = Entitlement.objects.values_list("device", "line_key")
            ends = Coverage.objects.values_list("device", "ends_on", "reason")
            said = Evidence.objects.values_list("device", "digest")
            batches = Batch.objects.values_list("device_ids", "outcomes")
            return {
                **told(tenant),
                "state": Run.objects.get().state,
                "lines": sorted((serials[device], key) for device, key in lines),
                "coverage": sorted((serials[device], *rest) for device, *rest in ends),
                "evidence": sorted((serials[device], digest) for device, digest in said),
                "outcomes": sorted(
                    (serials[device], word)
                    for devices, words in batches
                    for device, word in zip(devices, words, strict=True)
                ),
            }


def cells_of(path: Path) -> list[list[Any]]:
    """Of the CSV or the workbook, which is not the same to the byte each time, if it is there."""
    if not path.exists():
        return []
    if path.read_bytes().startswith(b"PK"):
        return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.reader(lines))


@dataclass
class Exports:
    """The list of one tenant as CSV and XLSX in turn, each time for somebody else."""

    jobs: Sequence[str] = (MAKE,)
    variety: int = len(ExportFormat)
    tenants: list[int] = field(default_factory=list)
    formats: Any = field(default_factory=lambda: cycle(ExportFormat))

    def __post_init__(self) -> None:
        self.tenants = [make_tenant(has_scheduled_runs=False).id]
        add_devices(self.tenants[0], DEVICES)

    def begin(self) -> None:
        (tenant,) = self.tenants
        start_export(
            actor=actor_of(make_user(roles={tenant: Role.REPORT_ADMIN})),
            tenant=tenant,
            format_=next(self.formats),
            query="",
            sheet=SHEET,
            day=Day(date(2026, 11, 22), "Europe/Paris", 180),
            now=utc_now(),
        )

    def is_over(self) -> bool:
        with tenant_scope(self.tenants):
            return not Export.objects.filter(state__in=["RUNNING", "CANCELLING"]).exists()

    def outcomes(self) -> list[Piece]:
        (tenant,) = self.tenants
        with tenant_scope([tenant]):
            return [self._outcome(one) for one in Export.objects.order_by("id")]

    def _outcome(self, export: Export) -> Piece:
        file = kept_file(export.uid)
        subject = f"export:{export.uid}"
        return {
            "state": export.state,
            "content": cells_of(file.path),
            "files": sorted(path.name for path in file.folder.glob("*")),
            "entries": list(Entry.objects.filter(subject=subject).values_list("verb", flat=True)),
            "notifications": Notification.objects.filter(user_id=export.user_id).count(),
        }


class Mails:
    """A mail server. Who has got which mails, one that came twice being one."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.got: defaultdict[str, set[str]] = defaultdict(set)

    @property
    def settings(self) -> dict[str, str]:
        """What an operator sets to have it used."""
        prefix = "FLEETWARD_MAIL__"
        server = {"HOST": LOOPBACK, "PORT": str(self.port), "USE_TLS": "false"}
        return {prefix + name: value for name, value in server.items()}

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.original_content or b"")
        self.got[envelope.rcpt_tos[0]].add(mail["Message-ID"])
        return "250 kept"


@contextmanager
def mail_server() -> Iterator[Mails]:
    mails = Mails(free_port())
    controller = Controller(mails, hostname=LOOPBACK, port=mails.port)
    controller.start()
    try:
        yield mails
    finally:
        controller.stop()


@dataclass
class Reminders:
    """The reminders of one day, in a tenant of its own each time, with mails to its two admins."""

    mails: Mails
    jobs: Sequence[str] = (REMIND, MAIL)
    variety: int = 1
    tenants: list[int] = field(default_factory=list)

    def begin(self) -> None:
        tenant = make_tenant(has_scheduled_runs=False).id
        self.tenants.append(tenant)
        for role in (Role.IT_ADMIN, Role.DEVICE_ADMIN):
            make_user(roles={tenant: role})
        now = utc_now()
        # Within two of the thresholds, also when a day passes meanwhile.
        warranty = ManualWarranty("Contract", now.date(), now.date() + timedelta(days=20))
        add_devices(tenant, REMINDED)
        with tenant_scope([tenant]):
            uids = Device.objects.values_list("uid", flat=True)
            for uid in uids:
                enter_warranty(
                    actor=system_actor("Tests", tenant),
                    tenant=tenant,
                    device_uid=str(uid),
                    warranty=warranty,
                    now=now,
                )
        enqueue(REMIND, key=f"{REMIND}:{tenant}", tenant=tenant)

    def is_over(self) -> bool:
        return True

    def outcomes(self) -> list[Piece]:
        return [self._outcome(tenant) for tenant in self.tenants]

    def _outcome(self, tenant: int) -> Piece:
        with tenant_scope([tenant]):
            return {
                **told(tenant),
                "params": [one.params for one in Notification.objects.all()],
                "reminders": sorted(Reminder.objects.values_list("days", flat=True)),
                "devices": Reminder.objects.values("device").distinct().count(),
                "mails": [len(self.mails.got[user.email]) for user in self._users(tenant)],
            }

    def _users(self, tenant: int) -> list[User]:
        return list(User.objects.filter(membership__tenant_id=tenant))


def differences(work: Work) -> list[tuple[str, Any, Any]]:
    """What came of pieces otherwise than of the first of their kind, which nobody disturbed."""
    outcomes = work.outcomes()
    return [
        (what, outcome[what], expected)
        for number, outcome in enumerate(outcomes)
        for what, expected in outcomes[number % work.variety].items()
        if outcome[what] != expected
    ]
