"""One installation with its backup, and empty places to restore into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.backup.installations import Place, elsewhere, fill, here
from tests.cast import Cast
from tests.plugins.database import FreshDatabase, django_on, empty_database
from tests.plugins.environment import started_server
from tests.plugins.server import APP, OWNER


@dataclass(frozen=True)
class Saved:
    """An installation as it was when `file` was written."""

    place: Place
    cast: Cast
    file: Path
    sums: Mapping[str, str]
    files: Mapping[str, bytes]


@pytest.fixture(scope="session")
def saved(
    django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Saved]:
    server, folder = started_server(), tmp_path_factory.mktemp("installation")
    with server.database() as name:
        database = FreshDatabase(name, server.url(APP, name), server.url(OWNER, name))
        place = here(database, folder)
        with django_db_blocker.unblock(), django_on(database.url):
            cast = fill(folder)
        sums, file = place.sums(), folder / "whole.fleetward"
        place.run("backup", str(file))
        yield Saved(place, cast, file, sums, place.files())


@pytest.fixture
def empty(saved: Saved, tmp_path: Path) -> Iterator[Place]:
    """Another machine with an empty database and the key file."""
    with empty_database() as database:
        yield elsewhere(database, tmp_path / "data", saved.place.keys)
