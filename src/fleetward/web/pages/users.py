"""Settings > Users: add or invite, change role, disable, remove."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.config.env import env
from fleetward.identity.contracts import Newcomer
from fleetward.identity.queries import find_user
from fleetward.kernel.errors import DomainError, NotFound
from fleetward.tenancy.actions import (
    add_member,
    change_member,
    remove_member,
    renew_invitation,
    withdraw_invitation,
)
from fleetward.tenancy.contracts import (
    BeyondOwnRights,
    InvitationRow,
    LastAdmin,
    LetIn,
    MemberRow,
    roles_in,
)
from fleetward.tenancy.queries import list_invitations, list_members
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.mail import is_mail_configured, is_sent, send_invitation, send_password_link
from fleetward.web.render import render_page
from fleetward.web.role_texts import LABELS, TEXTS, choices_of, read_choice, role_label


class UserForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("Email address"), max_length=254)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, required=False)
    role = forms.ChoiceField(label=gettext_lazy("Role"))
    password = forms.CharField(
        label=gettext_lazy("First password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy(
            "At least 12 characters; the user must change it at the first sign-in. "
            "Leave it empty to send a link by email instead."
        ),
    )

    def __init__(
        self, roles: Sequence[tuple[str, str]], posted: QueryDict | None = None, **initial: object
    ) -> None:
        super().__init__(posted, initial=initial)
        cast(forms.ChoiceField, self.fields["role"]).choices = list(roles)


@dataclass(frozen=True, slots=True)
class MemberLine:
    """`roles`: what the reader may choose for this user, the present one among them; none where
    that one may more than the reader.
    """

    row: MemberRow
    role_label: str
    is_self: bool
    roles: Sequence[tuple[str, str]]

    @property
    def role_value(self) -> str:
        return self.row.custom.uid if self.row.custom else str(self.row.role)

    @property
    def may_change(self) -> bool:
        return any(value == self.role_value for value, _label in self.roles)

    @property
    def remove_id(self) -> str:
        return f"remove-{self.row.uid}"


@dataclass(frozen=True, slots=True)
class InvitationLine:
    row: InvitationRow
    role_label: str


@dataclass(frozen=True, slots=True)
class Handover:
    """A link that the admin passes on, because there is no mail server or it failed."""

    email: str
    link: str
    has_mail_failed: bool


def _lines(visit: Visit, roles: Sequence[tuple[str, str]]) -> list[MemberLine]:
    return [
        MemberLine(row, role_label(row.role, row.custom), row.user_id == visit.actor.user_id, roles)
        for row in list_members(actor=visit.actor, tenant=visit.tenant.id)
    ]


@tenant_page(Capability.SEE_USERS, step_up="users")
def users(visit: Visit) -> HttpResponseBase:
    """The users of a tenant."""
    return _page(visit)


def _page(
    visit: Visit,
    form: UserForm | None = None,
    *,
    handover: Handover | None = None,
    status: int = 200,
) -> HttpResponseBase:
    roles = choices_of(visit) if visit.may(Capability.MANAGE_USERS) else []
    invited = list_invitations(actor=visit.actor, tenant=visit.tenant.id, now=visit.now)
    return render_page(
        visit,
        "settings/users.html",
        title=_("Users"),
        nav="users",
        status=status,
        context={
            "members": _lines(visit, roles),
            "invitations": [
                InvitationLine(row, role_label(row.role, row.custom)) for row in invited
            ],
            "handover": handover,
            "form": form or UserForm(roles, role=roles_in(visit.tenant.kind)[-1]),
            "roles": [(LABELS[r], TEXTS[r]) for r in roles_in(visit.tenant.kind)],
            "may_manage": visit.may(Capability.MANAGE_USERS),
            "has_mail": is_mail_configured(),
        },
    )


@require_POST
@tenant_page(Capability.MANAGE_USERS, step_up="users")
def add(visit: Visit) -> HttpResponseBase:
    """Let a user in: a new account with a first password or a link, an old one by invitation."""
    form = UserForm(choices_of(visit), visit.request.POST)
    if not form.is_valid():
        return _page(visit, form, status=422)
    given = form.cleaned_data
    is_stuck = not given["password"] and not is_mail_configured()
    if is_stuck and find_user(given["email"]) is None:
        form.add_error("password", _("No mail server is set up, so give a first password."))
        return _page(visit, form, status=422)
    try:
        added = add_member(
            actor=visit.actor,
            tenant=visit.tenant.id,
            who=Newcomer(given["email"], given["name"], given["password"] or None),
            role=read_choice(given["role"]),
            now=visit.now,
        )
    except DomainError as error:
        form.add_error(None, in_a_line(error))
        return _page(visit, form, status=422)
    if not added.is_new_account:
        return _hand_over(visit, added)
    messages.success(visit.request, _("%(email)s is now a user.") % {"email": added.email})
    if not given["password"] and not is_sent(partial(send_password_link, added.user_id)):
        messages.error(
            visit.request,
            _(
                "The mail with the link to a first password could not be sent. "
                "When the mail server works, the user can ask for a link on the sign-in page."
            ),
        )
    return redirect("users", customer_id=visit.tenant.customer_id)


def _hand_over(visit: Visit, added: LetIn) -> HttpResponseBase:
    """By mail, or by the admin to whom the link is shown this once."""
    link = env().public_address(reverse("invitation", args=[added.token]))
    inviter = visit.actor.name
    mail = partial(send_invitation, added.email, link=link, tenant=visit.tenant, inviter=inviter)
    if not (is_mail_configured() and is_sent(mail)):
        return _page(visit, handover=Handover(added.email, link, is_mail_configured()))
    messages.success(
        visit.request, _("An invitation was sent to %(email)s.") % {"email": added.email}
    )
    return redirect("users", customer_id=visit.tenant.customer_id)


@require_POST
@tenant_page(Capability.MANAGE_USERS, step_up="users")
def remove(visit: Visit, uid: str) -> HttpResponseBase:
    """Let a user out of the tenant."""
    try:
        remove_member(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    except (BeyondOwnRights, LastAdmin) as error:
        messages.error(visit.request, in_a_line(error))
    else:
        messages.success(visit.request, _("The user was removed."))
    return redirect("users", customer_id=visit.tenant.customer_id)


@require_POST
@tenant_page(Capability.MANAGE_USERS, step_up="users")
def renew(visit: Visit, uid: str) -> HttpResponseBase:
    """Give an invitation a new link."""
    return _hand_over(
        visit,
        renew_invitation(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now),
    )


@require_POST
@tenant_page(Capability.MANAGE_USERS, step_up="users")
def withdraw(visit: Visit, uid: str) -> HttpResponseBase:
    """Take an invitation back."""
    withdraw_invitation(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    messages.success(visit.request, _("The invitation no longer works."))
    return redirect("users", customer_id=visit.tenant.customer_id)


@require_POST
@tenant_page(Capability.MANAGE_USERS, step_up="users")
def change(visit: Visit, uid: str) -> HttpResponseBase:
    """Give a user another role, or disable or enable the user.

    Each button leaves alone what it does not say: a page that was opened before somebody was
    disabled does not enable them again with a role, and none gives an earlier role back.
    """
    posted = visit.request.POST
    role, is_active = posted.get("role"), posted.get("is_active")
    try:
        change_member(
            actor=visit.actor,
            tenant=visit.tenant.id,
            uid=uid,
            role=None if role in (None, posted.get("was")) else read_choice(role),
            is_active=None if is_active is None else is_active == "1",
            now=visit.now,
        )
    except NotFound:
        raise
    except DomainError as error:
        messages.error(visit.request, in_a_line(error))
    except ValueError:
        messages.error(visit.request, _("Choose one of the roles offered."))
    else:
        messages.success(visit.request, _("Saved."))
    return redirect("users", customer_id=visit.tenant.customer_id)


urlpatterns = [
    path("settings/users/", users, name="users"),
    path("settings/users/add/", add, name="user_add"),
    path("settings/users/<uuid:uid>/", change, name="user_change"),
    path("settings/users/<uuid:uid>/remove/", remove, name="user_remove"),
    path("settings/users/invitations/<uuid:uid>/renew/", renew, name="invitation_renew"),
    path("settings/users/invitations/<uuid:uid>/withdraw/", withdraw, name="invitation_withdraw"),
]
