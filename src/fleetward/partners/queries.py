"""Questions about partners: for the operator, for resale feeds, and for a partner of itself."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import date
from uuid import UUID

from fleetward.infra.tx import scoped, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.rights import Capability, require
from fleetward.partners.contracts import (
    CertificationRow,
    CourseFileRow,
    CourseFileState,
    CourseLine,
    CourseLineEnd,
    CourseOutcome,
    FileProblem,
    LocationPlace,
    LocationRow,
    PartnerDetail,
    PartnerSummary,
    Person,
    Programme,
)
from fleetward.partners.models import (
    Certification,
    Completion,
    Course,
    CourseFile,
    Location,
)
from fleetward.tenancy.contracts import PartnerRow
from fleetward.tenancy.queries.directory import (
    count_certified,
    get_partner,
    list_certified_ids,
    list_partners,
    list_people,
)

LATEST_FILES = 20


def list_partner_summaries(*, actor: Actor, vendor: int) -> list[PartnerSummary]:
    """Every partner of the installation, by name. Raises: NotFound, Forbidden."""
    require(actor, Capability.OPERATE, tenant=vendor)
    found = list_partners()
    ids = [one.tenant.id for one in found]
    certified = count_certified(ids)
    with tenant_scope(ids):
        locations = Counter(Location.objects.values_list("tenant_id", flat=True))
    return [
        PartnerSummary(one, locations[one.tenant.id], certified.get(one.tenant.id, 0))
        for one in found
    ]


def get_partner_detail(*, actor: Actor, vendor: int, customer_id: str) -> PartnerDetail:
    """One partner with its locations and people. Raises: NotFound, Forbidden."""
    partner = partner_of(actor, vendor, customer_id)
    with tenant_scope([partner.tenant.id]):
        return PartnerDetail(partner, _locations(partner.tenant.id), _people(partner.tenant.id))


def partner_of(actor: Actor, vendor: int, customer_id: str) -> PartnerRow:
    """A partner that the operator names. Raises: NotFound, Forbidden."""
    require(actor, Capability.OPERATE, tenant=vendor)
    return get_partner(customer_id)


def _locations(partner: int) -> list[LocationRow]:
    found = Location.objects.filter(tenant_id=partner).order_by("code")
    return [LocationRow(one.uid, one.code, one.name, one.added_at) for one in found]


def _people(partner: int) -> list[Person]:
    live = Certification.objects.filter(tenant_id=partner, withdrawn_at=None)
    certified: dict[int, list[CertificationRow]] = defaultdict(list)
    for row in live.order_by("programme"):
        certified[row.user_id].append(_certification(row))
    completed: dict[int, dict[str, date]] = defaultdict(dict)
    for done in Completion.objects.filter(tenant_id=partner).order_by("completed_on", "course"):
        completed[done.user_id][done.course] = done.completed_on
    return [
        Person(member, certified.get(member.user_id, ()), completed.get(member.user_id, {}))
        for member in list_people(partner)
    ]


def _certification(row: Certification) -> CertificationRow:
    return CertificationRow(
        Programme(row.programme), row.certified_on, row.certified_by, row.certified_at
    )


def programmes() -> dict[Programme, tuple[str, ...]]:
    """The course ids of each programme, in the order that counts (T6)."""
    found: dict[Programme, tuple[str, ...]] = dict.fromkeys(Programme, ())
    for row in Course.objects.order_by("programme", "step"):
        found[Programme(row.programme)] += (row.code,)
    return found


@scoped
def list_course_files(*, actor: Actor, vendor: int) -> list[CourseFileRow]:
    """The latest files of completed courses. Raises: NotFound, Forbidden."""
    require(actor, Capability.OPERATE, tenant=vendor)
    found = CourseFile.objects.filter(tenant_id=vendor).defer("content", "ends")
    return [_file(row) for row in found.order_by("-id")[:LATEST_FILES]]


@scoped
def get_course_file(*, actor: Actor, vendor: int, uid: UUID) -> CourseFileRow:
    """One file with the outcome of each line. Raises: NotFound, Forbidden."""
    require(actor, Capability.OPERATE, tenant=vendor)
    found = CourseFile.objects.filter(tenant_id=vendor, uid=uid).defer("content").first()
    if found is None:
        raise NotFound
    ends = [
        CourseLineEnd(CourseLine(row_no, email, course, day), CourseOutcome(outcome))
        for row_no, email, course, day, outcome in found.ends
    ]
    return _file(found, ends)


def _file(row: CourseFile, ends: Collection[CourseLineEnd] = ()) -> CourseFileRow:
    return CourseFileRow(
        uid=row.uid,
        file_name=row.file_name,
        uploaded_by=row.uploaded_by,
        state=CourseFileState(row.state),
        rows=row.rows,
        counts={outcome: row.counts.get(outcome, 0) for outcome in CourseOutcome},
        problem=FileProblem(**row.problem) if row.problem else None,
        created_at=row.created_at,
        ends=tuple(ends),
    )


def list_location_places() -> dict[str, LocationPlace]:
    """Whose each location is, by its location id, for resale feeds (T9). The caller is a job."""
    partners = {one.tenant.id: one.holding for one in list_partners()}
    with tenant_scope(partners):
        found = Location.objects.values_list("code", "tenant_id")
        return {code: LocationPlace(tenant, partners[tenant]) for code, tenant in found}


@scoped
def list_own_locations(*, actor: Actor, partner: int) -> list[LocationRow]:
    """Those of the actor's own company, by location id. The caller has required SEE_CUSTOMERS."""
    return _locations(partner) if partner in actor.roles else []


class CertifiedProgrammes:
    """What `tenancy` asks before a partner offers a plan (T4): a `Programmes`."""

    def certified_for(self, partner: int) -> frozenset[str]:
        people = set(list_certified_ids(partner))
        live = Certification.objects.filter(
            tenant_id=partner, withdrawn_at=None, user_id__in=people
        )
        return frozenset(live.values_list("programme", flat=True))
