"""Texts of Django and allauth that the catalogue words anew: pages speak with one voice."""

from __future__ import annotations

from fleetward.kernel.texts import N_

BORROWED = (N_("Email"), N_("Email address"), N_("Enter a valid email address."))
