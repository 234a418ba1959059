"""The environment, read once into one frozen, typed record; nothing else reads it.

`FLEETWARD_A__B` is field `b` of section `a`. Any setting can come from a file: `FLEETWARD_X_FILE`.
Unknown `FLEETWARD_` variables and unsafe combinations stop the start.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

PREFIX = "FLEETWARD_"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
SOURCE = str(Path(__file__).parents[2])
DEVELOPMENT_SECRET = "only-for-tests-and-build-steps-never-for-a-server"  # noqa: S105


class BadEnvironment(Exception):
    """The environment cannot be used; each line says which variable and why."""


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Web(Section):
    """The web server. `hosts` are the names it answers to; `public_url` is used in e-mails."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    workers: Annotated[int, Field(ge=1, le=64)] = 2
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    public_url: str = "http://127.0.0.1:8000"
    trusted_proxies: tuple[str, ...] = ()


class Mail(Section):
    """SMTP. Without a host nothing is sent, and pages say so."""

    host: str = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    user: str = ""
    password: SecretStr = SecretStr("")
    use_tls: bool = True
    sender: str = "fleetward@localhost"


class Outgoing(Section):
    """Calls to vendors: internal addresses that are allowed, and a proxy."""

    allow_internal: tuple[str, ...] = ()
    proxy: str = ""


class Provider(Section):
    """What the operator sets for one provider. Empty: the connector's own default."""

    base_url: str = ""
    calls_per_minute: Annotated[int, Field(ge=0, le=100_000)] | None = None


class Warranty(Section):
    """Bulk processing. `lanes` is how many batches of one connection are under way at once."""

    lanes: Annotated[int, Field(ge=1, le=16)] = 3
    lease_seconds: Annotated[int, Field(ge=5, le=600)] = 45


class Imports(Section):
    """Limits of uploaded device lists, see `infra.files`. `lanes` store one list at a time."""

    max_rows: Annotated[int, Field(ge=1, le=10_000_000)] = 1_000_000
    batch_rows: Annotated[int, Field(ge=100, le=200_000)] = 50_000
    lanes: Annotated[int, Field(ge=1, le=8)] = 2


class Env(Section):
    """Everything an installation can set at its start."""

    database_url: str = ""
    migrate_database_url: str = ""
    data_dir: Path = Path("var")
    key_file: Path | None = None
    secret_key: SecretStr = SecretStr(DEVELOPMENT_SECRET)
    debug: bool = False
    demo: bool = False
    log_format: Annotated[str, Field(pattern="^(json|text)$")] = "text"
    web: Web = Web()
    mail: Mail = Mail()
    outgoing: Outgoing = Outgoing()
    providers: dict[str, Provider] = {}
    warranty: Warranty = Warranty()
    imports: Imports = Imports()
    # Credentials for `fleetward check`, which has no sealed ones: FLEETWARD_CHECK__DELL__CLIENT_ID.
    check: dict[str, dict[str, SecretStr]] = {}

    @model_validator(mode="after")
    def _is_safe(self) -> Env:
        is_public = urlsplit(self.web.public_url).hostname not in LOOPBACK
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

    @property
    def is_https(self) -> bool:
        return self.web.public_url.startswith("https://")


def read_environment(environ: Mapping[str, str]) -> Env:
    """The typed record of `environ`. Raises: BadEnvironment, with every problem at once."""
    tree: dict[str, Any] = {}
    problems: list[str] = []
    for name, value in sorted(environ.items()):
        if name.startswith(PREFIX):
            problems += _place(tree, name, value)
    tree.setdefault("database_url", environ.get("DATABASE_URL", ""))
    if "PORT" in environ and "port" not in tree.get("web", {}):
        tree.setdefault("web", {})["port"] = environ["PORT"]
        tree["web"].setdefault("public_url", f"http://127.0.0.1:{environ['PORT']}")
    try:
        env = Env.model_validate(tree)
    except ValidationError as error:
        problems += [
            f"{PREFIX}{'__'.join(str(p) for p in e['loc']).upper()}: {_in_words(e)}"
            for e in error.errors()
        ]
    if problems:
        raise BadEnvironment("\n".join(problems))
    return env


def _in_words(problem: Mapping[str, Any]) -> str:
    if problem["type"] == "extra_forbidden":
        return "there is no such setting; see docs/reference/settings.md"
    return str(problem["msg"])


def _place(tree: dict[str, Any], name: str, value: str) -> list[str]:
    path = name[len(PREFIX) :].lower().split("__")
    if path[-1].endswith("_file") and path != ["key_file"]:
        path[-1] = path[-1].removesuffix("_file")
        file = Path(value)
        if not file.is_file():
            return [f"{name}: there is no file {value}"]
        value = file.read_text(encoding="utf-8").strip()
    section = tree
    for part in path[:-1]:
        section = section.setdefault(part, {})
    # Lists are given with commas, as in FLEETWARD_WEB__HOSTS=a.example,b.example.
    is_list = path[-1] in {"hosts", "trusted_proxies", "allow_internal"}
    section[path[-1]] = [v.strip() for v in value.split(",") if v.strip()] if is_list else value
    return []


@cache
def env() -> Env:
    """The environment of this process. Raises: BadEnvironment."""
    return read_environment(os.environ)


def use_settings() -> None:
    """Tell Django where its settings are; called by the doors before Django is set up."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleetward.config.settings")


def environment_for_children(
    changes: Mapping[str, str], defaults: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Our environment with `changes`, for processes that we start; `defaults` give way to ours."""
    return {**(defaults or {}), **os.environ, **changes}


def environment_without_secrets() -> dict[str, str]:
    """For a child that reads what strangers sent: it imports our code and learns no secret."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return kept | {"PYTHONPATH": SOURCE, "PYTHONUTF8": "1", "POLARS_MAX_THREADS": "2"}
