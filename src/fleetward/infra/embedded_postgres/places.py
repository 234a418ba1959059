"""Where an embedded server lies, and as which user it runs: PostgreSQL refuses to run as root."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from pathlib import Path

SYSTEM_HOME = Path("/var/lib/fleetward")
SERVER_ACCOUNTS = ("fleetward", "postgres", "nobody")
# The address of a Unix socket holds 107 bytes; PostgreSQL adds "/.s.PGSQL.5432.lock".
LONGEST_SOCKET_FOLDER = 85


def server_account() -> pwd.struct_passwd | None:
    """Whom the server runs as when we are root; None where it runs as ourselves."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in SERVER_ACCOUNTS if name in known)


def is_reachable(path: Path) -> bool:
    """Whether any user may walk down to `path`, which need not exist yet."""
    parents = [p for p in (path, *path.parents) if p.exists()]
    return all(p.stat().st_mode & stat.S_IXOTH for p in parents)


def home_for(data_dir: Path) -> Path:
    """The folder of the server that belongs to `data_dir`.

    It lies inside. Where root's own folders are closed to the server's user it is below
    `SYSTEM_HOME` instead, named after `data_dir`.
    """
    inside = data_dir.resolve() / "postgres"
    if server_account() is None or is_reachable(inside.parent):
        return inside
    forget_orphans()
    home = SYSTEM_HOME / hashlib.sha256(str(inside).encode()).hexdigest()[:16]
    home.mkdir(parents=True, exist_ok=True)
    (home / "belongs-to").write_text(f"{inside.parent}\n", encoding="utf-8")
    return home


def forget_orphans() -> None:
    """Remove servers of clones that lay in the temporary folder and are gone."""
    for note in SYSTEM_HOME.glob("*/belongs-to"):
        owner = Path(note.read_text(encoding="utf-8").strip())
        is_temporary = owner.is_relative_to(tempfile.gettempdir())
        if is_temporary and not owner.parent.exists():
            shutil.rmtree(note.parent, ignore_errors=True)


def socket_folder(home: Path) -> Path:
    """Where the socket of the server in `home` lies: a short path."""
    inside = home / "socket"
    if len(str(inside)) <= LONGEST_SOCKET_FOLDER:
        return inside
    digest = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"fleetward-{os.geteuid()}-{digest}"


def give(path: Path, account: pwd.struct_passwd | None) -> None:
    """Make a private folder that belongs to the server's user."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    owner = os.geteuid() if account is None else account.pw_uid
    if path.is_symlink() or path.stat().st_uid not in {os.geteuid(), owner}:
        raise PermissionError(f"{path} belongs to somebody else")
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid)
    path.chmod(0o700)
