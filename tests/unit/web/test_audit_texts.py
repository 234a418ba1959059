"""Entries of the trail in words."""

from __future__ import annotations

from django.utils import translation

from fleetward.audit.contracts import Verb
from fleetward.web.audit_texts import TEXTS, details_text


def test_each_verb_has_words() -> None:
    assert set(TEXTS) == set(Verb)


def test_what_changed_is_shown_from_before_to_after() -> None:
    assert (
        details_text({"expiring_days": {"before": 180, "after": 90}})
        == "Days for Expiring: 180 → 90"
    )
    both = {"before": {"role": "A", "on": True}, "after": {"role": "B", "on": True}}
    assert details_text(both) == "Role: A → B"


def test_values_are_plain_and_digests_short() -> None:
    details = {"new_secrets": ["client_secret"], "name": "", "digest": "a" * 64, "n": 12_000}
    assert details_text(details) == ("New secrets: Client secret; Digest: aaaaaaaaaaaa…; n: 12,000")
    assert details_text({}) == ""


def test_fields_and_reasons_have_words_in_french_too() -> None:
    details = {"fields": ["asset_tag"], "failed_by_reason": {"QUOTA_REACHED": 2}}
    with translation.override("fr"):
        told = details_text(details)
    assert "_" not in told
    assert told.startswith("Champs\N{NO-BREAK SPACE}: ")
