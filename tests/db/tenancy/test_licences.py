"""Licence keys of tenants: added, refused, removed, told of; and the plans they are for (L3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from click.testing import CliRunner

from fleetward.audit.models import Entry
from fleetward.cli.licence import licence as command
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.notifications.models import Notification
from fleetward.tenancy.contracts import LicenceState, ManagingRole, TenantRow
from fleetward.tenancy.jobs import watch_licences
from fleetward.tenancy.licences.actions import (
    add_licence,
    adding,
    change_plan,
    issue_licence,
    remove_licence,
)
from fleetward.tenancy.licences.actions import watch_licences as look
from fleetward.tenancy.licences.contracts import (
    BadLicence,
    BadPlan,
    Licence,
    LicenceDamaged,
    LicenceEnded,
    LicenceKnown,
    LicenceOfAnotherCustomer,
    LicenceOfAnotherSigner,
    LicenceStays,
    Licensing,
    PlanRow,
    UnknownPlan,
)
from fleetward.tenancy.licences.queries import count_licensing, get_licensing, list_plans
from fleetward.tenancy.licences.rules import public_key_of, write_key
from fleetward.tenancy.models import LicenceSigner, Plan
from fleetward.tenancy.queries import get_tenant_by_id
from tests.cast import NOW, Cast, actor_of, add_devices, make_cast, make_manager, make_vendor
from tests.plugins.database import FreshDatabase
from tests.races import at_once

ISSUER = system_actor("Command line")
DAY = timedelta(days=1)


def key(tenant: TenantRow, seats: int = 2, plan: str = "STANDARD", days: int = 365) -> str:
    return issue_licence(
        actor=ISSUER,
        customer_id=tenant.customer_id,
        plan=plan,
        seats=seats,
        starts_on=(NOW - 400 * DAY).date(),
        ends_on=(NOW + days * DAY).date(),
        now=NOW,
    )


def add(cast: Cast, text: str, now: datetime = NOW) -> Licence:
    return add_licence(actor=actor_of(cast.admin), tenant=cast.acme.id, text=text, now=now)


def standing(cast: Cast, now: datetime = NOW) -> Licensing:
    return get_licensing(actor=actor_of(cast.admin), tenant=cast.acme.id, today=now.date())


def watch(cast: Cast, now: datetime) -> None:
    actor = system_actor("Licences", cast.acme.id)
    look(actor=actor, tenant=cast.acme.id, now=now)


def told(cast: Cast) -> list[str]:
    with tenant_scope([cast.acme.id]):
        return list(Notification.objects.order_by("id").values_list("kind", flat=True))


@pytest.mark.django_db
def test_l3_without_a_key_there_is_no_limit_and_with_one_there_are_its_seats(cast: Cast) -> None:
    devices = add_devices(cast.acme.id, 3)
    assert standing(cast).state is LicenceState.UNLIMITED
    first = add(cast, key(cast.acme, seats=2, plan="PREMIUM"))
    now = standing(cast)
    assert (now.state, now.plan.code) == (LicenceState.OVERENROLLED, "PREMIUM")
    assert [(one.plan.code, one.seats, one.used) for one in now.seats] == [("PREMIUM", 2, 3)]
    assert get_tenant_by_id(cast.acme.id).licence is LicenceState.OVERENROLLED
    with tenant_scope([cast.acme.id]):
        # A deleted device uses no seat (E10).
        Device.objects.filter(id=devices[0]).update(is_active=False)
    assert standing(cast).state is LicenceState.OK
    add(cast, key(cast.acme, seats=5))
    assert standing(cast).plan.code == "PREMIUM"
    moved = key(cast.acme, seats=3, plan="PREMIUM_PLUS")
    add_licence(
        actor=actor_of(cast.admin), tenant=cast.acme.id, text=moved, now=NOW, moves_all=True
    )
    assert [(one.plan.code, one.used) for one in standing(cast).seats][2:] == [("PREMIUM_PLUS", 2)]
    remove_licence(actor=actor_of(cast.admin), tenant=cast.acme.id, uid=first.uid, now=NOW)
    assert [row.licence.seats for row in standing(cast).keys] == [5, 3]
    with pytest.raises(NotFound):
        remove_licence(actor=actor_of(cast.admin), tenant=cast.acme.id, uid=first.uid, now=NOW)
    with tenant_scope([cast.acme.id]):
        of_tenant = Entry.objects.filter(tenant_id=cast.acme.id).order_by("id")
        verbs = list(of_tenant.values_list("verb", flat=True))
    added, removed = "licence.added", "licence.removed"
    changed = "plan.changed"
    assert verbs == [added, changed, added, added, changed, removed]


@pytest.mark.django_db
def test_l3_the_key_whose_end_suspends_stays_until_another_is_live(cast: Cast) -> None:
    boss, later = actor_of(cast.admin), NOW + 400 * DAY
    ended = add_licence(actor=boss, tenant=cast.acme.id, text=key(cast.acme), now=NOW)
    given = {"actor": boss, "tenant": cast.acme.id, "now": later}
    with pytest.raises(LicenceStays):
        remove_licence(uid=ended.uid, **given)
    add_licence(text=key(cast.acme, days=800), **given)
    assert remove_licence(uid=ended.uid, **given) == ended
    assert len(standing(cast).keys) == 1


@pytest.mark.django_db
def test_keys_that_do_not_fit_are_refused_and_change_nothing(cast: Cast) -> None:
    good = key(cast.acme)
    signed = public_key_of(b"x" * 32)
    assert LicenceSigner.objects.get().public_key != signed.hex()
    foreign = Licence(uuid4(), cast.acme.customer_id, "STANDARD", 1, NOW.date(), NOW.date())
    gone = key(cast.acme, plan="PREMIUM_PLUS")
    Plan.objects.filter(code="PREMIUM_PLUS").delete()
    refused = [
        (good[:-9], LicenceDamaged),
        (write_key(foreign, b"x" * 32), LicenceOfAnotherSigner),
        (key(cast.other), LicenceOfAnotherCustomer),
        (key(cast.acme, days=-1), LicenceEnded),
        (gone, UnknownPlan),
    ]
    for text, error in refused:
        with pytest.raises(error):
            add(cast, text)
    assert standing(cast).state is LicenceState.UNLIMITED
    add(cast, good)
    with pytest.raises(LicenceKnown):
        add(cast, good)
    assert len(standing(cast).keys) == 1


@pytest.mark.django_db
def test_who_may_and_who_may_not(cast: Cast) -> None:
    text = key(cast.acme)
    for user, error in ((cast.device_admin, Forbidden), (cast.outsider, NotFound)):
        with pytest.raises(error):
            add_licence(actor=actor_of(user), tenant=cast.acme.id, text=text, now=NOW)
    manager = make_manager(cast.acme, ManagingRole.MANAGING_ADMIN)
    add_licence(actor=actor_of(manager), tenant=cast.acme.id, text=text, now=NOW)
    assert standing(cast).keys[0].added_by == manager.email


@pytest.mark.django_db
def test_each_change_of_state_is_told_once_and_keys_before_they_end(cast: Cast) -> None:
    add(cast, key(cast.acme, seats=1, days=40))
    assert told(cast) == []
    add_devices(cast.acme.id, 2)
    for days in (0, 1, 10, 11, 34, 41, 42):
        watch(cast, NOW + days * DAY)
    assert told(cast) == [
        "LICENCE_OVERENROLLED",
        "LICENCE_ENDS",
        "LICENCE_ENDS",
        "LICENCE_SUSPENDED",
    ]
    assert standing(cast, NOW + 41 * DAY).state is LicenceState.SUSPENDED
    add(cast, key(cast.acme, seats=9), NOW + 42 * DAY)
    assert told(cast)[4:] == ["LICENCE_IN_ORDER"]
    # The clock leaves those alone that never had a key.
    watch_licences()


@pytest.mark.django_db
def test_plans_are_the_operators(cast: Cast) -> None:
    vendor, operator = make_vendor()
    change = {"actor": actor_of(operator), "vendor": vendor.id, "now": NOW}
    plan = PlanRow("GOLD", " Gold ", 5, ("SERVICE", "RESELL"))
    assert change_plan(plan=plan, **change)
    assert not change_plan(plan=plan, **change)
    assert list_plans()[0] == PlanRow("GOLD", "Gold", 5, ("RESELL", "SERVICE"))
    for wrong in (PlanRow("gold", "Gold", 5), PlanRow("GOLD", " ", 5), PlanRow("GOLD", "G", 1000)):
        with pytest.raises(BadPlan):
            change_plan(plan=wrong, **change)
    with pytest.raises(NotFound):
        change_plan(plan=plan, actor=actor_of(cast.admin), vendor=vendor.id, now=NOW)
    add(cast, key(cast.acme, plan="GOLD"))
    counts = count_licensing(actor=actor_of(operator), vendor=vendor.id)
    assert counts["GOLD"] == {LicenceState.OK: 1}


@pytest.mark.django_db
def test_the_command_line_issues_and_shows(cast: Cast) -> None:
    options = ["--customer", cast.acme.customer_id, "--seats", "7", "--ends", "2099-12-31"]
    made = CliRunner().invoke(command, ["issue", *options])
    assert made.exit_code == 0, made.output
    text = made.output.strip()
    shown = CliRunner().invoke(command, ["show", text]).output
    assert "Seats     7" in shown
    assert "by this installation" in shown
    changed = CliRunner().invoke(command, ["show", f"{text[:-4]}AAAA"]).output
    assert "changed after it was signed" in changed
    LicenceSigner.objects.update(public_key=public_key_of(b"x" * 32).hex())
    assert "not by this" in CliRunner().invoke(command, ["show", text]).output
    assert Entry.objects.filter(verb="licence.issued", tenant=None).count() == 1
    vendor, _ = make_vendor()
    for tenant, plan, days, error in (
        (vendor, "STANDARD", 1, NotFound),
        (cast.acme, "NONE", 1, UnknownPlan),
        (cast.acme, "STANDARD", -401, BadLicence),
    ):
        with pytest.raises(error):
            key(tenant, plan=plan, days=days)


def both_added() -> object:
    """The last day that is kept, of two keys that are added at once."""
    cast = make_cast()
    long, short = key(cast.acme, days=300), key(cast.acme, days=100)
    at_once([cast.acme.id], lambda: add(cast, long), lambda: add(cast, short))
    assert len(standing(cast).keys) == 2
    return get_tenant_by_id(cast.acme.id).licensed_until


def test_two_keys_at_once_both_count(fresh_database: FreshDatabase) -> None:
    assert both_added() == (NOW + 300 * DAY).date()


def test_control_without_the_lock_one_is_lost(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding, "locked", lambda tenant: adding.Tenant.objects.get(id=tenant))
    assert both_added() == (NOW + 100 * DAY).date()


def two_signers() -> int:
    """How many of two keys, issued at once with the first of all, count."""
    cast = make_cast()
    texts: list[str] = []
    at_once([], lambda: texts.append(key(cast.acme)), lambda: texts.append(key(cast.acme)))
    for text in texts:
        add(cast, text)
    return len(standing(cast).keys)


def test_two_that_issue_the_first_key_at_once_sign_alike(fresh_database: FreshDatabase) -> None:
    assert two_signers() == 2
