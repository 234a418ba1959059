"""The bytes of attachments, each a kept file of its own that no web server serves by itself."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fleetward.infra.kept_files import KeptFile, attachments, kept_file, kept_files
from fleetward.support.contracts import (
    FILE_MEBIBYTES,
    MEBIBYTE,
    AttachmentEmpty,
    AttachmentTooLarge,
    NewFile,
)
from fleetward.support.rules import safe_name


@dataclass(frozen=True, slots=True)
class Received:
    """A file that is on the disk."""

    uid: uuid.UUID
    name: str
    size: int
    digest: str


@dataclass(slots=True)
class Bundle:
    """The files of one message. Unless they `stay`, they go again."""

    files: list[Received] = field(default_factory=list)
    stay: bool = False


@contextmanager
def received(given: Sequence[NewFile]) -> Iterator[Bundle]:
    """Files on the disk, before there are rows of them.

    Raises: AttachmentTooLarge, AttachmentEmpty. What a killed process leaves goes by the clock.
    """
    bundle = Bundle()
    try:
        for one in given:
            bundle.files.append(_keep(one))
        yield bundle
    except BaseException:
        bundle.stay = False
        raise
    finally:
        if not bundle.stay:
            for file in bundle.files:
                place(file.uid).discard()


def _keep(given: NewFile) -> Received:
    name, uid = safe_name(given.name), uuid.uuid4()
    kept = place(uid)
    try:
        made = kept.begin() / "file"
        digest = _write(made, given, name)
        return Received(uid, name, kept.keep(made), digest)
    except BaseException:
        kept.discard()
        raise


def _write(path: Path, given: NewFile, name: str) -> str:
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        for chunk in given.chunks:
            size += len(chunk)
            if size > FILE_MEBIBYTES * MEBIBYTE:
                raise AttachmentTooLarge(name)
            digest.update(chunk)
            file.write(chunk)
    if not size:
        raise AttachmentEmpty(name)
    return digest.hexdigest()


def place(uid: uuid.UUID) -> KeptFile:
    return kept_file(uid, attachments())


def places() -> dict[uuid.UUID, KeptFile]:
    """All that is there, whether there is a row of it or not."""
    return kept_files(attachments())
