"""Every code that a list can get has its words."""

from __future__ import annotations

from fleetward.devices.contracts import LIST_FIELDS, MOST_CHARACTERS, HintCode, Profile, Refusal
from fleetward.devices.models import Device
from fleetward.devices.texts import FIELD_LABELS, HINT_TEXTS, PROFILE_LABELS, REFUSAL_TEXTS


def test_each_code_has_words() -> None:
    assert set(REFUSAL_TEXTS) == set(Refusal)
    assert set(HINT_TEXTS) == set(HintCode)
    assert set(PROFILE_LABELS) == set(Profile)
    assert set(FIELD_LABELS) == {*LIST_FIELDS, "is_virtual", "plan"}


def test_limits_are_those_of_the_table() -> None:
    for field, most in MOST_CHARACTERS.items():
        assert Device._meta.get_field(field).max_length == most
