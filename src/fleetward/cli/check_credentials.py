"""Where `fleetward check` gets its access to vendors from: a file, the environment, or made up.

A section is named like the provider and holds the fields of its traits, and `base_url` if wanted.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import click
from django.utils.translation import gettext as _

from fleetward.config.env import Env
from fleetward.connectors.memory import MemoryConnection
from fleetward.kernel.hosts import is_loopback
from fleetward.warranty.contracts import ProviderTraits

Sections = Mapping[str, Mapping[str, str]]

BASE_URL = "base_url"


def read_sections(file: Path | None, env: Env) -> Sections:
    """The credentials given, by provider; the file wins. Raises: click.UsageError."""
    sections: dict[str, Mapping[str, str]] = {
        key: {name: secret.get_secret_value() for name, secret in fields.items()}
        for key, fields in env.check.items()
    }
    if file is not None:
        sections |= _from_toml(file)
    return sections


def made_up(traits: Iterable[ProviderTraits]) -> Sections:
    """Credentials that simulators accept and that mean nothing anywhere else."""
    return {t.key: {field.name: field.example() for field in t.fields} for t in traits}


def connect(
    sections: Sections,
    traits: Mapping[str, ProviderTraits],
    *,
    base_urls: Mapping[str, str],
    env: Env,
) -> dict[str, MemoryConnection]:
    """One connection for each section. Raises: click.UsageError, when a section makes no sense."""
    for key in [*sections, *base_urls]:
        if key not in traits:
            raise click.UsageError(
                _("There is no provider {provider}; there are {known}.").format(
                    provider=key, known=", ".join(sorted(traits))
                )
            )
    return {
        key: _connection(
            traits[key],
            section,
            base_urls.get(key)
            or section.get(BASE_URL)
            or _of_operator(key, env)
            or traits[key].default_base_url,
        )
        for key, section in sections.items()
    }


def named_hosts(sections: Sections, base_urls: Mapping[str, str]) -> tuple[str, ...]:
    """The hosts that a person named, and that may be internal. Raises: click.UsageError."""
    urls = [*base_urls.values(), *(s[BASE_URL] for s in sections.values() if s.get(BASE_URL))]
    return tuple(host_of(url) for url in urls)


def parse_base_urls(values: Iterable[str]) -> dict[str, str]:
    """`dell=http://127.0.0.1:9000` and so on, by provider. Raises: click.UsageError."""
    pairs = [value.partition("=") for value in values]
    for key, _equals, url in pairs:
        if not key or not url:
            raise click.UsageError(
                _("Give a base URL as PROVIDER=URL, for example dell=http://127.0.0.1:9000.")
            )
    return {key: url for key, _equals, url in pairs}


def host_of(url: str) -> str:
    """The host of a base URL that secrets may be sent to. Raises: click.UsageError."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    is_safe = bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    )
    if not is_safe or "@" in parts.netloc:
        raise click.UsageError(
            _(
                "The base URL {url} is not allowed: it must be https, or http to this machine, "
                "without a user name."
            ).format(url=url.partition("@")[2] or url)
        )
    return host


def _of_operator(key: str, env: Env) -> str:
    provider = env.providers.get(key)
    return provider.base_url if provider else ""


def _connection(
    traits: ProviderTraits, section: Mapping[str, str], base_url: str
) -> MemoryConnection:
    names = {field.name for field in traits.fields}
    unknown = sorted(section.keys() - names - {BASE_URL})
    missing = sorted(name for name in names if not section.get(name))
    if unknown or missing:
        problem = _("unknown: {names}") if unknown else _("missing: {names}")
        raise _bad_section(traits, problem.format(names=", ".join(unknown or missing)))
    for field in traits.fields:
        if field.choices and section[field.name] not in field.choices:
            problem = _("{name} must be one of these: {names}")
            allowed = ", ".join(field.choices)
            raise _bad_section(traits, problem.format(name=field.name, names=allowed))
    return MemoryConnection(
        traits.key,
        base_url,
        settings={f.name: section[f.name] for f in traits.fields if not f.is_secret},
        secrets={f.name: section[f.name] for f in traits.fields if f.is_secret},
    )


def _bad_section(traits: ProviderTraits, problem: str) -> click.UsageError:
    words = _("Credentials of {provider}: {problem}.")
    return click.UsageError(words.format(provider=traits.key, problem=problem))


def _from_toml(file: Path) -> Sections:
    # The reader's own words may repeat a line with a secret in it: name the place only.
    try:
        parsed = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(
            _("The credentials file {file} cannot be read ({why}).").format(
                file=file, why=type(error).__name__
            )
        ) from None
    except (ValueError, RecursionError) as error:
        # Also a number of five thousand digits, and brackets nested without end.
        place = re.search(r"\(at .*\)$", str(error))
        raise click.UsageError(
            _("The credentials file {file} is not TOML {place}.").format(
                file=file, place=place[0] if place else ""
            )
        ) from None
    for section in parsed.values():
        is_section = isinstance(section, dict) and all(
            isinstance(value, str) for value in section.values()
        )
        if not is_section:
            raise click.UsageError(
                _(
                    'The credentials file {file} needs sections such as [dell], with texts in "".'
                ).format(file=file)
            )
    return parsed
