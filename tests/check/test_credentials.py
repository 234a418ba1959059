"""Where the command's access to vendors comes from, and what is refused without telling secrets."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from fleetward.cli.check_credentials import (
    connect,
    made_up,
    named_hosts,
    parse_base_urls,
    read_sections,
)
from fleetward.config.env import Env, read_environment
from fleetward.connectors.apple.assertion import new_key
from fleetward.connectors.apple.config import TRAITS as APPLE
from fleetward.connectors.dell.config import TRAITS as DELL
from fleetward.connectors.lenovo.config import TRAITS as LENOVO

TRAITS = {"dell": DELL, "lenovo": LENOVO}
SECRET = "canary-of-a-secret"
FROM_ENVIRONMENT = {
    "FLEETWARD_CHECK__DELL__CLIENT_ID": "me",
    "FLEETWARD_CHECK__DELL__CLIENT_SECRET": SECRET,
}


def toml(folder: Path, text: str) -> Path:
    file = folder / "vendors.toml"
    file.write_text(text, encoding="utf-8")
    return file


def site(**environ: str) -> Env:
    return read_environment(environ)


def test_the_environment_gives_credentials() -> None:
    sections = read_sections(None, site(**FROM_ENVIRONMENT))
    conn = connect(sections, TRAITS, base_urls={}, env=site())["dell"]
    assert (conn.settings["client_id"], conn.secret("client_secret")) == ("me", SECRET)
    assert conn.base_url == DELL.default_base_url


def test_a_variable_can_name_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    env = site(FLEETWARD_CHECK__LENOVO__CLIENT_ID_FILE=str(tmp_path / "secret"))
    conn = connect(read_sections(None, env), TRAITS, base_urls={}, env=env)["lenovo"]
    assert conn.secret("client_id") == SECRET


def apple(**more: str) -> dict[str, str]:
    return {"organisation": "school", "client_id": "me", "key_id": "k", "private_key": "x"} | more


def test_a_key_of_several_lines_comes_from_its_own_file(tmp_path: Path) -> None:
    key = new_key()
    (tmp_path / "apple.pem").write_text(key + "\n")
    environ = {
        f"FLEETWARD_CHECK__APPLE__{name.upper()}": value
        for name, value in apple().items()
        if name != "private_key"
    }
    env = site(**environ, FLEETWARD_CHECK__APPLE__PRIVATE_KEY_FILE=str(tmp_path / "apple.pem"))
    conn = connect(read_sections(None, env), {"apple": APPLE}, base_urls={}, env=env)["apple"]
    assert conn.secret("private_key") == key


def test_a_choice_is_one_of_those_that_there_are() -> None:
    with pytest.raises(click.UsageError, match="organisation must be one of these: business, sch"):
        connect({"apple": apple(organisation="x")}, {"apple": APPLE}, base_urls={}, env=site())


def test_the_file_wins_over_the_environment(tmp_path: Path) -> None:
    file = toml(tmp_path, '[dell]\nclient_id = "other"\nclient_secret = "x"\n')
    assert read_sections(file, site(**FROM_ENVIRONMENT))["dell"]["client_id"] == "other"


def test_secrets_do_not_show_in_the_settings() -> None:
    assert SECRET not in repr(site(**FROM_ENVIRONMENT))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[dell\n", "is not TOML"),
        (f'dell = "{SECRET}"', r"needs sections"),
        ("[dell]\nclient_id = 7\n", r"needs sections"),
    ],
)
def test_a_broken_file_is_refused_without_its_content(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(click.UsageError, match=words) as refused:
        read_sections(toml(tmp_path, text), site())
    assert SECRET not in str(refused.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "binary.toml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(click.UsageError, match="cannot be read"):
        read_sections(file, site())


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"client_id": "me"}, "missing: client_secret"),
        ({"client_id": "me", "client_secret": ""}, "missing: client_secret"),
        ({"client_id": "me", "client_secret": "x", "region": "EU"}, "unknown: region"),
    ],
)
def test_a_section_has_exactly_the_fields_of_its_provider(
    section: dict[str, str], words: str
) -> None:
    with pytest.raises(click.UsageError, match=words):
        connect({"dell": section}, TRAITS, base_urls={}, env=site())


def test_an_unknown_provider_is_refused_with_those_that_exist() -> None:
    with pytest.raises(click.UsageError, match="no provider acme; there are dell, lenovo"):
        connect({"acme": {}}, TRAITS, base_urls={}, env=site())
    with pytest.raises(click.UsageError, match="no provider acme"):
        connect({}, TRAITS, base_urls={"acme": "https://acme.example"}, env=site())


def test_the_base_url_is_the_nearest_one_given() -> None:
    env = site(FLEETWARD_PROVIDERS__DELL__BASE_URL="https://operator.example")
    section = {"client_id": "me", "client_secret": "x"}

    def url(extra: dict[str, str], typed: dict[str, str]) -> str:
        return connect({"dell": section | extra}, TRAITS, base_urls=typed, env=env)["dell"].base_url

    in_file, typed = {"base_url": "https://file.example"}, {"dell": "http://127.0.0.1:9000"}
    assert url({}, {}) == "https://operator.example"
    assert url(in_file, {}) == "https://file.example"
    assert url(in_file, typed) == "http://127.0.0.1:9000"


@pytest.mark.parametrize(
    "url",
    [
        "http://dell.example",
        "http://127.0.0.1.evil.example",
        "https://",
        "ftp://127.0.0.1",
        "https://user:canary-of-a-secret@dell.example",
        "https://[",
    ],
)
def test_a_base_url_that_would_expose_secrets_is_refused(url: str) -> None:
    with pytest.raises(click.UsageError, match="is not allowed") as refused:
        named_hosts({}, {"dell": url})
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["https://dell.example/x", "http://localhost:9000", "http://[::1]:1"]
)
def test_https_and_this_machine_are_allowed(url: str) -> None:
    assert len(named_hosts({"dell": {"base_url": url}}, {})) == 1


@pytest.mark.parametrize("value", ["dell", "=https://dell.example", "dell="])
def test_a_base_url_needs_its_provider(value: str) -> None:
    with pytest.raises(click.UsageError, match="PROVIDER=URL"):
        parse_base_urls([value])


def test_made_up_credentials_are_complete() -> None:
    known = TRAITS | {"apple": APPLE}
    sections = made_up(known.values())
    assert connect(sections, known, base_urls={}, env=site()).keys() == known.keys()
