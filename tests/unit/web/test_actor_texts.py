"""Actors that are no people are called in the reader's language."""

from __future__ import annotations

import re

from django.utils import translation
from tools import messages

from fleetward.web.actor_texts import SYSTEM_ACTORS, actor_text
from tests.plugins.server import ROOT

NAMED = re.compile(r'system_actor\("([^"]+)"')


def test_every_system_actor_has_its_name_in_the_catalogue() -> None:
    sources = (file.read_text(encoding="utf-8") for file in (ROOT / "src/fleetward").rglob("*.py"))
    assert {name for text in sources for name in NAMED.findall(text)} == SYSTEM_ACTORS.keys()


def test_people_keep_their_names() -> None:
    messages.compile_all()
    with translation.override("fr"):
        assert actor_text("Bulk processing") == "Traitement par lots"
        assert actor_text("Ada Admin") == "Ada Admin"
