"""What `deploy/` holds fits the product: settings, commands, limits, sandbox."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from signal import Signals

import click
import pytest

from fleetward.cli.main import COMMANDS, fleetward
from fleetward.config.env import Env, read_environment
from fleetward.connectors.registry import load_providers
from fleetward.infra.files.limits import DEFAULT_LIMITS, MEBIBYTE
from fleetward.infra.jobs import IMPORTS
from fleetward.infra.workers import SHUTDOWN_SECONDS, pools_of
from fleetward.web.probes import PROBES
from fleetward.web.uploads import ALLOWANCE
from tests.races import wait_until

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
GUIDES = tuple(ROOT / f"docs/howto/{name}.md" for name in ("install-for-production", "size-it"))
PROGRAM = "/opt/fleetward/bin/fleetward"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
AS_OWNER = {"fleetward-migrate.service", "fleetward-backup.service"}
NGINX = (DEPLOY / "nginx/fleetward.conf").read_text(encoding="utf-8")
CADDY = (DEPLOY / "caddy/Caddyfile").read_text(encoding="utf-8")
# What a request may hold: the largest file, and what the API allows around it.
LARGEST_BODY = DEFAULT_LIMITS.plain_bytes + max(MEBIBYTE, ALLOWANCE)
PROTECTIONS = re.compile(
    r"content-security-policy|strict-transport|x-frame-options|x-content-type|referrer-policy"
)


def files() -> list[Path]:
    found = [path for path in DEPLOY.rglob("*") if path.is_file()]
    return [*found, *GUIDES]


def unknown_settings(text: str) -> set[str]:
    reference = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    known = set(re.findall(r"FLEETWARD_[A-Z_]+", reference))
    named = set(re.findall(r"FLEETWARD_[A-Z_]*[A-Z]\b", text))
    return {name for name in named if not {name, name.removesuffix("_FILE")} & known}


def unknown_commands(text: str) -> list[str]:
    """Commands of ours with their options, as far as they are named, that do not exist."""
    calls = re.findall(rf"(?:{PROGRAM}|fleetward-admin|`fleetward) ([a-z][^\n`'|]*)", text)
    return [call for call in calls if not is_known(call.split())]


def is_known(words: list[str]) -> bool:
    if words[0] not in COMMANDS:
        return False
    context = click.Context(fleetward)
    command = fleetward.get_command(context, words.pop(0))
    while isinstance(command, click.Group) and words:
        command = command.get_command(context, words.pop(0))
    if command is None:
        return False
    options = {name for parameter in command.params for name in parameter.opts}
    return {word.partition("=")[0] for word in words if word.startswith("--")} <= options


def lines_of(unit: Path, name: str) -> list[str]:
    text = unit.read_text(encoding="utf-8")
    return re.findall(rf"^{name}=(.*)$", text, re.MULTILINE)


def environment_of(unit: Path, folder: Path) -> Env:
    """What the unit's process is given, with made-up secrets in the place of credentials."""
    for name in ("database-url", "migrate-database-url"):
        (folder / name).write_text(f"postgresql://{name}@db.example/fleetward", encoding="utf-8")
    (folder / "secret-key").write_text("made up for a test", encoding="utf-8")
    given = (DEPLOY / "settings.env").read_text(encoding="utf-8").splitlines()
    given += [line.replace("%d", str(folder)) for line in lines_of(unit, "Environment")]
    pairs = [line.partition("=") for line in given if line and not line.startswith("#")]
    return read_environment({name: value for name, _, value in pairs})


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_every_setting_and_command_that_is_named_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert unknown_settings(text) == set()
    assert unknown_commands(text) == []


