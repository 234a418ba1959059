"""The hash chain as a pure function, so that an export can be verified anywhere (L4)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fleetward.audit.contracts import FileFlaw, FileReport, FlawInFile

GENESIS = "0" * 64
# The fields of an entry that a seal vouches for. A form never changes, or its seals would not
# verify any more; another set of fields is another form.
_FIRST = ("uid", "at", "actor", "verb", "subject", "details", "request_id", "address")
SEALED: Mapping[int, tuple[str, ...]] = {1: _FIRST, 2: (*_FIRST, "actor_kind")}
FORM = 2


def chain_digest(previous: str, entry: Mapping[str, object]) -> str:
    """SHA-256 over the digest before and the entry as canonical JSON (sorted keys, no spaces)."""
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


# A verifiable export: JSON lines, of which the first says what it is, the last how it ends.
EXPORT, VERSION = "fleetward-audit-export", 1
_HEAD = {"format", "version", "chain", "previous", "exported_at"}
_LINK = {"entry", "form", "previous", "digest"}
MOST_TOLD = 20


def export_head(*, chain: str, previous: str, exported_at: str) -> str:
    """The first line of an export."""
    return _line(
        {
            "format": EXPORT,
            "version": VERSION,
            "chain": chain,
            "previous": previous,
            "exported_at": exported_at,
        }
    )


def export_link(*, entry: Mapping[str, object], form: int, previous: str, digest: str) -> str:
    """An entry of an export with its seal and the one before."""
    return _line({"entry": entry, "form": form, "previous": previous, "digest": digest})


def export_end(*, entries: int, digest: str) -> str:
    """The last line of an export, without which it was cut off."""
    return _line({"end": {"entries": entries, "digest": digest}})


def _line(values: Mapping[str, object]) -> str:
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False, default=str) + "\n"


@dataclass(slots=True)
class _Reading:
    """How far an export was read: `digest` is what the next entry has to follow."""

    chain: str = ""
    first: str = GENESIS
    digest: str = GENESIS
    sealed: int = 0
    has_end: bool = False
    seen: set[str] = field(default_factory=set)
    flaws: list[FlawInFile] = field(default_factory=list)
    problems: int = 0

    def fault(self, what: FileFlaw, line: int, entry: str = "") -> None:
        self.problems += 1
        if len(self.flaws) < MOST_TOLD:
            self.flaws.append(FlawInFile(what, line, entry))


def verify_export(lines: Iterable[bytes], *, noted: str = "") -> FileReport:
    """Compute the chain of an export anew, from its own lines alone.

    `noted`: a digest that was written down elsewhere, which has to be among its seals.
    """
    reading, number = _Reading(), 0
    for number, line in enumerate(lines, start=1):
        _take(reading, number, line, noted)
    if not number:
        reading.fault(FileFlaw.NO_EXPORT, 1)
    elif not reading.has_end:
        reading.fault(FileFlaw.CUT_OFF, number)
    if noted and noted not in reading.seen:
        reading.fault(FileFlaw.NOTED_MISSING, number)
    return FileReport(
        chain=reading.chain,
        previous=reading.first,
        digest=reading.digest,
        sealed=reading.sealed,
        flaws=tuple(reading.flaws),
        problems=reading.problems,
    )


def _take(reading: _Reading, number: int, line: bytes, noted: str) -> None:
    values = _parsed(line)
    if values is None:
        reading.fault(FileFlaw.NO_EXPORT if number == 1 else FileFlaw.UNREADABLE, number)
    elif number == 1:
        _begin(reading, values, noted)
    elif reading.has_end:
        reading.fault(FileFlaw.AFTER_END, number)
    elif set(values) == {"end"}:
        _end(reading, number, values["end"])
    else:
        _link(reading, number, values, noted)


def _begin(reading: _Reading, values: Mapping[str, Any], noted: str) -> None:
    is_ours = (values.get("format"), values.get("version")) == (EXPORT, VERSION)
    if set(values) != _HEAD or not is_ours:
        reading.fault(FileFlaw.NO_EXPORT, 1)
        return
    reading.chain = str(values["chain"])
    reading.first = reading.digest = str(values["previous"])
    if reading.first == noted:
        reading.seen.add(noted)


def _link(reading: _Reading, number: int, values: Mapping[str, Any], noted: str) -> None:
    entry, form = values.get("entry"), values.get("form")
    # True would be the first form otherwise.
    if set(values) != _LINK or not isinstance(entry, Mapping) or type(form) is not int:
        reading.fault(FileFlaw.UNREADABLE, number)
        return
    reading.sealed += 1
    previous, digest, uid = str(values["previous"]), str(values["digest"]), str(entry.get("uid"))
    is_same = set(entry) == set(SEALED.get(form, ())) and chain_digest(previous, entry) == digest
    if not is_same:
        reading.fault(FileFlaw.CHANGED, number, uid)
    if previous != reading.digest:
        reading.fault(FileFlaw.MISPLACED, number, uid)
    # What follows is held against what was sealed, not against the mistake before.
    reading.digest = digest
    if digest == noted:
        reading.seen.add(noted)


def _end(reading: _Reading, number: int, end: object) -> None:
    reading.has_end = True
    if end != {"entries": reading.sealed, "digest": reading.digest}:
        reading.fault(FileFlaw.CUT_OFF, number)


def _parsed(line: bytes) -> Mapping[str, Any] | None:
    """A line as it reads to everybody: no name twice, no number that JSON lacks."""
    try:
        text = line.decode("utf-8")
        values = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
        # Halves of a surrogate pair, which no entry can hold, have no digest.
        json.dumps(values, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a name stands twice")
    return values


def _refuse(word: str) -> None:
    raise ValueError(word)
