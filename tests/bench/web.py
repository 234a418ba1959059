"""A signed-in reader of the real web server, who measures whole pages."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx

from tests.bench.installation import Installation
from tests.bench.known import EMAIL, PASSWORD

LOGIN = "/account/login/"
WARM_UP = 10


@contextmanager
def signed_in(where: Installation) -> Iterator[httpx.Client]:
    """A client with a session, as a browser has one."""
    with httpx.Client(base_url=where.url, trust_env=False, timeout=300) as client:
        form = client.get(LOGIN).raise_for_status().text
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert found, "the sign-in page has no form"
        values = {"csrfmiddlewaretoken": found[1], "login": EMAIL, "password": PASSWORD}
        answer = client.post(LOGIN, data=values, headers={"Referer": f"{where.url}{LOGIN}"})
        assert answer.status_code == 302, "signing in failed"
        yield client


def milliseconds(
    client: httpx.Client, *kinds: Sequence[str], times: int
) -> tuple[list[float], ...]:
    """Milliseconds of whole pages of each kind, the slowest last; the first pages warm up.

    Kinds take turns, so that whatever else the machine does hits all of them alike.
    """
    taken: tuple[list[float], ...] = tuple([] for _ in kinds)
    for number in range(times + WARM_UP):
        for paths, mine in zip(kinds, taken, strict=True):
            began = time.perf_counter()
            client.get(paths[number % len(paths)]).raise_for_status()
            mine.append((time.perf_counter() - began) * 1000)
    return tuple(sorted(mine[WARM_UP:]) for mine in taken)


def percentile(taken: Sequence[float], share: float) -> float:
    """Of values in order."""
    return taken[min(len(taken) - 1, int(len(taken) * share))]


def seconds_to_fetch(client: httpx.Client, path: str) -> tuple[float, int]:
    """Seconds and bytes of a download that is read as it comes and not kept."""
    size, began = 0, time.perf_counter()
    with client.stream("GET", path) as answer:
        answer.raise_for_status()
        for piece in answer.iter_raw():
            size += len(piece)
    return time.perf_counter() - began, size
