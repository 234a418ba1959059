"""Locations, courses and certifications as others see them, and the refusals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from fleetward.kernel.errors import Conflict, Invalid
from fleetward.kernel.texts import N_
from fleetward.tenancy.contracts import MemberRow, PartnerRow

LOCATION_CHARACTERS = 20
COURSE_CHARACTERS = 20
MOST_LINES = 10_000
LARGEST_FILE_MB = 2


class Programme(StrEnum):
    """What a user can be certified for (T6). Either one opens the holding tenant."""

    RESELL = "RESELL"
    SERVICE = "SERVICE"


class CourseOutcome(StrEnum):
    """How one line of completed courses ended.

    CERTIFIED: it completed a programme. RECORDED: the course is kept, and others are missing still.
    WRONG_ORDER: kept as well, but a course that has to come before it was completed after it.
    """

    CERTIFIED = "CERTIFIED"
    RECORDED = "RECORDED"
    KNOWN = "KNOWN"
    WRONG_ORDER = "WRONG_ORDER"
    UNKNOWN_USER = "UNKNOWN_USER"
    UNKNOWN_COURSE = "UNKNOWN_COURSE"
    BAD_DATE = "BAD_DATE"
    FUTURE_DATE = "FUTURE_DATE"
    BAD_LINE = "BAD_LINE"


class CourseFileState(StrEnum):
    """READING until each line has its outcome. REFUSED: the file as a whole."""

    READING = "READING"
    DONE = "DONE"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A completed course as it was told, by a line of a file or by hand."""

    row_no: int
    email: str
    course: str
    completed_on: str


@dataclass(frozen=True, slots=True)
class CourseLineEnd:
    """A line with its outcome."""

    line: CourseLine
    outcome: CourseOutcome


@dataclass(frozen=True, slots=True)
class FileProblem:
    """The error that ended a file, as it is kept with it; texts are message ids."""

    code: str
    text: str
    fix: str
    details: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class CourseFileRow:
    """A file of completed courses. `ends` is empty in lists."""

    uid: UUID
    file_name: str
    uploaded_by: str
    state: CourseFileState
    rows: int
    counts: Mapping[CourseOutcome, int]
    problem: FileProblem | None
    created_at: datetime
    ends: Sequence[CourseLineEnd] = ()


@dataclass(frozen=True, slots=True)
class LocationRow:
    """A location of a partner. `code` is its location id, also called Partner ID."""

    uid: UUID
    code: str
    name: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class LocationPlace:
    """Whose a location is. `holding`: the partner's holding tenant, None before there is one."""

    partner: int
    holding: int | None


@dataclass(frozen=True, slots=True)
class CertificationRow:
    """`certified_on`: the day on which the last course of the programme was completed."""

    programme: Programme
    certified_on: date
    certified_by: str
    certified_at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """A user of a partner, with what it has completed and what it is certified for."""

    member: MemberRow
    certifications: Sequence[CertificationRow]
    courses: Mapping[str, date]

    @property
    def is_certified(self) -> bool:
        return bool(self.certifications)


@dataclass(frozen=True, slots=True)
class PartnerSummary:
    """A partner in the operator's list. `certified`: active users who are certified."""

    partner: PartnerRow
    locations: int
    certified: int


@dataclass(frozen=True, slots=True)
class PartnerDetail:
    """A partner with its locations and people."""

    partner: PartnerRow
    locations: Sequence[LocationRow]
    people: Sequence[Person]


@dataclass(eq=False)
class BadLocation(Invalid):
    """`problem` says what is wrong with a location id."""

    location: str
    problem: str

    code: ClassVar[str] = "bad_location"
    text: ClassVar[str] = N_("The Partner ID {location} cannot be accepted: {problem}.")
    fix: ClassVar[str] = N_("Give the location id of the office where the users work.")


@dataclass(eq=False)
class LocationTaken(Conflict):
    location: str

    code: ClassVar[str] = "location_taken"
    text: ClassVar[str] = N_("The Partner ID {location} belongs to a partner already.")
    fix: ClassVar[str] = N_("Remove it there first, if it has gone to another company.")


@dataclass(eq=False)
class BadCourses(Invalid):
    problem: str

    code: ClassVar[str] = "bad_courses"
    text: ClassVar[str] = N_("The courses cannot be accepted: {problem}.")
    fix: ClassVar[str] = N_("Give each programme its course ids, in the order that counts.")


@dataclass(eq=False)
class CourseColumnsMissing(Invalid):
    """Known once the file has been read."""

    columns: str

    code: ClassVar[str] = "course_columns_missing"
    text: ClassVar[str] = N_("The file lacks columns: {columns}.")
    fix: ClassVar[str] = N_("Give the columns the headers Email, Course ID and Completed on.")


@dataclass(eq=False)
class CourseFileTooLarge(Invalid):
    most: int = LARGEST_FILE_MB

    code: ClassVar[str] = "course_file_too_large"
    text: ClassVar[str] = N_("A file of completed courses has at most {most} MB.")
    fix: ClassVar[str] = N_("Send it in parts.")


@dataclass(eq=False)
class CourseFileBroken(Conflict):
    code: ClassVar[str] = "course_file_broken"
    text: ClassVar[str] = N_("Reading the file stopped because of an error on the server.")
    fix: ClassVar[str] = N_("Upload it again; if it stops again, read the log of the worker.")


@dataclass(eq=False)
class NotCertified(Conflict):
    code: ClassVar[str] = "not_certified"
    text: ClassVar[str] = N_("The user is not certified for this programme.")
    fix: ClassVar[str] = N_("Open the page of the partner to see how it stands now.")
