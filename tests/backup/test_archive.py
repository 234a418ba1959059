"""The file of a backup: what was written is read again; whatever else it is, it is refused."""

from __future__ import annotations

import hashlib
import io
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetward.infra.backup import archive
from fleetward.infra.backup.archive import (
    LAST_LINE_BYTES,
    MANIFEST,
    BackupDamaged,
    BackupTooNew,
    FileExists,
    NoBackup,
    Writer,
    reading,
    writing,
)
from fleetward.infra.backup.folders import dump_files, load_files
from fleetward.infra.backup.manifest import FORMAT, FileEntry, Manifest, TableEntry, encoded

DAMAGED = (NoBackup, BackupDamaged)
quick = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])


def manifest(files: dict[str, FileEntry] | None = None, **more: object) -> Manifest:
    given: dict[str, object] = {
        "format": FORMAT,
        "version": "0.1.0",
        "made_at": "2026-11-27T00:00:00+00:00",
        "postgres": "18.6",
        "migrations": [("infra", "0001_ground")],
        "tables": {"devices_device": TableEntry(["id"], 2, 1, "0" * 64)},
        "sequences": {"devices_device_id_seq": (2, True)},
        "files": files or {},
        "left_out": [],
        "keys": {},
        "lost_keys": [],
        "has_keys": False,
    }
    return Manifest(**{**given, **more})  # type: ignore[arg-type]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.fleetward"
    with writing(path) as writer:
        writer.stream("tables/devices_device", [b"1\n", b"2\n"])
        writer.finish(manifest())
    return path


def look(path: Path) -> None:
    with reading(path) as found:
        assert list(found.stream("tables/devices_device", 1)) == [b"1\n2\n"]


def test_what_was_written_is_read_again(file: Path) -> None:
    look(file)
    with reading(file) as found:
        assert found.manifest == manifest()
    assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_streams_of_any_length_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "PIECE_BYTES", 10)
    streams = {"none": [], "even": [b"x" * 10, b"y" * 10], "odd": [b"", b"abc", b"z" * 28]}
    path = tmp_path / "file"
    with writing(path) as writer:
        written = {name: writer.stream(name, chunks) for name, chunks in streams.items()}
        writer.finish(manifest())
    assert [one.pieces for one in written.values()] == [0, 2, 4]
    with reading(path) as found:
        for name, chunks in streams.items():
            whole = b"".join(found.stream(name, written[name].pieces))
            assert whole == b"".join(chunks)
            assert written[name].size == len(whole)
            assert written[name].sha256 == hashlib.sha256(whole).hexdigest()


