"""`fleetward check-config`: every setting with its value, secrets masked."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import click
from pydantic import BaseModel, SecretStr
from rich.console import Console
from rich.table import Table

from fleetward.cli.own_names import use_own_names
from fleetward.cli.provider_settings import refuse_unfit_providers
from fleetward.config.env import PREFIX, Env, env

MASK = "********"


@click.command("check-config")
def check_config() -> None:
    """Show the settings of this installation; end with an error when one cannot be used."""
    refuse_unfit_providers(env())
    use_own_names(env())
    table = Table("Setting", "Value", "", box=None, pad_edge=False)
    for name, value, is_default in rows(env()):
        table.add_row(name, value, "default" if is_default else "set")
    # Never narrower than the longest line: the table is read by people and by programs.
    Console(width=160, highlight=False).print(table)


def rows(settings: Env) -> Iterator[tuple[str, str, bool]]:
    """Name, masked value, and whether it is the default, of every setting."""
    yield from _section(settings, PREFIX)


def _section(section: BaseModel, prefix: str) -> Iterator[tuple[str, str, bool]]:
    for name in type(section).model_fields:
        value, label = getattr(section, name), f"{prefix}{name.upper()}"
        if isinstance(value, BaseModel):
            yield from _section(value, f"{label}__")
        elif isinstance(value, dict):
            for key, one in sorted(value.items()):
                yield from _entry(one, f"{label}__{key.upper()}__")
        else:
            yield label, shown(value), name not in section.model_fields_set


def _entry(entry: BaseModel | dict[str, SecretStr], prefix: str) -> Iterator[tuple[str, str, bool]]:
    if isinstance(entry, BaseModel):
        yield from _section(entry, prefix)
    else:
        yield from ((f"{prefix}{n.upper()}", shown(v), False) for n, v in sorted(entry.items()))


def shown(value: object) -> str:
    """A value as text; secrets, and passwords inside addresses, are masked."""
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else ""
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    text = "" if value is None else str(value)
    return without_password(text) if "://" in text else text


def without_password(address: str) -> str:
    """An address with its password masked."""
    parts = urlsplit(address)
    if not parts.password:
        return address
    place = parts.netloc.replace(f":{parts.password}@", f":{MASK}@")
    return urlunsplit(parts._replace(netloc=place))
