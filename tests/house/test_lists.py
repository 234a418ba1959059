"""`fleetward lists`: show, edit, set, show again."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from fleetward.cli.lists import lists
from fleetward.devices.actions.junk import change_junk_serials
from fleetward.kernel.actor import system_actor
from fleetward.kernel.errors import Forbidden
from tests.cast import NOW

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    done = CliRunner().invoke(lists, list(words))
    assert done.exit_code == 0, done.output
    return done.output


def test_e12_junk_serials_are_data_of_the_installation(tmp_path: Path) -> None:
    shipped = run("junk-serials").splitlines()
    assert len(shipped) > 5
    own = tmp_path / "own"
    own.write_text("Chassis-1\nasset tag\n\n")
    assert run("set-junk-serials", str(own)) == "2 junk serials.\n"
    assert run("junk-serials").split() == ["ASSETTAG", "CHASSIS1"]
    own.write_text("")
    run("set-junk-serials", str(own))
    assert run("junk-serials").splitlines() == shipped


def test_w9_codes_that_are_no_cover_are_data_of_the_installation(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(run("not-cover") + '[[not_cover]]\nname_contains = "Hôtel “Éco”"\n')
    run("set-not-cover", str(own))
    assert 'name_contains = "Hôtel “Éco”"' in run("not-cover")


def test_a_damaged_list_changes_nothing(tmp_path: Path) -> None:
    before = run("not-cover")
    own = tmp_path / "own.toml"
    own.write_text("[[not_cover]]\ncolour = 'red'\n")
    assert "colour" in CliRunner().invoke(lists, ["set-not-cover", str(own)]).output
    assert run("not-cover") == before


def test_only_the_operator_replaces_a_list() -> None:
    with pytest.raises(Forbidden):
        change_junk_serials(actor=system_actor("x"), serials=["A"], now=NOW)
