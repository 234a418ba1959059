"""Marks texts for the catalogue of translations; pages translate them when they show them.

Django's own `gettext_noop` does the same but wants configured settings at import.
"""

from __future__ import annotations


def gettext_noop(text: str) -> str:
    """The text itself."""
    return text
