"""Partners and their customers: made, answered, ended; and what each sees meanwhile (T2, T3)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from fleetward.access.contracts import Capability
from fleetward.access.queries import is_allowed
from fleetward.audit.models import Entry
from fleetward.identity.contracts import Newcomer
from fleetward.identity.models import User
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, ActorKind, system_actor
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.notifications.models import Notification
from fleetward.tenancy.actions import (
    add_member,
    answer_partner,
    change_company,
    change_member,
    create_customer,
    end_partner,
    remove_member,
)
from fleetward.tenancy.contracts import (
    BadCompany,
    Company,
    CustomerRow,
    LastAdmin,
    NewCustomer,
    Region,
    RelationOver,
    RelationState,
    Role,
    RoleOfAnotherKind,
    TenantRow,
)
from fleetward.tenancy.models import Membership, Relation, Tenant
from fleetward.tenancy.people.actions import make_customer
from fleetward.tenancy.queries import (
    find_company,
    find_partner,
    find_place,
    list_customers,
    with_customers,
)
from tests.cast import NOW, Cast, actor_of, make_tenant, make_user

pytestmark = pytest.mark.django_db
GIVEN = NewCustomer(
    name="Initech",
    company=Company("12 rue des Alpes", "Annecy", "74000", "FR", "+33 4 50 00 00 00"),
    region=Region.EU,
    admin_first_name="Peter",
    admin_last_name="Gibbons",
    admin_email="peter@initech.example",
)


@dataclass
class Trade:
    """A partner with an admin and a specialist, and a customer that it has made."""

    partner: TenantRow
    admin: User
    specialist: User
    customer: TenantRow

    @property
    def theirs(self) -> User:
        return User.objects.get(email=GIVEN.admin_email)

    @property
    def row(self) -> CustomerRow:
        [row] = list_customers(actor=actor_of(self.admin), partner=self.partner.id)
        return row

    def answer(self, *, accepts: bool = True) -> None:
        actor = actor_of(self.theirs)
        answer_partner(actor=actor, tenant=self.customer.id, accepts=accepts, now=NOW)

    def end(self) -> None:
        end_partner(actor=actor_of(self.theirs), tenant=self.customer.id, now=NOW)


def verbs(tenant: TenantRow) -> list[str]:
    with tenant_scope([tenant.id]):
        return list(Entry.objects.order_by("id").values_list("verb", flat=True))


def news(tenant: TenantRow, user: User) -> list[str]:
    with tenant_scope([tenant.id]):
        return list(
            Notification.objects.filter(user_id=user.id)
            .order_by("id")
            .values_list("kind", flat=True)
        )


@pytest.fixture
def trade() -> Trade:
    partner = make_tenant("Reseller", kind="PARTNER")
    admin = make_user(roles={partner.id: Role.PARTNER_ADMIN})
    specialist = make_user(roles={partner.id: Role.PARTNER_SERVICE})
    made, _ = create_customer(actor=actor_of(admin), partner=partner.id, customer=GIVEN, now=NOW)
    return Trade(partner, admin, specialist, made)


def test_t2_a_customer_is_pending_and_its_admin_is_told(trade: Trade) -> None:
    row = trade.row
    assert (row.name, row.state) == ("Initech", RelationState.PENDING)
    assert verbs(trade.partner) == ["customer.created"]
    assert verbs(trade.customer) == ["tenant.created", "user.added"]
    assert news(trade.customer, trade.theirs) == ["PARTNER_OFFERED"]
    assert trade.customer.region is Region.EU
    found = find_partner(actor=actor_of(trade.theirs), tenant=trade.customer.id)
    assert found is not None
    assert (found.name, found.state, found.made_by) == (
        "Reseller",
        RelationState.PENDING,
        trade.admin.email,
    )


def test_t3_a_partner_learns_names_only_while_it_is_accepted(trade: Trade) -> None:
    def rename(name: str) -> str:
        Tenant.objects.filter(id=trade.customer.id).update(name=name)
        return trade.row.name

    assert rename("Of the customer's own") == GIVEN.name
    trade.answer()
    assert rename("Initrode") == "Initrode"
    trade.end()
    assert rename("After the end") == "Initrode"
    with tenant_scope([trade.partner.id]):
        ended = Notification.objects.get(kind="CUSTOMER_ENDED", user_id=trade.admin.id)
    assert ended.params["customer"] == "Initrode"


def test_t3_a_declined_partner_is_told_the_name_that_it_gave(trade: Trade) -> None:
    Tenant.objects.filter(id=trade.customer.id).update(name="Of the customer's own")
    trade.answer(accepts=False)
    assert trade.row.name == GIVEN.name
    with tenant_scope([trade.partner.id]):
        told = Notification.objects.get(kind="CUSTOMER_DECLINED", user_id=trade.admin.id)
        entry = Entry.objects.get(verb="partner.declined")
    assert told.params["customer"] == entry.details["customer"] == GIVEN.name
    Relation.objects.update(customer_name="")
    assert trade.row.name == "Of the customer's own"


@pytest.mark.parametrize("state", ["pending", "declined", "ended"])
def test_t3_before_and_after_nobody_of_the_partner_sees_it(trade: Trade, state: str) -> None:
    if state != "pending":
        trade.answer(accepts=state == "ended")
    if state == "ended":
        assert trade.customer.id in actor_of(trade.admin).roles
        trade.end()
    for user in (trade.admin, trade.specialist):
        assert trade.customer.id not in actor_of(user).roles
        assert find_place(user_id=user.id, tenant=trade.customer.id) is None
    assert (trade.row.tenant, trade.row.customer_id) == (None, "")


def test_t3_accepted_both_see_it_each_by_their_role(trade: Trade) -> None:
    trade.answer()
    assert trade.row.customer_id == trade.customer.customer_id
    words = {
        user.id: actor_of(user).roles[trade.customer.id] for user in (trade.admin, trade.specialist)
    }
    assert words == {
        trade.admin.id: "MANAGING_ADMIN",
        trade.specialist.id: "MANAGING_SPECIALIST",
    }
    for user in (trade.admin, trade.specialist):
        place = find_place(user_id=user.id, tenant=trade.customer.id)
        assert place == (words[user.id], trade.customer)
    may = {
        right
        for right in Capability
        if is_allowed(actor_of(trade.admin), right, tenant=trade.customer.id)
    }
    assert Capability.EDIT_DEVICES in may
    never = {Capability.SEE_USERS, Capability.MANAGE_USERS, Capability.MANAGE_SETTINGS}
    assert not may & (never | {Capability.MANAGE_CONNECTIONS, Capability.MANAGE_CUSTOMERS})
    assert news(trade.partner, trade.admin) == ["CUSTOMER_ACCEPTED"]
    assert "partner.accepted" in verbs(trade.partner)
    assert "partner.accepted" in verbs(trade.customer)


def test_t3_one_who_left_the_partner_sees_no_customer(trade: Trade) -> None:
    trade.answer()
    Membership.objects.filter(user=trade.admin).update(is_active=False)
    assert actor_of(trade.admin).roles == {}
    assert find_place(user_id=trade.admin.id, tenant=trade.customer.id) is None


def test_who_is_in_both_is_what_the_customer_says(trade: Trade) -> None:
    trade.answer()
    Membership.objects.create(
        tenant_id=trade.customer.id, user=trade.admin, role=Role.REPORT_ADMIN, joined_at=NOW
    )
    assert actor_of(trade.admin).roles[trade.customer.id] == "REPORT_ADMIN"
    assert find_place(user_id=trade.admin.id, tenant=trade.customer.id) == (
        "REPORT_ADMIN",
        trade.customer,
    )


def test_t3_what_is_answered_or_ended_is_so_once(trade: Trade) -> None:
    with pytest.raises(RelationOver):
        trade.end()
    trade.answer()
    for again in (trade.answer, lambda: trade.answer(accepts=False)):
        with pytest.raises(RelationOver):
            again()
    trade.end()
    with pytest.raises(RelationOver):
        trade.end()
    assert news(trade.partner, trade.admin) == ["CUSTOMER_ACCEPTED", "CUSTOMER_ENDED"]


def test_t3_only_an_admin_of_the_customer_answers(trade: Trade, cast: Cast) -> None:
    reader = make_user(roles={trade.customer.id: Role.REPORT_ADMIN})
    for user, error in ((reader, Forbidden), (trade.admin, NotFound), (cast.admin, NotFound)):
        with pytest.raises(error):
            answer_partner(actor=actor_of(user), tenant=trade.customer.id, accepts=True, now=NOW)
    assert trade.row.state is RelationState.PENDING


def test_t2_only_a_partner_makes_customers(trade: Trade, cast: Cast) -> None:
    for user, partner, error in (
        (trade.specialist, trade.partner, Forbidden),
        (cast.admin, trade.partner, NotFound),
        (cast.admin, cast.acme, Forbidden),
    ):
        with pytest.raises(error):
            create_customer(actor=actor_of(user), partner=partner.id, customer=GIVEN, now=NOW)
    told = {"partner": cast.acme.id, "customer": replace(GIVEN, name="Hooli"), "now": NOW}
    with pytest.raises(NotFound):
        create_customer(actor=system_actor("Tests", cast.acme.id), **told)
    assert not Tenant.objects.filter(name="Hooli").exists()


def test_t2_who_has_an_account_is_invited_and_decides(trade: Trade, cast: Cast) -> None:
    told = replace(GIVEN, name="Hooli", admin_email=cast.outsider.email)
    made, admin = create_customer(
        actor=actor_of(trade.admin), partner=trade.partner.id, customer=told, now=NOW
    )
    assert admin.token
    assert made.id not in actor_of(cast.outsider).roles


def test_t2_where_no_page_tells_it_the_way_in_goes_by_mail(trade: Trade) -> None:
    told = replace(GIVEN, name="Hooli", admin_email="head@hooli.example")
    made, admin = make_customer(
        actor=actor_of(trade.admin), partner=trade.partner.id, customer=told, now=NOW
    )
    assert (made.name, admin.email) == ("Hooli", "head@hooli.example")


@pytest.mark.parametrize("field", ["name", "admin_first_name", "admin_last_name", "admin_email"])
def test_t2_a_customer_needs_a_name_and_an_admin(trade: Trade, field: str) -> None:
    told = replace(GIVEN, **{field: " "})
    with pytest.raises(BadCompany) as refused:
        create_customer(
            actor=actor_of(trade.admin), partner=trade.partner.id, customer=told, now=NOW
        )
    assert refused.value.name == field
    assert len(list_customers(actor=actor_of(trade.admin), partner=trade.partner.id)) == 1


def test_l1_roles_of_a_partner_are_for_partners(trade: Trade, cast: Cast) -> None:
    with pytest.raises(RoleOfAnotherKind):
        add_member(
            actor=actor_of(cast.admin),
            tenant=cast.acme.id,
            who=Newcomer("new@acme.example"),
            role=Role.PARTNER_ADMIN,
            now=NOW,
        )
    with pytest.raises(RoleOfAnotherKind):
        change_member(
            actor=actor_of(trade.admin),
            tenant=trade.partner.id,
            uid=str(trade.specialist.uid),
            role=Role.IT_ADMIN,
            now=NOW,
        )


def test_a_partner_keeps_an_admin(trade: Trade) -> None:
    with pytest.raises(LastAdmin):
        remove_member(
            actor=actor_of(trade.admin),
            tenant=trade.partner.id,
            uid=str(trade.admin.uid),
            now=NOW,
        )


def test_others_learn_nothing_of_a_relation(trade: Trade, cast: Cast) -> None:
    with pytest.raises(NotFound):
        list_customers(actor=actor_of(cast.admin), partner=trade.partner.id)
    with pytest.raises(NotFound):
        find_partner(actor=actor_of(cast.admin), tenant=trade.customer.id)
    assert find_partner(actor=actor_of(cast.admin), tenant=cast.acme.id) is None


def test_t5_what_a_partner_spans_is_its_accepted_customers(trade: Trade) -> None:
    assert actor_of(trade.admin).spans == {}
    trade.answer()
    assert actor_of(trade.admin).spans == {trade.partner.id: (trade.customer.id,)}
    bound = Actor(
        ActorKind.TOKEN, "t", roles={trade.partner.id: "PARTNER_ADMIN"}, user_id=trade.admin.id
    )
    spanning = with_customers(bound, tenant=trade.partner.id)
    assert spanning.roles == actor_of(trade.admin).roles
    assert spanning.spans == actor_of(trade.admin).spans
    trade.end()
    assert with_customers(bound, tenant=trade.partner.id).roles == bound.roles


def test_t1_a_company_says_where_it_is_found(cast: Cast) -> None:
    actor = actor_of(cast.admin)
    lyon = Company("1 rue de la Paix", "Lyon", "69001", "fr", "+33 4 00 00 00 00")
    given = {"actor": actor, "tenant": cast.acme.id, "now": NOW}
    assert change_company(company=lyon, **given)
    assert find_company(cast.acme.id) == replace(lyon, country="FR")
    assert not change_company(company=lyon, **given)
    assert verbs(cast.acme).count("tenant.company_changed") == 1
    for name, wrong in (("country", "FRA"), ("country", " f "), ("city", "x" * 81)):
        with pytest.raises(BadCompany) as refused:
            change_company(company=replace(lyon, **{name: wrong}), **given)
        assert refused.value.name == name
    with pytest.raises(Forbidden):
        change_company(actor=actor_of(cast.reader), tenant=cast.acme.id, company=lyon, now=NOW)
