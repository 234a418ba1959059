"""Settings > Roles: what each role may, and roles of the tenant's own (L1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fleetward.access.contracts import Capability
from fleetward.access.queries import on_offer, reach_of
from fleetward.kernel.errors import ChangedMeanwhile, DomainError, NotFound
from fleetward.kernel.rights import BASIC
from fleetward.tenancy.contracts import roles_in
from fleetward.tenancy.roles.actions import change_role, delete_role, make_role
from fleetward.tenancy.roles.contracts import (
    DESCRIPTION_CHARACTERS,
    NAME_CHARACTERS,
    CustomRoleRow,
    RoleInput,
)
from fleetward.tenancy.roles.queries import get_custom_role, list_custom_roles
from fleetward.web.components.shapes import Crumb
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.pages.seen import Seen, behind, seen_by, seen_in
from fleetward.web.permission_texts import grouped, permission_text
from fleetward.web.render import render_page
from fleetward.web.role_texts import LABELS, TEXTS, choices_of, read_choice


@dataclass(frozen=True, slots=True)
class Line:
    """A permission, and which of the predefined roles have it."""

    text: str
    held: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A custom role. `may_change`: it may no more than the reader."""

    row: CustomRoleRow
    permissions: tuple[str, ...]
    may_change: bool


@dataclass(frozen=True, slots=True)
class Box:
    """A permission to tick. `is_fixed`: everybody has it. `is_beyond`: the reader lacks it."""

    value: str
    text: str
    is_chosen: bool
    is_fixed: bool
    is_beyond: bool


class RoleForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_CHARACTERS)
    description = forms.CharField(
        label=gettext_lazy("Description"), max_length=DESCRIPTION_CHARACTERS, required=False
    )
    permissions = forms.MultipleChoiceField(required=False)

    def __init__(self, visit: Visit, known: dict[str, object] | None = None) -> None:
        super().__init__(visit.posted, initial=known)
        offered = on_offer(visit.tenant.kind)
        field = cast(forms.MultipleChoiceField, self.fields["permissions"])
        field.choices = [(str(right), permission_text(right)) for right in offered]

    @property
    def chosen(self) -> frozenset[Capability]:
        return frozenset(Capability(word) for word in self.cleaned_data["permissions"])

    def boxes(self, visit: Visit) -> list[tuple[str, list[Box]]]:
        ticked = set(self["permissions"].value() or ())
        mine = _reach(visit)
        return [
            (heading, [_box(right, ticked, mine) for right in rights])
            for heading, rights in grouped(on_offer(visit.tenant.kind))
        ]


def _box(right: Capability, ticked: set[str], mine: frozenset[Capability]) -> Box:
    is_fixed = right in BASIC
    return Box(
        value=str(right),
        text=permission_text(right),
        is_chosen=is_fixed or str(right) in ticked,
        is_fixed=is_fixed,
        is_beyond=right not in mine,
    )


def _reach(visit: Visit) -> frozenset[Capability]:
    return reach_of(visit.actor.roles[visit.tenant.id])


@tenant_page(Capability.SEE_USERS)
def roles(visit: Visit) -> HttpResponseBase:
    """What each predefined role may, as a table, and the roles of the tenant's own."""
    words = roles_in(visit.tenant.kind)
    has_own = bool(on_offer(visit.tenant.kind))
    return render_page(
        visit,
        "settings/roles.html",
        title=_("Roles"),
        nav="roles",
        context={
            "predefined": [(str(word), LABELS[word], TEXTS[word]) for word in words],
            "width": len(words) + 1,
            "groups": list(_matrix([reach_of(str(word)) for word in words])),
            "own": list(_own(visit)),
            "has_own": has_own,
            "may_manage": has_own and visit.may(Capability.MANAGE_USERS),
            "is_partner": visit.may(Capability.SEE_CUSTOMERS),
        },
    )


def _matrix(held: list[frozenset[Capability]]) -> Iterator[tuple[str, list[Line]]]:
    for heading, rights in grouped(frozenset().union(*held)):
        yield (
            heading,
            [
                Line(permission_text(right), tuple(right in them for them in held))
                for right in rights
            ],
        )


def _own(visit: Visit) -> Iterator[OwnLine]:
    mine = _reach(visit)
    for row in list_custom_roles(actor=visit.actor, tenant=visit.tenant.id):
        words = [permission_text(r) for _heading, them in grouped(row.permissions) for r in them]
        yield OwnLine(row, tuple(words), row.permissions <= mine)


