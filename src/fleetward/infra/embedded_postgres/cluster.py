"""One embedded server: made once, started, awaited, stopped."""

from __future__ import annotations

import ctypes
import getpass
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import quote, urlencode

import psycopg

from fleetward.infra.embedded_postgres.binaries import find_programs
from fleetward.infra.embedded_postgres.places import give, server_account, socket_folder

SUPERUSER = "postgres"
MAP = "fleetward"
# Only names the socket; said everywhere, lest PGPORT of the environment is taken.
PORT = "5432"
# After `kill -9` of the server a busy backend may live on and hold the shared memory for a while.
START_SECONDS = 40.0
STOP_SECONDS = 20.0
MEGABYTE = 1024 * 1024
PR_SET_PDEATHSIG = 1


class DidNotStart(Exception):
    """The server did not come up; the text ends with the last lines of its log."""


def settings_for_this_machine() -> dict[str, str]:
    """Server settings for a small machine; buffers grow with its memory."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MEGABYTE
    return {
        "shared_buffers": f"{min(max(memory // 8, 128), 2048)}MB",
        "work_mem": "32MB",
        "maintenance_work_mem": "256MB",
        # Trigram indexes of a big import: 7.7 s instead of 17 with the default of 4 MB.
        "gin_pending_list_limit": "256MB",
        "max_wal_size": "4GB",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }


def die_with_parent() -> None:
    """Linux: ask for a fast shutdown when the process that started us is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


@dataclass
class Cluster:
    """A server whose files lie in `home`. Not shared between threads."""

    home: Path
    settings: Mapping[str, str] = field(default_factory=settings_for_this_machine)
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    def url(self, role: str, database: str) -> str:
        """The address of a database for one of its roles; peers need no password."""
        where = urlencode({"host": str(socket_folder(self.home)), "port": PORT}, quote_via=quote)
        return f"postgresql://{role}@/{database}?{where}"

    @property
    def superuser_url(self) -> str:
        return self.url(SUPERUSER, "postgres")

    def start(self) -> None:
        """Make the server's files at the first time, start it and wait until it answers.

        Raises: DidNotStart, NoServerPrograms.
        """
        programs, account = find_programs(), server_account()
        self.home.mkdir(parents=True, exist_ok=True)
        give(socket_folder(self.home), account)
        if not (self.data / "PG_VERSION").exists():
            self._make(programs, account)
        self._let_in_our_user(account)
        deadline = time.monotonic() + START_SECONDS
        with self.log.open("ab") as log:
            self.process = self._launch(programs, account, log)
            while not self._answers():
                if time.monotonic() > deadline:
                    self.stop()
                    raise DidNotStart(self._tail())
                if self.process.poll() is not None:
                    time.sleep(0.5)
                    self.process = self._launch(programs, account, log)
                time.sleep(0.03)

    def stop(self) -> None:
        """Shut down fast: open transactions are rolled back, nothing acknowledged is lost."""
        process, self.process = self.process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)
            process.wait()

    def _make(self, programs: Path, account: pwd.struct_passwd | None) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        give(self.data, account)
        made = subprocess.run(
            [
                str(programs / "initdb"),
                f"--pgdata={self.data}",
                f"--username={SUPERUSER}",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--auth=reject",
                *(["--no-sync"] if self.settings.get("fsync") == "off" else []),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env={"LC_ALL": "C", "PATH": os.defpath},
            user=_uid(account),
            group=_gid(account),
            extra_groups=[] if account else None,
        )
        if made.returncode:
            raise DidNotStart(made.stdout + made.stderr)

    def _let_in_our_user(self, account: pwd.struct_passwd | None) -> None:
        us = getpass.getuser() if account is None else "root"
        for name, line in {
            "pg_hba.conf": f"local all all peer map={MAP}\n",
            "pg_ident.conf": f'{MAP} "{us}" all\n',
        }.items():
            file = self.data / name
            file.write_text(line, encoding="utf-8")
            if account is not None:
                os.chown(file, account.pw_uid, account.pw_gid)

    def _launch(
        self, programs: Path, account: pwd.struct_passwd | None, log: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        options = {
            **self.settings,
            "listen_addresses": "",
            "port": PORT,
            "unix_socket_directories": str(socket_folder(self.home)),
            "unix_socket_permissions": "0700",
        }
        pairs = [part for k, v in options.items() for part in ("-c", f"{k}={v}")]
        return subprocess.Popen(
            [str(programs / "postgres"), "-D", str(self.data), *pairs],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env={"LC_ALL": "C", "PATH": os.defpath},
            process_group=0,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - the starter has one thread
            user=_uid(account),
            group=_gid(account),
            extra_groups=[] if account else None,
        )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.superuser_url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _tail(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join([f"PostgreSQL did not start; its log is {self.log}:", *lines[-15:]])


def _uid(account: pwd.struct_passwd | None) -> int | None:
    return account.pw_uid if account else None


def _gid(account: pwd.struct_passwd | None) -> int | None:
    return account.pw_gid if account else None
