"""Each verb of the trail is documented, with its type and its level."""

from __future__ import annotations

import re
from pathlib import Path

from fleetward.audit.contracts import Verb
from fleetward.audit.kinds import KINDS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "audit.md"
KIND = re.compile(r"^\| (\w+) \| (\w+) \| (.+) \|$", re.MULTILINE)


def test_each_verb_has_a_line_that_says_something() -> None:
    lines = dict(re.findall(r"^\| `(\S+)` \| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE))
    assert set(lines) == {str(verb) for verb in Verb}


def test_each_verb_stands_below_its_type_and_level() -> None:
    found = {
        verb: (type_, level)
        for type_, level, verbs in KIND.findall(PAGE.read_text("utf-8"))
        for verb in re.findall(r"`([^`]+)`", verbs)
    }
    assert found == {verb: (str(type_), str(level)) for verb, (type_, level) in KINDS.items()}
