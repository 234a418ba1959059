"""Settings > Users: add, change role, disable."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.identity.contracts import Newcomer
from fleetward.kernel.errors import DomainError, NotFound
from fleetward.tenancy.actions import add_member, change_member
from fleetward.tenancy.contracts import MemberRow, Role
from fleetward.tenancy.queries import list_members
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import told
from fleetward.web.mail import is_mail_configured, send_first_password
from fleetward.web.render import render_page

ROLE_LABELS = {
    Role.IT_ADMIN: pgettext_lazy("role", "IT Admin"),
    Role.DEVICE_ADMIN: pgettext_lazy("role", "Device Admin"),
    Role.REPORT_ADMIN: pgettext_lazy("role", "Report Admin"),
}
ROLE_TEXTS = {
    Role.IT_ADMIN: gettext_lazy("Everything, including settings and users."),
    Role.DEVICE_ADMIN: gettext_lazy("Devices, imports and warranty, but no settings."),
    Role.REPORT_ADMIN: gettext_lazy("Reads and exports, changes nothing."),
}


class UserForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("Email address"), max_length=254)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, required=False)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=list(ROLE_LABELS.items()))
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


@dataclass(frozen=True, slots=True)
class MemberLine:
    row: MemberRow
    role_label: str
    is_self: bool


def _lines(visit: Visit) -> list[MemberLine]:
    return [
        MemberLine(row, str(ROLE_LABELS[row.role]), row.user_id == visit.actor.user_id)
        for row in list_members(actor=visit.actor, tenant=visit.tenant.id)
    ]


@tenant_page(Capability.SEE_USERS)
def users(visit: Visit) -> HttpResponseBase:
    """The users of a tenant."""
    return _page(visit, UserForm(initial={"role": Role.REPORT_ADMIN}))


def _page(visit: Visit, form: UserForm, status: int = 200) -> HttpResponseBase:
    return render_page(
        visit,
        "settings/users.html",
        title=_("Users"),
        nav="users",
        status=status,
        context={
            "members": _lines(visit),
            "form": form,
            "roles": [(str(r), ROLE_LABELS[r], ROLE_TEXTS[r]) for r in ROLE_LABELS],
            "may_manage": visit.may(Capability.MANAGE_USERS),
            "has_mail": is_mail_configured(),
        },
    )


@require_POST
@tenant_page(Capability.MANAGE_USERS, step_up="users")
def add(visit: Visit) -> HttpResponseBase:
    """Let a user in, with a first password or a link by e-mail."""
    form = UserForm(visit.request.POST)
    if not form.is_valid():
        return _page(visit, form, status=422)
    given = form.cleaned_data
    if not given["password"] and not is_mail_configured():
        form.add_error("password", _("No mail server is set up, so give a first password."))
        return _page(visit, form, status=422)
    try:
        is_new = add_member(
            actor=visit.actor,
            tenant=visit.tenant.id,
            who=Newcomer(given["email"], given["name"], given["password"] or None),
            role=Role(given["role"]),
            now=visit.now,
        )
    except DomainError as error:
        form.add_error(None, " ".join(told(error)))
        return _page(visit, form, status=422)
    if is_new and not given["password"]:
        send_first_password(visit.request, given["email"])
    messages.success(visit.request, _("%(email)s is now a user.") % {"email": given["email"]})
    return redirect("users", customer_id=visit.tenant.customer_id)


@require_POST
@tenant_page(Capability.MANAGE_USERS, step_up="users")
def change(visit: Visit, uid: str) -> HttpResponseBase:
    """Give a user another role, or disable or enable the user."""
    posted = visit.request.POST
    try:
        change_member(
            actor=visit.actor,
            tenant=visit.tenant.id,
            uid=uid,
            role=Role(posted.get("role", "")),
            is_active=posted.get("is_active") == "1",
            now=visit.now,
        )
    except NotFound:
        raise
    except DomainError as error:
        messages.error(visit.request, " ".join(told(error)))
    except ValueError:
        messages.error(visit.request, _("Choose one of the roles offered."))
    else:
        messages.success(visit.request, _("Saved."))
    return redirect("users", customer_id=visit.tenant.customer_id)


urlpatterns = [
    path("settings/users/", users, name="users"),
    path("settings/users/add/", add, name="user_add"),
    path("settings/users/<uuid:uid>/", change, name="user_change"),
]
