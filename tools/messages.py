"""Translations without gettext's programs: `update` the .po files, `check` them, `compile` them.

Texts are found in Python and, by Django's own reader of templates, in HTML.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "fleetward"
LOCALES = SOURCE / "locale"
LEFT_OUT = {"migrations", "static", "data"}
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
LITERAL = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
CALL = re.compile(rf"\b((?:_|n?p?gettext)\(\s*{LITERAL}(?:\s*,\s*(?:{LITERAL}|\w+))*\s*\))")
PERSONAL = re.compile(
    rb'^"(?:Project-Id|Report|POT-Creation|PO-Revision|Last-Translator|Language-Team).*\n', re.M
)
NAMED = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")


def texts_of(file: Path) -> Iterator[tuple[int, object, object]]:
    """Line, text (or singular and plural) and context of each translatable text of a file."""
    source = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        yield from texts_of_errors(source)
    else:
        source = calls_only(templatize(source, origin=str(file)))
    stream = io.BytesIO(source.encode())
    for line, text, _comments, context in extract(
        "python", stream, KEYWORDS, options={"encoding": "utf-8"}
    ):
        yield line, text, context


def calls_only(pseudo: str) -> str:
    """What Django makes of a template, less the rest of the page, which is no Python."""
    return "\n".join("; ".join(CALL.findall(line)) for line in pseudo.splitlines()) + "\n"


def texts_of_errors(source: str) -> Iterator[tuple[int, object, object]]:
    """`text` and `fix` of domain errors, which know nothing of Django: translated when shown."""
    for node in ast.walk(ast.parse(source)):
        is_text = (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and node.target.id in {"text", "fix"}
            and "ClassVar" in ast.dump(node.annotation)
            and isinstance(node.value, ast.Constant)
        )
        if is_text and node.value.value:  # type: ignore[attr-defined]
            yield node.lineno, node.value.value, None  # type: ignore[attr-defined]


def texts_in_f_strings(source: str) -> list[int]:
    """Lines with a text within an f-string: before Python 3.12 Babel takes it for one piece."""
    wholes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.JoinedStr))
    return sorted(
        {
            node.lineno
            for whole in wholes
            for node in ast.walk(whole)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in KEYWORDS
        }
    )


def sources() -> list[Path]:
    """The files with texts."""
    found = (file for pattern in ("*.py", "*.html", "*.txt") for file in SOURCE.rglob(pattern))
    return sorted(file for file in found if not LEFT_OUT & set(file.parts))


def unreadable(files: Iterable[Path]) -> Iterator[str]:
    """Texts that would be left out without a word."""
    for file in files:
        if file.suffix == ".py":
            for line in texts_in_f_strings(file.read_text(encoding="utf-8")):
                yield f"{file}:{line}: a text within an f-string is not found: give it a name first"


def extracted() -> Catalog:
    """All texts of the sources."""
    catalog = Catalog(project="Fleetward", fuzzy=False, charset="utf-8")
    for file in sources():
        for line, text, context in texts_of(file):
            place = [(str(file.relative_to(ROOT)), line)]
            catalog.add(text, locations=place, context=context)  # type: ignore[arg-type]
    return catalog


def po_files() -> list[Path]:
    return sorted(LOCALES.glob("*/LC_MESSAGES/django.po"))


def read(file: Path) -> Catalog:
    with file.open("rb") as stream:
        return read_po(stream, locale=file.parts[-3])


def update() -> int:
    """Bring the texts of the sources into the .po files; translations stay."""
    found = extracted()
    for file in po_files():
        catalog = read(file)
        catalog.update(found, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        file.write_bytes(written(catalog))
    return 0


def written(catalog: Catalog) -> bytes:
    """A .po file, less the headers that say when and who: the history of the source does."""
    stream = io.BytesIO()
    write_po(stream, catalog, width=100, include_lineno=False, sort_output=True)
    return PERSONAL.sub(b"", stream.getvalue())


def problems_of(catalog: Catalog, found: Catalog) -> Iterator[str]:
    """What is missing or wrong in a translation."""
    for message in found:
        if not message.id:
            continue
        own = catalog.get(message.id, message.context)
        if own is None or own.fuzzy or not _is_translated(own):
            where = message.locations[0][0] if message.locations else "?"
            yield f"not translated: {message.id!r} ({where})"
        elif _names(own.id) != _names(own.string):
            yield f"other placeholders than in English: {message.id!r}"


def _is_translated(message: Message) -> bool:
    strings = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return all(strings)


def _names(text: object) -> set[str]:
    parts = text if isinstance(text, (list, tuple)) else [text]
    return {a or b for part in parts for a, b in NAMED.findall(str(part))}


def check() -> int:
    """Print every text without a translation, and every one that cannot have any."""
    found = extracted()
    problems = list(unreadable(sources()))
    for file in po_files():
        problems += (f"{file}: {problem}" for problem in problems_of(read(file), found))
    for problem in problems:
        print(problem.removeprefix(f"{ROOT}/"))
    print(f"{len(found)} texts, {len(problems)} problems.")
    return 1 if problems else 0


def compile_all() -> int:
    """Write each .mo that is not what its .po makes. Times tell nothing: copies have others."""
    for file in po_files():
        target, made = file.with_suffix(".mo"), compiled(read(file))
        if not target.exists() or target.read_bytes() != made:
            target.write_bytes(made)
    return 0


def compiled(catalog: Catalog) -> bytes:
    """A .mo file."""
    stream = io.BytesIO()
    write_mo(stream, catalog)
    return stream.getvalue()


def main() -> int:
    verbs = {"update": update, "check": check, "compile": compile_all}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=verbs)
    verb = parser.parse_args().verb
    if verb != "compile":
        # The reader of templates asks for a few settings; none of ours matter to it.
        settings.configure(USE_I18N=True)
    return verbs[verb]()


if __name__ == "__main__":
    sys.exit(main())