def test_control_what_does_not_exist_is_found() -> None:
    assert unknown_settings("FLEETWARD_WEB__PROT=1") == {"FLEETWARD_WEB__PROT"}
    assert unknown_commands(f"{PROGRAM} serv\n{PROGRAM} worker --no-such\n") == [
        "serv",
        "worker --no-such",
    ]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_starts_its_command_with_the_settings_that_it_needs(
    unit: Path, tmp_path: Path
) -> None:
    env = environment_of(unit, tmp_path)
    assert env.is_https
    assert env.database_url.startswith("postgresql://database-url@")
    assert bool(env.migrate_database_url) == (unit.name in AS_OWNER)
    handed = {line.partition(":")[0] for line in lines_of(unit, "LoadCredential")}
    used = re.findall(r"%d/([\w-]+)", unit.read_text(encoding="utf-8"))
    assert handed == set(used)
    assert str(env.data_dir) == f"/var/lib/{lines_of(unit, 'StateDirectory')[0]}"


def sandbox(unit: Path) -> str:
    return (
        unit.read_text(encoding="utf-8").partition("# The sandbox")[2].partition("\n[")[0].strip()
    )


def test_every_unit_has_the_same_sandbox() -> None:
    assert len({sandbox(unit) for unit in UNITS}) == 1
    for line in ("NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict"):
        assert f"\n{line}\n" in sandbox(UNITS[0])


# What systemd knows of what our units use; systemd.unit(5), systemd.exec(5) and their neighbours.
KNOWN = {
    "Unit": "After Description StartLimitIntervalSec Wants",
    "Install": "WantedBy",
    "Timer": "OnCalendar Persistent RandomizedDelaySec",
    "Service": """
        AmbientCapabilities CapabilityBoundingSet Environment EnvironmentFile ExecStart
        ExecStartPost Group IOSchedulingClass KillMode LimitNOFILE LoadCredential LockPersonality
        LogNamespace MemoryMax Nice NoNewPrivileges OOMPolicy PrivateDevices PrivateTmp ProtectClock
        ProtectControlGroups ProtectHome ProtectHostname ProtectKernelLogs ProtectKernelModules
        ProtectKernelTunables ProtectProc ProtectSystem ReadOnlyPaths ReadWritePaths RemoveIPC
        Restart RestartSec RestrictAddressFamilies RestrictNamespaces RestrictRealtime
        RestrictSUIDSGID StateDirectory StateDirectoryMode SystemCallArchitectures
        SystemCallErrorNumber SystemCallFilter TimeoutStartSec TimeoutStopSec Type UMask User
        WorkingDirectory
    """,
}


def told_by_table(folder: Path) -> list[str]:
    """Names that stand where systemd knows none of the kind."""
    found = []
    for path in sorted(folder.iterdir()):
        known: list[str] = []
        for line in path.read_text(encoding="utf-8").splitlines():
            name = line.partition("=")[0]
            if line.startswith("["):
                known = KNOWN.get(line.strip("[]"), "").split()
            elif line and line[0] not in "#; \t" and name not in known:
                found.append(f"{path.name}: {name}")
    return found


