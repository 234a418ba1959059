"""Reading a list of people. Nothing is stored of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from fleetward.infra.files.isolated import read_in_child
from fleetward.infra.files.limits import MEBIBYTE, Limits
from fleetward.kernel.actor import Actor
from fleetward.kernel.rights import Capability, require
from fleetward.tenancy.people.contracts import MOST_PEOPLE, EmailColumnMissing, Person
from fleetward.tenancy.people.rules import columns_of, people_of

LIMITS = Limits(
    packed_bytes=MEBIBYTE,
    plain_bytes=4 * MEBIBYTE,
    rows=MOST_PEOPLE,
    cpu_seconds=20,
    wall_seconds=30,
    sample_rows=MOST_PEOPLE,
)


def read_people(*, actor: Actor, tenant: int, chunks: Iterable[bytes]) -> list[Person]:
    """The rows of a file; nothing is stored of it.

    Raises: NotFound, Forbidden, FileRefused, EmailColumnMissing.
    """
    require(actor, Capability.MANAGE_USERS, tenant=tenant)
    with tempfile.TemporaryDirectory(prefix="fleetward-people-") as folder:
        file = Path(folder) / "upload"
        file.write_bytes(b"".join(chunks))
        reading = read_in_child(file, Path(folder) / "rows.arrow", limits=LIMITS)
    columns = columns_of(reading.headers)
    if "email" not in columns:
        raise EmailColumnMissing
    return people_of(columns, zip(reading.sample_numbers, reading.sample, strict=True))
