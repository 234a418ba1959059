"""Settings of providers that nobody would read, or that would be called in vain, stop the start.

`config.env` cannot know which providers are installed: connectors lie above it.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from fleetward.config.env import PREFIX, BadEnvironment, Env
from fleetward.connectors.registry import installed_keys
from fleetward.infra.http_addresses import AddressGuard


def refuse_unfit_providers(settings: Env) -> None:
    """Raises: BadEnvironment, with every problem at once."""
    try:
        guard = AddressGuard(settings.outgoing.allow_internal)
    except ValueError as error:
        raise BadEnvironment(f"{PREFIX}OUTGOING__ALLOW_INTERNAL: {error}") from None
    problems = [*_unknown(settings), *_unreachable(settings, guard)]
    if problems:
        raise BadEnvironment("\n".join(problems))


def _unknown(settings: Env) -> Iterator[str]:
    """A mistyped provider would be called at its vendor's address, as if nothing had been set."""
    installed = installed_keys()
    for section, keys in (("PROVIDERS", settings.providers), ("CHECK", settings.check)):
        for key in sorted(keys.keys() - installed):
            name = f"{PREFIX}{section}__{key.upper()}__..."
            yield f"{name}: there is no provider {key}; there are {', '.join(sorted(installed))}"


def _unreachable(settings: Env, guard: AddressGuard) -> Iterator[str]:
    """Without TLS the outgoing client calls only what the operator has opened (`infra.http`)."""
    for key, provider in sorted(settings.providers.items()):
        parts = urlsplit(provider.base_url)
        if parts.scheme == "http" and not guard.is_listed(parts.hostname or ""):
            yield (
                f"{PREFIX}PROVIDERS__{key.upper()}__BASE_URL: must begin with https:, or its host "
                f"must be in {PREFIX}OUTGOING__ALLOW_INTERNAL"
            )
