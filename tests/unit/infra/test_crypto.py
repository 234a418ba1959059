"""Sealing: bound to tenant and field, rotatable, and refusing a bad key file."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetward.infra.crypto import (
    BadKeyFile,
    BadSeal,
    create_key_file,
    load_keys,
    new_key,
    replace_keys,
    seal,
    unseal,
)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "sealing.keys"
    create_key_file(path)
    return path


def test_a_seal_opens_for_its_tenant_and_field_only(key_file: Path) -> None:
    ring = load_keys(key_file)
    sealed = seal(ring, "s3cret", tenant="A", field="client_secret")
    assert "s3cret" not in sealed
    assert unseal(ring, sealed, tenant="A", field="client_secret") == "s3cret"
    for tenant, field in (("B", "client_secret"), ("A", "token")):
        with pytest.raises(BadSeal):
            unseal(ring, sealed, tenant=tenant, field=field)


def test_a_new_first_key_seals_and_the_old_one_still_opens(key_file: Path, tmp_path: Path) -> None:
    old = seal(load_keys(key_file), "s3cret", tenant="A", field="f")
    other = tmp_path / "other"
    create_key_file(other)
    rotated = tmp_path / "rotated"
    rotated.write_text(other.read_text() + key_file.read_text())
    ring = load_keys(rotated)
    assert unseal(ring, old, tenant="A", field="f") == "s3cret"
    assert seal(ring, "x", tenant="A", field="f").split(":")[0] == other.read_text().split()[0]
    with pytest.raises(BadSeal, match="not in the key file"):
        unseal(load_keys(other), old, tenant="A", field="f")


def test_an_existing_key_file_is_never_replaced(key_file: Path) -> None:
    before = key_file.read_text()
    create_key_file(key_file)
    assert key_file.read_text() == before
    assert key_file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"", b"k1 short\n", b"nonsense\n", b"\xff\xfe", b"k1 !!!!\n"])
def test_a_damaged_key_file_is_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "damaged"
    path.write_bytes(content)
    with pytest.raises(BadKeyFile, match="damaged"):
        load_keys(path)


def test_a_missing_key_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadKeyFile, match="Restore it from your backup"):
        load_keys(tmp_path / "none")


def test_a_damaged_seal_does_not_open(key_file: Path) -> None:
    ring = load_keys(key_file)
    sealed = seal(ring, "s3cret", tenant="A", field="f")
    with pytest.raises(BadSeal):
        unseal(ring, sealed[:-6] + "AAAAA=", tenant="A", field="f")


def test_a_key_file_that_is_replaced_takes_effect_at_once(key_file: Path, tmp_path: Path) -> None:
    before = load_keys(key_file).current
    other = tmp_path / "other"
    create_key_file(other)
    other.replace(key_file)
    assert load_keys(key_file).current != before
    key_file.unlink()
    with pytest.raises(BadKeyFile):
        load_keys(key_file)


def test_keys_are_replaced_whole_and_keep_the_files_rights(key_file: Path) -> None:
    key_file.chmod(0o640)
    keys = dict(load_keys(key_file).keys)
    name, key = new_key()
    replace_keys(key_file, {name: key, **keys})
    assert list(load_keys(key_file).keys) == [name, *keys]
    assert key_file.stat().st_mode & 0o777 == 0o640
    assert [file.name for file in key_file.parent.iterdir()] == [key_file.name]


def test_a_replacement_that_fails_leaves_the_old_keys(key_file: Path) -> None:
    before = key_file.read_bytes()
    with pytest.raises(UnicodeEncodeError):
        replace_keys(key_file, {"é": b"x" * 32})
    assert key_file.read_bytes() == before
    assert [file.name for file in key_file.parent.iterdir()] == [key_file.name]
