"""L8: a tenant asks, the operator answers, and both follow what becomes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.errors import DomainError, Forbidden, KeyReused, NotFound
from fleetward.notifications.webhooks.actions import add_webhook
from fleetward.notifications.webhooks.contracts import WebhookInput
from fleetward.support.actions import asking, open_request, talking
from fleetward.support.contracts import (
    BadSupportRequest,
    NewMessage,
    NewRequest,
    NobodyAnswers,
    RequestClosed,
    RequestState,
    Side,
    Step,
    TooManyMessages,
    TooManyOpenRequests,
    Wanted,
)
from fleetward.support.models import Message, Request
from fleetward.support.queries import count_by_state, list_requests
from fleetward.tenancy.contracts import CUSTOMER_ROLES, PARTNER_ROLES, ManagingRole, Role, TenantRow
from fleetward.tenancy.models import Membership
from tests.cast import NOW, actor_of, make_cast, make_tenant, make_user
from tests.db.support.desk import Desk, a_key

pytestmark = pytest.mark.django_db
BOTH = list(Side)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def listed(desk: Desk, side: Side, wanted: Wanted = Wanted()) -> list[UUID]:  # noqa: B008
    page = list_requests(**desk.at(side), wanted=wanted)  # type: ignore[arg-type]
    return [row.uid for row in page.rows]


@pytest.mark.parametrize("side", BOTH)
def test_l8_both_sides_read_what_was_asked(desk: Desk, side: Side) -> None:
    uid = desk.ask().request
    found = desk.read(side, uid)
    assert (found.row.subject, found.row.state) == ("Missing devices", RequestState.OPEN)
    assert (found.row.asked_by, found.row.tenant_name) == (desk.cast.reader.email, "Acme")
    assert found.serials == ("5XK2QL3",)
    [message] = found.messages
    assert (message.side, message.text) == (Side.TENANT, "They are not there.")
    assert listed(desk, side) == [uid]


def test_the_turn_changes_with_each_message(desk: Desk) -> None:
    uid = desk.ask().request
    steps: list[tuple[Callable[..., object], Side, RequestState]] = [
        (desk.say, Side.OPERATOR, RequestState.ANSWERED),
        (desk.say, Side.TENANT, RequestState.OPEN),
        (desk.close, Side.OPERATOR, RequestState.CLOSED),
        (desk.reopen, Side.TENANT, RequestState.OPEN),
        (desk.close, Side.TENANT, RequestState.CLOSED),
        (desk.reopen, Side.OPERATOR, RequestState.OPEN),
    ]
    for do, side, state in steps:
        do(side, uid, text="So.")
        assert desk.read(side, uid).row.state is state
    steps_told = [message.step for message in desk.read(Side.TENANT, uid).messages]
    assert steps_told == [
        Step.MESSAGE,
        Step.MESSAGE,
        Step.MESSAGE,
        Step.CLOSED,
        Step.REOPENED,
        Step.CLOSED,
        Step.REOPENED,
    ]


def test_nothing_is_said_in_a_closed_request(desk: Desk) -> None:
    uid = desk.ask().request
    desk.close(Side.OPERATOR, uid)
    with pytest.raises(RequestClosed):
        desk.say(Side.TENANT, uid, text="Wait.")
    assert len(desk.read(Side.TENANT, uid).messages) == 2


def test_closing_and_reopening_twice_is_done_once(desk: Desk) -> None:
    uid = desk.ask().request
    assert [desk.reopen(Side.TENANT, uid).is_repeated for _ in range(2)] == [True, True]
    assert [desk.close(Side.TENANT, uid).is_repeated for _ in range(2)] == [False, True]
    assert desk.verbs(desk.cast.acme) == ["support.opened", "support.closed"]


def test_both_trails_and_the_other_side_are_told(desk: Desk) -> None:
    uid = desk.ask().request
    desk.say(Side.OPERATOR, uid, text="Which?")
    desk.say(Side.TENANT, uid, text="This.")
    desk.close(Side.OPERATOR, uid)
    desk.reopen(Side.TENANT, uid)
    verbs = ["support.opened", *["support.answered"] * 2, "support.closed", "support.reopened"]
    assert desk.verbs(desk.cast.acme) == desk.verbs(desk.vendor) == verbs
    to_operator = ["SUPPORT_OPENED", "SUPPORT_ASKED", "SUPPORT_REOPENED"]
    assert desk.news(desk.vendor, desk.operator) == to_operator
    assert desk.news(desk.cast.acme, desk.cast.reader) == ["SUPPORT_ANSWERED", "SUPPORT_CLOSED"]
    assert desk.news(desk.cast.acme, desk.cast.admin) == []


def test_the_admins_are_told_when_nobody_who_asked_is_left(desk: Desk) -> None:
    uid = desk.ask().request
    Membership.objects.filter(user=desk.cast.reader).update(is_active=False)
    desk.say(Side.OPERATOR, uid, text="Which?")
    assert desk.news(desk.cast.acme, desk.cast.admin) == ["SUPPORT_ANSWERED"]
    assert desk.news(desk.cast.acme, desk.cast.reader) == []


def test_webhooks_get_what_happened_and_no_word_of_it(desk: Desk) -> None:
    hook = WebhookInput("Tickets", "https://hooks.example.org/fleetward")
    for actor, tenant in (
        (actor_of(desk.cast.admin), desk.cast.acme.id),
        (desk.answerer, desk.vendor.id),
    ):
        add_webhook(actor=actor, tenant=tenant, webhook=hook, now=NOW)
    uid = desk.ask().request
    desk.say(Side.OPERATOR, uid, text="Which?")
    for tenant in (desk.vendor, desk.cast.acme):
        [body] = desk.sent(tenant)
        assert "Missing devices" not in body
        assert json.loads(body)["data"]["params"]["request"] == str(uid)


def test_the_same_key_asks_once(desk: Desk) -> None:
    key = a_key()
    first, second = desk.ask(key=key), desk.ask(key=key)
    assert (second.request, second.is_repeated) == (first.request, True)
    with pytest.raises(KeyReused):
        desk.ask(text="Something else.", key=key)
    assert desk.verbs(desk.vendor) == ["support.opened"]


@pytest.mark.parametrize("side", BOTH)
def test_the_same_key_answers_once(desk: Desk, side: Side) -> None:
    uid, key = desk.ask().request, a_key()
    told = [desk.say(side, uid, text="So.", key=key).is_repeated for _ in range(2)]
    assert told == [False, True]
    with pytest.raises(KeyReused):
        desk.say(side, uid, text="Not so.", key=key)
    assert len(desk.read(side, uid).messages) == 2


def test_a_key_of_one_side_is_another_one_of_the_other(desk: Desk) -> None:
    uid = desk.ask().request
    assert not any(desk.say(side, uid, text="So.", key="one").is_repeated for side in BOTH)


def test_another_tenant_and_its_partner_find_nothing(desk: Desk) -> None:
    uid = desk.ask().request
    outsider = {"actor": actor_of(desk.cast.outsider), "tenant": desk.cast.other.id}
    for do in (talking.answer, talking.close, talking.reopen):
        with pytest.raises(NotFound):
            do(**outsider, side=Side.TENANT, uid=uid, told=NewMessage("So."), now=NOW)  # type: ignore[arg-type]
    page = list_requests(**outsider, side=Side.TENANT)  # type: ignore[arg-type]
    assert page.rows == []
    with pytest.raises(NotFound):
        list_requests(**{**outsider, "tenant": desk.cast.acme.id}, side=Side.TENANT)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", [*CUSTOMER_ROLES, *PARTNER_ROLES])
def test_nobody_of_a_tenant_answers_for_the_operator(role: Role) -> None:
    tenant = make_tenant(kind="PARTNER" if "PARTNER" in role else "CUSTOMER")
    user = make_user(roles={tenant.id: role})
    with pytest.raises(Forbidden):
        list_requests(actor=actor_of(user), tenant=tenant.id, side=Side.OPERATOR)


def test_the_operator_sees_requests_and_nothing_else_of_a_tenant(desk: Desk) -> None:
    """The column `operator` is its door: no scope of the tenant is opened for reading."""
    desk.ask()
    with tenant_scope([desk.vendor.id]):
        assert Request.objects.count() == Message.objects.count() == 1
    with tenant_scope([desk.cast.other.id]):
        assert Request.objects.count() == Message.objects.count() == 0
    assert desk.cast.acme.id not in desk.answerer.roles


def test_the_operator_has_nobody_to_ask(desk: Desk) -> None:
    anybody = system_actor("Tests", desk.vendor.id)
    for actor, error in ((desk.answerer, Forbidden), (anybody, NotFound)):
        with pytest.raises(error):
            open_request(actor=actor, tenant=desk.vendor.id, asked=ASKED, now=NOW)
    assert listed(desk, Side.OPERATOR) == []


ASKED = NewRequest("Help", NewMessage("It does not work."))


def test_asking_where_nobody_answers_says_so() -> None:
    cast = make_cast()
    with pytest.raises(NobodyAnswers):
        open_request(actor=actor_of(cast.admin), tenant=cast.acme.id, asked=ASKED, now=NOW)


def test_both_roles_of_a_partner_may_ask(desk: Desk) -> None:
    partner = make_tenant("Reseller", kind="PARTNER")
    for role in PARTNER_ROLES:
        user = make_user(roles={partner.id: role})
        open_request(actor=actor_of(user), tenant=partner.id, asked=ASKED, now=NOW)
    assert len(listed(desk, Side.OPERATOR)) == 2


def test_the_users_of_a_partner_neither_ask_for_a_customer_nor_read_what_it_asks(
    desk: Desk,
) -> None:
    for word in ManagingRole:
        actor = replace(actor_of(desk.operator), roles={desk.cast.acme.id: str(word)})
        with pytest.raises(Forbidden):
            list_requests(actor=actor, tenant=desk.cast.acme.id, side=Side.TENANT)


def test_too_many_open_requests_are_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MOST_OPEN", 1)
    uid = desk.ask().request
    with pytest.raises(TooManyOpenRequests):
        desk.ask()
    desk.close(Side.TENANT, uid)
    desk.ask()


def test_too_many_messages_are_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talking, "MOST_MESSAGES", 1)
    uid = desk.ask().request
    with pytest.raises(TooManyMessages):
        desk.say(Side.TENANT, uid, text="And this.")
    desk.close(Side.TENANT, uid, text="But this.")


@pytest.mark.parametrize("text", ["", " \n ", "x" * 10_001, "\0"])
def test_a_message_that_cannot_be_is_refused(desk: Desk, text: str) -> None:
    uid = desk.ask().request
    with pytest.raises(BadSupportRequest):
        desk.say(Side.TENANT, uid, text=text)


def test_a_request_that_does_not_exist_is_not_found(desk: Desk) -> None:
    refused: type[DomainError] = NotFound
    for side in BOTH:
        with pytest.raises(refused):
            desk.read(side, uuid4())


def others(desk: Desk) -> tuple[TenantRow, UUID]:
    """A request of another tenant."""
    actor, tenant = actor_of(desk.cast.outsider), desk.cast.other
    asked = open_request(actor=actor, tenant=tenant.id, asked=ASKED, now=NOW + timedelta(days=5))
    return tenant, asked.request


def test_the_operator_filters_by_state_tenant_and_age(desk: Desk) -> None:
    mine = desk.ask().request
    tenant, theirs = others(desk)
    desk.say(Side.OPERATOR, mine, text="Which?")
    assert listed(desk, Side.OPERATOR) == [theirs, mine]
    for wanted, found in (
        (Wanted(state=RequestState.OPEN), [theirs]),
        (Wanted(state=RequestState.ANSWERED), [mine]),
        (Wanted(tenant="acm"), [mine]),
        (Wanted(tenant=tenant.customer_id.lower()), [theirs]),
        (Wanted(tenant="%"), []),
        (Wanted(quiet_since=NOW + timedelta(days=1)), [mine]),
    ):
        assert listed(desk, Side.OPERATOR, wanted) == found


def test_numbers_are_of_each_state_whatever_is_wanted(desk: Desk) -> None:
    desk.close(Side.TENANT, desk.ask().request)
    others(desk)
    counted = count_by_state(
        actor=desk.answerer,
        tenant=desk.vendor.id,
        side=Side.OPERATOR,
        wanted=Wanted(state=RequestState.OPEN),
    )
    assert counted == {
        RequestState.OPEN: 1,
        RequestState.ANSWERED: 0,
        RequestState.CLOSED: 1,
    }