def told_by_systemd(folder: Path) -> list[str]:
    """What systemd finds wrong with the units in a folder."""
    command = ["systemd-analyze", "verify", *map(str, sorted(folder.iterdir()))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # Other units of the machine are none of ours.
    return [line for line in done.stderr.splitlines() if "fleetward" in line]


# systemd judges more than names, on every machine that has it.
JUDGES = [told_by_table, *([told_by_systemd] if shutil.which("systemd-analyze") else [])]


@pytest.mark.parametrize("told", JUDGES)
def test_nothing_is_wrong_with_the_units(told: Callable[[Path], list[str]], tmp_path: Path) -> None:
    for source in sorted((DEPLOY / "systemd").iterdir()):
        text = source.read_text(encoding="utf-8").replace(PROGRAM, sys.executable)
        (tmp_path / source.name).write_text(text, encoding="utf-8")
    assert told(tmp_path) == []
    # The control: a key that systemd does not know.
    unit = tmp_path / UNITS[0].name
    unit.write_text(unit.read_text(encoding="utf-8").replace("UMask=", "Umask="), encoding="utf-8")
    assert len(told(tmp_path)) == 1


ENVIRONMENT_OF_ROOT = {"PATH": "/usr/bin:/bin"}
SHOWS = """#!/bin/sh
env | grep ^FLEETWARD_ | sort
for one in DATABASE_URL MIGRATE_DATABASE_URL SECRET_KEY; do
    eval "cat \\"\\$FLEETWARD_${one}_FILE\\""
done
exit 7
"""


def admin_command(folder: Path, settings: str, shows: str = SHOWS) -> list[str]:
    """`fleetward-admin` for a folder, as whoever runs the tests."""
    (folder / "etc/credentials").mkdir(parents=True)
    (folder / "etc/settings.env").write_text(settings, encoding="utf-8")
    for name in ("database-url", "migrate-database-url", "secret-key"):
        (folder / f"etc/credentials/{name}").write_text(f"CANARY-{name}\n", encoding="utf-8")
    (folder / "run").mkdir()
    program = folder / "fleetward"
    program.write_text(shows, encoding="utf-8")
    program.chmod(0o755)
    text = (DEPLOY / "fleetward-admin").read_text(encoding="utf-8")
    for part, instead in {
        "/etc/fleetward": str(folder / "etc"),
        "/var/lib/fleetward": str(folder),
        "/run/": f"{folder}/run/",
        PROGRAM: str(program),
        "setpriv --reuid fleetward --regid fleetward --clear-groups --no-new-privs": "",
        "-o fleetward -g fleetward": "",
        "chown fleetward:fleetward": "true",
    }.items():
        assert part in text
        text = text.replace(part, instead)
    return ["/bin/sh", "-c", text, "fleetward-admin", "check-config"]


def run_admin(folder: Path, settings: str) -> subprocess.CompletedProcess[str]:
    command = admin_command(folder, settings)
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=ENVIRONMENT_OF_ROOT
    )


def wait_until_cleared(folder: Path) -> None:
    """No file of a secret is left."""
    wait_until(lambda: list((folder / "run").iterdir()) == [])


def test_a_command_of_the_administrator_has_settings_and_files_of_secrets(tmp_path: Path) -> None:
    done = run_admin(tmp_path, (DEPLOY / "settings.env").read_text(encoding="utf-8"))
    shown = done.stdout.splitlines()
    given = {line.partition("=")[0]: line.partition("=")[2] for line in shown if "=" in line}
    assert given["FLEETWARD_WEB__PUBLIC_URL"] == "https://fleet.example.com"
    assert not any("CANARY" in value for value in given.values())
    assert shown[-3:] == ["CANARY-database-url", "CANARY-migrate-database-url", "CANARY-secret-key"]
    assert done.returncode == 7
    wait_until_cleared(tmp_path)


WAITS = """#!/bin/sh
trap 'cat "$FLEETWARD_SECRET_KEY_FILE"; exit 9' TERM
touch ready
while :; do sleep 0.1; done
"""


@pytest.mark.parametrize(("number", "code"), [(Signals.SIGTERM, 9), (Signals.SIGKILL, -9)])
def test_a_command_of_the_administrator_is_told_to_end_at_once(
    tmp_path: Path, number: Signals, code: int
) -> None:
    command = admin_command(tmp_path, "FLEETWARD_A=1\n", WAITS)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT_OF_ROOT
    ) as process:
        wait_until((tmp_path / "ready").exists)
        assert list((tmp_path / "run").iterdir()) != []
        process.send_signal(number)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == code
    assert said == ("CANARY-secret-key\n" if code == 9 else "")
    wait_until_cleared(tmp_path)


VALUES = {
    "a b": "a b",
    '"a b"': "a b",
    "'a=b#c'": "a=b#c",
    "": "",
    '""': "",
    "a b  ": "a b",
    "$(touch pwned)": "$(touch pwned)",
    "`touch pwned`;touch pwned": "`touch pwned`;touch pwned",
    "'$HOME & *'": "$HOME & *",
}


