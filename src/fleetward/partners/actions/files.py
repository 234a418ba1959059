"""Files of completed courses: taken in, ended with an outcome for each line, and forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import PurePath
from uuid import UUID

from fleetward.config.env import env
from fleetward.infra.files.errors import FileEmpty
from fleetward.infra.files.limits import MEBIBYTE
from fleetward.infra.jobs import enqueue
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import DomainError
from fleetward.kernel.rights import Capability, require
from fleetward.notifications.contracts import Kind, Level
from fleetward.partners.actions.telling import tell_sender
from fleetward.partners.contracts import (
    LARGEST_FILE_MB,
    CourseFileBroken,
    CourseFileState,
    CourseFileTooLarge,
    CourseLineEnd,
)
from fleetward.partners.models import CourseFile

READ = "partners.read_course_file"


def upload_course_file(
    *, actor: Actor, vendor: int, file_name: str, chunks: Iterable[bytes], now: datetime
) -> UUID:
    """Keep a file of completed courses and queue its reading.

    Raises: NotFound, Forbidden, FileEmpty, CourseFileTooLarge.   Repeat: is another file.
    """
    require(actor, Capability.OPERATE, tenant=vendor)
    content = _content(chunks)
    with tenant_scope(actor.tenants):
        made = CourseFile.objects.create(
            tenant_id=vendor,
            user_id=actor.own_id,
            uploaded_by=actor.name,
            file_name=(PurePath(file_name).name or "courses")[:200],
            content=content,
            created_at=now,
        )
        enqueue(READ, lock=f"courses:{vendor}", vendor=vendor, file=made.id)
    return made.uid


def _content(chunks: Iterable[bytes]) -> bytes:
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > LARGEST_FILE_MB * MEBIBYTE:
            raise CourseFileTooLarge
    if not content:
        raise FileEmpty
    return bytes(content)


def find_unread(vendor: int, file: int) -> CourseFile | None:
    """A file that has not ended."""
    with tenant_scope([vendor]):
        return CourseFile.objects.filter(id=file, state=CourseFileState.READING).first()


def end_done(found: CourseFile, ends: Sequence[CourseLineEnd], now: datetime) -> None:
    """Each line has its outcome. Within the transaction that has recorded them."""
    with tenant_scope([found.tenant_id]):
        held = _held(found)
        held.state, held.content, held.rows = CourseFileState.DONE, None, len(ends)
        held.counts = dict(Counter(str(end.outcome) for end in ends))
        held.ends = [
            (e.line.row_no, e.line.email, e.line.course, e.line.completed_on, e.outcome)
            for e in ends
        ]
        held.save()
        certified = held.counts.get("CERTIFIED", 0)
        tell_sender(held, Kind.COURSES_DONE, {"certified": certified}, Level.INFO, now)


def end_refused(found: CourseFile, error: DomainError, now: datetime) -> None:
    """The file cannot be read as a whole."""
    with tenant_scope([found.tenant_id]):
        held = _held(found)
        held.state, held.content = CourseFileState.REFUSED, None
        held.problem = {
            "code": error.code,
            "text": error.text,
            "fix": error.fix,
            "details": error.details(),
        }
        held.save()
        tell_sender(held, Kind.COURSES_REFUSED, {}, Level.ERROR, now)


def break_course_file(*, vendor: int, file: int, now: datetime) -> None:
    """The last try of the job has failed. Repeat: one that has ended is left alone."""
    found = find_unread(vendor, file)
    if found is not None:
        end_refused(found, CourseFileBroken(), now)


def _held(found: CourseFile) -> CourseFile:
    # Jobs of one operator go one after another, so that nobody else has ended it.
    return CourseFile.objects.select_for_update().get(id=found.id)


def purge_course_files(*, vendor: int, now: datetime) -> int:
    """Forget files, and whom they named, after as long as rows of imports are kept."""
    before = now - timedelta(days=env().imports.keep_days)
    with tenant_scope([vendor]):
        old = CourseFile.objects.filter(tenant_id=vendor, created_at__lt=before)
        return old.exclude(state=CourseFileState.READING).delete()[0]
