"""Texts of Django and allauth that the catalogue words anew: pages speak with one voice."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from fleetward.kernel.texts import N_

BORROWED = (
    N_("Email"),
    N_("Email address"),
    N_("Enter a valid email address."),
    pgettext_lazy("abbrev. month", "Jan."),
    pgettext_lazy("abbrev. month", "Feb."),
)
