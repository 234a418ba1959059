"""Files of completed courses: each line has an outcome, and a file that cannot be read says why."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from fleetward.infra.files.errors import FileEmpty
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.notifications.models import Notification
from fleetward.partners.actions import (
    break_course_file,
    purge_course_files,
    read_course_file,
    upload_course_file,
)
from fleetward.partners.contracts import (
    MOST_LINES,
    CourseFileRow,
    CourseFileState,
    CourseFileTooLarge,
    CourseOutcome,
)
from fleetward.partners.models import CourseFile
from fleetward.partners.queries import get_course_file, list_course_files
from fleetward.tenancy.models import Membership
from tests.cast import NOW, actor_of
from tests.db.partners.programmes import Programmes, make_programmes, verbs

pytestmark = pytest.mark.django_db
FILE = (
    "Email;Course ID;Completed on\r\n"
    "sam@reseller.example;0001114748;2026-03-02\r\n"
    "sam@reseller.example;1114825;02.04.2026\r\n"
    "\r\n"
    "nobody@example.org;0001114751;2026-03-02\r\n"
    "pat@reseller.example;9;2026-03-02\r\n"
)


@pytest.fixture
def world() -> Programmes:
    return make_programmes()


def upload(world: Programmes, content: bytes) -> UUID:
    return upload_course_file(
        actor=actor_of(world.operator),
        vendor=world.vendor.id,
        file_name="C:\\courses.csv",
        chunks=[content],
        now=NOW,
    )


def number_of(world: Programmes, uid: UUID) -> int:
    with tenant_scope([world.vendor.id]):
        return CourseFile.objects.get(uid=uid).id


def read(world: Programmes, uid: UUID) -> CourseFileRow:
    read_course_file(vendor=world.vendor.id, file=number_of(world, uid), clock=utc_now)
    return get_course_file(actor=actor_of(world.operator), vendor=world.vendor.id, uid=uid)


def told(world: Programmes) -> list[str]:
    with tenant_scope([world.vendor.id]):
        return list(Notification.objects.order_by("id").values_list("kind", flat=True))


def test_each_line_of_a_file_has_an_outcome(world: Programmes) -> None:
    row = read(world, upload(world, FILE.encode()))
    assert row.state is CourseFileState.DONE
    assert [(end.line.row_no, end.outcome) for end in row.ends] == [
        (2, CourseOutcome.CERTIFIED),
        (3, CourseOutcome.CERTIFIED),
        (5, CourseOutcome.UNKNOWN_USER),
        (6, CourseOutcome.UNKNOWN_COURSE),
    ]
    assert row.rows == sum(row.counts.values()) == 4
    assert told(world) == ["COURSES_DONE"]
    assert world.holding is not None


def test_the_same_file_again_changes_nothing(world: Programmes) -> None:
    read(world, upload(world, FILE.encode()))
    before = verbs(world.partner)
    row = read(world, upload(world, FILE.encode()))
    assert row.counts[CourseOutcome.KNOWN] == 2
    assert row.counts[CourseOutcome.CERTIFIED] == 0
    assert verbs(world.partner) == before


def test_a_job_that_runs_twice_reads_once(world: Programmes) -> None:
    uid = upload(world, FILE.encode())
    assert read(world, uid) == read(world, uid)
    assert told(world) == ["COURSES_DONE"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"Email,Course ID\na@b.example,1\n", "course_columns_missing"),
        (b'Email,Course ID,Completed on\n"a,1,2026-01-01\n', "file_unclosed_quote"),
        (
            b"Email,Course ID,Completed on\n" + b"a,1,2026-01-01\n" * (MOST_LINES + 1),
            "file_too_many_rows",
        ),
    ],
    ids=["columns", "quote", "lines"],
)
def test_a_file_that_cannot_be_read_says_why(world: Programmes, content: bytes, code: str) -> None:
    row = read(world, upload(world, content))
    assert row.state is CourseFileState.REFUSED
    assert row.problem is not None
    assert row.problem.code == code
    assert told(world) == ["COURSES_REFUSED"]


def test_what_is_no_file_is_refused_at_once(world: Programmes) -> None:
    for content, error in ((b"", FileEmpty), (b"x" * (2 * 1024 * 1024 + 1), CourseFileTooLarge)):
        with pytest.raises(error):
            upload(world, content)


def test_whoever_is_no_operator_any_more_certifies_nobody(world: Programmes) -> None:
    uid = upload(world, FILE.encode())
    number = number_of(world, uid)
    Membership.objects.filter(user=world.operator).update(is_active=False)
    read_course_file(vendor=world.vendor.id, file=number, clock=utc_now)
    with tenant_scope([world.vendor.id]):
        held = CourseFile.objects.get(id=number)
    assert (held.state, dict(held.problem or {})["code"]) == ("REFUSED", "not_found")
    assert "user.certified" not in verbs(world.partner)


def test_a_file_that_no_worker_could_read_ends(world: Programmes) -> None:
    uid = upload(world, FILE.encode())
    for _ in range(2):
        break_course_file(vendor=world.vendor.id, file=number_of(world, uid), now=NOW)
    [row] = list_course_files(actor=actor_of(world.operator), vendor=world.vendor.id)
    assert row.problem is not None
    assert (row.state, row.problem.code) == (CourseFileState.REFUSED, "course_file_broken")
    assert told(world) == ["COURSES_REFUSED"]


def test_files_are_forgotten_in_time(world: Programmes) -> None:
    uid = upload(world, FILE.encode())
    late = NOW + timedelta(days=4_000)
    assert purge_course_files(vendor=world.vendor.id, now=late) == 0
    read(world, uid)
    assert purge_course_files(vendor=world.vendor.id, now=NOW) == 0
    assert purge_course_files(vendor=world.vendor.id, now=late) == 1


def test_only_operators_see_files(world: Programmes) -> None:
    uid = upload(world, FILE.encode())
    with pytest.raises(NotFound):
        get_course_file(actor=actor_of(world.admin), vendor=world.vendor.id, uid=uid)
    with pytest.raises(Forbidden):
        get_course_file(actor=actor_of(world.admin), vendor=world.partner.id, uid=uid)
