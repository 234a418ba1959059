"""The translation tool: it finds every kind of text, and says what a translation lacks."""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django.utils import translation
from django.utils.formats import date_format
from tools import messages

from fleetward.notifications.contracts import Kind, Level, NotificationRow
from fleetward.tenancy.contracts import BadSetting
from fleetward.web.charts import share_text
from fleetward.web.components.cells import day_text, month_text, number_text
from fleetward.web.errors import told
from fleetward.web.notification_texts import note_of

PYTHON = """
_("Plain")
ngettext("%(n)s device", "%(n)s devices", 3)
pgettext("month", "May")
N_("Held in English")
class A(NotFound):
    text: ClassVar[str] = "Gone: {name}"
    fix: ClassVar[str] = N_("Look elsewhere")
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
        "Held in English",
        "Look elsewhere",
    }


def test_a_text_within_an_f_string_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("""f"{count} {ngettext('row', 'rows', count)}"\nf"{count} {_}"\n_("Plain")\n""")
    assert list(messages.unreadable([file])) == [
        f"{file}:1: a text within an f-string is not found: give it a name first"
    ]


def test_the_check_fails_on_a_text_within_an_f_string(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(messages, "SOURCE", tmp_path)
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    monkeypatch.setattr(messages, "LOCALES", tmp_path)
    assert messages.check() == 0
    (tmp_path / "a.py").write_text("""f"{_('Yes')}"\n""")
    assert messages.check() == 1
    assert "\na.py:1: a text within an f-string" in capsys.readouterr().out


def test_texts_of_templates_are_found(tmp_path: Path) -> None:
    assert texts(tmp_path, "a.html", TEMPLATE) == {
        "It's here",
        "Inside",
        "Hello %(name)s",
        ("%(n)s row", "%(n)s rows"),
        "An argument",
    }


def test_a_compiled_file_that_is_not_its_source_s_is_made_anew_however_young(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a copied tree, all of whose files are of one moment."""
    monkeypatch.setattr(messages, "LOCALES", tmp_path)
    source = tmp_path / "fr" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text('msgid "Yes"\nmsgstr "Oui"\n', encoding="utf-8")
    made = source.with_suffix(".mo")
    made.write_bytes(b"of yesterday")
    os.utime(source, (0, 0))
    messages.compile_all()
    with made.open("rb") as stream:
        assert GNUTranslations(stream).gettext("Yes") == "Oui"
    os.utime(made, (1, 1))
    messages.compile_all()
    assert made.stat().st_mtime == 1


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


# Code, addresses and file names have their own punctuation.
PLAIN = re.compile(r"Authorization: Bearer|<code>.*?</code>|https?:\S+|[\w./-]+=\S+")
LAPSES = {
    "a straight apostrophe": re.compile(r"\w'\w"),
    "a breaking space before a sign": re.compile(r" (?:[;:!?»]|%%|%(?!\())|« "),
    "a wide space where a thin one stands": re.compile(r"\xa0(?:[;!?]|%%|%(?!\()|\d{3}\b)"),
    "a thin space where a wide one stands": re.compile(r"\u202f[:»]|«\u202f"),
    "no space before a sign": re.compile(r"[^\W\d](?:[;!?]|:(?= |$))"),
    "straight quotation marks": re.compile(r'"\w'),
    "three full stops": re.compile(r"\.\.\."),
}


def lapses_of(text: str) -> list[str]:
    """The rules of French typography that a text breaks."""
    return [name for name, lapse in LAPSES.items() if lapse.search(PLAIN.sub("", text))]


def test_a_lapse_of_typography_is_seen() -> None:
    assert lapses_of("Erreur\xa0: l’un des «\xa0deux\xa0», 1\u202f000 en tout\u202f?") == []
    assert lapses_of("l'un") == ["a straight apostrophe"]
    assert lapses_of("Erreur : « un »") == ["a breaking space before a sign"]
    assert lapses_of("Erreur: un") == ["no space before a sign"]
    assert lapses_of("1\xa0000") == ["a wide space where a thin one stands"]
    assert lapses_of("Erreur\u202f: un") == ["a thin space where a wide one stands"]


def test_french_keeps_the_rules_of_its_typography() -> None:
    found = [message for file in messages.po_files() for message in messages.read(file)]
    strings = [message.string for message in found if message.id]
    texts = [t for s in strings for t in ([s] if isinstance(s, str) else s or [])]
    assert "Appareils" in texts
    assert {text: lapses_of(text) for text in texts if lapses_of(text)} == {}


def test_a_written_catalogue_names_no_person_and_no_time() -> None:
    catalog = Catalog(locale="fr", project="Fleetward")
    catalog.add("Yes", "Oui")
    written = messages.written(catalog).decode()
    assert "Plural-Forms" in written
    assert 'msgstr "Oui"' in written
    assert not re.search("Date|Translator|Team|Project|Report", written)


@pytest.fixture(autouse=True, scope="module")
def compiled() -> None:
    messages.compile_all()


