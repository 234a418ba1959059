"""Users from a list, each row for itself, and users without access (L2)."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from fleetward.audit.contracts import Verb
from fleetward.audit.queries import list_entries
from fleetward.identity.models import User
from fleetward.infra.files.errors import FileRefused, TooManyRows
from fleetward.infra.sql import fetch_text
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.tenancy.actions import accept_invitation, change_member
from fleetward.tenancy.contracts import LastAdmin, Role
from fleetward.tenancy.models import Invitation, Membership
from fleetward.tenancy.people.actions import (
    add_people,
    fresh_link,
    give_access,
    list_person,
    read_people,
)
from fleetward.tenancy.people.contracts import (
    EmailColumnMissing,
    NotWithoutAccess,
    Person,
    PersonOutcome,
    RoleWord,
)
from fleetward.tenancy.people.queries import judged, previewed
from fleetward.tenancy.queries import list_member_ids, list_members, roles_of_user
from tests.cast import NOW, Cast, actor_of, make_cast, make_user
from tests.plugins.database import FreshDatabase
from tests.races import at_once

ROLES = (
    RoleWord(("REPORT_ADMIN", "Report Admin"), Role.REPORT_ADMIN, may_give=True),
    RoleWord(("IT_ADMIN", "IT Admin"), Role.IT_ADMIN, may_give=False),
)
FILE = "E-Mail;Prénom;Nom;Rôle\r\nada@acme.example;Ada;Lovelace;report admin\r\n;;;\r\nx;;;\r\n"


def people(*rows: tuple[str, str]) -> list[Person]:
    return [Person(n, email, "", role) for n, (email, role) in enumerate(rows, 2)]


def add(cast: Cast, rows: Iterable[Person], *, has_mail: bool = True) -> list[PersonOutcome]:
    """As they end; before, they are judged, and end as it was said."""
    given = {"tenant": cast.acme.id, "people": list(rows), "roles": ROLES, "has_mail": has_mail}
    before = judged(actor=actor_of(cast.admin), **given)
    after = add_people(actor=actor_of(cast.admin), now=NOW, **given)
    assert after == before
    return [line.outcome for line in after]


def noted(cast: Cast, email: str = "driver@acme.example") -> User:
    uid = list_person(
        actor=actor_of(cast.admin), tenant=cast.acme.id, person=Person(1, email), now=NOW
    )
    return User.objects.get(uid=uid)


def give(cast: Cast, user: User, role: Role = Role.DEVICE_ADMIN) -> bool:
    let_in = give_access(
        actor=actor_of(cast.admin), tenant=cast.acme.id, uid=str(user.uid), role=role, now=NOW
    )
    return let_in.is_new_account


def jobs(name: str) -> int:
    return len(fetch_text("SELECT 1 FROM procrastinate_jobs WHERE task_name = %s", [name]))


def test_a_file_is_read_whatever_its_form(cast: Cast) -> None:
    found = read_people(
        actor=actor_of(cast.admin), tenant=cast.acme.id, chunks=[FILE.encode("cp1252")]
    )
    assert [(p.email, p.name, p.role) for p in found] == [
        ("ada@acme.example", "Ada Lovelace", "report admin"),
        ("x", "", ""),
    ]
    assert [p.row_no for p in found] == [2, 4]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"Name,Role\nAda,IT_ADMIN\n", EmailColumnMissing),
        (b"Email\n" + b"a@b.example\n" * 1_001, TooManyRows),
        (b"\x00\x01", FileRefused),
    ],
)
def test_a_file_that_is_no_list_is_refused(
    cast: Cast, content: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        read_people(actor=actor_of(cast.admin), tenant=cast.acme.id, chunks=[content])


def test_every_row_has_an_outcome_and_a_bad_one_stops_no_other(cast: Cast) -> None:
    rows = people(
        ("nonsense", "REPORT_ADMIN"),
        ("ada@acme.example", "Report admin"),
        ("ADA@acme.example", "REPORT_ADMIN"),
        (cast.reader.email, "REPORT_ADMIN"),
        (cast.outsider.email, "report_admin"),
        ("driver@acme.example", ""),
        ("boss@acme.example", "IT_ADMIN"),
        ("cook@acme.example", "Cook"),
    )
    assert add(cast, rows) == [
        PersonOutcome.BAD_EMAIL,
        PersonOutcome.ADDED,
        PersonOutcome.DUPLICATE_ROW,
        PersonOutcome.ALREADY_USER,
        PersonOutcome.INVITED,
        PersonOutcome.LISTED,
        PersonOutcome.BEYOND_OWN_RIGHTS,
        PersonOutcome.UNKNOWN_ROLE,
    ]
    assert roles_of_user(User.objects.get(email="ada@acme.example").id) == {
        cast.acme.id: "REPORT_ADMIN"
    }
    assert not User.objects.filter(email__in=["boss@acme.example", "cook@acme.example"]).exists()
    assert (jobs("web.send_password_link"), jobs("web.send_invitation")) == (1, 1)


def test_a_preview_does_not_tell_who_has_an_account(cast: Cast) -> None:
    rows = people(
        ("ada@acme.example", "Report admin"),
        (cast.outsider.email, "Report admin"),
        ("driver@acme.example", ""),
        ("boss@acme.example", "IT_ADMIN"),
    )
    given = {"tenant": cast.acme.id, "people": rows, "roles": ROLES}
    lines = previewed(actor=actor_of(cast.admin), **given)
    assert [line.outcome for line in lines] == [
        PersonOutcome.LET_IN,
        PersonOutcome.LET_IN,
        PersonOutcome.LISTED,
        PersonOutcome.BEYOND_OWN_RIGHTS,
    ]
    with pytest.raises(NotFound):
        previewed(actor=actor_of(cast.outsider), **given)


def test_the_same_list_again_lets_in_nobody_twice(cast: Cast) -> None:
    rows = people(("ada@acme.example", "REPORT_ADMIN"), ("driver@acme.example", ""))
    add(cast, rows)
    assert add(cast, rows) == [PersonOutcome.ALREADY_USER] * 2


def test_whom_somebody_lets_in_meanwhile_is_there_already(fresh_database: FreshDatabase) -> None:
    cast = make_cast()
    rows = people(("ada@acme.example", "REPORT_ADMIN"), ("driver@acme.example", ""))
    ends = []

    def add_them() -> None:
        given = {"tenant": cast.acme.id, "people": rows, "roles": ROLES, "has_mail": True}
        lines = add_people(actor=actor_of(cast.admin), now=NOW, **given)
        ends.append([line.outcome for line in lines])

    at_once([cast.acme.id], add_them, add_them)
    assert ends == [
        [PersonOutcome.ADDED, PersonOutcome.LISTED],
        [PersonOutcome.ALREADY_USER] * 2,
    ]
    assert jobs("web.send_password_link") == 1


def test_without_a_mail_server_a_new_account_is_refused(cast: Cast) -> None:
    rows = people(("ada@acme.example", "REPORT_ADMIN"), (cast.outsider.email, "REPORT_ADMIN"))
    assert add(cast, rows, has_mail=False) == [PersonOutcome.NO_MAIL, PersonOutcome.INVITED]


def test_the_link_of_a_mail_is_made_when_it_is_sent(cast: Cast) -> None:
    add(cast, people((cast.outsider.email, "REPORT_ADMIN")))
    system, user = system_actor("Tests", cast.acme.id), cast.outsider
    first = fresh_link(actor=system, tenant=cast.acme.id, user_id=user.id)
    second = fresh_link(actor=system, tenant=cast.acme.id, user_id=user.id)
    assert first is not None
    assert second is not None
    with pytest.raises(NotFound):
        accept_invitation(actor=actor_of(user), token=first.token, now=NOW)
    accept_invitation(actor=actor_of(user), token=second.token, now=NOW)
    assert fresh_link(actor=system, tenant=cast.acme.id, user_id=user.id) is None


def test_l2_who_is_only_listed_enters_nothing_and_is_told_nothing(cast: Cast) -> None:
    user = noted(cast)
    assert roles_of_user(user.id) == {}
    Membership.objects.filter(user=user).update(role=Role.IT_ADMIN)
    assert roles_of_user(user.id) == {}
    assert user.id not in list_member_ids(tenant=cast.acme.id, roles=[Role.IT_ADMIN])
    with pytest.raises(LastAdmin):
        change_member(
            actor=actor_of(cast.admin),
            tenant=cast.acme.id,
            uid=str(cast.admin.uid),
            role=Role.REPORT_ADMIN,
            now=NOW,
        )
    rows = {r.email: r for r in list_members(actor=actor_of(cast.admin), tenant=cast.acme.id)}
    assert not rows[user.email].has_access
    assert (jobs("web.send_password_link"), jobs("web.send_invitation")) == (0, 0)


def test_l2_of_whom_it_lists_a_tenant_reads_what_it_wrote(cast: Cast) -> None:
    User.objects.filter(id=cast.outsider.id).update(name="Olga Owner", last_login=NOW)
    given = {"actor": actor_of(cast.admin), "tenant": cast.acme.id, "now": NOW}
    for email, name in ((cast.outsider.email, " The driver "), ("new@acme.example", "N" * 130)):
        list_person(person=Person(1, email, name), **given)
    User.objects.filter(id=cast.outsider.id).update(is_active=False)
    rows = {r.email: r for r in list_members(actor=actor_of(cast.admin), tenant=cast.acme.id)}
    row = rows[cast.outsider.email]
    assert (row.name, row.signed_in_at, row.is_active) == ("The driver", None, True)
    assert rows["new@acme.example"].name == "N" * 120
    Membership.objects.filter(tenant_id=cast.acme.id, user=cast.outsider).update(has_access=True)
    rows = {r.email: r for r in list_members(actor=actor_of(cast.admin), tenant=cast.acme.id)}
    row = rows[cast.outsider.email]
    assert (row.name, row.signed_in_at, row.is_active) == ("Olga Owner", NOW, False)


def test_access_is_given_at_once_to_an_account_that_nobody_has_used(cast: Cast) -> None:
    user = noted(cast)
    assert give(cast, user)
    assert roles_of_user(user.id) == {cast.acme.id: "DEVICE_ADMIN"}
    verbs = [e.verb for e in list_entries(actor=actor_of(cast.admin), tenant=cast.acme.id).rows]
    assert verbs == [Verb.USER_ADDED, Verb.USER_LISTED]
    with pytest.raises(NotWithoutAccess):
        give(cast, user)


def test_whoever_has_an_account_is_asked_before_access_is_given(cast: Cast) -> None:
    user = noted(cast, cast.outsider.email)
    assert not give(cast, user)
    assert roles_of_user(user.id) == {cast.other.id: "IT_ADMIN"}
    with tenant_scope([cast.acme.id]):
        assert Invitation.objects.get(user=user).role == Role.DEVICE_ADMIN


def test_these_need_the_right_and_give_no_more_than_one_has(cast: Cast) -> None:
    user = noted(cast)
    given = {"tenant": cast.acme.id, "uid": str(user.uid), "role": Role.IT_ADMIN, "now": NOW}
    with pytest.raises(Forbidden):
        give_access(actor=actor_of(cast.reader), **given)
    with pytest.raises(NotFound):
        give_access(actor=actor_of(cast.outsider), **given)
    with pytest.raises(NotFound):
        give_access(actor=actor_of(cast.admin), **given | {"uid": str(make_user().uid)})
    for who, error in ((cast.reader, Forbidden), (cast.outsider, NotFound)):
        with pytest.raises(error):
            list_person(
                actor=actor_of(who), tenant=cast.acme.id, person=Person(1, "x@y.example"), now=NOW
            )
