"""The environment, read once into one frozen, typed record; nothing else reads it.

`FLEETWARD_A__B` is field `b` of section `a`. Any setting can come from a file: `FLEETWARD_X_FILE`.
Unknown `FLEETWARD_` variables and unsafe combinations stop the start.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from fleetward.kernel.hosts import is_on_this_machine

PREFIX = "FLEETWARD_"
SOURCE = str(Path(__file__).parents[2])
DEVELOPMENT_SECRET = "only-for-tests-and-build-steps-never-for-a-server"  # noqa: S105


# What stands for a setting without our prefix, as hosting platforms and `make` give it.
ALIASES = {"FLEETWARD_DATABASE_URL": "DATABASE_URL", "FLEETWARD_WEB__PORT": "PORT"}
IS_SECTION = {"model_type", "model_attributes_type", "dict_type"}


class BadEnvironment(Exception):
    """The environment cannot be used; each line says which variable and why."""


def _service_address(url: str) -> str:
    """An address that others are called below, without the slash at its end."""
    parts = _split(url)
    if url and (parts is None or "@" in parts.netloc or parts.query or parts.fragment):
        raise ValueError(
            "must be an address such as https://api.example.com, without user name and query"
        )
    return url.rstrip("/")


def _own_address(url: str) -> str:
    """The address of this site: its pages lie at the root."""
    parts = _split(url)
    if parts is None or "@" in parts.netloc or parts.path.strip("/") or parts.query:
        raise ValueError("must be an address such as https://fleet.example.com, without a path")
    return url.rstrip("/")


def _proxy_address(url: str) -> str:
    if url and _split(url) is None:
        raise ValueError("must be an address such as http://proxy.example.com:3128")
    return url


def _split(url: str) -> SplitResult | None:
    """The parts of a web address, or None when it is none."""
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if is_web and not re.search(r"\s", url) else None


def _database_address(url: str) -> str:
    try:
        conninfo_to_dict(url)
    except ProgrammingError:
        # libpq's own words repeat the address, and a password with it.
        raise ValueError("must be an address such as postgresql://user@host/database") from None
    return url


ServiceAddress = Annotated[str, AfterValidator(_service_address)]
OwnAddress = Annotated[str, AfterValidator(_own_address)]
ProxyAddress = Annotated[str, AfterValidator(_proxy_address)]
DatabaseAddress = Annotated[str, AfterValidator(_database_address)]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Web(Section):
    """The web server. `hosts` are the names it answers to; `public_url` is used in e-mails.

    Before secrets and rights are given out, a session has proved itself within `step_up_minutes`.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    workers: Annotated[int, Field(ge=1, le=64)] = 2
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    public_url: OwnAddress = "http://127.0.0.1:8000"
    trusted_proxies: tuple[str, ...] = ()
    step_up_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 15


class Metrics(Section):
    """Where `fleetward metrics` listens. Port 0: nothing is counted."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 0


class Mail(Section):
    """SMTP. Without a host nothing is sent, and pages say so."""

    host: str = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    user: str = ""
    password: SecretStr = SecretStr("")
    use_tls: bool = True
    sender: str = "fleetward@localhost"


class SignUp(Section):
    """The identity provider that proves addresses of companies that sign themselves up; empty for
    none (`tenancy.signing_up`).
    """

    issuer: str = ""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")

    @property
    def has_provider(self) -> bool:
        return bool(self.issuer and self.client_id)


class Outgoing(Section):
    """Calls to vendors and webhooks: internal addresses that are allowed, and a proxy."""

    allow_internal: tuple[str, ...] = ()
    proxy: ProxyAddress = ""


class Provider(Section):
    """What the operator sets for one provider. Empty: the connector's own default."""

    base_url: ServiceAddress = ""
    calls_per_minute: Annotated[int, Field(ge=0, le=100_000)] | None = None
    calls_per_day: Annotated[int, Field(ge=0, le=100_000_000)] | None = None


class Warranty(Section):
    """Bulk processing. `lanes` is how many batches of one connection are under way at once.

    A run that is not over after `run_hours` is ended with what it has.
    """

    lanes: Annotated[int, Field(ge=1, le=16)] = 3
    lease_seconds: Annotated[int, Field(ge=5, le=600)] = 45
    run_hours: Annotated[int, Field(ge=1, le=720)] = 72


