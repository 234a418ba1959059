"""Which vendor is asked about which line, and asking them: the middle of `fleetward check`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from fleetward.cli.check_asking import Result, VendorRun, ask_all
from fleetward.cli.check_credentials import (
    connect,
    made_up,
    named_hosts,
    read_sections,
)
from fleetward.cli.check_list import ListLine
from fleetward.cli.check_simulators import simulators
from fleetward.config.env import Env
from fleetward.connections.contracts import Limits
from fleetward.connectors.memory import MemoryConnection
from fleetward.connectors.registry import load_providers
from fleetward.infra.http import HttpClient
from fleetward.warranty.contracts import DeviceKey, ProviderRegistry, ProviderTraits, Reason
from fleetward.warranty.queries.providers import limits_of
from fleetward.warranty.queries.pure import eligibility, is_other_company, provider_for

# Whom to ask about a line and with what, or why nobody can be asked.
Place = tuple[str, DeviceKey] | Reason


class NoCredentials(Exception):
    """Nobody can be asked: no vendor's credentials were given."""


@dataclass(frozen=True, slots=True)
class Access:
    """Where credentials come from, and other addresses of vendors by provider."""

    credentials: Path | None
    simulate: bool
    base_urls: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """What asking gave: a result for each line, and the runs with what vendors said."""

    results: Sequence[Result]
    runs: Sequence[VendorRun]
    is_interrupted: bool


def find(lines: Sequence[ListLine], access: Access, site: Env, notes: Console) -> Found:
    """Ask every vendor that can be asked, also those that want no credentials.

    Raises: NoCredentials, click.UsageError.
    """
    given = {} if access.simulate else read_sections(access.credentials, site)
    base_urls = dict(access.base_urls)
    hosts = named_hosts(given, base_urls)
    with ExitStack() as stack:
        simulated = stack.enter_context(simulators()) if access.simulate else ""
        http = stack.enter_context(closing(_client(site, hosts, is_simulated=bool(simulated))))
        providers = load_providers(http)
        open_to_all = {
            key: provider.traits
            for key, provider in providers.items()
            if not provider.traits.needs_credentials
        }
        if not given and not simulated and not _answer_for_some(open_to_all.values(), lines):
            raise NoCredentials
        given = {**{key: {} for key in open_to_all}, **given}
        if simulated:
            given = made_up(provider.traits for provider in providers.values())
            base_urls = {key: f"{simulated}/{key}" for key in providers} | base_urls
        connections = connect(
            given,
            {key: provider.traits for key, provider in providers.items()},
            base_urls=base_urls,
            env=site,
        )
        # Our own simulators have no quota to keep.
        limits = _no_limits if simulated else limits_of
        return _asked(lines, providers, connections, limits, notes)


def _asked(
    lines: Sequence[ListLine],
    providers: ProviderRegistry,
    connections: Mapping[str, MemoryConnection],
    limits: Callable[[ProviderTraits], Limits],
    notes: Console,
) -> Found:
    traits = {key: provider.traits for key, provider in providers.items()}
    plan = [_planned(line, traits.values(), connections) for line in lines]
    devices: dict[str, list[DeviceKey]] = {key: [] for key in connections}
    for place in plan:
        if not isinstance(place, Reason):
            devices[place[0]].append(place[1])
    runs = [
        VendorRun(providers[key], connections[key], asked, limits=limits(traits[key]))
        for key, asked in devices.items()
        if asked
    ]
    results, is_interrupted = _ask(runs, notes)
    by_line = [
        Result(reason=place) if isinstance(place, Reason) else results[place[0]][place[1]]
        for place in plan
    ]
    return Found(by_line, runs, is_interrupted)


def _answer_for_some(traits: Iterable[ProviderTraits], lines: Sequence[ListLine]) -> bool:
    makers = {maker for one in traits for maker in one.manufacturers}
    return any(line.manufacturer in makers for line in lines)


def _no_limits(_traits: ProviderTraits) -> Limits:
    return Limits()


def _client(site: Env, hosts: tuple[str, ...], *, is_simulated: bool) -> HttpClient:
    loopback = ("127.0.0.1",) if is_simulated else ()
    return HttpClient(
        allow_internal=(*site.outgoing.allow_internal, *hosts, *loopback),
        proxy=site.outgoing.proxy or None,
    )


def _planned(
    line: ListLine, traits: Collection[ProviderTraits], connections: Mapping[str, object]
) -> Place:
    provider = provider_for(line.manufacturer, traits)
    has_connection = provider is not None and provider.key in connections
    supported = [manufacturer for one in traits for manufacturer in one.manufacturers]
    reason = eligibility(
        line.candidate,
        provider,
        has_connection=has_connection,
        is_other_company=is_other_company(line.manufacturer, supported),
    )
    if reason or provider is None:
        return reason or Reason.VENDOR_NOT_SUPPORTED
    device = line.candidate
    return provider.key, DeviceKey(device.serial, device.product_number, device.country)


def _ask(
    runs: Sequence[VendorRun], notes: Console
) -> tuple[dict[str, dict[DeviceKey, Result]], bool]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=notes, disable=not notes.is_terminal) as progress:
        bars = {
            run.provider.traits.key: progress.add_task(
                run.provider.traits.label, total=len(run.devices)
            )
            for run in runs
        }
        return ask_all(runs, lambda key, count: progress.advance(bars[key], count))
