"""Tenant settings: Customer ID, name, time zone, language, Expiring, scheduled runs,
reminders, archive.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fleetward.access.contracts import Capability
from fleetward.tenancy.actions import adjust_settings
from fleetward.tenancy.contracts import (
    ARCHIVE_DAYS,
    BadSetting,
    SettingsOvertaken,
    TenantRow,
)
from fleetward.tenancy.queries import get_tenant
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.render import render_page

# Numbers of at most three digits, with commas or spaces between them.
DAYS = r"^[0-9]{1,3}([,; ]+[0-9]{1,3})*$"
NUMBER = re.compile("[0-9]+")
RECOMMENDED_DAYS = 90
# Before the names of hidden fields with what the page showed when it was opened: fields that nobody
# changed must not undo what others have set.
SEEN = "seen"


def _archive_choices() -> list[tuple[str, str]]:
    return [(str(days), _archive_label(days)) for days in ARCHIVE_DAYS]


def _archive_label(days: int) -> str:
    if not days:
        return _("Never")
    if days == RECOMMENDED_DAYS:
        return _("After %(n)s days (recommended)") % {"n": days}
    return _("After %(n)s days") % {"n": days}


class SettingsForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=[(zone, zone) for zone in sorted(zoneinfo.available_timezones())],
        help_text=gettext_lazy("Decides when a day ends, and with it a warranty."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=[("en", "English"), ("fr", "Français")],
        help_text=gettext_lazy(
            "Of pages and emails, for users who have not chosen one themselves."
        ),
    )
    expiring_days = forms.IntegerField(
        label=gettext_lazy("Expiring begins"),
        min_value=1,
        max_value=730,
        help_text=gettext_lazy("Days before the end of coverage."),
    )
    has_scheduled_runs = forms.BooleanField(
        label=gettext_lazy("Look devices up again at night"),
        required=False,
        help_text=gettext_lazy(
            "Between 1 and 6 o'clock, each device when it is due: every 3 days near the end of its "
            "coverage, every 60 days more than a year before, the day after a failure."
        ),
    )
    reminder_days = forms.RegexField(
        label=gettext_lazy("Reminders"),
        regex=DAYS,
        required=False,
        max_length=60,
        help_text=gettext_lazy(
            "Days before the end of coverage on which IT Admins and Device Admins are told, "
            "such as 90, 30, 7. Empty: never."
        ),
    )

    archive_days = forms.TypedChoiceField(
        label=gettext_lazy("Archive deleted devices"),
        choices=_archive_choices,
        coerce=int,
        help_text=gettext_lazy(
            "How long a deleted device stays among the deleted ones before it is archived. "
            "Archived devices leave the list of deleted ones, stay findable and can be restored."
        ),
    )

    def clean_reminder_days(self) -> tuple[int, ...]:
        """The numbers, the earliest reminder first."""
        return tuple(
            sorted(map(int, NUMBER.findall(self.cleaned_data["reminder_days"])), reverse=True)
        )


@tenant_page(Capability.MANAGE_SETTINGS)
def general(visit: Visit) -> HttpResponseBase:
    """Show the settings, or save them."""
    present = _present(visit.tenant)
    if visit.request.method != "POST":
        shown = SettingsForm(initial=present, prefix=SEEN)
        return _page(visit, SettingsForm(initial=present), shown)
    form = SettingsForm(visit.request.POST)
    shown = SettingsForm(visit.request.POST, prefix=SEEN)
    seen = _seen(shown)
    if not form.is_valid():
        return _page(visit, form, shown, status=422)
    changes = {
        name: value
        for name, value in form.cleaned_data.items()
        if name not in seen or value != seen[name]
    }
    try:
        adjust_settings(
            actor=visit.actor, tenant=visit.tenant.id, changes=changes, seen=seen, now=visit.now
        )
    except SettingsOvertaken as error:
        return _overtaken(visit, form, changes, error)
    except BadSetting as error:
        form.add_error(None, in_a_line(error))
        return _page(visit, form, shown, status=422)
    messages.success(visit.request, _("Settings saved."))
    return redirect("tenant_settings", customer_id=visit.tenant.customer_id)


def _present(tenant: TenantRow) -> dict[str, Any]:
    """The settings as the fields show them."""
    return {
        "name": tenant.name,
        **asdict(tenant.settings),
        "reminder_days": ", ".join(map(str, tenant.settings.reminder_days)),
    }


def _seen(shown: SettingsForm) -> dict[str, Any]:
    """The settings as they were when the page was opened, as far as the form has brought them."""
    shown.is_valid()
    return {
        name: value
        for name, value in shown.cleaned_data.items()
        if shown.add_prefix(name) in shown.data
    }


def _overtaken(
    visit: Visit, typed: SettingsForm, changes: Iterable[str], error: SettingsOvertaken
) -> HttpResponseBase:
    """What was typed, beside what others have set; whoever saves that again means it."""
    tenant = get_tenant(actor=visit.actor, customer_id=visit.tenant.customer_id)
    present = _present(tenant)
    form = SettingsForm({**present, **{name: typed[name].value() for name in changes}})
    form.add_error(None, in_a_line(error))
    for name in error.names:
        told = _("Meanwhile it was set to: %(value)s") % {"value": _words(form, name, present)}
        form.add_error(name, told)
    return _page(visit, form, SettingsForm(initial=present, prefix=SEEN), status=409)


def _words(form: SettingsForm, name: str, present: Mapping[str, Any]) -> str:
    """A value as the reader finds it among the choices."""
    choices, value = dict(getattr(form.fields[name], "choices", ())), str(present[name])
    return str(choices.get(value, value)) or _("none")


def _page(
    visit: Visit, form: SettingsForm, shown: SettingsForm, status: int = 200
) -> HttpResponseBase:
    return render_page(
        visit,
        "settings/general.html",
        title=_("Tenant settings"),
        nav="tenant",
        status=status,
        context={"form": form, "shown": shown, "tenant": visit.tenant},
    )


urlpatterns = [path("settings/", general, name="tenant_settings")]
