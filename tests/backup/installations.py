"""Installations to back up: filled, looked at by their sums, and others to restore into."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from fleetward.audit.actions import seal_entries
from fleetward.config.env import env
from fleetward.devices.models import Device
from fleetward.infra.jobs import enqueue
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.manual import enter_warranty
from fleetward.warranty.contracts import ManualWarranty
from tests.bulk import set_up
from tests.cast import Cast, actor_of, add_devices, make_cast
from tests.db.imports.lists import analysed, csv_of, imported
from tests.objects import token_of
from tests.plugins.database import FreshDatabase
from tests.plugins.environment import started_server
from tests.plugins.server import ROOT

CLI = [sys.executable, "-m", "fleetward.cli.main"]
LEFT_OUT = {"django_session", "infra_cache"}
# A restore tells of itself: an entry more in the trail, which waits for its seal.
TOLD = {"audit_entry", "audit_waiting"}


@dataclass(frozen=True)
class Place:
    """Where an installation lies: its database, its data folder, its key file."""

    database: FreshDatabase
    data: Path
    keys: Path

    @property
    def environment(self) -> dict[str, str]:
        ours = {n: v for n, v in os.environ.items() if not n.startswith("FLEETWARD_")}
        return {
            **ours,
            "DATABASE_URL": self.database.url,
            "FLEETWARD_MIGRATE_DATABASE_URL": self.database.owner_url,
            "FLEETWARD_DATA_DIR": str(self.data),
            "FLEETWARD_KEY_FILE": str(self.keys),
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """`fleetward <arguments>` of this installation."""
        return subprocess.Popen(
            [*CLI, *arguments],
            env=self.environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, typed: str = "", status: int = 0) -> str:
        """What the command says; it must end with `status`."""
        process = self.start(*arguments)
        said, _ = process.communicate(typed, timeout=120)
        assert process.returncode == status, said
        assert "Traceback" not in said
        return said

    def sums(self) -> dict[str, str]:
        """A digest of the rows of each table, as the server's administrator sees them."""
        with psycopg.connect(admin_url(self.database.name)) as admin:
            tables = admin.execute(
                "SELECT relname FROM pg_class"
                " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            ).fetchall()
            return {str(name): _sum(admin, str(name)) for (name,) in tables}

    def files(self) -> dict[str, bytes]:
        """The uploads in the data folder."""
        folder = self.data / "imports"
        found = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def _sum(admin: psycopg.Connection, table: str) -> str:
    question = sql.SQL(
        "SELECT count(*) || ' ' || md5(coalesce(string_agg(t::text, chr(10)"
        " ORDER BY t::text COLLATE \"C\"), '')) FROM {} t"
    ).format(sql.Identifier(table))
    row = admin.execute(question).fetchone()
    assert row is not None
    return str(row[0])


def admin_url(database: str) -> str:
    """The administrator's address of a database, whom row-level security does not bind."""
    return make_conninfo(started_server().admin_url, dbname=database)


def here(database: FreshDatabase, folder: Path) -> Place:
    """The installation that tests in this process work on, with its files put into `folder`."""
    keys = folder / "keys" / "sealing.keys"
    keys.parent.mkdir(parents=True)
    shutil.copy(env().sealing_key_file, keys)
    return Place(database, folder, keys)


def elsewhere(database: FreshDatabase, folder: Path, keys: Path) -> Place:
    """Another machine, to which the key file was brought."""
    place = Place(database, folder, folder / "keys" / "sealing.keys")
    place.keys.parent.mkdir(parents=True)
    shutil.copy(keys, place.keys)
    return place


def fill(data: Path) -> Cast:
    """Something in nearly every table, and uploads in `data`."""
    cast = make_cast()
    tenant, actor = cast.acme.id, actor_of(cast.device_admin)
    for maker in ("Dell", "Lenovo", "HP"):
        add_devices(tenant, 5, maker, model='Écran\t\\N 24"\n')
    add_devices(cast.other.id, 2, "Dell")
    set_up(tenant, "dell", "hp")
    token_of(cast.acme, cast.admin)
    with tenant_scope([tenant]):
        uid = str(Device.objects.order_by("id").values_list("uid", flat=True)[0])
    enter_warranty(
        actor=system_actor("Tests", tenant),
        tenant=tenant,
        device_uid=uid,
        warranty=ManualWarranty(name="Spare parts", ends_on=date(2028, 12, 31)),
        now=utc_now(),
    )
    rows = [(f"IMP{n:04d}", "Dell", "", f"PC-{n}") for n in range(20)]
    for run in (
        imported(actor, tenant, csv_of([*rows, ("None", "Dell", "", "")])),
        analysed(actor, tenant, csv_of(rows[:3])),
    ):
        name = str(run.summary.uid)
        shutil.copytree(env().data_dir / "imports" / name, data / "imports" / name)
    enqueue("warranty.follow_setup", tenant=tenant)
    for one in (cast.acme.id, cast.other.id):
        seal_entries(actor=system_actor("Tests", one), tenant=one)
    return cast
