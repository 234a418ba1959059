"""What a request may hold, what a message does to its state, and names of files that do no harm."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from fleetward.kernel.texts import N_
from fleetward.support.contracts import (
    MOST_FILES,
    MOST_SERIALS,
    NAME_CHARACTERS,
    SERIAL_CHARACTERS,
    SUBJECT_CHARACTERS,
    TEXT_CHARACTERS,
    BadSupportRequest,
    NewMessage,
    NewRequest,
    RequestState,
    Side,
    Step,
    TooManyAttachments,
)

_BETWEEN = re.compile(r"[\s,;]+")
# What some system takes for a part of a path, or refuses in a name.
_UNFIT = re.compile(r'[/\\:*?"<>|]')
NAMELESS = "file"


def checked_request(asked: NewRequest) -> NewRequest:
    """The same, trimmed. Raises: BadSupportRequest, TooManyAttachments."""
    subject = " ".join(asked.subject.split())
    _within("subject", subject, SUBJECT_CHARACTERS)
    if not subject:
        raise BadSupportRequest("subject", N_("Say in a few words what it is about."))
    if not asked.message.text.strip():
        raise BadSupportRequest("text", N_("Describe what you need."))
    message = checked_message(asked.message)
    return replace(asked, subject=subject, message=message, serials=_serials(asked.serials))


def checked_message(told: NewMessage, step: Step = Step.MESSAGE) -> NewMessage:
    """The same, trimmed. Raises: BadSupportRequest, TooManyAttachments."""
    text = told.text.replace("\r\n", "\n").strip()
    _within("text", text, TEXT_CHARACTERS)
    if step is Step.MESSAGE and not text and not told.files:
        raise BadSupportRequest("text", N_("Say something, or attach a file."))
    if len(told.files) > MOST_FILES:
        raise TooManyAttachments
    return replace(told, text=text)


def split_serials(text: str) -> tuple[str, ...]:
    """The serial numbers of a field, one beside or below the other."""
    return tuple(filter(None, _BETWEEN.split(text)))


def _serials(given: Iterable[str]) -> tuple[str, ...]:
    """Each once, however it is written, in the order in which they came (X8)."""
    found: dict[str, str] = {}
    for one in map(str.strip, given):
        if one:
            found.setdefault(one.casefold(), one)
    serials = tuple(found.values())
    if len(serials) > MOST_SERIALS:
        raise BadSupportRequest("serials", N_("Give at most 500; attach a file with the others."))
    for serial in serials:
        if len(serial) > SERIAL_CHARACTERS or not serial.isprintable():
            raise BadSupportRequest("serials", N_("There is one that cannot be a serial number."))
    return serials


def _within(field: str, text: str, most: int) -> None:
    if len(text) > most:
        raise BadSupportRequest(field, N_("This is too long."))
    # PostgreSQL keeps no NUL.
    if "\0" in text:
        raise BadSupportRequest(field, N_("There is a character that is not allowed."))


def state_after(side: Side, step: Step) -> RequestState:
    """Whose turn it is after a message."""
    if step is Step.CLOSED:
        return RequestState.CLOSED
    is_answer = side is Side.OPERATOR and step is Step.MESSAGE
    return RequestState.ANSWERED if is_answer else RequestState.OPEN


def safe_name(name: str) -> str:
    """The name of a file without its path and without what deceives a reader or a system."""
    base = re.split(r"[/\\]", name)[-1]
    shown = "".join(c for c in base if unicodedata.category(c)[0] != "C")
    clean = _UNFIT.sub("_", " ".join(shown.split())).strip(". ")
    if len(clean) <= NAME_CHARACTERS:
        return clean or NAMELESS
    stem, dot, ending = clean.rpartition(".")
    kept = f"{dot}{ending}" if stem and len(ending) < NAME_CHARACTERS // 2 else ""
    return f"{clean[: NAME_CHARACTERS - len(kept)].rstrip('. ')}{kept}"


def digest_of(parts: Iterable[str]) -> str:
    """Of what makes a message the same as another."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(f"{len(part)}:{part}".encode())
    return whole.hexdigest()
