"""What a door of sign-up needs to be opened (T13)."""

from __future__ import annotations

import pytest

from fleetward.tenancy.signing_up.contracts import Door
from fleetward.tenancy.signing_up.rules import problem_of

PAGE = "https://example.org/terms"


@pytest.mark.parametrize(
    ("door", "field"),
    [
        (Door(), ""),
        (Door(terms_url=PAGE), ""),
        (Door(True, "1", PAGE), ""),
        (Door(True, "1", "", "Be fair."), ""),
        (Door(True, "", PAGE), "terms_version"),
        (Door(False, "1" * 41), "terms_version"),
        (Door(True, "1"), "terms_text"),
        (Door(False, "1", "", "x" * 50_001), "terms_text"),
        (Door(False, "1", "http://example.org/terms"), "terms_url"),
        (Door(False, "1", "javascript:alert(1)"), "terms_url"),
        (Door(False, "1", "https://"), "terms_url"),
        (Door(False, "1", "https://[::1/terms"), "terms_url"),
        (Door(False, "1", f"{PAGE}/{'x' * 500}"), "terms_url"),
    ],
)
def test_t13_a_door_opens_with_terms_and_their_version(door: Door, field: str) -> None:
    problem = problem_of(door)
    assert (problem[0] if problem else "") == field
