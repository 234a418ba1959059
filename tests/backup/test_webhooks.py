"""What webhooks were still to get when a backup was written is sent after its restore."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection, connections
from procrastinate.contrib.django import app
from pytest_django.plugin import DjangoDbBlocker

from fleetward.infra.backup.archive import reading
from fleetward.infra.jobs import CLOCK, RESCUE, WEBHOOKS
from fleetward.infra.tx import tenant_scope
from fleetward.infra.workers import pools_of, work
from fleetward.notifications.models import Delivery
from fleetward.notifications.webhooks.actions import sending
from fleetward.notifications.webhooks.rules import WAITS
from tests.backup.conftest import Saved
from tests.backup.installations import Place, here
from tests.backup.test_restore import working_on
from tests.cast import make_cast
from tests.db.notifications.office import Office
from tests.db.notifications.receiver import Receiver, receiving
from tests.invariants import no_secret_in, no_secret_in_database
from tests.plugins.database import FreshDatabase
from tests.plugins.variables import SetEnv

POOLS = [pool for pool in pools_of(1) if pool.queue in {CLOCK, WEBHOOKS}]
LATER = (
    "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 hour'",
    "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'",
)


@pytest.fixture(autouse=True)
def ready(fresh_database: FreshDatabase, set_env: SetEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    set_env(FLEETWARD_OUTGOING__ALLOW_INTERNAL="127.0.0.1")
    # A backup is written while a receiver takes its time.
    monkeypatch.setattr(sending, "READ_SECONDS", 100.0)
    monkeypatch.setattr(sending, "WHOLE_CALL_SECONDS", 100.0)


def work_off() -> None:
    with pytest.MonkeyPatch.context() as patch:
        # Jobs run in threads that end unseen: their connections close with each job.
        patch.setitem(connections["default"].settings_dict, "CONN_MAX_AGE", 0)
        work(POOLS, until_empty=True)


def states(office: Office) -> dict[str, str]:
    with tenant_scope([office.tenant]):
        return dict(Delivery.objects.values_list("key", "state"))


def write(place: Place, file: Path) -> None:
    place.run("backup", str(file))


def backed_up(office: Office, receiver: Receiver, place: Place, file: Path) -> None:
    """One was delivered, one waits for its next try, one is under way."""
    receiver.statuses = [204, 503, 204]
    office.happens(key="before")
    work_off()
    office.happens(key="waiting")
    with tenant_scope([office.tenant]):
        Delivery.objects.filter(key="waiting").update(tries=len(WAITS) - 1)
    work_off()
    office.happens(key="under way")
    receiver.meanwhile = [lambda: write(place, file)]
    work_off()
    assert states(office) == {
        "before": "DELIVERED",
        "waiting": "PENDING",
        "under way": "DELIVERED",
    }


def test_what_was_pending_is_sent_after_the_restore_under_its_id(
    saved: Saved,
    empty: Place,
    fresh_database: FreshDatabase,
    tmp_path: Path,
    django_db_blocker: DjangoDbBlocker,
) -> None:
    """Also what was taken after the backup was written: receivers know it again by its id."""
    place, file = here(fresh_database, tmp_path / "here"), tmp_path / "whole.fleetward"
    office = Office(make_cast())
    with receiving() as receiver:
        made = office.add(receiver.url)
        backed_up(office, receiver, place, file)
        _, waiting, under_way = receiver.ids
        connection.close()
        empty.run("restore", str(file))
        receiver.got.clear()
        with working_on(empty, django_db_blocker):
            assert states(office) == {
                "before": "DELIVERED",
                "waiting": "PENDING",
                "under way": "PENDING",
            }
            with connection.cursor() as cursor:
                for statement in LATER:
                    cursor.execute(statement)
            app.configure_task(RESCUE).defer(timestamp=0)
            for _ in range(3):
                work_off()
            assert set(states(office).values()) == {"DELIVERED"}
            no_secret_in_database([made.secret], [office.tenant])
        assert sorted(receiver.ids) == sorted([waiting, under_way])
        assert len(receiver.payloads(made.secret)) == 2


def test_the_secret_of_a_webhook_is_not_in_a_backup(
    fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    place, file = here(fresh_database, tmp_path / "here"), tmp_path / "whole.fleetward"
    office = Office(make_cast())
    secret = office.add(name="A name to be found").secret
    office.happens()
    connection.close()
    place.run("backup", "--with-key", str(file))
    with reading(file) as backup:
        entries = backup.manifest.tables.items()
        rows = {
            name: b"".join(backup.stream(f"tables/{name}", entry.pieces)) for name, entry in entries
        }
    for name, text in rows.items():
        no_secret_in(text, [secret, secret.removeprefix("whsec_")], name)
    assert b"A name to be found" in rows["notifications_webhook"]
