"""Asks vendors in parallel from one process: pacing, retries and halving, without a database.

The server does the same with a queue (`warranty.actions`); both obey `rules.next_step` (W15).
"""

from __future__ import annotations

import math
import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread

from fleetward.connections.contracts import Connection, Limits
from fleetward.warranty.contracts import (
    Answer,
    DeviceKey,
    ProviderError,
    Reason,
    Trouble,
    WarrantyProvider,
)
from fleetward.warranty.queries.pure import Patience, Step, StepKind, next_step

# A person waits in front of the terminal: give a vendor up sooner than the server does.
PATIENCE = Patience(
    attempts=5,
    first_wait=timedelta(seconds=1),
    ceiling=timedelta(seconds=15),
    longest_wait=timedelta(minutes=2),
)
LANES = 3
# So many failures without one answer between them: the vendor, not the batch, is the trouble.
FAILURES_IN_A_ROW = 10
SHORTEST_POLL = timedelta(milliseconds=200)
LONGEST_BATCH = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Result:
    """One device's answer, or why there is none."""

    answer: Answer | None = None
    reason: Reason | None = None
    is_simulated: bool = False


Results = Mapping[DeviceKey, Result]


class Pacer:
    """Hands out moments to call at: evenly spread, so that no minute holds more than the quota.

    A command does not know what others have asked today: its own calls keep the quota of a day.
    """

    def __init__(self, limits: Limits) -> None:
        self._interval = 60 / limits.per_minute if limits.per_minute else 0.0
        self._left = limits.per_day or math.inf
        self._next = 0.0
        self._held_until = 0.0
        self._lock = Lock()

    @property
    def is_used_up(self) -> bool:
        """Whether there is no moment any more before tomorrow."""
        return self._left <= 0

    def take(self, stop: Event) -> bool:
        """Wait for the next moment. False: there is none, or stopped meanwhile."""
        with self._lock:
            self._left -= 1
            if self._left < 0:
                return False
        while not stop.wait(max(self._moment() - time.monotonic(), 0)):
            # A lane that waited already is held too.
            if time.monotonic() >= self._held_until:
                return True
        return False

    def _moment(self) -> float:
        with self._lock:
            moment = max(self._next, self._held_until, time.monotonic())
            self._next = moment + self._interval
            return moment

    def hold(self, wait: timedelta) -> None:
        """Hand out nothing before `wait` has passed, to any lane."""
        with self._lock:
            self._held_until = max(self._held_until, time.monotonic() + wait.total_seconds())


@dataclass(frozen=True, slots=True)
class Batch:
    """One call's worth of devices; `resume` is the vendor's mark to go on with."""

    devices: tuple[DeviceKey, ...]
    attempt: int = 1
    resume: str | None = None
    ready_at: float = 0.0
    begun_at: float = field(default_factory=time.monotonic)


