"""What a request may hold, whose turn it is, and names of files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetward.support.contracts import (
    NAME_CHARACTERS,
    BadSupportRequest,
    NewFile,
    NewMessage,
    NewRequest,
    RequestState,
    Side,
    Step,
    TooManyAttachments,
)
from fleetward.support.rules import (
    checked_message,
    checked_request,
    digest_of,
    safe_name,
    split_serials,
    state_after,
)


def asked(subject: str = "Help", text: str = "Please.", *serials: str) -> NewRequest:
    return NewRequest(subject, NewMessage(text), serials=serials)


def test_a_request_is_trimmed_and_each_serial_stands_once() -> None:
    found = checked_request(asked(" A \n b ", " c\r\nd ", " x1 ", "Y2", "X1", "", "y2"))
    assert (found.subject, found.message.text) == ("A b", "c\nd")
    assert found.serials == ("x1", "Y2")


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (asked(subject=" "), "subject"),
        (asked(subject="x" * 201), "subject"),
        (asked(subject="a\0b"), "subject"),
        (asked(text=" "), "text"),
        (asked(text="x" * 10_001), "text"),
        (asked("a", "b", "x" * 65), "serials"),
        (asked("a", "b", "x\x07y"), "serials"),
        (asked("a", "b", *map(str, range(501))), "serials"),
    ],
    ids=["none", "long", "nul", "no-text", "long-text", "long-serial", "control", "many"],
)
def test_what_cannot_be_is_refused_by_its_field(request_: NewRequest, field: str) -> None:
    with pytest.raises(BadSupportRequest) as error:
        checked_request(request_)
    assert error.value.field == field


def test_a_request_with_a_file_alone_still_says_what_is_needed() -> None:
    with pytest.raises(BadSupportRequest):
        checked_request(NewRequest("Help", NewMessage("", (NewFile("a", [b"a"]),))))


def test_closing_needs_no_word_and_a_message_does() -> None:
    assert checked_message(NewMessage(" "), Step.CLOSED).text == ""
    with pytest.raises(BadSupportRequest):
        checked_message(NewMessage(" "))
    with pytest.raises(TooManyAttachments):
        checked_message(NewMessage("a", (NewFile("a", []),) * 6))


def test_serials_of_a_field_stand_beside_or_below_one_another() -> None:
    assert split_serials(" a, b;c\n\td \r\n") == ("a", "b", "c", "d")


@pytest.mark.parametrize(
    ("side", "step", "state"),
    [
        (Side.TENANT, Step.MESSAGE, RequestState.OPEN),
        (Side.OPERATOR, Step.MESSAGE, RequestState.ANSWERED),
        (Side.TENANT, Step.CLOSED, RequestState.CLOSED),
        (Side.OPERATOR, Step.CLOSED, RequestState.CLOSED),
        (Side.TENANT, Step.REOPENED, RequestState.OPEN),
        (Side.OPERATOR, Step.REOPENED, RequestState.OPEN),
    ],
)
def test_whose_turn_it_is(side: Side, step: Step, state: RequestState) -> None:
    assert state_after(side, step) is state


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("summary.csv", "summary.csv"),
        (r"C:\Users\a\list.xlsx", "list.xlsx"),
        ("../../x", "x"),
        ('a"b:c*.csv', "a_b_c_.csv"),
        ("a\r\nb\u202egpj.exe", "abgpj.exe"),
        (" .. ", "file"),
        ("", "file"),
        ("x" * 300 + ".csv", "x" * 146 + ".csv"),
        ("x" * 300, "x" * 150),
        ("a." + "x" * 300, "a." + "x" * 148),
    ],
    ids=str,
)
def test_names_of_files_do_no_harm(given_: str, kept: str) -> None:
    assert safe_name(given_) == kept


@given(st.text())
def test_any_name_becomes_one_that_can_be_kept(name: str) -> None:
    safe = safe_name(name)
    assert 1 <= len(safe) <= NAME_CHARACTERS
    assert safe.isprintable() or safe == safe.strip()
    assert not set(safe) & set('/\\:*?"<>|\r\n\0')
    assert safe_name(safe) == safe


def test_a_digest_tells_where_a_part_ends() -> None:
    assert digest_of(("ab", "c")) != digest_of(("a", "bc"))
