"""Each verb of the trail is documented."""

from __future__ import annotations

import re
from pathlib import Path

from fleetward.audit.contracts import Verb

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "audit.md"


def test_each_verb_has_a_line_that_says_something() -> None:
    lines = dict(re.findall(r"^\| `(\S+)` \| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE))
    assert set(lines) == {str(verb) for verb in Verb}