@pytest.mark.parametrize(
    ("language", "day", "month", "number", "share"),
    [
        ("en", "22 Nov 2026", "Nov", "12,000.5", "40%"),
        ("fr", "22 nov. 2026", "nov.", "12\u202f000,5", "40\u202f%"),
    ],
)
def test_days_and_numbers_are_written_as_the_language_does(
    language: str, day: str, month: str, number: str, share: str
) -> None:
    moment = date(2026, 11, 22)
    with translation.override(language):
        assert (day_text(moment), date_format(moment)) == (day, day)
        assert (month_text(moment), number_text(12000.5, 1)) == (month, number)
        assert share_text(2, 5) == share


def said(kind: Kind, **params: object) -> str:
    """The text of a notification."""
    row = NotificationRow(
        uid="1",
        tenant=1,
        kind=kind,
        level=Level.WARNING,
        params=params,
        link="",
        is_read=False,
        created_at=datetime(2026, 11, 22, tzinfo=UTC),
    )
    return note_of(row).title


@pytest.mark.parametrize(
    ("language", "days", "text"),
    [
        ("en", 1, "The Dell secret expires in 1 day"),
        ("en", 30, "The Dell secret expires in 30 days"),
        ("en", 0, "The Dell secret expires today"),
        ("en", -3, "The Dell secret has expired"),
        ("fr", 1, "Le secret Dell expire dans 1 jour"),
        ("fr", 30, "Le secret Dell expire dans 30 jours"),
        ("fr", 0, "Le secret Dell expire aujourd’hui"),
        ("fr", -3, "Le secret Dell a expiré"),
    ],
)
def test_w3_a_reminder_counts_days_in_singular_and_plural(
    language: str, days: int, text: str
) -> None:
    with translation.override(language):
        assert said(Kind.SECRET_EXPIRES, provider="Dell", days=days) == text


FOUND = {"devices": 5, "found": 3, "failed": 2, "done": 5}


@pytest.mark.parametrize(
    ("language", "named", "what"),
    [
        ("en", {}, "selected devices"),
        ("en", {"name": "Lyon"}, "“Lyon”"),
        ("en", {"scope": "EXPIRED"}, "“Expired only”"),
        ("fr", {}, "des appareils sélectionnés"),
        ("fr", {"name": "Lyon"}, "de «\xa0Lyon\xa0»"),
        ("fr", {"scope": "EXPIRING"}, "de «\xa0Bientôt expirées seulement\xa0»"),
    ],
)
def test_w7_the_bell_names_what_was_refreshed(
    language: str, named: dict[str, object], what: str
) -> None:
    kinds = (Kind.REFRESH_DONE, Kind.REFRESH_PROBLEMS, Kind.REFRESH_CANCELLED, Kind.REFRESH_STOPPED)
    with translation.override(language):
        assert [kind for kind in kinds if what not in said(kind, **FOUND, **named)] == []


@pytest.mark.parametrize(
    ("language", "devices", "text"),
    [
        ("en", 1, "1 device (CSV)"),
        ("en", 1_000, "1,000 devices (CSV)"),
        ("fr", 1, "1 appareil (CSV)"),
        ("fr", 12_000, "12\u202f000 appareils (CSV)"),
    ],
)
def test_a_thousand_and_more_are_told_in_the_readers_form(
    language: str, devices: int, text: str
) -> None:
    with translation.override(language):
        assert said(Kind.EXPORT_DONE, devices=devices, format="CSV").endswith(text)


@pytest.mark.parametrize(
    ("language", "changed_since", "gone", "text"),
    [
        (
            "en",
            1,
            4,
            "The export is ready to download: 1,195 of 1,200 selected devices (CSV). 1 device was "
            "changed after it was selected. 4 devices are no longer there.",
        ),
        (
            "fr",
            2,
            0,
            "L’export est prêt à être téléchargé\xa0: 1\u202f195 appareils sur 1\u202f200 "
            "sélectionnés (CSV). 2 appareils ont été modifiés depuis leur sélection.",
        ),
    ],
)
def test_an_export_tells_what_has_become_of_selected_devices(
    language: str, changed_since: int, gone: int, text: str
) -> None:
    params = {"selected": 1_200, "changed_since": changed_since, "gone": gone}
    with translation.override(language):
        assert said(Kind.EXPORT_DONE, devices=1_195, format="CSV", **params) == text


@pytest.mark.parametrize(
    ("language", "params", "text"),
    [
        ("en", {"count": 5}, "Devices deleted: 5"),
        ("en", {"done": 5, "devices": 5, "count": 5}, "Devices deleted: 5"),
        ("en", {"done": 3, "devices": 5, "count": 3}, "Devices deleted: 3 of 5"),
        ("fr", {"done": 3, "devices": 5, "count": 3}, "Appareils supprimés\xa0: 3 sur 5"),
    ],
)
def test_e10_a_deletion_tells_of_how_many_it_was_asked_for_when_some_stayed(
    language: str, params: dict[str, object], text: str
) -> None:
    with translation.override(language):
        assert said(Kind.DEVICES_DELETED, **params) == text


def test_the_problem_of_a_setting_is_told_in_the_reader_s_language() -> None:
    with translation.override("fr"):
        text, fix = told(BadSetting("name", "a tenant needs a name"))
    assert text == "name\xa0: un espace doit avoir un nom."
    assert fix == "Corrigez la valeur et enregistrez à nouveau."