class Api(Section):
    """The REST interface. Each token may make so many calls a minute; 0: as many as it likes."""

    calls_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = 1_200


class Agents(Section):
    """After so many refused enrolments in a quarter of an hour none is looked at until its end: of
    a source address, of a tenant, and of all together.
    """

    refusals_per_source: Annotated[int, Field(ge=1, le=10_000)] = 30
    refusals_per_tenant: Annotated[int, Field(ge=1, le=100_000)] = 300
    refusals_in_all: Annotated[int, Field(ge=1, le=1_000_000)] = 3_000


class Devices(Section):
    """What this installation adds to the names that we know, as TOML (`devices.rules.names`)."""

    names: str = ""


class Imports(Section):
    """Limits of uploaded device lists, see `infra.files`. `lanes` store one list at a time.

    The rows of a file stay for downloads until `keep_days` after the end of its import.
    """

    max_rows: Annotated[int, Field(ge=1, le=10_000_000)] = 1_000_000
    batch_rows: Annotated[int, Field(ge=100, le=200_000)] = 50_000
    lanes: Annotated[int, Field(ge=1, le=8)] = 2
    keep_days: Annotated[int, Field(ge=1, le=3650)] = 30


class Transfers(Section):
    """One of more devices than `step_up_above` asks for the password again before it begins.

    So many rows are one transaction. Rows of ended transfers stay for `keep_days`.
    """

    step_up_above: Annotated[int, Field(ge=0, le=1_000_000)] = 500
    slice_rows: Annotated[int, Field(ge=1, le=5_000)] = 5_000
    keep_days: Annotated[int, Field(ge=30, le=3650)] = 365


class Exports(Section):
    """Files that exports leave as jobs: each is kept for `keep_days`, `keep_files` for one person.

    No fewer than may be under way at once.
    """

    keep_days: Annotated[int, Field(ge=1, le=365)] = 7
    keep_files: Annotated[int, Field(ge=5, le=10_000)] = 20


class Env(Section):
    """Everything an installation can set at its start."""

    database_url: DatabaseAddress = ""
    migrate_database_url: DatabaseAddress = ""
    data_dir: Path = Path("var")
    key_file: Path | None = None
    secret_key: SecretStr = SecretStr(DEVELOPMENT_SECRET)
    debug: bool = False
    demo: bool = False
    log_format: Annotated[str, Field(pattern="^(json|text)$")] = "text"
    web: Web = Web()
    metrics: Metrics = Metrics()
    mail: Mail = Mail()
    sign_up: SignUp = SignUp()
    outgoing: Outgoing = Outgoing()
    providers: dict[str, Provider] = {}
    warranty: Warranty = Warranty()
    api: Api = Api()
    devices: Devices = Devices()
    agents: Agents = Agents()
    imports: Imports = Imports()
    exports: Exports = Exports()
    transfers: Transfers = Transfers()
    # Credentials for `fleetward check`, which has no sealed ones: FLEETWARD_CHECK__DELL__CLIENT_ID.
    check: dict[str, dict[str, SecretStr]] = {}

    @model_validator(mode="after")
    def _is_safe(self) -> Env:
        is_public = not is_on_this_machine(self.web.public_url)
        if self.debug and is_public:
            raise ValueError("FLEETWARD_DEBUG is for this machine only: public_url is not loopback")
        if self.demo and is_public:
            raise ValueError("FLEETWARD_DEMO is for this machine only: anybody knows its passwords")
        if is_public and not self.is_https:
            raise ValueError(
                "FLEETWARD_WEB__PUBLIC_URL must begin with https: where it is not loopback, or "
                "passwords and sessions would travel readable"
            )
        if is_public and self.secret_key.get_secret_value() == DEVELOPMENT_SECRET:
            raise ValueError("FLEETWARD_SECRET_KEY must be set where public_url is not loopback")
        return self

    @property
    def sealing_key_file(self) -> Path:
        """Where the sealing keys lie (`infra.crypto`)."""
        return self.key_file or self.data_dir / "keys" / "sealing.keys"

    def public_address(self, path: str) -> str:
        """What is handed to people to open, whatever name their own request came by."""
        return f"{self.web.public_url.rstrip('/')}{path}"

    @property
    def metrics_folder(self) -> Path:
        """Where the processes of this machine count (`infra.metric_files`)."""
        return self.data_dir / "metrics"

    @property
    def is_https(self) -> bool:
        return self.web.public_url.startswith("https://")


