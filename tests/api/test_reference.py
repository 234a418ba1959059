"""The reference's table of calls is the OpenAPI document: each operation once, with its right."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.api.conftest import PREFIX
from tests.api.test_openapi import DOCUMENT
from tests.plugins.server import ROOT

REFERENCE = ROOT / "docs" / "reference" / "api.md"
# Subject, calls, and the right, which words may follow. Rows without subject belong to the last.
ROW = re.compile(r"^\| (?P<subject>.*?) ?\| (?P<calls>.*`.*) \| (?P<right>[A-Z_]+)\b.*\|$", re.M)
CODE = re.compile(r"`([^`]+)`")
ID = re.compile(r"\{\w+\}")
Call = tuple[str, str, str]


def told(text: str) -> Iterator[Call]:
    """What the table says: method, address with nameless ids, and right."""
    base = ""
    for row in ROW.finditer(text):
        base = "" if row["subject"] else base
        for methods, address in calls_of(row["calls"]):
            path = address.replace("…", base)
            base = base_after(path, base)
            yield from ((method, ID.sub("{}", path), row["right"]) for method in methods)


def calls_of(cell: str) -> Iterator[tuple[list[str], str]]:
    """`GET` and `PUT /a/{id}`, `…/b`: what has no method has those before it."""
    methods: list[str] = []
    is_complete = True
    for code in CODE.findall(cell):
        method, _, address = code.rpartition(" ") if "/" in code else (code, "", "")
        if method:
            methods = [method] if is_complete else [*methods, method]
        is_complete = bool(address)
        if address:
            yield methods, address.partition("?")[0]


def base_after(path: str, base: str) -> str:
    """What an `…` stands for: the last address with an id, up to the id, or else the last one."""
    if "}" in path:
        return path[: path.rindex("}") + 1]
    return base if "}" in base else path


def declared() -> Iterator[Call]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            address = ID.sub("{}", path).removeprefix(PREFIX)
            yield method.upper(), address, operation["x-right"]


def test_the_reference_lists_every_operation_once_with_the_right_that_it_takes() -> None:
    assert sorted(told(REFERENCE.read_text(encoding="utf-8"))) == sorted(declared())


def test_control_a_table_is_read_as_people_read_it() -> None:
    rows = (
        "| things | `GET` and `POST /things`, `GET /things/{id}?as_of=now`, `…/parts` | SEE_IT |\n"
        "| | `POST /things/{id}/start`: begins, `…/stop` | USE_IT, and more |\n"
        "| others | `GET /others`, `GET …/more` | SEE_IT |\n"
    )
    assert list(told(rows)) == [
        ("GET", "/things", "SEE_IT"),
        ("POST", "/things", "SEE_IT"),
        ("GET", "/things/{}", "SEE_IT"),
        ("GET", "/things/{}/parts", "SEE_IT"),
        ("POST", "/things/{}/start", "USE_IT"),
        ("POST", "/things/{}/stop", "USE_IT"),
        ("GET", "/others", "SEE_IT"),
        ("GET", "/others/more", "SEE_IT"),
    ]
