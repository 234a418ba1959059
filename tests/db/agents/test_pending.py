"""Machines registered beforehand (E8), domains (E9), last users and locations (E14)."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO

import pytest

from fleetward.agents.actions import (
    enrol,
    make_pin,
    purge_presence,
    read_machines,
    register_machines,
    remove_pending,
    set_domains,
    set_presence,
)
from fleetward.agents.contracts import (
    MOST_DOMAINS,
    MOST_MACHINES,
    Ask,
    BadDomain,
    BadPresenceDays,
    DomainNotListed,
    Enrolment,
    EnrolmentRefused,
    EnrolmentState,
    Machine,
    PendingKind,
    PinKind,
    TooManyMachines,
    UnreadableList,
)
from fleetward.agents.models import Presence, Refusals
from fleetward.agents.queries import find_agent, find_presence, get_settings, list_pending
from fleetward.agents.rules import read_pin
from fleetward.audit.models import Entry
from fleetward.devices.actions import delete_devices
from fleetward.infra.files.errors import (
    CellTooLong,
    DuplicateHeader,
    FileDamaged,
    FileEmpty,
    NulByte,
    RowTooLong,
    TooManyRows,
    UnclosedQuote,
)
from fleetward.infra.files.xlsx_writer import write_xlsx
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.tenancy.contracts import RelationState, Role
from fleetward.tenancy.models import Relation
from tests.cast import NOW, Cast, actor_of, make_tenant, make_user
from tests.db.agents.machines import ADDRESS, LATITUDE, Site, another, new_key, site

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours(cast: Cast) -> Site:
    return site(cast.acme)


@pytest.fixture
def touchless(cast: Cast, ours: Site) -> Site:
    """The same tenant by its zero-touch key, with one machine registered."""
    actor = actor_of(cast.admin)
    made = make_pin(actor=actor, tenant=cast.acme.id, now=NOW, kind=PinKind.ZERO_TOUCH)
    register(cast, Machine("Dell", "5xk2ql3"))
    return Site(cast.acme, made.pin)


def register(cast: Cast, *machines: Machine) -> None:
    actor = actor_of(cast.device_admin)
    rows = dict(enumerate(machines, start=1))
    register_machines(actor=actor, tenant=cast.acme.id, machines=rows, now=NOW)


def waiting(cast: Cast) -> dict[str, PendingKind]:
    found = list_pending(actor=actor_of(cast.device_admin), tenant=cast.acme.id).rows
    return {row.serial: row.kind for row in found}


def test_e8_a_registered_machine_enrols_without_a_pin(cast: Cast, touchless: Site) -> None:
    assert waiting(cast) == {"5XK2QL3": PendingKind.REGISTERED}
    assert touchless.enrol().state is EnrolmentState.ENROLLED
    assert waiting(cast) == {}


def test_e8_the_key_enrols_nothing_else_and_tells_nothing(cast: Cast, touchless: Site) -> None:
    told = set()
    for machine, pin in (
        (another("7YH2QL3"), touchless.pin),
        (replace(LATITUDE, manufacturer="Lenovo"), touchless.pin),
        (another("None"), touchless.pin),
        (LATITUDE, touchless.pin[:-1] + ("0" if touchless.pin[-1] != "0" else "1")),
    ):
        with pytest.raises(EnrolmentRefused) as refused:
            touchless.enrol(machine, pin=pin)
        told.add((str(refused.value), refused.value.fix))
    assert (len(told), touchless.devices()) == (1, [])
    # Who has the key cannot try serials without end.
    assert Refusals.objects.get(word=f"tenant:{cast.acme.id}").refused == 3


def test_e8_a_machine_that_left_the_list_enrols_no_second_time(touchless: Site) -> None:
    touchless.enrol()
    with pytest.raises(EnrolmentRefused):
        touchless.enrol()


def test_e8_another_key_replaces_the_present_one_and_leaves_the_pin(
    cast: Cast, ours: Site, touchless: Site
) -> None:
    actor = actor_of(cast.admin)
    make_pin(actor=actor, tenant=cast.acme.id, now=NOW, kind=PinKind.ZERO_TOUCH)
    with pytest.raises(EnrolmentRefused):
        touchless.enrol()
    assert ours.enrol().state is EnrolmentState.ENROLLED
    assert len(read_pin(touchless.pin)) == 26


def test_e8_a_machine_that_is_held_waits_and_may_ask_again(cast: Cast, touchless: Site) -> None:
    site(cast.other).enrol()
    for _ in range(2):
        assert touchless.enrol().state is EnrolmentState.HELD
    assert waiting(cast) == {"5XK2QL3": PendingKind.HELD}


def test_rows_that_cannot_be_machines_stop_no_other(cast: Cast) -> None:
    machines = {2: Machine("Dell", "0"), 4: Machine("Dell", "7YH2QL3"), 7: Machine("", "6GH2QL3")}
    asked = {"actor": actor_of(cast.admin), "tenant": cast.acme.id, "now": NOW}
    found = register_machines(**asked, machines=machines)  # type: ignore[arg-type]
    assert (found.added, found.known) == (1, 0)
    assert [(one.row, one.refusal) for one in found.refused] == [
        (2, "JUNK_SERIAL"),
        (7, "MISSING_MANUFACTURER"),
    ]
    again = register_machines(**asked, machines=machines)  # type: ignore[arg-type]
    assert (again.added, again.known, len(again.refused)) == (0, 1, 2)


def test_e8_more_machines_than_a_list_holds_are_refused(cast: Cast) -> None:
    with pytest.raises(TooManyMachines):
        register(cast, *[LATITUDE] * (MOST_MACHINES + 1))
    assert waiting(cast) == {}


@pytest.mark.parametrize(
    "data",
    [
        b"Manufacturer;Serial number\n\nDell;5XK2QL3\n\n",
        "Marque,N° de série\n,\nDell,5XK2QL3".encode("cp1252"),
        b"\xef\xbb\xbfSerial\tMake\tNote\r\n\r\n5XK2QL3\tDell\r\n",
        gzip.compress(b"Make,Serial\n\nDell,5XK2QL3"),
    ],
)
def test_a_list_is_read_as_imports_read_it(data: bytes) -> None:
    assert read_machines(data) == {3: Machine("Dell", "5XK2QL3")}


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", FileEmpty),
        (b"Make;Serial\n", FileEmpty),
        (b"5XK2QL3\n7YH2QL3", UnreadableList),
        (b'Make;Serial\n"Dell;5XK2QL3', UnclosedQuote),
        (b"Make;Serial;Serial\nDell;5XK2QL3;7YH2QL3", DuplicateHeader),
        (b"Make;Serial\nDell;5XK2QL3;7YH2QL3", RowTooLong),
        (b"Make;Serial\nDell;" + b"x" * 5_000, CellTooLong),
        (b"Make;Serial" + b"\nDell;5XK2QL3" * (MOST_MACHINES + 1), TooManyRows),
        (b"x" * 3_000_000, UnreadableList),
        (b"a\0b", NulByte),
    ],
    ids=lambda one: one.__name__ if isinstance(one, type) else "",
)
def test_a_list_that_cannot_be_read_is_refused(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_machines(data)


def test_a_separator_of_lines_that_only_unicode_knows_ends_no_row() -> None:
    found = read_machines("Make;Serial;Name\nDell;5XK2QL3;PC\u20281".encode())
    assert found == {2: Machine("Dell", "5XK2QL3", name="PC\u20281")}


def workbook(headers: list[str], *rows: list[str]) -> bytes:
    file = BytesIO()
    write_xlsx(file, headers, rows)
    return file.getvalue()


def test_a_workbook_is_read_as_imports_read_it() -> None:
    rows = ["5XK2QL3", "Dell", "kept"], ["7YH2QL3", "Dell", ""]
    told = workbook(["Serial number", "Make", "Note"], *rows)
    assert read_machines(told) == {2: Machine("Dell", "5XK2QL3"), 3: Machine("Dell", "7YH2QL3")}
    for bad, error in (
        (workbook(["Serial number", "Note"], ["5XK2QL3", ""]), UnreadableList),
        (b"PK\x03\x04 and no more", FileDamaged),
    ):
        with pytest.raises(error):
            read_machines(bad)


def test_what_is_removed_waits_no_more(cast: Cast, ours: Site) -> None:
    site(cast.other).enrol()
    made = ours.enrol()
    (row,) = list_pending(actor=actor_of(cast.admin), tenant=cast.acme.id).rows
    asked = {"tenant": cast.acme.id, "uids": [row.uid], "now": NOW}
    for who, error in ((cast.reader, Forbidden), (cast.outsider, NotFound)):
        with pytest.raises(error):
            remove_pending(actor=actor_of(who), **asked)  # type: ignore[arg-type]
    assert remove_pending(actor=actor_of(cast.admin), **asked) == 1  # type: ignore[arg-type]
    assert (find_agent(made.credential), waiting(cast)) == (None, {})
    with pytest.raises(NotFound):
        remove_pending(actor=actor_of(cast.admin), **asked)  # type: ignore[arg-type]


def test_one_that_is_removed_is_named_and_more_are_counted(cast: Cast) -> None:
    register(cast, *map(another, ("5XK2QL3", "7YH2QL3", "6GH2QL3")))
    actor = actor_of(cast.device_admin)
    uids = [row.uid for row in list_pending(actor=actor, tenant=cast.acme.id).rows]
    for some in (uids[:1], uids):
        remove_pending(actor=actor, tenant=cast.acme.id, uids=some, now=NOW)
    with tenant_scope([cast.acme.id]):
        told = Entry.objects.filter(verb="enrolment.pending_removed").order_by("id")
        assert [one.details for one in told] == [
            {"devices": 1, "serial": "7YH2QL3"},
            {"devices": 2},
        ]


def list_domains(cast: Cast, *domains: str) -> bool:
    actor = actor_of(cast.admin)
    return set_domains(actor=actor, tenant=cast.acme.id, domains=domains, now=NOW)


def from_domain(
    of: Site, domain: str, *, attended: bool = False, yes: bool = False, now: datetime = NOW
) -> Enrolment:
    machine = replace(LATITUDE, domain=domain)
    ask = Ask(of.pin, new_key(), machine, ADDRESS, is_attended=attended, confirms_domain=yes)
    return enrol(ask=ask, now=now)


@pytest.mark.parametrize("domain", ["acme.example", "ACME.example.", "lyon.acme.example"])
def test_e9_a_listed_domain_asks_nothing(cast: Cast, ours: Site, domain: str) -> None:
    list_domains(cast, "acme.example")
    assert from_domain(ours, domain).state is EnrolmentState.ENROLLED


@pytest.mark.parametrize("domain", ["", "globex.example", "notacme.example", "acme.example.org"])
def test_e9_another_domain_asks_and_fails_silently(cast: Cast, ours: Site, domain: str) -> None:
    list_domains(cast, "acme.example")
    with pytest.raises(DomainNotListed):
        from_domain(ours, domain, attended=True)
    assert waiting(cast) == {"5XK2QL3": PendingKind.DOMAIN}
    with pytest.raises(EnrolmentRefused):
        from_domain(ours, domain)
    # Nobody is there who could confirm.
    with pytest.raises(EnrolmentRefused):
        from_domain(ours, domain, yes=True)
    assert ours.devices() == []
    assert not Refusals.objects.exists()
    assert from_domain(ours, domain, attended=True, yes=True).device is not None
    assert waiting(cast) == {}


def test_e8_what_was_refused_for_its_domain_is_registered(cast: Cast, touchless: Site) -> None:
    list_domains(cast, "acme.example")
    pin = site(cast.acme).pin
    other = replace(another("7YH2QL3"), domain="globex.example")
    for machine in (other, replace(LATITUDE, domain="globex.example")):
        ask = Ask(pin, new_key(), machine, ADDRESS, is_attended=True)
        with pytest.raises(DomainNotListed):
            enrol(ask=ask, now=NOW)
    assert waiting(cast) == {"7YH2QL3": PendingKind.DOMAIN, "5XK2QL3": PendingKind.REGISTERED}
    rows = {1: Machine("Dell", "7YH2QL3"), 2: Machine("Dell", "5XK2QL3")}
    actor = actor_of(cast.admin)
    found = register_machines(actor=actor, tenant=cast.acme.id, machines=rows, now=NOW)
    assert (found.added, found.known) == (1, 1)
    (row, _) = list_pending(actor=actor, tenant=cast.acme.id).rows
    assert (row.kind, row.name, row.added_by) == (PendingKind.REGISTERED, "PC-1", actor.name)
    list_domains(cast, "globex.example")
    assert touchless.enrol(other).state is EnrolmentState.ENROLLED


def test_e9_an_unattended_refusal_is_in_the_logs_once_a_day(cast: Cast, ours: Site) -> None:
    list_domains(cast, "acme.example")
    later = NOW + timedelta(hours=25)
    for domain, now in (("globex.example", NOW), ("b.example", NOW), ("c.example", later)):
        with pytest.raises(EnrolmentRefused):
            from_domain(ours, domain, now=now)
    with tenant_scope([cast.acme.id]):
        told = Entry.objects.filter(verb="enrolment.domain_refused").order_by("id")
        assert [entry.details["domain"] for entry in told] == ["globex.example", "c.example"]
    (row,) = list_pending(actor=actor_of(cast.device_admin), tenant=cast.acme.id).rows
    assert (row.domain, row.created_at, row.updated_at) == ("c.example", NOW, later)


@pytest.mark.parametrize(
    "domain", ["", "acme example", "-acme.example", "a" * 300, "acme..example", "é" * 64]
)
def test_what_is_no_domain_is_refused(cast: Cast, domain: str) -> None:
    with pytest.raises(BadDomain):
        list_domains(cast, domain)
    assert get_settings(actor=actor_of(cast.admin), tenant=cast.acme.id).domains == ()


def test_e9_a_tenant_lists_so_many_domains_and_no_more(cast: Cast) -> None:
    every = [f"d{number}.example" for number in range(MOST_DOMAINS + 1)]
    with pytest.raises(BadDomain):
        list_domains(cast, *every)
    assert list_domains(cast, *every[1:], "D1.example.")


PERSON = replace(LATITUDE, user="ada@acme.example", location="Lyon")


def collect(cast: Cast, *, collects: bool = True, days: int = 30) -> bool:
    actor = actor_of(cast.admin)
    return set_presence(actor=actor, tenant=cast.acme.id, collects=collects, days=days, now=NOW)


def test_what_is_set_already_is_no_change_and_not_told_of(cast: Cast) -> None:
    for is_change in (True, False):
        assert list_domains(cast, "acme.example", "ACME.example.") is is_change
        assert collect(cast) is is_change
    with tenant_scope([cast.acme.id]):
        verbs = Entry.objects.order_by("id").values_list("verb", flat=True)
        assert list(verbs) == ["enrolment.domains_changed", "enrolment.presence_changed"]


def kept(of: Site) -> list[tuple[str, str]]:
    with tenant_scope([of.tenant.id]):
        return list(Presence.objects.values_list("user", "location"))


def test_e14_nothing_is_kept_until_it_is_switched_on(cast: Cast, ours: Site) -> None:
    ours.enrol(PERSON)
    assert (kept(ours), ours.device().assigned_user) == ([], "")
    collect(cast)
    ours.enrol(PERSON)
    assert kept(ours) == [("ada@acme.example", "Lyon")]
    found = find_presence(
        actor=actor_of(cast.reader), tenant=cast.acme.id, device=ours.device().uid
    )
    assert found is not None
    assert (found.user, found.location, found.seen_at) == ("ada@acme.example", "Lyon", NOW)


def test_e14_switched_off_it_is_deleted_at_once(cast: Cast, ours: Site) -> None:
    collect(cast)
    ours.enrol(PERSON)
    collect(cast, collects=False)
    assert kept(ours) == []


def test_e14_it_ages_out_also_of_what_was_deleted(cast: Cast, ours: Site) -> None:
    collect(cast, days=7)
    ours.enrol(PERSON)
    actor, uids = system_actor("Tests", cast.acme.id), [ours.device().uid]
    delete_devices(actor=actor, tenant=cast.acme.id, uids=uids, now=NOW)
    assert purge_presence(now=NOW + timedelta(days=6, hours=23)) == 0
    assert purge_presence(now=NOW + timedelta(days=7, hours=1)) == 1
    assert kept(ours) == []


def test_e14_only_the_tenants_own_admin_switches_it_on(cast: Cast) -> None:
    partner = make_tenant("Reseller", kind="PARTNER")
    manager = make_user(roles={partner.id: Role.PARTNER_ADMIN})
    Relation.objects.create(
        partner_id=partner.id,
        customer_id=cast.acme.id,
        state=RelationState.ACCEPTED,
        made_at=NOW,
    )
    asked = {"tenant": cast.acme.id, "collects": True, "days": 30, "now": NOW}
    with pytest.raises(Forbidden):
        set_presence(actor=actor_of(manager), **asked)  # type: ignore[arg-type]
    with pytest.raises(BadPresenceDays):
        collect(cast, days=366)


def test_e14_it_is_told_to_nobody_outside(cast: Cast, ours: Site) -> None:
    collect(cast)
    ours.enrol(PERSON)
    asked = {"device": ours.device().uid}
    with pytest.raises(NotFound):
        find_presence(actor=actor_of(cast.outsider), tenant=cast.acme.id, **asked)
    with pytest.raises(NotFound):
        find_presence(actor=actor_of(cast.outsider), tenant=cast.other.id, **asked)
