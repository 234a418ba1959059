"""Names of countries in the reader's language, for forms and pages about companies."""

from __future__ import annotations

import unicodedata

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fleetward.devices.queries.pure import country_names


def country_choices() -> list[tuple[str, str]]:
    """For a form: none first, then all by name."""
    names = country_names(get_language() or "en")
    return [("", _("Not said")), *sorted(names.items(), key=lambda one: _plain(one[1]))]


def country_name(code: str) -> str:
    """Of a stored code; one that nobody knows is shown as it is."""
    return country_names(get_language() or "en").get(code, code)


def _plain(name: str) -> str:
    """Without accents, so that Égypte stands beside Équateur and before Fidji."""
    return unicodedata.normalize("NFD", name).encode("ascii", "ignore").decode().casefold()
