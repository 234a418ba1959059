"""Links and pictures of the documents lead somewhere, and pictures stay small."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
NAMED_TEST = re.compile(r"`(\w+/[\w/]+)::(\w+)`")
LARGEST_PICTURE = 150 * 1024


def documents() -> list[Path]:
    below = (
        found
        for folder in ("client", "deploy", "docs", "src")
        for found in ROOT.glob(f"{folder}/**/*.md")
    )
    return [*ROOT.glob("*.md"), *below]


def broken_links(document: Path) -> Iterator[str]:
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        is_ours = "://" not in target and not target.startswith("mailto:")
        if is_ours and not (document.parent / target).exists():
            yield f"{document}: {target}"


def test_every_link_of_a_document_leads_somewhere() -> None:
    assert [link for document in documents() for link in broken_links(document)] == []


def test_pictures_are_small_and_used() -> None:
    texts = "".join(document.read_text(encoding="utf-8") for document in documents())
    pictures = list(ROOT.glob("docs/pictures/*.png"))
    assert pictures
    for picture in pictures:
        assert picture.stat().st_size <= LARGEST_PICTURE, picture.name
        assert picture.name in texts, f"{picture.name} is shown nowhere"


def test_control_a_broken_link_is_found(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("[there](nowhere.md) [web](https://example.org)", encoding="utf-8")
    assert list(broken_links(document)) == [f"{document}: nowhere.md"]


def missing_tests(text: str) -> Iterator[str]:
    """What the threat model names as `folder/file::test`, and is not there."""
    for file, name in NAMED_TEST.findall(text):
        path = ROOT / "tests" / f"{file}.py"
        if not path.exists() or f"def {name}(" not in path.read_text("utf-8"):
            yield f"{file}::{name}"


def test_every_test_that_the_threat_model_names_exists() -> None:
    text = (ROOT / "THREAT_MODEL.md").read_text(encoding="utf-8")
    assert NAMED_TEST.findall(text)
    assert list(missing_tests(text)) == []


def test_control_a_missing_test_is_found() -> None:
    assert list(missing_tests("`web/test_routes::test_nothing`")) == [
        "web/test_routes::test_nothing"
    ]
