"""Tenant settings: Customer ID, name, time zone, language, Expiring, scheduled runs,
reminders, archive.
"""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import asdict

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fleetward.access.contracts import Capability
from fleetward.kernel.errors import DomainError
from fleetward.tenancy.actions import change_settings
from fleetward.tenancy.contracts import ARCHIVE_DAYS, TenantSettings
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.render import render_page

# Numbers of at most three digits, with commas or spaces between them.
DAYS = r"^[0-9]{1,3}([,; ]+[0-9]{1,3})*$"
NUMBER = re.compile("[0-9]+")
RECOMMENDED_DAYS = 90


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
    tenant = visit.tenant
    if visit.request.method != "POST":
        present = {
            "name": tenant.name,
            **asdict(tenant.settings),
            "reminder_days": ", ".join(map(str, tenant.settings.reminder_days)),
        }
        return _page(visit, SettingsForm(initial=present))
    form = SettingsForm(visit.request.POST)
    if not form.is_valid():
        return _page(visit, form, status=422)
    given = dict(form.cleaned_data)
    try:
        change_settings(
            actor=visit.actor,
            tenant=tenant.id,
            name=given.pop("name"),
            settings=TenantSettings(**given),
            now=visit.now,
        )
    except DomainError as error:
        form.add_error(None, in_a_line(error))
        return _page(visit, form, status=422)
    messages.success(visit.request, _("Settings saved."))
    return redirect("tenant_settings", customer_id=tenant.customer_id)


def _page(visit: Visit, form: SettingsForm, status: int = 200) -> HttpResponseBase:
    return render_page(
        visit,
        "settings/general.html",
        title=_("Tenant settings"),
        nav="tenant",
        status=status,
        context={"form": form, "tenant": visit.tenant},
    )


urlpatterns = [path("settings/", general, name="tenant_settings")]
