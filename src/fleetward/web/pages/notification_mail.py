"""Notifications by e-mail: when a user wants them in a tenant, and the way out in each mail."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt

from fleetward.access.contracts import Capability
from fleetward.kernel.errors import NotFound
from fleetward.notifications.actions import choose_mail, stop_mail
from fleetward.notifications.contracts import MailChoice, MailWhen
from fleetward.notifications.queries import get_mail_choice
from fleetward.web.components.shapes import Crumb
from fleetward.web.door import Visit, tenant_page
from fleetward.web.mail import UNSUBSCRIBE, is_mail_configured
from fleetward.web.render import plain_shell, render_framed, render_page

HOW_LABELS = {
    MailWhen.OFF: gettext_lazy("Never"),
    MailWhen.AT_ONCE: gettext_lazy("At once"),
    MailWhen.DAILY: gettext_lazy("Once a day"),
    MailWhen.WEEKLY: gettext_lazy("Once a week, on Monday"),
}


class MailForm(forms.Form):
    """When mails are wanted."""

    how = forms.ChoiceField(
        label=gettext_lazy("Mail of what is new"),
        choices=[(str(how), HOW_LABELS[how]) for how in MailWhen],
        widget=forms.RadioSelect,
    )
    hour = forms.TypedChoiceField(
        label=gettext_lazy("Hour of the day"),
        choices=[(hour, f"{hour}:00") for hour in range(24)],
        coerce=int,
        help_text=gettext_lazy("In the time zone of the tenant; of no matter for mails at once."),
    )


@tenant_page(Capability.SEE_NOTIFICATIONS)
def mail(visit: Visit) -> HttpResponseBase:
    """Choose when notifications of this tenant come by e-mail."""
    known = get_mail_choice(actor=visit.actor, tenant=visit.tenant.id)
    form = MailForm(visit.posted, initial={"how": str(known.how), "hour": known.hour})
    if form.is_valid():
        given: dict[str, Any] = form.cleaned_data
        choose_mail(
            actor=visit.actor,
            tenant=visit.tenant.id,
            choice=MailChoice(MailWhen(given["how"]), given["hour"]),
            now=visit.now,
            zone=visit.tenant.settings.time_zone,
        )
        messages.success(visit.request, _("Your choice is saved."))
        return redirect("notifications", customer_id=visit.tenant.customer_id)
    home = reverse("notifications", args=[visit.tenant.customer_id])
    return render_page(
        visit,
        "notifications/mail.html",
        title=_("Notifications by e-mail"),
        nav="notifications",
        crumbs=[Crumb(_("Notifications"), home)],
        status=422 if form.errors else 200,
        context={"form": form, "back_href": home, "has_mail": is_mail_configured()},
    )


@csrf_exempt
def unsubscribe(request: HttpRequest, token: str) -> HttpResponseBase:
    """The way out of a mail, without sign-in: asked for by its link, done by its button.

    Mail programs send the same form of themselves (RFC 8058), so that it needs no token of a page:
    whoever has the mail may stop it, and nothing else.
    """
    try:
        tenant, user = signing.loads(token, salt=UNSUBSCRIBE)
    except (signing.BadSignature, ValueError):
        raise NotFound from None
    is_done = request.method == "POST"
    if is_done:
        stop_mail(tenant=tenant, user=user)
    return render_framed(
        request,
        "notifications/unsubscribe.html",
        shell=plain_shell(request, _("Notifications by e-mail")),
        context={"is_done": is_done},
    )


urlpatterns = [path("notifications/mail/", mail, name="notification_mail")]
