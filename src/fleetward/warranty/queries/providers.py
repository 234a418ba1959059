"""The providers of this process. Connectors lie above; whoever starts the process hands them in."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from fleetward.config.env import env
from fleetward.connections.contracts import Limits
from fleetward.kernel.hosts import is_on_this_machine
from fleetward.warranty.contracts import (
    ProviderRegistry,
    ProviderTraits,
    UnknownProvider,
    WarrantyProvider,
)

_load: list[Callable[[], ProviderRegistry]] = []


class NoProviders(RuntimeError):
    """Nobody has said where providers come from: a mistake in how this process was started."""


def use_providers(load: Callable[[], ProviderRegistry]) -> None:
    """Say how providers are made; it happens when the first one is asked for."""
    _load[:] = [load]
    providers.cache_clear()


@cache
def providers() -> ProviderRegistry:
    """Every provider by its key."""
    if not _load:
        raise NoProviders
    return _load[0]()


def get_provider(key: str) -> WarrantyProvider:
    """One provider. Raises: UnknownProvider."""
    found = providers().get(key)
    if found is None:
        raise UnknownProvider
    return found


def base_url_of(traits: ProviderTraits) -> str:
    """Where the provider is called: the operator's setting, or the vendor's own address."""
    setting = env().providers.get(traits.key)
    return ((setting.base_url if setting else "") or traits.default_base_url).rstrip("/")


def is_simulated(traits: ProviderTraits, simulated_at: str = "") -> bool:
    """Whether a simulator stands in for the provider (W20): it is called on this machine, where
    no vendor lives, or where a simulator was the latest to answer (`simulated_at`).
    """
    base_url = base_url_of(traits)
    return is_on_this_machine(base_url) or base_url == simulated_at


def limits_of(traits: ProviderTraits) -> Limits:
    """The quota to keep: the operator's settings, or what the connector knows."""
    setting = env().providers.get(traits.key)
    minute, day = (setting.calls_per_minute, setting.calls_per_day) if setting else (None, None)
    return Limits(
        per_minute=traits.calls_per_minute if minute is None else minute,
        per_day=traits.calls_per_day if day is None else day,
    )
