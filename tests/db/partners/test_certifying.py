"""Who is certified by which courses, and what that opens (T6, T7, T8)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetward.access.contracts import Capability
from fleetward.access.queries import capabilities
from fleetward.identity.contracts import Newcomer
from fleetward.kernel.actor import system_actor
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.partners.actions import (
    add_location,
    add_partner,
    change_courses,
    record_courses,
    remove_location,
)
from fleetward.partners.contracts import (
    BadCourses,
    BadLocation,
    CourseLine,
    CourseOutcome,
    LocationTaken,
    NotCertified,
    Programme,
)
from fleetward.partners.queries import (
    get_partner_detail,
    list_location_places,
    list_partner_summaries,
    programmes,
)
from fleetward.tenancy import actions as tenancy
from fleetward.tenancy.actions import change_member, remove_member
from fleetward.tenancy.contracts import (
    Role,
    RoleOfAnotherKind,
    TenantKind,
    TenantRow,
)
from fleetward.tenancy.models import Membership, Tenant
from fleetward.tenancy.people.actions import list_person
from fleetward.tenancy.people.contracts import Person as Listed
from fleetward.tenancy.queries.destinations import list_destinations
from fleetward.tenancy.queries.directory import count_certified, list_certified_ids
from fleetward.tenancy.roles.actions import make_role
from fleetward.tenancy.roles.contracts import RoleInput
from tests.cast import NOW, actor_of, make_tenant, make_user
from tests.db.partners.programmes import (
    FIRST,
    GIVEN,
    RESELL,
    SECOND,
    Programmes,
    make_programmes,
    news,
    verbs,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> Programmes:
    return make_programmes()


def test_t6_the_first_certified_user_makes_the_holding_tenant(world: Programmes) -> None:
    assert not Tenant.objects.filter(kind=TenantKind.HOLDING).exists()
    assert world.certify(world.specialist) == [CourseOutcome.CERTIFIED]
    holding = world.holding
    assert holding is not None
    assert (holding.kind, holding.region) == (TenantKind.HOLDING, world.partner.region)
    assert verbs(world.partner) == ["holding.created", "user.certified"]
    assert verbs(world.vendor) == ["courses.recorded"]
    assert news(world.partner) == ["USER_CERTIFIED", "HOLDING_OPENED"]


def test_t6_the_second_one_makes_none(world: Programmes) -> None:
    world.certify(world.specialist)
    before = world.holding
    assert world.certify(world.admin) == [CourseOutcome.CERTIFIED]
    assert world.holding == before
    assert Tenant.objects.filter(kind=TenantKind.HOLDING).count() == 1


def test_t8_everybody_of_the_partner_and_nobody_else_sees_it(world: Programmes) -> None:
    world.certify(world.specialist)
    assert world.sees(world.admin) == "HOLDING_ADMIN"
    assert world.sees(world.specialist) == "HOLDING_SPECIALIST"
    other = make_tenant("Globex", kind="PARTNER")
    outsider = make_user(roles={other.id: Role.PARTNER_ADMIN})
    assert world.sees(outsider) is None
    assert world.sees(world.operator) is None


def test_t8_who_sees_it_reads_exports_and_groups(world: Programmes) -> None:
    world.certify(world.specialist)
    assert world.holding is not None
    may = capabilities(actor_of(world.specialist), tenant=world.holding.id)
    assert {Capability.SEE_DEVICES, Capability.EXPORT_DEVICES, Capability.MANAGE_GROUPS} <= may
    assert not may & {
        Capability.EDIT_DEVICES,
        Capability.DELETE_DEVICES,
        Capability.IMPORT_DEVICES,
        Capability.MANAGE_USERS,
        Capability.MANAGE_SETTINGS,
    }


@pytest.mark.parametrize(
    ("right", "word"),
    [(Capability.SEE_CUSTOMERS, "HOLDING_CUSTOM"), (Capability.MANAGE_USERS, None)],
)
def test_t8_of_custom_roles_those_that_see_customers_read_there(
    world: Programmes, right: Capability, word: str | None
) -> None:
    """And nothing that they do not list: neither exports nor groups."""
    world.certify(world.admin)
    given = {"actor": actor_of(world.admin), "tenant": world.partner.id, "now": NOW}
    role = make_role(role=RoleInput("Desk", frozenset({right}), ""), **given)
    change_member(uid=str(world.specialist.uid), role=role, **given)
    seen = (world.sees(world.specialist) or "").partition(" ")[0]
    assert seen == (word or "")
    assert world.holding is not None
    may = capabilities(actor_of(world.specialist), tenant=world.holding.id)
    reads = {Capability.SEE_DEVICES, Capability.SEE_WARRANTY, Capability.SEE_NOTIFICATIONS}
    assert may == (reads if word else frozenset())


def test_t7_without_certified_user_it_stays_and_nobody_sees_it(world: Programmes) -> None:
    world.certify(world.specialist)
    world.withdraw(world.specialist)
    assert world.holding is not None
    assert world.sees(world.admin) is None
    assert news(world.partner)[-1] == "CERTIFICATION_WITHDRAWN"
    assert verbs(world.partner)[-1] == "user.certification_withdrawn"


def test_t7_a_certified_user_who_is_disabled_opens_nothing(world: Programmes) -> None:
    world.certify(world.specialist)
    boss = actor_of(world.admin)
    uid = str(world.specialist.uid)
    change_member(actor=boss, tenant=world.partner.id, uid=uid, is_active=False, now=NOW)
    assert world.sees(world.admin) is None
    change_member(actor=boss, tenant=world.partner.id, uid=uid, is_active=True, now=NOW)
    assert world.sees(world.admin) == "HOLDING_ADMIN"


def test_t7_a_certified_user_who_was_let_out_opens_nothing(world: Programmes) -> None:
    world.certify(world.specialist)
    uid, boss = str(world.specialist.uid), actor_of(world.admin)
    remove_member(actor=boss, tenant=world.partner.id, uid=uid, now=NOW)
    assert world.sees(world.admin) is None
    assert news(world.partner)[-1] == "CERTIFICATION_WITHDRAWN"
    withdrawn = "user.certification_withdrawn"
    assert verbs(world.partner)[-2:] == ["user.removed", withdrawn]
    assert verbs(world.vendor)[-1] == withdrawn
    # Let in again, nobody is certified by what was before.
    Membership.objects.create(
        tenant_id=world.partner.id, user=world.specialist, role="PARTNER_SERVICE", joined_at=NOW
    )
    world.certify(world.admin)
    assert [bool(one.certifications) for one in world.detail.people] == [True, False]
    certified = Membership.objects.filter(tenant_id=world.partner.id, is_certified=True)
    assert [one.user_id for one in certified] == [world.admin.id]


def test_t6_service_delivery_needs_both_courses_in_their_order(world: Programmes) -> None:
    who = world.specialist.email
    assert world.record((who, SECOND, "2026-02-01")) == [CourseOutcome.RECORDED]
    assert world.record((who, FIRST, "2026-03-01")) == [CourseOutcome.WRONG_ORDER]
    assert world.holding is None
    assert world.record((who, SECOND, "2026-03-02")) == [CourseOutcome.CERTIFIED]
    [_, person] = world.detail.people
    assert [row.programme for row in person.certifications] == [Programme.SERVICE]
    assert str(person.certifications[0].certified_on) == "2026-03-02"


def test_t6_lines_of_one_file_may_come_in_any_order(world: Programmes) -> None:
    who = world.specialist.email
    ends = world.record((who, SECOND, "2026-02-02"), (who, FIRST, "2026-02-02"))
    assert ends == [CourseOutcome.CERTIFIED] * 2


def test_the_same_lines_again_change_nothing(world: Programmes) -> None:
    world.certify(world.specialist)
    told = (len(verbs(world.partner)), len(news(world.partner)))
    assert world.certify(world.specialist) == [CourseOutcome.KNOWN]
    assert (len(verbs(world.partner)), len(news(world.partner))) == told


def test_what_was_withdrawn_comes_back_by_hand_alone(world: Programmes) -> None:
    world.certify(world.specialist)
    world.withdraw(world.specialist)
    assert world.certify(world.specialist) == [CourseOutcome.KNOWN]
    assert world.sees(world.admin) is None
    line = (world.specialist.email, RESELL, "2026-01-10")
    assert world.record(line, is_by_hand=True) == [CourseOutcome.CERTIFIED]
    assert world.sees(world.admin) == "HOLDING_ADMIN"


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        (("nobody@example.org", RESELL, "2026-01-10"), CourseOutcome.UNKNOWN_USER),
        (("pat@reseller.example", "0009", "2026-01-10"), CourseOutcome.UNKNOWN_COURSE),
        (("pat@reseller.example", RESELL, "03/04/2026"), CourseOutcome.BAD_DATE),
        (("pat@reseller.example", RESELL, "2026-12-24"), CourseOutcome.FUTURE_DATE),
        (("pat@reseller.example", "", "2026-01-10"), CourseOutcome.BAD_LINE),
        ((" Pat@Reseller.example ", "1114751", "10.01.2026"), CourseOutcome.CERTIFIED),
    ],
)
def test_each_line_has_an_outcome(
    world: Programmes, line: tuple[str, str, str], outcome: CourseOutcome
) -> None:
    assert world.record(line) == [outcome]


def test_a_user_of_a_customer_is_nobody_who_can_be_certified(world: Programmes) -> None:
    customer = make_tenant("Initech")
    user = make_user(roles={customer.id: Role.IT_ADMIN})
    assert world.certify(user) == [CourseOutcome.UNKNOWN_USER]
    with pytest.raises(NotFound):
        tenancy.mark_certified(
            actor=system_actor("Tests", customer.id),
            partner=customer.id,
            users=[user.id],
            now=NOW,
        )
    assert not Tenant.objects.filter(owner_id=customer.id).exists()


def test_a_course_counts_at_each_partner_of_a_person(world: Programmes) -> None:
    other = make_tenant("Second", kind="PARTNER")
    both = make_user(roles={world.partner.id: Role.PARTNER_SERVICE, other.id: Role.PARTNER_ADMIN})
    assert world.certify(both) == [CourseOutcome.CERTIFIED]
    assert Tenant.objects.filter(kind=TenantKind.HOLDING).count() == 2


def test_only_operators_certify(world: Programmes) -> None:
    line = [CourseLine(2, world.specialist.email, RESELL, "2026-01-10")]
    with pytest.raises(NotFound):
        record_courses(actor=actor_of(world.admin), vendor=world.vendor.id, lines=line, now=NOW)
    with pytest.raises(Forbidden):
        record_courses(actor=actor_of(world.admin), vendor=world.partner.id, lines=line, now=NOW)
    assert world.holding is None


def test_nobody_is_withdrawn_twice(world: Programmes) -> None:
    world.certify(world.specialist)
    world.withdraw(world.specialist)
    with pytest.raises(NotCertified):
        world.withdraw(world.specialist)


def test_a_certification_is_withdrawn_at_the_partner_of_the_user_only(world: Programmes) -> None:
    other = make_tenant("Second", kind="PARTNER")
    user = make_user(roles={other.id: Role.PARTNER_ADMIN})
    world.certify(user)
    with pytest.raises(NotFound):
        world.withdraw(user)
    assert "user.certification_withdrawn" not in verbs(other) + verbs(world.vendor)


def test_courses_are_data(world: Programmes) -> None:
    def change(**courses: list[str]) -> None:
        change_courses(
            actor=actor_of(world.operator),
            vendor=world.vendor.id,
            courses={Programme(name): codes for name, codes in courses.items()},
            now=NOW,
        )

    for _again in range(2):
        change(RESELL=["77"], SERVICE=[FIRST, SECOND, "88"])
    assert verbs(world.vendor) == ["courses.changed"]
    assert programmes()[Programme.SERVICE] == (FIRST, SECOND, "0000000088")
    assert world.certify(world.specialist) == [CourseOutcome.UNKNOWN_COURSE]
    wrongs: tuple[dict[str, list[str]], ...] = (
        {"RESELL": []},
        {"RESELL": ["77"], "SERVICE": ["77"]},
        {"RESELL": ["a b/c"]},
    )
    for wrong in wrongs:
        with pytest.raises(BadCourses):
            change(**{"SERVICE": ["1"], **wrong})


def test_an_operator_makes_a_partner_with_its_locations(world: Programmes) -> None:
    operator = actor_of(world.operator)
    made, admin = add_partner(
        actor=operator,
        vendor=world.vendor.id,
        partner=GIVEN,
        locations=["10 2030", "gb-7"],
        now=NOW,
    )
    assert (made.kind, admin.is_new_account) == (TenantKind.PARTNER, True)
    detail = get_partner_detail(
        actor=operator, vendor=world.vendor.id, customer_id=made.customer_id
    )
    assert [one.code for one in detail.locations] == ["102030", "GB-7"]
    assert detail.partner.company.city == "Leeds"
    [person] = detail.people
    assert (person.member.email, person.member.role) == (GIVEN.admin_email, Role.PARTNER_ADMIN)
    assert made.id not in actor_of(world.operator).roles
    assert [
        one.locations
        for one in list_partner_summaries(actor=operator, vendor=world.vendor.id)
        if one.partner.tenant.id == made.id
    ] == [2]
    assert "partner.created" in verbs(world.vendor)


def test_a_location_belongs_to_one_partner(world: Programmes) -> None:
    other = make_tenant("Second", kind="PARTNER")

    def add(place: TenantRow, code: str) -> None:
        add_location(
            actor=actor_of(world.operator),
            vendor=world.vendor.id,
            customer_id=place.customer_id,
            code=code,
            now=NOW,
        )

    add(world.partner, "102030")
    for code, error in (("102030", LocationTaken), ("#", BadLocation), ("1" * 21, BadLocation)):
        with pytest.raises(error):
            add(other, code)
    assert {c: p.partner for c, p in list_location_places().items()} == {"102030": world.partner.id}
    [location] = world.detail.locations

    def remove(place: TenantRow) -> None:
        remove_location(
            actor=actor_of(world.operator),
            vendor=world.vendor.id,
            customer_id=place.customer_id,
            uid=location.uid,
            now=NOW,
        )

    with pytest.raises(NotFound):
        remove(other)
    remove(world.partner)
    with pytest.raises(NotFound):
        remove(world.partner)
    add(other, "102030")
    assert verbs(other) == ["location.added"]
    assert verbs(world.partner) == ["location.added", "location.removed"]


def test_what_fails_leaves_no_partner_behind(world: Programmes) -> None:
    with pytest.raises(BadLocation):
        add_partner(
            actor=actor_of(world.operator),
            vendor=world.vendor.id,
            partner=GIVEN,
            locations=["1", "#"],
            now=NOW,
        )
    assert not Tenant.objects.filter(name=GIVEN.name).exists()


def test_nobody_is_let_into_a_holding_tenant(world: Programmes) -> None:
    world.certify(world.specialist)
    assert world.holding is not None
    wide = replace(actor_of(world.operator), roles={world.holding.id: "SYSTEM"})
    with pytest.raises(RoleOfAnotherKind):
        tenancy.add_member(
            actor=wide,
            tenant=world.holding.id,
            who=Newcomer("new@example.org"),
            role=Role.PARTNER_ADMIN,
            now=NOW,
        )


def test_t6_l2_who_is_only_listed_certifies_no_partner(world: Programmes) -> None:
    """Listing the expert of another partner, who has not agreed, opens nothing."""
    rival = make_tenant("Rival", kind="PARTNER")
    boss = make_user("boss@rival.example", {rival.id: Role.PARTNER_ADMIN})
    person = Listed(0, world.specialist.email)
    list_person(actor=actor_of(boss), tenant=rival.id, person=person, now=NOW)
    assert world.certify(world.specialist) == [CourseOutcome.CERTIFIED]
    assert not Tenant.objects.filter(owner_id=rival.id).exists()
    assert not Membership.objects.filter(tenant_id=rival.id, is_certified=True).exists()
    assert world.sees(world.admin) == "HOLDING_ADMIN"


def test_t7_l2_a_mark_of_who_has_no_access_opens_nothing(world: Programmes) -> None:
    """Such a mark can be there from former releases; the next certification removes it."""
    world.certify(world.specialist)
    theirs = Membership.objects.filter(tenant_id=world.partner.id, user=world.specialist)
    theirs.update(has_access=False)
    assert world.sees(world.admin) is None
    assert list_destinations(world.partner.id) == []
    assert count_certified([world.partner.id]) == {}
    assert list_certified_ids(world.partner.id) == []
    world.certify(world.admin)
    assert not theirs.get().is_certified
    assert world.sees(world.admin) == "HOLDING_ADMIN"