def test_tar_reads_it_too(file: Path) -> None:
    done = subprocess.run(["tar", "-tf", str(file)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [
        "fleetward-backup",
        "tables/devices_device/000001.gz",
        "manifest.json",
    ]
    assert done.stderr == ""


@quick
@given(data=st.data())
def test_any_byte_that_is_another_is_found(file: Path, data: st.DataObject) -> None:
    whole = bytearray(file.read_bytes())
    where = data.draw(st.integers(0, len(whole) - 1))
    whole[where] ^= data.draw(st.integers(1, 255))
    refused(file, bytes(whole))


@quick
@given(data=st.data())
def test_any_part_that_is_missing_or_doubled_is_found(file: Path, data: st.DataObject) -> None:
    whole = file.read_bytes()
    start = data.draw(st.integers(0, len(whole) - 1))
    end = data.draw(st.integers(start + 1, len(whole)))
    twice = data.draw(st.booleans())
    refused(file, whole[:end] + whole[start:] if twice else whole[:start] + whole[end:])


@quick
@given(data=st.data())
def test_any_beginning_of_it_is_no_backup(file: Path, data: st.DataObject) -> None:
    whole = file.read_bytes()
    refused(file, whole[: data.draw(st.integers(0, len(whole) - 1))])


@quick
@given(content=st.binary(max_size=2_000))
def test_anything_else_is_no_backup(file: Path, content: bytes) -> None:
    refused(file, content)


def refused(file: Path, content: bytes) -> None:
    changed = file.with_name("changed")
    changed.write_bytes(content)
    with pytest.raises(DAMAGED):
        look(changed)


def sealed(path: Path, body: bytes) -> Path:
    """A file whose last line fits, whatever is before it."""
    digest = hashlib.sha256(body).hexdigest()
    path.write_bytes(body + f"fleetward-sha256 {digest}\n".encode())
    return path


def tar_of(**members: bytes) -> bytes:
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name.replace("__", "."))
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return body.getvalue()


def test_a_later_format_is_told_from_nonsense(tmp_path: Path) -> None:
    later = b'{"format": 99, "version": "9.0", "something": "new"}'
    with (
        pytest.raises(BackupTooNew, match=r"9\.0"),
        reading(sealed(tmp_path / "later", tar_of(manifest__json=later))),
    ):
        pass


@pytest.mark.parametrize(
    "body",
    [
        b"PK\x03\x04 some other archive",
        tar_of(readme=b"a tar of something else"),
        tar_of(manifest__json=b"not json"),
        tar_of(manifest__json=b'{"name": "another program"}'),
        tar_of(manifest__json=b'{"format": 1, "version": "0.1.0"}'),
    ],
)
def test_other_archives_are_refused(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(NoBackup), reading(sealed(tmp_path / "other", body)):
        pass


def test_a_folder_in_the_place_of_the_manifest_is_no_backup(tmp_path: Path) -> None:
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w") as tar:
        info = tarfile.TarInfo(MANIFEST)
        info.type = tarfile.DIRTYPE
        tar.addfile(info)
    with pytest.raises(NoBackup), reading(sealed(tmp_path / "folder", body.getvalue())):
        pass


def test_a_piece_that_is_no_gzip_is_damage(tmp_path: Path) -> None:
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w") as tar:
        writer = Writer(tar)
        writer.member("tables/devices_device/000001.gz", b"\x1f\x8bnot")
        writer.member(MANIFEST, encoded(manifest()))
    with pytest.raises(BackupDamaged):
        look(sealed(tmp_path / "file", body.getvalue()))


def test_a_backup_that_fails_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(ZeroDivisionError), writing(path) as writer:
        writer.stream("x", (b"x" * (1 // n) for n in (1, 0)))
    assert list(tmp_path.iterdir()) == []
    path.write_bytes(b"somebody's")
    with pytest.raises(FileExists), writing(path):
        pass
    assert path.read_bytes() == b"somebody's"


def test_the_last_line_is_as_long_as_readers_think(file: Path) -> None:
    assert file.read_bytes()[-LAST_LINE_BYTES:].startswith(b"fleetward-sha256 ")


Change = Callable[[Path], None]


@pytest.fixture
def uploads(tmp_path: Path) -> Iterator[Path]:
    root = tmp_path / "data"
    for name in ("imports/a/upload", "imports/a/rows.csv", "other/secret"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name, encoding="ascii")
    (root / "imports" / "link").symlink_to("/etc/passwd")
    (root / "imports" / "a" / "odd name").write_text("x", encoding="ascii")
    return root


def test_uploads_come_back_for_our_eyes_only(uploads: Path, tmp_path: Path) -> None:
    path = tmp_path / "file"
    with writing(path) as writer:
        files = dump_files(writer, uploads, ["imports", "absent"])
        writer.finish(manifest(files))
    assert sorted(files) == ["imports/a/rows.csv", "imports/a/upload"]
    with reading(path) as found:
        load_files(found, tmp_path / "new")
    restored = tmp_path / "new" / "imports" / "a" / "upload"
    assert restored.read_text(encoding="ascii") == "imports/a/upload"
    assert restored.stat().st_mode & 0o077 == 0
    assert restored.parent.stat().st_mode & 0o077 == 0


def test_a_file_that_goes_away_meanwhile_is_not_missed(
    uploads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_file = Path.lstat

    def lstat(path: Path) -> object:
        found = is_file(path)
        if path.name == "rows.csv":
            path.unlink()
        return found

    monkeypatch.setattr(Path, "lstat", lstat)
    with writing(tmp_path / "file") as writer:
        files = dump_files(writer, uploads, ["imports"])
        writer.finish(manifest(files))
    assert sorted(files) == ["imports/a/upload"]


@pytest.mark.parametrize("name", ["../outside", "imports/../../outside", "/etc/x", "imports"])
def test_a_file_that_would_lie_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with writing(tmp_path / "file") as writer:
        written = writer.stream(f"files/{name}", [b"x"])
        entry = FileEntry(written.size, written.pieces, written.sha256)
        writer.finish(manifest({name: entry}))
    with reading(tmp_path / "file") as found, pytest.raises(BackupDamaged):
        load_files(found, tmp_path / "data")
    assert not (tmp_path / "outside").exists()


def test_a_file_with_another_digest_is_refused(tmp_path: Path) -> None:
    with writing(tmp_path / "file") as writer:
        writer.stream("files/imports/a/x", [b"x"])
        writer.finish(manifest({"imports/a/x": FileEntry(1, 1, "0" * 64)}))
    with reading(tmp_path / "file") as found, pytest.raises(BackupDamaged):
        load_files(found, tmp_path / "data")
    assert not [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