class VendorRun:
    """All devices of one vendor; `work` is what each of its lanes does until nothing is left."""

    def __init__(
        self,
        provider: WarrantyProvider,
        connection: Connection,
        devices: Iterable[DeviceKey],
        *,
        limits: Limits | None = None,
        patience: Patience = PATIENCE,
    ) -> None:
        traits = provider.traits
        self.provider = provider
        self.connection = connection
        self.words = ""
        self.given_up: Reason | None = None
        self._pacer = Pacer(limits or Limits(traits.calls_per_minute, traits.calls_per_day))
        self._patience = patience
        self._failures = 0
        self.devices = tuple(dict.fromkeys(devices))
        self._open = set(self.devices)
        self._batches = deque(Batch(part) for part in _parts(self.devices, traits.max_batch))

    @property
    def lanes(self) -> int:
        return min(LANES, len(self._batches))

    def work(self, report: Callable[[Results], None], stop: Event) -> None:
        """Ask batch after batch until none is left, the vendor is given up, or `stop` is set."""
        while (batch := self._next_batch(stop)) is not None:
            if not self._pacer.take(stop):
                self._end_of_day()
                return
            try:
                results, follow_ups = self._ask(batch)
            except ProviderError as trouble:
                results, follow_ups = self._after(trouble, batch)
            report(results)
            self._batches.extendleft(reversed(follow_ups))

    def _end_of_day(self) -> None:
        if self._pacer.is_used_up:
            self.given_up = self.given_up or Reason.QUOTA_REACHED

    def _next_batch(self, stop: Event) -> Batch | None:
        if self.given_up or stop.is_set():
            return None
        try:
            batch = self._batches.popleft()
        except IndexError:
            return None
        is_stopped = stop.wait(max(batch.ready_at - time.monotonic(), 0))
        return None if is_stopped else batch

    def _ask(self, batch: Batch) -> tuple[Results, list[Batch]]:
        page = self.provider.ask(self.connection, batch.devices, batch.resume)
        results = self._closed(
            {a.key: Result(a, a.reason, page.is_simulated) for a in page.answers}
        )
        if page.resume is not None:
            wait = page.wait if results else max(page.wait, SHORTEST_POLL)
            if time.monotonic() - batch.begun_at > LONGEST_BATCH.total_seconds():
                return self._given_up_batch(batch, Reason.VENDOR_DOWN)
            ready_at = time.monotonic() + wait.total_seconds()
            return results, [replace(batch, attempt=1, resume=page.resume, ready_at=ready_at)]
        missing = self._still_open(batch)
        if missing and not results:
            raise ProviderError(Trouble.BAD_ANSWER, "")
        return results, [Batch(missing)] if missing else []

    def _after(self, trouble: ProviderError, batch: Batch) -> tuple[Results, list[Batch]]:
        missing = self._still_open(batch)
        step = next_step(
            trouble.kind,
            batch.attempt,
            trouble.retry_after,
            size=len(missing),
            jitter=random.random(),  # noqa: S311
            patience=self._patience,
        )
        self._failures += 1
        self.words = trouble.text or self.words
        if step.kind is StepKind.RETRY:
            self._pacer.hold(step.wait)
            return {}, [replace(batch, attempt=batch.attempt + 1)]
        if step.kind is StepKind.HALVE:
            middle = len(missing) // 2
            return {}, [Batch(missing[:middle]), Batch(missing[middle:])]
        if self._is_the_vendor(step):
            self.given_up = step.reason
            return {}, []
        return self._given_up_batch(batch, step.reason)

    def _is_the_vendor(self, step: Step) -> bool:
        """Whether the trouble is the vendor's with us, so that asking on would only annoy it."""
        return (
            step.kind is StepKind.PAUSE_CONNECTION
            or step.reason is Reason.QUOTA_REACHED
            or self._failures >= FAILURES_IN_A_ROW
        )

    def _given_up_batch(self, batch: Batch, reason: Reason) -> tuple[Results, list[Batch]]:
        missing = self._still_open(batch)
        self._open.difference_update(missing)
        return {key: Result(reason=reason) for key in missing}, []

    def _still_open(self, batch: Batch) -> tuple[DeviceKey, ...]:
        return tuple(key for key in batch.devices if key in self._open)

    def _closed(self, results: dict[DeviceKey, Result]) -> Results:
        """The results of devices that were asked for and had none yet."""
        new = {key: result for key, result in results.items() if key in self._open}
        self._open.difference_update(new)
        if new:
            self._failures = 0
        return new


def ask_all(
    runs: Sequence[VendorRun],
    advanced: Callable[[str, int], None],
) -> tuple[dict[str, dict[DeviceKey, Result]], bool]:
    """Ask all vendors at once: the results by provider, and whether a person interrupted it.

    `advanced` hears of each step: the provider and how many devices got their result.
    """
    stop = Event()
    news: SimpleQueue[tuple[str, Results]] = SimpleQueue()
    results: dict[str, dict[DeviceKey, Result]] = {run.provider.traits.key: {} for run in runs}
    threads = [_started(run, news, stop) for run in runs for _ in range(run.lanes)]
    is_interrupted = False
    try:
        while any(thread.is_alive() for thread in threads) or not news.empty():
            _take(news, results, advanced)
    except KeyboardInterrupt:
        # What was answered is kept; calls under way are left to end with the process.
        stop.set()
        is_interrupted = True
    return {run.provider.traits.key: _complete(run, results) for run in runs}, is_interrupted


def _complete(
    run: VendorRun, results: Mapping[str, dict[DeviceKey, Result]]
) -> dict[DeviceKey, Result]:
    """A result for each device, also for those that nothing was learned of."""
    rest = Result(reason=run.given_up or Reason.NOT_CHECKED)
    return {key: results[run.provider.traits.key].get(key, rest) for key in run.devices}


def _started(run: VendorRun, news: SimpleQueue[tuple[str, Results]], stop: Event) -> Thread:
    key = run.provider.traits.key
    work = Thread(
        target=run.work,
        args=(lambda results: news.put((key, results)), stop),
        name=f"ask-{key}",
        daemon=True,
    )
    work.start()
    return work


def _take(
    news: SimpleQueue[tuple[str, Results]],
    results: dict[str, dict[DeviceKey, Result]],
    advanced: Callable[[str, int], None],
) -> None:
    try:
        key, found = news.get(timeout=0.1)
    except Empty:
        return
    results[key].update(found)
    advanced(key, len(found))


def _parts(devices: tuple[DeviceKey, ...], size: int) -> Iterable[tuple[DeviceKey, ...]]:
    return (devices[i : i + size] for i in range(0, len(devices), size))