@pytest.mark.parametrize("value", VALUES)
def test_a_setting_is_read_and_never_run(tmp_path: Path, value: str) -> None:
    done = run_admin(tmp_path, f"# $(touch pwned)\n\nTZ=UTC\nFLEETWARD_SOME_SETTING={value}")
    assert f"FLEETWARD_SOME_SETTING={VALUES[value]}" in done.stdout.splitlines()
    assert not (tmp_path / "pwned").exists()


def test_control_a_shell_that_takes_it_in_would_run_it(tmp_path: Path) -> None:
    (tmp_path / "settings.env").write_text("FLEETWARD_X=$(touch pwned)\n", encoding="utf-8")
    subprocess.run(["/bin/sh", "-c", ". ./settings.env"], cwd=tmp_path, check=True)
    assert (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    "line",
    [
        "touch pwned",
        "FLEETWARD_X=a\\",
        'FLEETWARD_X=a"b',
        'FLEETWARD_X="',
        "FLEETWARD_X= a",
        "FLEETWARD_$(touch pwned)=1",
    ],
)
def test_a_line_that_systemd_might_read_otherwise_is_refused(tmp_path: Path, line: str) -> None:
    done = run_admin(tmp_path, f"FLEETWARD_A=1\n{line}\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert "line 2" in done.stderr
    assert not (tmp_path / "pwned").exists()


def test_a_worker_has_the_memory_and_the_time_that_it_may_need() -> None:
    unit = DEPLOY / "systemd/fleetward-worker@.service"
    readers = next(pool.threads for pool in pools_of(1) if pool.queue == IMPORTS)
    gibibytes = int(lines_of(unit, "MemoryMax")[0].removesuffix("G"))
    assert gibibytes * 1024 * MEBIBYTE > readers * DEFAULT_LIMITS.memory_bytes
    assert int(lines_of(unit, "TimeoutStopSec")[0]) > 2 * SHUTDOWN_SECONDS


def test_proxies_let_the_largest_file_through() -> None:
    for text, pattern in ((NGINX, r"client_max_body_size (\d+)m;"), (CADDY, r"max_size (\d+)MiB")):
        found = re.search(pattern, text)
        assert found is not None
        assert int(found.group(1)) * MEBIBYTE > LARGEST_BODY


def test_proxies_speak_to_the_web_server_and_are_trusted_by_it(tmp_path: Path) -> None:
    env = environment_of(UNITS[0], tmp_path)
    where = f"{env.web.host}:{env.web.port}"
    assert set(re.findall(r"proxy_pass http://(\S+);", NGINX)) == {where}
    assert re.findall(r"reverse_proxy (\S+)", CADDY) == [where]
    assert env.web.host in env.web.trusted_proxies
    assert set(re.findall(r"server_name (\S+);", NGINX)) == set(env.web.hosts)
    for header in ("Host", "X-Forwarded-For", "X-Forwarded-Proto", "X-Request-ID"):
        assert f"proxy_set_header {header} " in NGINX


def test_proxies_keep_probes_inside_and_add_no_header_of_ours() -> None:
    assert all(path.startswith("/health/") for path in PROBES)
    for text in (NGINX, CADDY):
        assert "/health/" in text
        settings = "\n".join(line for line in text.lower().splitlines() if "#" not in line)
        assert not PROTECTIONS.search(settings)


def test_limits_of_vendors_are_told_as_connectors_keep_them() -> None:
    page = (ROOT / "docs/howto/size-it.md").read_text(encoding="utf-8")
    told = re.findall(
        r"^\| (\w+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]*) ?\| ([\d,]+)", page, re.MULTILINE
    )
    kept = {provider.traits.key: provider.traits for provider in load_providers().values()}
    assert {key for key, *_ in told} == kept.keys() - {"hp"}
    for key, *cells in told:
        batch, minute, day, hour = (int(cell.replace(",", "") or 0) for cell in cells)
        traits = kept[key]
        limits = (traits.max_batch, traits.calls_per_minute, traits.calls_per_day or 0)
        assert (batch, minute, day) == limits
        assert hour == batch * minute * 60
