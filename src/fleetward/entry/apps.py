"""Ties connectors to the contexts that use them, in every process."""

from __future__ import annotations

import atexit
from types import MappingProxyType

from django.apps import AppConfig

from fleetward.cli.own_names import use_own_names
from fleetward.cli.provider_settings import refuse_unfit_providers
from fleetward.config.env import env
from fleetward.connectors.counted import counted
from fleetward.connectors.registry import load_providers
from fleetward.infra.http import HttpClient
from fleetward.warranty.contracts import ProviderRegistry
from fleetward.warranty.queries.providers import use_providers


class EntryConfig(AppConfig):
    name = "fleetward.entry"
    label = "entry"

    def ready(self) -> None:
        refuse_unfit_providers(env())
        use_own_names(env())
        use_providers(installed_providers)


def installed_providers() -> ProviderRegistry:
    """Every installed provider, calling out as the operator allows, and counted."""
    outgoing = env().outgoing
    client = HttpClient(allow_internal=outgoing.allow_internal, proxy=outgoing.proxy or None)
    # Runs share its kept connections, so that no end of a run may close them: the process does.
    atexit.register(client.close)
    loaded = load_providers(client).items()
    return MappingProxyType({key: counted(provider) for key, provider in loaded})
