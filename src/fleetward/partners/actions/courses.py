"""Which courses make a programme: data of the installation that operators edit (T6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.infra.tx import take_turns
from fleetward.kernel.actor import Actor
from fleetward.kernel.rights import Capability, require
from fleetward.kernel.texts import N_
from fleetward.partners.contracts import BadCourses, Programme
from fleetward.partners.models import Course
from fleetward.partners.queries import programmes
from fleetward.partners.rules import course_code


@use_case
def change_courses(
    *, actor: Actor, vendor: int, courses: Mapping[Programme, Sequence[str]], now: datetime
) -> None:
    """Give the programmes their courses, in the order that counts. Whoever is certified stays so.

    Raises: NotFound, Forbidden, BadCourses.   Audit: courses.changed
    """
    require(actor, Capability.OPERATE, tenant=vendor)
    wanted = {programme: _cleaned(courses.get(programme, ())) for programme in Programme}
    every = [code for codes in wanted.values() for code in codes]
    if len(set(every)) < len(every):
        raise BadCourses(N_("a course belongs to one programme, once"))
    take_turns(Course)
    before = programmes()
    if wanted == before:
        return
    Course.objects.all().delete()
    Course.objects.bulk_create(
        Course(programme=programme, step=step, code=code)
        for programme, codes in wanted.items()
        for step, code in enumerate(codes, 1)
    )
    record(
        actor=actor,
        verb=Verb.COURSES_CHANGED,
        tenant=vendor,
        details={"before": _told(before), "after": _told(wanted)},
        now=now,
    )


def _cleaned(codes: Sequence[str]) -> tuple[str, ...]:
    found = [course_code(code) for code in codes]
    if not found:
        raise BadCourses(N_("a programme needs a course"))
    if None in found:
        raise BadCourses(N_("a course id has at most 20 letters and digits"))
    return tuple(code for code in found if code)


def _told(courses: Mapping[Programme, Sequence[str]]) -> dict[str, object]:
    return {str(programme): list(codes) for programme, codes in courses.items()}
