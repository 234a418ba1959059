"""Files of exports are in no backup: after a restore, exports say what is there."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

from pytest_django.plugin import DjangoDbBlocker

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.models import Export
from tests.backup.conftest import Saved
from tests.backup.installations import Place, elsewhere
from tests.backup.test_restore import working_on
from tests.plugins.database import empty_database


def make_export(saved: Saved, state: str) -> uuid.UUID:
    now = utc_now()
    return Export.objects.create(
        tenant_id=saved.cast.acme.id,
        user_id=saved.cast.admin.id,
        started_by="admin",
        format="csv",
        state=state,
        sheet={},
        today=now.date(),
        time_zone="UTC",
        expiring_days=180,
        created_at=now,
        heartbeat_at=now,
        expires_at=now + timedelta(days=7),
    ).uid


def put_file(place: Place, uid: uuid.UUID) -> Path:
    """What an export has in the data folder."""
    folder = place.data / "exports" / str(uid)
    folder.mkdir(parents=True)
    (folder / "file").write_text("serial", encoding="ascii")
    return folder


def removed(saved: Saved, place: Place, blocker: DjangoDbBlocker) -> set[uuid.UUID]:
    """Exports that say that their file is gone."""
    with working_on(place, blocker), tenant_scope([saved.cast.acme.id]):
        return set(Export.objects.exclude(removed_at=None).values_list("uid", flat=True))


def test_exports_without_their_file_say_so_and_files_without_their_export_go(
    saved: Saved, empty: Place, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    empty.run("restore", str(saved.file))
    with working_on(empty, django_db_blocker), tenant_scope([saved.cast.acme.id]):
        there, gone = make_export(saved, "DONE"), make_export(saved, "DONE")
        make_export(saved, "RUNNING")
        make_export(saved, "FAILED")
    kept = put_file(empty, there)
    file = tmp_path / "exports.fleetward"
    empty.run("backup", str(file))
    of_another = put_file(empty, uuid.uuid4())
    name = f"{empty.database.name}\n"
    said = empty.run("restore", str(file), "--replace", typed=name)
    assert "1 have to be exported again" in said
    assert removed(saved, empty, django_db_blocker) == {gone}
    assert (kept / "file").exists()
    assert not of_another.exists()
    with empty_database() as database:
        other = elsewhere(database, tmp_path / "other", saved.place.keys)
        other.run("restore", str(file))
        assert removed(saved, other, django_db_blocker) == {there, gone}
