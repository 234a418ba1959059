"""What a token of an identity provider must say, claim by claim."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fleetward.tenancy.sign_on.contracts import Metadata
from fleetward.tenancy.sign_on.rules import (
    basic,
    challenge_of,
    is_answer_to,
    issuer_in,
    issuer_of_many,
    problem_of,
    proven_email,
    question_url,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
AT = NOW.timestamp()
KEPT = {
    "issuer": "https://idp.example",
    "nonce": "n",
    "state": "s",
    "verifier": "v",
    "redirect_uri": "https://fleet.example/back",
    "at": AT,
}
RIGHT = {
    "iss": "https://idp.example",
    "aud": "me",
    "sub": "ada",
    "nonce": "n",
    "exp": AT + 60,
    "iat": AT,
    "auth_time": AT,
}


def test_the_challenge_is_that_of_the_standard() -> None:
    """RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize("state", ["é", "\ud800", "s ", ""])
def test_an_answer_has_the_state_of_its_question_whatever_was_sent(state: str) -> None:
    assert not is_answer_to(KEPT, {"state": state}, NOW)
    assert is_answer_to(KEPT, {"state": "s"}, NOW), "the control"


def test_what_is_right_is_accepted() -> None:
    assert problem_of(RIGHT, KEPT, "me", NOW) == ""
    assert problem_of({**RIGHT, "aud": ["me", "you"], "azp": "me"}, KEPT, "me", NOW) == ""
    assert problem_of(RIGHT, {**KEPT, "is_anew": True}, "me", NOW) == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", "https://idp.example/"),
        ("aud", "you"),
        ("aud", None),
        ("aud", []),
        ("nonce", "m"),
        ("nonce", None),
        ("exp", AT - 61),
        ("exp", None),
        ("exp", True),
        ("iat", AT + 61),
        ("iat", "now"),
        ("sub", ""),
        ("sub", 7),
        ("sub", "x" * 256),
        ("azp", "you"),
    ],
)
def test_each_claim_is_looked_at(name: str, value: object) -> None:
    assert problem_of({**RIGHT, name: value}, KEPT, "me", NOW) == name


def test_of_many_audiences_one_must_be_meant() -> None:
    assert problem_of({**RIGHT, "aud": ["me", "you"]}, KEPT, "me", NOW) == "azp"


@pytest.mark.parametrize("auth_time", [None, AT - 61])
def test_whoever_proves_it_anew_has_just_done_so(auth_time: float | None) -> None:
    claims = {**RIGHT, "auth_time": auth_time}
    assert problem_of(claims, {**KEPT, "is_anew": True}, "me", NOW) == "auth_time"
    assert problem_of(claims, KEPT, "me", NOW) == ""


def test_ids_and_secrets_are_encoded_before_they_are_joined() -> None:
    assert basic("a:b", "c d%") == "Basic YSUzQWI6YyUyMGQlMjU="


def test_an_address_with_a_query_keeps_it() -> None:
    where = Metadata("https://idp.example/auth?tenant=1", "", "")
    assert question_url(where, "me", KEPT).startswith("https://idp.example/auth?tenant=1&resp")


def test_an_address_counts_only_where_the_provider_vouches_for_it() -> None:
    email = "ada@acme.example"
    for proof in ({"email_verified": True}, {"xms_edov": True}, {"xms_edov": "1"}, {"xms_edov": 1}):
        assert proven_email({"email": email, **proof}) == email, proof
    for no_proof in ({}, {"email_verified": "true"}, {"email_verified": False}, {"xms_edov": "0"}):
        assert proven_email({"email": email, **no_proof}) == "", no_proof
    assert proven_email({"email_verified": True}) == ""


def test_a_provider_of_many_organisations_is_one_for_each() -> None:
    """Otherwise one organisation could speak for another."""
    one = "https://login.example/8f2c-11/v2.0"
    many = issuer_of_many("https://login.example/common/v2.0")
    assert many == "https://login.example/{tenantid}/v2.0"
    assert issuer_of_many(one) == one
    assert issuer_in(one, {"tid": "other"}) == one
    assert issuer_in(many, {"tid": "8f2c-11"}) == one
    for bad in ({}, {"tid": 7}, {"tid": ""}, {"tid": "../x"}, {"tid": "a/b"}):
        assert issuer_in(many, bad) == many, bad
