"""Making and revoking PINs (E7), and who may (T3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fleetward.agents.actions import make_pin, revoke_pin
from fleetward.agents.contracts import BadPinTerms, PinState, PinTerms
from fleetward.agents.models import EnrolmentPin
from fleetward.agents.queries import find_pin, list_pins
from fleetward.agents.rules import pin_digest, read_pin
from fleetward.audit.models import Entry
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.tenancy.contracts import RelationState, Role
from fleetward.tenancy.models import Relation
from tests.cast import NOW, Cast, actor_of, make_tenant, make_user
from tests.invariants import no_secret_in_database

pytestmark = pytest.mark.django_db


def states(cast: Cast) -> list[PinState]:
    found = list_pins(actor=actor_of(cast.admin), tenant=cast.acme.id, now=NOW)
    return [pin.state for pin in found]


def test_e7_a_pin_is_told_once_and_kept_hashed(cast: Cast) -> None:
    made = make_pin(actor=actor_of(cast.admin), tenant=cast.acme.id, now=NOW)
    plain = read_pin(made.pin)
    assert len(plain) == 12
    no_secret_in_database([made.pin, plain], [cast.acme.id])
    with tenant_scope([cast.acme.id]):
        assert EnrolmentPin.objects.get().digest == pin_digest(plain)


def test_e7_another_pin_replaces_the_present_one(cast: Cast) -> None:
    for _ in range(2):
        make_pin(actor=actor_of(cast.admin), tenant=cast.acme.id, now=NOW)
    assert states(cast) == [PinState.ALIVE, PinState.REVOKED]


def test_e7_a_revoked_pin_leaves_none(cast: Cast) -> None:
    actor = actor_of(cast.admin)
    make_pin(actor=actor, tenant=cast.acme.id, now=NOW)
    assert revoke_pin(actor=actor, tenant=cast.acme.id, now=NOW)
    assert find_pin(actor=actor, tenant=cast.acme.id, now=NOW) is None
    assert not revoke_pin(actor=actor, tenant=cast.acme.id, now=NOW)
    with tenant_scope([cast.acme.id]):
        told = list(Entry.objects.order_by("id").values_list("verb", flat=True))
    assert told == ["enrolment.pin_made", "enrolment.pin_revoked"]


def test_e7_a_pin_expires(cast: Cast) -> None:
    actor = actor_of(cast.admin)
    make_pin(actor=actor, tenant=cast.acme.id, terms=PinTerms(days=7), now=NOW)
    for days, works in ((6, True), (7, False)):
        at = NOW + timedelta(days=days)
        assert (find_pin(actor=actor, tenant=cast.acme.id, now=at) is not None) is works


@pytest.mark.parametrize("terms", [PinTerms(days=0), PinTerms(days=366), PinTerms(most_uses=-1)])
def test_terms_that_cannot_be_are_refused(cast: Cast, terms: PinTerms) -> None:
    with pytest.raises(BadPinTerms):
        make_pin(actor=actor_of(cast.admin), tenant=cast.acme.id, terms=terms, now=NOW)
    assert states(cast) == []


def test_who_has_no_right_makes_and_sees_none(cast: Cast) -> None:
    for act in (make_pin, revoke_pin, list_pins):
        with pytest.raises(Forbidden):
            act(actor=actor_of(cast.device_admin), tenant=cast.acme.id, now=NOW)
        with pytest.raises(NotFound):
            act(actor=actor_of(cast.outsider), tenant=cast.acme.id, now=NOW)


@pytest.mark.parametrize(
    ("state", "role", "refused"),
    [
        (RelationState.ACCEPTED, Role.PARTNER_ADMIN, None),
        (RelationState.ACCEPTED, Role.PARTNER_SERVICE, Forbidden),
        (RelationState.PENDING, Role.PARTNER_ADMIN, NotFound),
        (RelationState.DECLINED, Role.PARTNER_ADMIN, NotFound),
        (RelationState.ENDED, Role.PARTNER_ADMIN, NotFound),
    ],
)
def test_t3_a_partner_has_the_pin_of_a_customer_that_has_accepted(
    cast: Cast, state: RelationState, role: Role, refused: type[Exception] | None
) -> None:
    partner = make_tenant("Reseller", kind="PARTNER")
    user = make_user(roles={partner.id: role})
    Relation.objects.create(
        partner_id=partner.id, customer_id=cast.acme.id, state=state, made_at=NOW
    )
    asked = {"actor": actor_of(user), "tenant": cast.acme.id, "now": NOW}
    if refused is None:
        assert make_pin(**asked).pin  # type: ignore[arg-type]
        return
    for act in (make_pin, list_pins):
        with pytest.raises(refused):
            act(**asked)  # type: ignore[operator]