@tenant_page(Capability.MANAGE_USERS, step_up="roles")
def new(visit: Visit) -> HttpResponseBase:
    """Make a role, or a copy of one that is there."""
    if not on_offer(visit.tenant.kind):
        raise NotFound
    form = RoleForm(visit, _copied(visit, visit.request.GET.get("from", "")))
    if form.is_valid():
        given = form.cleaned_data
        role = RoleInput(given["name"], form.chosen, given["description"])
        try:
            make_role(actor=visit.actor, tenant=visit.tenant.id, role=role, now=visit.now)
        except DomainError as error:
            form.add_error(None, in_a_line(error))
        else:
            messages.success(visit.request, _("The role %(name)s was made.") % given)
            return redirect("roles", customer_id=visit.tenant.customer_id)
    return _form_page(visit, form, _("New role"))


def _copied(visit: Visit, word: str) -> dict[str, object]:
    """What a copy begins with: without those that the reader may not give."""
    names = {str(role): str(LABELS[role]) for role in roles_in(visit.tenant.kind)}
    if word in names:
        name, rights, description = names[word], reach_of(word), ""
    else:
        try:
            uid = UUID(word)
            row = get_custom_role(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
        except (ValueError, NotFound):
            return {}
        name, rights, description = row.name, row.permissions, row.description
    copied = [str(right) for right in rights & on_offer(visit.tenant.kind) & _reach(visit)]
    name = _("Copy of %(name)s") % {"name": name}
    return {"name": name[:NAME_CHARACTERS], "description": description, "permissions": copied}


@tenant_page(Capability.MANAGE_USERS, step_up="roles")
def role(visit: Visit, uid: UUID) -> HttpResponseBase:
    """Change a role of the tenant's own: its holders have it so with their next request."""
    row = get_custom_role(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    known: dict[str, object] = {
        "name": row.name,
        "description": row.description,
        "permissions": [str(right) for right in row.permissions],
    }
    form, seen = RoleForm(visit, known), seen_by(visit, row.updated_at)
    if form.is_valid():
        given = form.cleaned_data
        changes = given | {"permissions": form.chosen}
        try:
            change_role(
                actor=visit.actor,
                tenant=visit.tenant.id,
                uid=uid,
                changes=changes,
                now=visit.now,
                seen=seen_in(visit),
            )
        except ChangedMeanwhile as error:
            seen = behind(visit, form, error, row.updated_at)
        except NotFound:
            raise
        except DomainError as error:
            form.add_error(None, in_a_line(error))
        else:
            messages.success(visit.request, _("Saved. It holds from the next request on."))
            return redirect("roles", customer_id=visit.tenant.customer_id)
    return _form_page(visit, form, row.name, row=row, seen=seen)


def _form_page(
    visit: Visit,
    form: RoleForm,
    title: str,
    *,
    row: CustomRoleRow | None = None,
    seen: Seen | None = None,
) -> HttpResponseBase:
    status = seen.status_of(form) if seen else (422 if form.errors else 200)
    return render_page(
        visit,
        "settings/role.html",
        title=title,
        nav="roles",
        crumbs=(_crumb(visit),),
        status=status,
        context={"form": form, "boxes": form.boxes(visit), "row": row, "seen": seen},
    )


def _crumb(visit: Visit) -> Crumb:
    return Crumb(_("Roles"), reverse("roles", args=[visit.tenant.customer_id]))


class InsteadForm(forms.Form):
    instead = forms.ChoiceField(label=gettext_lazy("Their role from then on"))

    def __init__(self, visit: Visit, row: CustomRoleRow) -> None:
        super().__init__(visit.posted)
        if not row.members:
            del self.fields["instead"]
            return
        others = [(value, label) for value, label in choices_of(visit) if value != row.uid]
        cast(forms.ChoiceField, self.fields["instead"]).choices = others


@tenant_page(Capability.MANAGE_USERS, step_up="roles")
def delete(visit: Visit, uid: UUID) -> HttpResponseBase:
    """Delete a role of the tenant's own; whoever has it gets another one."""
    row = get_custom_role(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    form = InsteadForm(visit, row)
    if form.is_valid():
        instead = form.cleaned_data.get("instead")
        try:
            delete_role(
                actor=visit.actor,
                tenant=visit.tenant.id,
                uid=uid,
                instead=read_choice(instead) if instead else None,
                now=visit.now,
            )
        except NotFound:
            raise
        except DomainError as error:
            form.add_error(None, in_a_line(error))
        else:
            text = _("The role %(name)s was deleted.")
            messages.success(visit.request, text % {"name": row.name})
            return redirect("roles", customer_id=visit.tenant.customer_id)
    return render_page(
        visit,
        "settings/role_delete.html",
        title=_("Delete role %(name)s") % {"name": row.name},
        nav="roles",
        crumbs=(_crumb(visit),),
        status=422 if form.errors else 200,
        context={"form": form, "row": row},
    )


urlpatterns = [
    path("settings/roles/", roles, name="roles"),
    path("settings/roles/new/", new, name="role_new"),
    path("settings/roles/<uuid:uid>/", role, name="role"),
    path("settings/roles/<uuid:uid>/delete/", delete, name="role_delete"),
]
