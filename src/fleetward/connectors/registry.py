"""Finds the warranty providers that are installed, checks them, and freezes the list."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

from fleetward.connectors.guarded import guarded
from fleetward.infra.http import HttpClient
from fleetward.warranty.contracts import ProviderRegistry, ProviderTraits, WarrantyProvider

GROUP = "fleetward.warranty_providers"


class BadProvider(Exception):
    """An installed plug-in is no provider; the text names it and what is wrong."""


def load_providers(
    http: HttpClient | None = None, entries: Iterable[EntryPoint] | None = None
) -> ProviderRegistry:
    """Every installed provider by its key, in order of keys; each calls out through `http`.

    An entry point names a class or function that takes an `HttpClient` and gives a
    `WarrantyProvider`; its name is the provider's key. Raises: BadProvider.
    """
    client = http or HttpClient()
    found = entry_points(group=GROUP) if entries is None else entries
    # An editable and an ordinary installation beside each other list everything twice.
    unique = {entry.name: entry for entry in found}
    return MappingProxyType({name: _loaded(unique[name], client) for name in sorted(unique)})


def installed_keys() -> frozenset[str]:
    """The keys of the installed providers, without loading them."""
    return frozenset(entry.name for entry in entry_points(group=GROUP))


def _loaded(entry: EntryPoint, http: HttpClient) -> WarrantyProvider:
    provider = entry.load()(http)
    traits = getattr(provider, "traits", None)
    if not isinstance(traits, ProviderTraits):
        raise BadProvider(f"{entry.name}: traits is no ProviderTraits")
    problems = list(_problems(entry.name, traits))
    problems += [f"it has no {verb}" for verb in ("check", "ask") if not hasattr(provider, verb)]
    if problems:
        raise BadProvider(f"{entry.name}: {'; '.join(problems)}")
    return guarded(provider)


def _problems(name: str, traits: ProviderTraits) -> Iterable[str]:
    if traits.key != name:
        yield f"its key is {traits.key!r}"
    if traits.max_batch < 1:
        yield "max_batch is not positive"
    if traits.calls_per_minute < 0 or traits.calls_per_day < 0:
        yield "its quota is negative"
    if not traits.manufacturers:
        yield "it answers for no manufacturer"
    if not traits.default_base_url.startswith("https://") or traits.default_base_url[-1] == "/":
        yield "default_base_url is no https address without a slash at its end"
    if len({field.name for field in traits.fields}) != len(traits.fields):
        yield "two fields have the same name"
