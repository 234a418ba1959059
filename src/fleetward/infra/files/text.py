"""From bytes to UTF-8 bytes without NUL and BOM, and the separator of the cells."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass

from fleetward.infra.files.errors import NulByte, UnknownEncoding

SEPARATORS = (",", ";", "\t")
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_HEAD_BYTES = 256 * 1024
# Spreadsheets understand a first line "sep=;" and do not show it as a row.
_HINTS = {f"sep={separator}".encode(): separator for separator in SEPARATORS}


@dataclass(frozen=True, slots=True)
class Text:
    """`data` is valid UTF-8. `encoding` is the name that people are shown."""

    data: bytes
    encoding: str
    separator: str


def to_text(raw: bytes) -> Text:
    """Raises: UnknownEncoding, NulByte."""
    data, encoding = _to_utf8(raw)
    if (at := data.find(b"\0")) >= 0:
        raise NulByte(_line_of(data, at))
    first, _, rest = data.partition(b"\n")
    hint = _HINTS.get(first.rstrip(b"\r").lower())
    if hint is not None:
        return Text(rest, encoding, hint)
    return Text(data, encoding, detect_separator(data[:_HEAD_BYTES]))


def _to_utf8(raw: bytes) -> tuple[bytes, str]:
    for bom, encoding in _UTF16.items():
        if raw.startswith(bom):
            return _utf16_to_utf8(raw[len(bom) :], encoding), "UTF-16"
    if raw.startswith(codecs.BOM_UTF8):
        data = raw[len(codecs.BOM_UTF8) :]
        _check_utf8(data)
        return data, "UTF-8"
    if raw.isascii():
        return raw, "UTF-8"
    try:
        raw.decode()
    except UnicodeDecodeError:
        return _windows_to_utf8(raw), "Windows-1252"
    return raw, "UTF-8"


def _check_utf8(data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise UnknownEncoding(_line_of(data, error.start)) from None


def _utf16_to_utf8(data: bytes, encoding: str) -> bytes:
    try:
        return data.decode(encoding).encode()
    except UnicodeDecodeError as error:
        newline = "\n".encode(encoding)
        raise UnknownEncoding(data.count(newline, 0, error.start) + 1) from None


def _windows_to_utf8(data: bytes) -> bytes:
    # NUL first: UTF-16 without BOM decodes as Windows-1252 and would be called that.
    if (at := data.find(b"\0")) >= 0:
        raise NulByte(_line_of(data, at))
    try:
        return data.decode("cp1252").encode()
    except UnicodeDecodeError as error:
        raise UnknownEncoding(_line_of(data, error.start)) from None


def _line_of(data: bytes, at: int) -> int:
    return max(data.count(b"\n", 0, at), data.count(b"\r", 0, at)) + 1


def detect_separator(head: bytes) -> str:
    """The separator that cuts the first record that is not blank into the most cells."""
    text = head.decode(errors="ignore")
    counts = {separator: len(_first_record(text, separator)) for separator in SEPARATORS}
    return max(SEPARATORS, key=lambda separator: counts[separator])


def _first_record(text: str, separator: str) -> list[str]:
    lines = io.StringIO(text, newline="")
    try:
        for record in csv.reader(lines, delimiter=separator):
            if any(cell.strip() for cell in record):
                return record
    except csv.Error:
        pass
    return []
