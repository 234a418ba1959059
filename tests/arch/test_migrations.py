"""Migrations of each context are one line, so that branches that meet are seen before the tests."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from django.db.migrations.loader import MigrationLoader

import fleetward

PACKAGE = Path(fleetward.__file__).parent


def test_no_two_migrations_of_a_context_have_one_number() -> None:
    files = PACKAGE.glob("*/migrations/0*.py")
    counted = Counter(f"{file.parts[-3]} {file.name[:4]}" for file in files)
    assert [number for number, times in counted.items() if times > 1] == []


def test_the_migrations_of_each_context_have_one_end() -> None:
    assert MigrationLoader(None).detect_conflicts() == {}
