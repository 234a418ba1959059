"""Files that an operator gives by hand are read, or refused in our words; never a traceback."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from fleetward.cli.check_credentials import connect, read_sections
from fleetward.cli.lists import lists
from fleetward.config.env import BadEnvironment, Env, read_environment
from fleetward.connectors.apple.assertion import BadKey, read_key
from fleetward.connectors.dell.config import TRAITS as DELL
from fleetward.devices.queries.pure import BadNames, parse_names
from fleetward.infra.crypto import BadKeyFile, parse_keys
from fleetward.warranty.rules import parse_not_cover

# What makes readers of TOML stumble, beside what they say of themselves.
ENDLESS = ("x = " + "[" * 5000, "x = " + "1" * 5000, "a." * 3000 + "b = 1", "x = {" * 3000)
_SOUP = st.lists(
    st.sampled_from(
        [
            *("[dell]", "[[not_cover]]", "not_cover", "client_id", "client_secret", "base_url"),
            *("code", "name_contains", "provider", " = ", '"', "'", "\n", "[", "]", "{", "}", "3"),
            *("[manufacturers]", "[headers]", "[server_lines]", "[virtual_machines]", "words"),
            *("serial", '["a"]', '["*"]', "Dell", "[[headers]]", "[headers.serial]", ","),
            *('"text"', "https://[::1", "\\u0000", "\0", "é", "x" * 200, "1979-05-27", "nan"),
        ]
    ),
    max_size=30,
).map("".join)
TEXTS = _SOUP | st.text(max_size=60) | st.sampled_from(ENDLESS)
BYTES = TEXTS.map(lambda text: text.encode(errors="replace")) | st.binary(max_size=60)


@given(BYTES)
def test_credentials_of_the_command(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "vendors.toml"
        file.write_bytes(content)
        try:
            sections = read_sections(file, Env())
            connect(sections, {"dell": DELL}, base_urls={}, env=Env())
        except click.UsageError as refusal:
            assert refusal.message  # noqa: PT017 - a file that is read is fine as well


@given(TEXTS)
def test_codes_that_are_no_cover(text: str) -> None:
    try:
        entries = parse_not_cover(text)
    except ValueError:
        return
    assert all(entry.code or entry.name_contains for entry in entries)


@pytest.mark.parametrize("text", ["not_cover = 3", "not_cover = [1]", "[[notcover]]", *ENDLESS])
def test_a_list_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not_cover|entry|nested|limit|Invalid|Expected"):
        parse_not_cover(text)


@given(TEXTS)
def test_names_of_an_installation(text: str) -> None:
    try:
        names = parse_names(text)
    except BadNames as refusal:
        assert str(refusal)  # noqa: PT017 - a file that is read is fine as well
        return
    assert all(isinstance(word, str) for _, words in names.headers for word in words)


@pytest.mark.parametrize("text", ["[makers]", "headers = [1]", *ENDLESS])
def test_names_of_another_shape_are_refused(text: str) -> None:
    with pytest.raises(BadNames, match=r"part|nested|TOML"):
        parse_names(text)


_PEM = st.lists(
    st.sampled_from(
        [
            *("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "\n", "\\n", "\r\n"),
            *("-----BEGIN EC PRIVATE KEY-----", "-----END EC PRIVATE KEY-----", "=", " ", "\0"),
            *("MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg", "MHcCAQEE", "AAAA", "é", "\x85"),
        ]
    ),
    max_size=12,
).map("".join)


@given(_PEM | st.text(max_size=60))
def test_keys_for_apple(text: str) -> None:
    with suppress(BadKey):
        assert read_key(text).curve.name == "secp256r1"


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 500 + b"\nGOOD", b"A\0B\n", "½".encode()])
def test_junk_serials_are_set_or_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "list"
    file.write_bytes(content)
    done = CliRunner().invoke(lists, ["set-junk-serials", str(file)])
    assert done.exit_code in {0, 1}
    assert "Error: " in done.output if done.exit_code else "junk serials" in done.output


@given(st.binary(max_size=80))
def test_key_files(content: bytes) -> None:
    with suppress(BadKeyFile):
        assert parse_keys(content, "The file").keys


@given(st.dictionaries(st.sampled_from(
    ["FLEETWARD_WEB__PORT", "FLEETWARD_WEB", "FLEETWARD_", "FLEETWARD___", "FLEETWARD_WEB__HOSTS",
     "FLEETWARD_DATABASE_URL", "DATABASE_URL", "PORT", "FLEETWARD_PROVIDERS__X__BASE_URL",
     "FLEETWARD_OUTGOING__PROXY", "FLEETWARD_WEB__PUBLIC_URL", "FLEETWARD_CHECK__X",
     "FLEETWARD_SECRET_KEY_FILE", "FLEETWARD_LOG_FORMAT", "FLEETWARD_DEMO"]),
    st.text(max_size=20) | st.sampled_from(["https://[", "http://a:99999", "postgresql://%", "8"]),
))  # fmt: skip
def test_environments(environ: dict[str, str]) -> None:
    try:
        read_environment(environ)
    except BadEnvironment as refusal:
        assert str(refusal)  # noqa: PT017 - an environment that is read is fine as well
