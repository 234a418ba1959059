"""The translation tool: it finds every kind of text, and says what a translation lacks."""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from tools import messages

PYTHON = """
_("Plain")
ngettext("%(n)s device", "%(n)s devices", 3)
pgettext("month", "May")
class A(NotFound):
    text: ClassVar[str] = "Gone: {name}"
"""
TEMPLATE = """
<p>{% translate "It's here" %} {{ _("Inside") }}
{% blocktranslate with name=x %}Hello {{ name }}{% endblocktranslate %}
{% blocktranslate count n=n %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}
{% component title=_("An argument") %}</p>
"""


def texts(tmp_path: Path, name: str, content: str) -> set[object]:
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")
    return {text for _, text, _ in messages.texts_of(file)}


def test_texts_of_python_are_found(tmp_path: Path) -> None:
    assert texts(tmp_path, "a.py", PYTHON) == {
        "Plain",
        ("%(n)s device", "%(n)s devices"),
        "May",
        "Gone: {name}",
    }


def test_texts_of_templates_are_found(tmp_path: Path) -> None:
    assert texts(tmp_path, "a.html", TEMPLATE) == {
        "It's here",
        "Inside",
        "Hello %(name)s",
        ("%(n)s row", "%(n)s rows"),
        "An argument",
    }


def test_check_names_missing_translations_and_other_placeholders() -> None:
    found, french = Catalog(), Catalog(locale="fr")
    for text in ("Yes", "No", "From {city}"):
        found.add(text)
    french.add("Yes", "Oui")
    french.add("From {city}", "De {ville}")
    assert list(messages.problems_of(french, found)) == [
        "not translated: 'No' (?)",
        "other placeholders than in English: 'From {city}'",
    ]
