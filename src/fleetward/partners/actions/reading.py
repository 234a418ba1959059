"""Reading a file of completed courses, and recording what its lines tell."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from fleetward.infra.files.errors import FileRefused
from fleetward.infra.files.limits import DEFAULT_LIMITS
from fleetward.infra.files.rows import LINES, iterate_rows, read_rows
from fleetward.infra.tx import one_transaction
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.partners.actions.certifying import record_courses
from fleetward.partners.actions.files import end_done, end_refused, find_unread
from fleetward.partners.contracts import MOST_LINES, CourseColumnsMissing, CourseLine
from fleetward.partners.models import CourseFile
from fleetward.partners.rules import HEADERS, columns_of
from fleetward.tenancy.queries import actor_for_user

Clock = Callable[[], datetime]
CELL_CHARACTERS = 254


def read_course_file(*, vendor: int, file: int, clock: Clock) -> None:
    """Record what a file tells, in one transaction: a killed worker's has never been.

    Repeat: one that has ended is left alone.
    """
    found = find_unread(vendor, file)
    if found is None:
        return
    actor = _sender(found)
    try:
        lines = _lines(bytes(found.content or b""))
        with one_transaction():
            now = clock()
            ends = record_courses(actor=actor, vendor=vendor, lines=lines, now=now)
            end_done(found, ends, now)
    except (FileRefused, CourseColumnsMissing, Forbidden, NotFound) as error:
        # The latter two: whoever sent it is no operator any more.
        end_refused(found, error, clock())


def _sender(found: CourseFile) -> Actor:
    """Whoever sent the file, in the operator's tenant alone."""
    user = actor_for_user(
        user_id=found.user_id, name=found.uploaded_by, request_id=f"courses-{found.uid}"
    )
    return replace(user, roles={t: r for t, r in user.roles.items() if t == found.tenant_id})


def _lines(content: bytes) -> list[CourseLine]:
    """Raises: FileRefused, CourseColumnsMissing."""
    limits = replace(DEFAULT_LIMITS, rows=MOST_LINES)
    with tempfile.TemporaryDirectory(prefix="fleetward-courses-") as folder:
        path, result = Path(folder) / "upload", Path(folder) / f"rows{LINES}"
        path.write_bytes(content)
        columns = columns_of(read_rows(path, result, limits=limits).headers)
        missing = [field for field in HEADERS if field not in columns]
        if missing:
            raise CourseColumnsMissing(", ".join(missing))
        return list(_told(result, columns))


def _told(result: Path, columns: dict[str, str]) -> Iterator[CourseLine]:
    for row_no, cells in iterate_rows(result):
        given = {field: cells[head].strip()[:CELL_CHARACTERS] for field, head in columns.items()}
        yield CourseLine(row_no, given["email"], given["course"], given["completed_on"])
