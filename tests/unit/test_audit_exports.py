"""An export of the chain by itself: whatever is done to it is found (L4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetward.audit.contracts import FileFlaw, FileReport
from fleetward.audit.rules import (
    FORM,
    GENESIS,
    MOST_TOLD,
    SEALED,
    chain_digest,
    export_end,
    export_head,
    export_link,
    verify_export,
)

NOW = "2026-11-22T12:00:00+00:00"


def entry(number: int, **more: object) -> dict[str, object]:
    fields: dict[str, object] = dict.fromkeys(SEALED[FORM], "")
    return fields | {"uid": f"e{number}", "at": NOW, "verb": "device.added", "details": {}, **more}


def export(entries: list[dict[str, object]], previous: str = GENESIS) -> list[bytes]:
    lines, digest = [export_head(chain="ACME", previous=previous, exported_at=NOW)], previous
    for one in entries:
        before, digest = digest, chain_digest(digest, one)
        lines.append(export_link(entry=one, form=FORM, previous=before, digest=digest))
    lines.append(export_end(entries=len(entries), digest=digest))
    return [line.encode() for line in lines]


FIVE = export([entry(number) for number in range(5)])


def found(lines: list[bytes], **given: str) -> list[tuple[FileFlaw, int, str]]:
    return [(one.what, one.line, one.entry) for one in verify_export(lines, **given).flaws]


def seals(lines: list[bytes]) -> list[str]:
    return [json.loads(line)["digest"] for line in lines[1:-1]]


def test_l4_an_untouched_export_is_whole() -> None:
    report = verify_export(FIVE)
    assert report == FileReport("ACME", GENESIS, seals(FIVE)[-1], 5, (), 0)
    assert report.is_whole


def test_a_part_of_a_chain_is_whole_by_itself() -> None:
    part = export([entry(7)], previous="a" * 64)
    assert verify_export(part).is_whole
    assert verify_export(part).previous == "a" * 64
    assert verify_export(export([])).is_whole


def edited(line: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    values = json.loads(line)
    change(values)
    return json.dumps(values).encode()


DAMAGES: dict[str, tuple[Callable[[list[bytes]], list[bytes]], list[tuple[FileFlaw, int, str]]]] = {
    "an entry was changed": (
        lambda x: [*x[:2], edited(x[2], lambda v: v["entry"].update(actor="mallory")), *x[3:]],
        [(FileFlaw.CHANGED, 3, "e1")],
    ),
    "an entry was changed and sealed anew": (
        lambda x: [*x[:2], *export([entry(1, actor="mallory")], seals(x)[0])[1:2], *x[3:]],
        [(FileFlaw.MISPLACED, 4, "e2")],
    ),
    "a field was added": (
        lambda x: [*x[:2], edited(x[2], lambda v: v["entry"].update(note="x")), *x[3:]],
        [(FileFlaw.CHANGED, 3, "e1")],
    ),
    "a seal was changed": (
        lambda x: [*x[:2], edited(x[2], lambda v: v.update(digest="0" * 64)), *x[3:]],
        [(FileFlaw.CHANGED, 3, "e1"), (FileFlaw.MISPLACED, 4, "e2")],
    ),
    "the form was changed": (
        lambda x: [*x[:2], edited(x[2], lambda v: v.update(form=1)), *x[3:]],
        [(FileFlaw.CHANGED, 3, "e1")],
    ),
    "a form that is none": (
        lambda x: [*x[:2], edited(x[2], lambda v: v.update(form=9)), *x[3:]],
        [(FileFlaw.CHANGED, 3, "e1")],
    ),
    "an entry was taken out": (
        lambda x: [*x[:2], *x[3:]],
        [(FileFlaw.MISPLACED, 3, "e2"), (FileFlaw.CUT_OFF, 6, "")],
    ),
    "two were swapped": (
        lambda x: [*x[:2], x[3], x[2], *x[4:]],
        [
            (FileFlaw.MISPLACED, 3, "e2"),
            (FileFlaw.MISPLACED, 4, "e1"),
            (FileFlaw.MISPLACED, 5, "e3"),
        ],
    ),
    "one was put in": (
        lambda x: [*x[:2], *export([entry(9)], seals(x)[0])[1:2], *x[2:]],
        [(FileFlaw.MISPLACED, 4, "e1"), (FileFlaw.CUT_OFF, 8, "")],
    ),
    "one stands twice": (
        lambda x: [*x[:3], *x[2:]],
        [(FileFlaw.MISPLACED, 4, "e1"), (FileFlaw.CUT_OFF, 8, "")],
    ),
    "the first were cut off": (
        lambda x: [x[0], *x[3:]],
        [(FileFlaw.MISPLACED, 2, "e2"), (FileFlaw.CUT_OFF, 5, "")],
    ),
    "the end was cut off": (lambda x: x[:-1], [(FileFlaw.CUT_OFF, 6, "")]),
    "the last were cut off, and the end kept": (
        lambda x: [*x[:4], x[-1]],
        [(FileFlaw.CUT_OFF, 5, "")],
    ),
    "half of a line": (
        lambda x: [*x[:2], x[2][:40]],
        [(FileFlaw.UNREADABLE, 3, ""), (FileFlaw.CUT_OFF, 3, "")],
    ),
    "something stands behind the end": (
        lambda x: [*x, x[1]],
        [(FileFlaw.AFTER_END, 8, "")],
    ),
    "an empty line": (lambda x: [*x[:2], b"\n", *x[2:]], [(FileFlaw.UNREADABLE, 3, "")]),
    "a name stands twice": (
        lambda x: [*x[:2], x[2].replace(b'"actor":""', b'"actor":"mallory","actor":""'), *x[3:]],
        [
            (FileFlaw.UNREADABLE, 3, ""),
            (FileFlaw.MISPLACED, 4, "e2"),
            (FileFlaw.CUT_OFF, 7, ""),
        ],
    ),
    "no number of JSON": (
        lambda x: [x[0], x[1].replace(b'"details":{}', b'"details":NaN'), x[-1]],
        [(FileFlaw.UNREADABLE, 2, ""), (FileFlaw.CUT_OFF, 3, "")],
    ),
    "half of a symbol": (
        lambda x: [x[0], x[1].replace(b'"actor":""', b'"actor":"\\ud800"'), x[-1]],
        [(FileFlaw.UNREADABLE, 2, ""), (FileFlaw.CUT_OFF, 3, "")],
    ),
    "the seal before was changed": (
        lambda x: [edited(x[0], lambda v: v.update(previous="1" * 64)), *x[1:]],
        [(FileFlaw.MISPLACED, 2, "e0")],
    ),
}


@pytest.mark.parametrize(("damage", "flaws"), DAMAGES.values(), ids=DAMAGES)
def test_l4_whatever_is_done_to_an_export_is_found(
    damage: Callable[[list[bytes]], list[bytes]], flaws: list[tuple[FileFlaw, int, str]]
) -> None:
    assert found(damage(list(FIVE))) == flaws
    assert not verify_export(damage(list(FIVE))).is_whole


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [b"\xff\xfe"],
        [b"[]\n"],
        [b'{"format":"other"}\n'],
        [FIVE[0].replace(b'"version":1', b'"version":2')],
        [b"[" * 100_000],
    ],
    ids=["empty", "bytes", "list", "other", "version", "deep"],
)
def test_what_is_no_export_is_called_so(lines: list[bytes]) -> None:
    assert found(lines)[0] == (FileFlaw.NO_EXPORT, 1, "")


def test_only_a_noted_digest_shows_what_was_cut_off_with_a_new_end() -> None:
    """The chain has no secret: who rewrites a file to its end makes one that is whole."""
    cut = export([entry(number) for number in range(3)])
    assert verify_export(cut).is_whole
    assert verify_export(FIVE, noted=seals(FIVE)[4]).is_whole
    assert verify_export(FIVE, noted=seals(FIVE)[1]).is_whole
    assert verify_export(FIVE, noted=GENESIS).is_whole
    assert found(cut, noted=seals(FIVE)[4]) == [(FileFlaw.NOTED_MISSING, 5, "")]


def test_problems_are_counted_and_the_first_are_told() -> None:
    lines = [FIVE[0], *[b"x"] * 50]
    report = verify_export(lines)
    assert (len(report.flaws), report.problems) == (MOST_TOLD, 51)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
ENTRIES = st.lists(
    st.builds(
        entry,
        st.integers(0, 9),
        actor=TEXTS,
        details=st.dictionaries(
            TEXTS, TEXTS | st.integers() | st.booleans() | st.none() | st.lists(TEXTS), max_size=3
        ),
    ),
    min_size=1,
    max_size=6,
)


@given(ENTRIES, st.data())
def test_any_change_of_lines_is_found(
    entries: list[dict[str, object]], data: st.DataObject
) -> None:
    lines = export(entries)
    assert verify_export(lines).is_whole
    at = data.draw(st.integers(0, len(lines) - 1))
    other = data.draw(st.integers(0, len(lines) - 1))
    kind = data.draw(st.sampled_from(["remove", "double", "swap", "cut"]))
    changed = list(lines)
    if kind == "remove":
        del changed[at]
    elif kind == "double":
        changed.insert(other, lines[at])
    elif kind == "swap":
        changed[at], changed[other] = changed[other], changed[at]
    else:
        changed = changed[:at]
    assert verify_export(changed).is_whole == (changed == lines)


@given(ENTRIES, st.data())
def test_any_other_byte_is_found_or_reads_the_same(
    entries: list[dict[str, object]], data: st.DataObject
) -> None:
    """Of the first line the name of the chain and the time of the export are sealed by nothing."""
    lines = export(entries)
    number = data.draw(st.integers(1, len(lines) - 1))
    at = data.draw(st.integers(0, len(lines[number]) - 1))
    byte = data.draw(st.integers(0, 255))
    changed = list(lines)
    changed[number] = lines[number][:at] + bytes([byte]) + lines[number][at + 1 :]
    if verify_export(changed).is_whole:
        assert json.loads(changed[number]) == json.loads(lines[number])
