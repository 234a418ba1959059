"""What refusals and hints of devices say, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext

from fleetward.devices.texts import HINT_TEXTS, REFUSAL_TEXTS, Advice

UNKNOWN = Advice("", "")


def refusal_told(code: str) -> Advice:
    return _translated(REFUSAL_TEXTS.get(code, UNKNOWN))


def hint_told(code: str) -> Advice:
    return _translated(HINT_TEXTS.get(code, UNKNOWN))


def _translated(advice: Advice) -> Advice:
    # An empty msgid would give the catalogue's header.
    return Advice(*(gettext(text) if text else "" for text in (advice.text, advice.fix)))
