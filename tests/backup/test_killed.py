"""`kill -9` of a restore at any of its steps: afterwards there is nothing of it, or everything."""

from __future__ import annotations

import time

import psycopg
import pytest

from tests.backup.conftest import Saved
from tests.backup.installations import LEFT_OUT, TOLD, Place, admin_url

pytestmark = pytest.mark.chaos
STEPS = (
    "Making the tables",
    "devices_device",
    "Making indexes",
    "Comparing every table",
    "Migrating to this version",
)


def killed_at(place: Place, step: str, *arguments: str, typed: str = "") -> bool:
    """Whether the restore was killed when it said that it came to `step`."""
    process = place.start("restore", *arguments)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(typed)
    process.stdin.close()
    for line in process.stdout:
        if step in line:
            process.kill()
            break
    process.stdout.close()
    was_killed = process.wait() != 0
    wait_until_alone(place)
    return was_killed


def wait_until_alone(place: Place) -> None:
    """The server ends what its client began a moment after the client is gone."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND usename LIKE 'fleetward%%'"
    )
    with psycopg.connect(admin_url("postgres"), autocommit=True) as admin:
        while admin.execute(others, [place.database.name]).fetchone() != (0,):
            time.sleep(0.05)


def is_whole(saved: Saved, place: Place) -> bool:
    sums = place.sums()
    same = {name for name, digest in sums.items() if digest == saved.sums[name]}
    return set(saved.sums) - same <= TOLD | LEFT_OUT


@pytest.mark.parametrize("step", STEPS)
def test_an_empty_database_stays_empty_or_gets_everything(
    saved: Saved, empty: Place, step: str
) -> None:
    assert killed_at(empty, step, str(saved.file))
    if step == STEPS[-1]:
        assert is_whole(saved, empty)
        empty.run("migrate", "--quiet")
    else:
        assert empty.sums() == {}
        empty.run("restore", str(saved.file))
    assert is_whole(saved, empty)
    assert empty.files() == saved.files


@pytest.mark.parametrize("step", STEPS[:-1])
def test_what_was_to_be_replaced_is_still_there(saved: Saved, empty: Place, step: str) -> None:
    empty.run("restore", str(saved.file))
    with psycopg.connect(empty.database.owner_url) as owner:
        owner.execute("UPDATE identity_user SET name = 'as it was before'")
    before = empty.sums()
    typed = f"{empty.database.name}\n"
    assert killed_at(empty, step, str(saved.file), "--replace", typed=typed)
    assert empty.sums() == before


def test_a_backup_that_is_killed_leaves_no_file_of_its_name(saved: Saved, empty: Place) -> None:
    empty.run("restore", str(saved.file))
    target = empty.data / "killed.fleetward"
    process = empty.start("backup", str(target))
    part = target.with_name("killed.fleetward.part")
    while not part.exists():
        assert process.poll() is None
        time.sleep(0.005)
    process.kill()
    process.communicate()
    assert not target.exists()
    wait_until_alone(empty)
    empty.run("backup", str(target))
    empty.run("restore", "--check", str(target))
