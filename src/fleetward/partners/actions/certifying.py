"""Recording completed courses, which certifies users, and withdrawing a certification (T6, T7).

A course is a fact about a person: it counts at each partner of which the person is an active user.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.identity.queries import get_user
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.rights import Capability, require
from fleetward.notifications.contracts import Kind
from fleetward.partners.actions.reach import reaching
from fleetward.partners.actions.telling import tell_partner
from fleetward.partners.contracts import (
    CourseLine,
    CourseLineEnd,
    CourseOutcome,
    NotCertified,
    Programme,
)
from fleetward.partners.models import Certification, Completion
from fleetward.partners.queries import partner_of, programmes
from fleetward.partners.rules import course_code, day_of, is_complete, is_in_order
from fleetward.tenancy.actions import lock_partner, mark_certified
from fleetward.tenancy.queries import find_vendor
from fleetward.tenancy.queries.directory import find_partner_members, list_people

# Of several partners of one person the best outcome is that of the line.
_BEST = (
    CourseOutcome.CERTIFIED,
    CourseOutcome.WRONG_ORDER,
    CourseOutcome.RECORDED,
    CourseOutcome.KNOWN,
)


@dataclass(frozen=True, slots=True)
class _Told:
    """A line that can be true: its number in the list, the course and the day."""

    at: int
    course: str
    day: date


@dataclass
class _Work:
    """What lines say by partner and user, and how lines end."""

    by_partner: dict[int, dict[int, list[_Told]]] = field(default_factory=dict)
    outcomes: dict[int, list[CourseOutcome]] = field(default_factory=dict)

    def end(self, at: int, outcome: CourseOutcome) -> None:
        self.outcomes.setdefault(at, []).append(outcome)

    def outcome(self, at: int) -> CourseOutcome:
        ends = self.outcomes[at]
        return next((one for one in _BEST if one in ends), ends[0])


def record_courses(
    *,
    actor: Actor,
    vendor: int,
    lines: Sequence[CourseLine],
    now: datetime,
    is_by_hand: bool = False,
) -> list[CourseLineEnd]:
    """Record completed courses; whoever has completed a programme by them is certified.

    The first certified user of a partner makes its holding tenant. `is_by_hand`: a course that is
    known certifies again after a withdrawal.
    Raises: NotFound, Forbidden.
    Audit: courses.recorded at the operator; user.certified and holding.created at the partner
    Repeat: changes nothing; the lines are KNOWN.
    """
    require(actor, Capability.OPERATE, tenant=vendor)
    courses = programmes()
    work = _sorted(lines, {code for codes in courses.values() for code in codes}, now)
    task = _Task(vendor, courses, is_by_hand)
    wide = reaching(actor, work.by_partner)
    return _record(actor=wide, task=task, lines=lines, work=work, now=now)


@dataclass(frozen=True, slots=True)
class _Task:
    vendor: int
    courses: Mapping[Programme, tuple[str, ...]]
    is_by_hand: bool


@use_case
def _record(
    *, actor: Actor, task: _Task, lines: Sequence[CourseLine], work: _Work, now: datetime
) -> list[CourseLineEnd]:
    # In the order of their ids, so that two who certify wait for one another and for nobody else.
    for partner in sorted(work.by_partner):
        lock_partner(partner)
        news = [
            (user, programme)
            for user, told in sorted(work.by_partner[partner].items())
            for programme in _completed(actor, task, partner, user, told, work, now)
        ]
        _certified(actor, partner, news, now)
    ends = [CourseLineEnd(line, work.outcome(at)) for at, line in enumerate(lines)]
    record(
        actor=actor,
        verb=Verb.COURSES_RECORDED,
        tenant=task.vendor,
        details={str(o).lower(): n for o, n in Counter(end.outcome for end in ends).items()},
        now=now,
    )
    return ends


def _sorted(lines: Sequence[CourseLine], known: set[str], now: datetime) -> _Work:
    """Which partners and users the lines are about; lines that cannot be true end here."""
    work = _Work()
    members = find_partner_members({line.email.strip().lower() for line in lines})
    # Somewhere on earth it is tomorrow already.
    latest = (now + timedelta(days=1)).date()
    for at, line in enumerate(lines):
        course, day = course_code(line.course), day_of(line.completed_on)
        places = members.get(line.email.strip().lower(), [])
        if not (line.email.strip() and line.course.strip() and line.completed_on.strip()):
            work.end(at, CourseOutcome.BAD_LINE)
        elif course not in known:
            work.end(at, CourseOutcome.UNKNOWN_COURSE)
        elif day is None:
            work.end(at, CourseOutcome.BAD_DATE)
        elif day > latest:
            work.end(at, CourseOutcome.FUTURE_DATE)
        elif not places:
            work.end(at, CourseOutcome.UNKNOWN_USER)
        else:
            for partner, user in places:
                told = work.by_partner.setdefault(partner, {}).setdefault(user, [])
                told.append(_Told(at, course or "", day))
    return work


def _completed(
    actor: Actor,
    task: _Task,
    partner: int,
    user: int,
    told: Sequence[_Told],
    work: _Work,
    now: datetime,
) -> list[Programme]:
    """Keep what one user has completed; the programmes for which that certifies it now."""
    held = dict(
        Completion.objects.filter(tenant_id=partner, user_id=user).values_list(
            "course", "completed_on"
        )
    )
    changed: dict[str, date] = {}
    for one in told:
        if one.day > held.get(one.course, date.min):
            held[one.course] = changed[one.course] = one.day
    _keep(actor, partner, user, changed, now)
    news = _new_programmes(task, partner, user, held, set(changed))
    for programme in news:
        Certification.objects.create(
            tenant_id=partner,
            user_id=user,
            programme=programme,
            certified_on=max(held[course] for course in task.courses[programme]),
            certified_by=actor.name,
            certified_at=now,
        )
    for one in told:
        work.end(one.at, _outcome(task, one, held, changed, news))
    return news


def _keep(
    actor: Actor, partner: int, user: int, changed: Mapping[str, date], now: datetime
) -> None:
    Completion.objects.bulk_create(
        [
            Completion(
                tenant_id=partner,
                user_id=user,
                course=course,
                completed_on=day,
                told_by=actor.name,
                told_at=now,
            )
            for course, day in sorted(changed.items())
        ],
        update_conflicts=True,
        unique_fields=["tenant", "user", "course"],
        update_fields=["completed_on", "told_by", "told_at"],
    )


def _new_programmes(
    task: _Task, partner: int, user: int, held: Mapping[str, date], changed: set[str]
) -> list[Programme]:
    live = Certification.objects.filter(tenant_id=partner, user_id=user, withdrawn_at=None)
    present = set(live.values_list("programme", flat=True))
    return [
        programme
        for programme, steps in task.courses.items()
        if programme not in present
        and is_complete(steps, held)
        and (task.is_by_hand or not changed.isdisjoint(steps))
    ]


def _outcome(
    task: _Task,
    one: _Told,
    held: Mapping[str, date],
    changed: Mapping[str, date],
    news: Sequence[Programme],
) -> CourseOutcome:
    steps = next(codes for codes in task.courses.values() if one.course in codes)
    if any(one.course in task.courses[programme] for programme in news):
        return CourseOutcome.CERTIFIED
    if not is_in_order([held[step] for step in steps if step in held]):
        return CourseOutcome.WRONG_ORDER
    return CourseOutcome.RECORDED if one.course in changed else CourseOutcome.KNOWN


def _certified(
    actor: Actor, partner: int, news: Sequence[tuple[int, Programme]], now: datetime
) -> None:
    """What follows once somebody is certified: the mark, the holding tenant, trail and news."""
    is_opened = _mark(actor, partner, now)
    for user, programme in news:
        who = get_user(user)
        record(
            actor=actor,
            verb=Verb.USER_CERTIFIED,
            tenant=partner,
            subject=f"user:{who.uid}",
            details={"programme": str(programme)},
            now=now,
        )
        tell_partner(
            partner,
            Kind.USER_CERTIFIED,
            {"user": who.email, "programme": str(programme)},
            key=f"certified:{who.uid}:{programme}:{now.isoformat()}",
            now=now,
        )
    if is_opened:
        tell_partner(partner, Kind.HOLDING_OPENED, {}, key="holding-opened", now=now)


def _mark(actor: Actor, partner: int, now: datetime) -> bool:
    live = Certification.objects.filter(tenant_id=partner, withdrawn_at=None)
    users = sorted(set(live.values_list("user_id", flat=True)))
    return mark_certified(actor=actor, partner=partner, users=users, now=now)


def withdraw_certification(
    *,
    actor: Actor,
    vendor: int,
    customer_id: str,
    user: str,
    programme: Programme,
    now: datetime,
) -> None:
    """End a certification. The holding tenant of a partner without certified user stays, and nobody
    sees it until somebody is certified again.

    Raises: NotFound, Forbidden, NotCertified.   Audit: user.certification_withdrawn, at both
    """
    partner = partner_of(actor, vendor, customer_id).tenant.id
    found = [one for one in list_people(partner) if one.uid == user]
    if not found:
        raise NotFound
    wide = reaching(actor, [partner])
    scope = _Place(vendor, partner, found[0].user_id)
    _withdraw(actor=wide, place=scope, programme=programme, now=now)


@dataclass(frozen=True, slots=True)
class _Place:
    vendor: int
    partner: int
    user: int


@use_case
def _withdraw(*, actor: Actor, place: _Place, programme: Programme, now: datetime) -> None:
    lock_partner(place.partner)
    live = Certification.objects.filter(
        tenant_id=place.partner, user_id=place.user, programme=programme, withdrawn_at=None
    )
    if not live.update(withdrawn_at=now, withdrawn_by=actor.name):
        raise NotCertified
    _mark(actor, place.partner, now)
    who = get_user(place.user)
    for tenant in (place.vendor, place.partner):
        record(
            actor=actor,
            verb=Verb.CERTIFICATION_WITHDRAWN,
            tenant=tenant,
            subject=f"user:{who.uid}",
            details={"programme": str(programme)},
            now=now,
        )
    tell_partner(
        place.partner,
        Kind.CERTIFICATION_WITHDRAWN,
        {"user": who.email, "programme": str(programme)},
        key=f"withdrawn:{who.uid}:{programme}:{now.isoformat()}",
        now=now,
    )


class CertifiedMembers:
    """What `tenancy` tells when a member is let out (T7): a `Farewell`.

    Whoever is let in again later is certified anew, or not at all.
    """

    def member_left(self, *, actor: Actor, tenant: int, user: int, now: datetime) -> None:
        live = Certification.objects.filter(tenant_id=tenant, user_id=user, withdrawn_at=None)
        held = sorted(live.values_list("programme", flat=True))
        vendor = find_vendor()
        if vendor is None or not held:
            return
        wide = reaching(actor, [vendor.id])
        for word in held:
            _withdraw(
                actor=wide,
                place=_Place(vendor.id, tenant, user),
                programme=Programme(word),
                now=now,
            )
