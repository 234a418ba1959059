"""Entries of the trail in words."""

from __future__ import annotations

from dataclasses import fields

from django.utils import translation

from fleetward.audit.contracts import Verb
from fleetward.devices.bulk.contracts import BulkCounts
from fleetward.devices.imports.contracts import Outcome
from fleetward.tenancy.contracts import TenantSettings
from fleetward.warranty.contracts import Reason
from fleetward.warranty.queries.grid_filter import DeviceFilter
from fleetward.warranty.texts import OUTCOME_LABELS
from fleetward.web.audit_names import name_text
from fleetward.web.audit_texts import TEXTS, details_text
from fleetward.web.pages.devices_columns import SPECS


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


def test_everything_that_is_written_has_a_name() -> None:
    of_devices = {key for spec in SPECS for key in spec.file_keys}
    of_filters = set(DeviceFilter.__slots__) - {"text", "dynamic", "except_dynamic", "needed"}
    of_settings = {field.name for field in fields(TenantSettings)}
    ended = {str(outcome).lower() for outcome in Outcome} | set(BulkCounts.__slots__)
    asked = {*Reason, *OUTCOME_LABELS} - {""}
    written = of_devices | of_filters | of_settings | ended | asked
    assert {name for name in written if name_text(name) == name} == set()


def test_fields_and_reasons_have_words_in_french_too() -> None:
    details = {"fields": ["asset_tag"], "failed_by_reason": {"QUOTA_REACHED": 2}}
    with translation.override("fr"):
        told = details_text(details)
    assert "_" not in told
    assert told.startswith("Champs\N{NO-BREAK SPACE}: ")