def read_environment(environ: Mapping[str, str]) -> Env:
    """The typed record of `environ`. Raises: BadEnvironment, with every problem at once."""
    tree: dict[str, Any] = {}
    problems: list[str] = []
    for name, value in sorted(_renamed(environ).items()):
        problems += _place(tree, name, value)
    web, port = tree.get("web"), environ.get("PORT", "")
    if isinstance(web, dict) and port.isdigit() and web.get("port") == port:
        web.setdefault("public_url", f"http://127.0.0.1:{port}")
    try:
        env = Env.model_validate(tree)
    except ValidationError as error:
        problems += [_in_words(problem, environ) for problem in error.errors()]
    if problems:
        raise BadEnvironment("\n".join(problems))
    return env


def _renamed(environ: Mapping[str, str]) -> dict[str, str]:
    """Our variables, those under another name too; our own name wins."""
    ours = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
    for name, alias in ALIASES.items():
        if alias in environ and f"{name}_FILE" not in ours:
            ours.setdefault(name, environ[alias])
    return ours


def _in_words(problem: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """A line about one problem, which never holds the value: it may be a secret."""
    name = f"{PREFIX}{'__'.join(map(str, problem['loc'])).upper()}"
    if problem["type"] == "extra_forbidden":
        return f"{name}: there is no such setting; see docs/reference/settings.md"
    if problem["type"] in IS_SECTION:
        return f"{name}: this is a section; its settings are called {name}__..."
    if isinstance(problem["input"], dict) and problem["loc"]:
        return f"{name}: there are no settings below it; see docs/reference/settings.md"
    if name not in environ and ALIASES.get(name) in environ:
        name = ALIASES[name]
    text = str(problem["ctx"]["error"] if problem["type"] == "value_error" else problem["msg"])
    return f"{name}: {text}" if problem["loc"] else text


def _place(tree: dict[str, Any], name: str, value: str) -> list[str]:
    """Put a variable at its place in the tree; what is wrong with it."""
    *sections, field = name[len(PREFIX) :].lower().split("__")
    if field.endswith("_file") and (sections or field != "key_file"):
        field = field.removesuffix("_file")
        try:
            value = Path(value).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return [f"{name}: there is no file {value}"]
        except (OSError, ValueError):
            return [f"{name}: the file {value} cannot be read as text"]
    section = tree
    for part in sections:
        section = section.setdefault(part, {})
        if not isinstance(section, dict):
            return [f"{name}: cannot stand beside a value for {PREFIX}{part.upper()}"]
    if field in section:
        return [f"{name}: is set twice, by itself and by a file"]
    # Lists are given with commas, as in FLEETWARD_WEB__HOSTS=a.example,b.example.
    is_list = field in {"hosts", "trusted_proxies", "allow_internal"}
    section[field] = [v.strip() for v in value.split(",") if v.strip()] if is_list else value
    return []


@cache
def env() -> Env:
    """The environment of this process. Raises: BadEnvironment."""
    return read_environment(os.environ)


def use_settings() -> None:
    """Tell Django where its settings are; called by the doors before Django is set up."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleetward.config.settings")


def count_in(folder: Path) -> None:
    """Let this process and its children count in files of `folder`. Before anything counts:
    prometheus-client looks once, when it is imported."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def environment_for_children(
    changes: Mapping[str, str], defaults: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Our environment with `changes`, for processes that we start; `defaults` give way to ours."""
    return {**(defaults or {}), **os.environ, **changes}


def environment_without_secrets() -> dict[str, str]:
    """For a child that reads what strangers sent: it imports our code and learns no secret."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return kept | {"PYTHONPATH": SOURCE, "PYTHONUTF8": "1", "POLARS_MAX_THREADS": "2"}
