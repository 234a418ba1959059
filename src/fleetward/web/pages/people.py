"""Settings > Users > from a file: a list is read, shown with what would become of each row, and
then done (L2). And access for those who were only listed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.access.queries import reach_of
from fleetward.infra.downloads import download_pieces
from fleetward.infra.files.csv_writer import csv_lines
from fleetward.kernel.errors import DomainError, NotFound
from fleetward.tenancy.contracts import roles_in
from fleetward.tenancy.people.actions import add_people, give_access, read_people
from fleetward.tenancy.people.contracts import (
    GOOD,
    MOST_PEOPLE,
    Person,
    PersonLine,
    PersonOutcome,
    RoleWord,
)
from fleetward.tenancy.people.queries import previewed
from fleetward.tenancy.roles.queries import list_choices
from fleetward.web.components import cells
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import Crumb, Tone
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.mail import is_mail_configured
from fleetward.web.render import render_page
from fleetward.web.role_texts import LABELS, read_choice

ROWS, MOST_SHOWN = "rows", 200
OUTCOMES = {
    PersonOutcome.LET_IN: (gettext_lazy("New user or invitation"), Tone.GOOD, "user-plus"),
    PersonOutcome.ADDED: (gettext_lazy("New user"), Tone.GOOD, "user-plus"),
    PersonOutcome.INVITED: (gettext_lazy("Invitation"), Tone.GOOD, "mail"),
    PersonOutcome.LISTED: (gettext_lazy("Listed, without access"), Tone.INFO, "user"),
    PersonOutcome.ALREADY_USER: (gettext_lazy("Already a user"), Tone.QUIET, "check"),
    PersonOutcome.DUPLICATE_ROW: (gettext_lazy("Duplicate row"), Tone.QUIET, "copy"),
    PersonOutcome.BAD_EMAIL: (gettext_lazy("No email address"), Tone.BAD, "x"),
    PersonOutcome.UNKNOWN_ROLE: (gettext_lazy("Unknown role"), Tone.BAD, "x"),
    PersonOutcome.BEYOND_OWN_RIGHTS: (
        gettext_lazy("The role may more than your own"),
        Tone.BAD,
        "lock",
    ),
    PersonOutcome.NO_MAIL: (
        gettext_lazy("No mail server: add this user with a first password"),
        Tone.BAD,
        "mail",
    ),
}
SAMPLE_HEADERS = ("Email", "First name", "Last name", "Role")


@tenant_page(Capability.MANAGE_USERS, step_up="people_new")
def new(visit: Visit) -> HttpResponseBase:
    """Send a list; what would become of each row is shown, and nothing is done yet."""
    file = visit.request.FILES.get("file")
    if visit.posted is None:
        return _upload_page(visit)
    if file is None:
        return _upload_page(visit, _("Choose a file."))
    try:
        people = read_people(actor=visit.actor, tenant=visit.tenant.id, chunks=file.chunks())
    except DomainError as error:
        return _upload_page(visit, in_a_line(error))
    lines = previewed(
        actor=visit.actor, tenant=visit.tenant.id, people=people, roles=list(_roles(visit))
    )
    return _lines_page(visit, lines, _("Check the list"), is_done=False)


@require_POST
@tenant_page(Capability.MANAGE_USERS, step_up="people_new")
def add(visit: Visit) -> HttpResponseBase:
    """Let in those of the list that was shown; each row is judged anew."""
    people = _read_rows(visit.request.POST.get(ROWS, ""))
    if not people:
        return redirect("people_new", customer_id=visit.tenant.customer_id)
    lines = add_people(
        actor=visit.actor,
        tenant=visit.tenant.id,
        people=people,
        roles=list(_roles(visit)),
        has_mail=is_mail_configured(),
        now=visit.now,
    )
    return _lines_page(visit, lines, _("What became of the list"), is_done=True)


@tenant_page(Capability.MANAGE_USERS)
def sample(visit: Visit) -> HttpResponseBase:
    """What a list may look like."""
    words = roles_in(visit.tenant.kind)
    rows = [
        ("ada@example.org", "Ada", "Lovelace", str(LABELS[words[0]])),
        ("grace@example.org", "Grace", "Hopper", str(LABELS[words[-1]])),
        ("alan@example.org", "Alan", "Turing", ""),
    ]
    return download_pieces(csv_lines(SAMPLE_HEADERS, rows), name=_("users") + ".csv")


@require_POST
@tenant_page(Capability.MANAGE_USERS, step_up="users")
def access(visit: Visit, uid: str) -> HttpResponseBase:
    """Give access to somebody who was only listed."""
    try:
        role = read_choice(visit.request.POST.get("role", ""))
        given = give_access(
            actor=visit.actor, tenant=visit.tenant.id, uid=str(uid), role=role, now=visit.now
        )
    except NotFound:
        raise
    except DomainError as error:
        messages.error(visit.request, in_a_line(error))
    except ValueError:
        messages.error(visit.request, _("Choose one of the roles offered."))
    else:
        text = _("%(email)s gets a mail with the way in, if a mail server is set up.")
        messages.success(visit.request, text % {"email": given.email})
    return redirect("users", customer_id=visit.tenant.customer_id)


def _roles(visit: Visit) -> Iterator[RoleWord]:
    """The roles of the tenant by their words and what they are called in both languages."""
    mine = reach_of(visit.actor.roles[visit.tenant.id])
    for role in roles_in(visit.tenant.kind):
        names = []
        for language in ("en", "fr"):
            with override(language):
                names.append(str(LABELS[role]))
        yield RoleWord((str(role), *names), role, reach_of(str(role)) <= mine)
    for row in list_choices(actor=visit.actor, tenant=visit.tenant.id):
        choice = read_choice(row.uid)
        yield RoleWord((row.name, row.uid), choice, row.permissions <= mine)


def _read_rows(text: str) -> list[Person]:
    """The rows as the page before has written them; none where somebody else wrote something."""
    try:
        found = [Person(int(n), str(e), str(m), str(r)) for n, e, m, r in json.loads(text)]
    except (ValueError, TypeError):
        return []
    return found[:MOST_PEOPLE]


def _upload_page(visit: Visit, error: str = "") -> HttpResponseBase:
    return render_page(
        visit,
        "settings/people_new.html",
        title=_("Users from a file"),
        nav="users",
        crumbs=(_crumb(visit),),
        status=422 if error else 200,
        context={"error": error, "most": number_text(MOST_PEOPLE)},
    )


def _lines_page(
    visit: Visit, lines: Sequence[PersonLine], title: str, *, is_done: bool
) -> HttpResponseBase:
    good = sum(line.outcome in GOOD for line in lines)
    rows = [[p.row_no, p.email, p.name, p.role] for p in (line.person for line in lines)]
    return render_page(
        visit,
        "settings/people.html",
        title=title,
        nav="users",
        crumbs=(_crumb(visit),),
        context={
            "grid": _table(lines),
            "is_done": is_done,
            "good": good,
            "rows": json.dumps(rows),
            "is_cut": len(lines) > MOST_SHOWN,
            "most": number_text(MOST_SHOWN),
        },
    )


def _table(lines: Sequence[PersonLine]) -> Table:
    """Those that are refused come first."""
    shown = sorted(lines, key=lambda line: (line.outcome in GOOD, line.person.row_no))
    count = ngettext("%(count)s row", "%(count)s rows", len(lines))
    return Table(
        caption=_("Rows of the list"),
        columns=(
            Column("row", _("Row"), "num"),
            Column("email", _("Email address"), "main"),
            Column("name", _("Name")),
            Column("role", _("Role")),
            Column("outcome", _("Outcome")),
        ),
        rows=tuple(_row(line) for line in shown[:MOST_SHOWN]),
        count=count % {"count": number_text(len(lines))},
    )


def _row(line: PersonLine) -> Row:
    label, tone, icon = OUTCOMES[line.outcome]
    person = line.person
    return Row(
        key=str(person.row_no),
        cells=(
            cells.text(str(person.row_no)),
            cells.text(person.email),
            cells.text(person.name),
            cells.text(person.role),
            cells.badge(label, tone, icon),
        ),
    )


def _crumb(visit: Visit) -> Crumb:
    return Crumb(_("Users"), reverse("users", args=[visit.tenant.customer_id]))


urlpatterns = [
    path("settings/users/from-file/", new, name="people_new"),
    path("settings/users/from-file/add/", add, name="people_add"),
    path("settings/users/from-file/sample.csv", sample, name="people_sample"),
    path("settings/users/<uuid:uid>/access/", access, name="user_access"),
]
