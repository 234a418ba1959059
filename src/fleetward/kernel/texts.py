"""The mark for text that a pure module holds in English and a door translates."""

from __future__ import annotations


def N_(text: str) -> str:  # noqa: N802 - the keyword that xgettext is told to look for
    """Mark `text` for translation and return it as it is."""
    return text
