"""Asks HP's Warranty API by jobs: submit up to 5,000 devices, look after a while, fetch results.

Each step is a page, and its mark names the job, so that a killed worker goes on with the job.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar
from urllib.parse import quote

from fleetward.connections.contracts import Connection, Health
from fleetward.connectors.answers import Item, answers_for, not_found
from fleetward.connectors.hp_warranty.config import TRAITS
from fleetward.connectors.hp_warranty.wire import (
    Job,
    Offer,
    Result,
    read_job,
    read_results,
    written_job,
)
from fleetward.connectors.oauth import Client, bearer, client_of, sign_in, with_token
from fleetward.connectors.values import clean_text, duration, service_level, vendor_day
from fleetward.connectors.wire_tools import Caller, health_of
from fleetward.infra.http import HttpAnswer, HttpClient
from fleetward.warranty.contracts import (
    Answer,
    AnswerKind,
    DeviceKey,
    Entitlement,
    EntitlementKind,
    Page,
    ProviderTraits,
)

TOKEN_PATH = "/oauth/v1/token"  # noqa: S105
JOBS_PATH = "/productwarranty/v2/jobs"
NO_SUCH_JOB = "00000000-0000-0000-0000-000000000000"
# Marks: JOB, results:JOB; after the vendor lost it: lost, second:JOB, second:results:JOB.
RESULTS = "results:"
LOST = "lost"
SECOND = "second:"
SHORTEST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=10)
KINDS = {"W": EntitlementKind.BASE, "C": EntitlementKind.CONTRACT}


class HpWarrantyProvider:
    """The warranty port, spoken with HP's Warranty API."""

    traits: ClassVar[ProviderTraits] = TRAITS

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    def check(self, conn: Connection) -> Health:
        return health_of(lambda: _Talk(self._http, conn).look_for_no_job())

    def ask(self, conn: Connection, devices: Sequence[DeviceKey], resume: str | None) -> Page:
        if resume is None or resume == LOST:
            return _Talk(self._http, conn, is_second=resume == LOST).submit(devices)
        talk = _Talk(self._http, conn, is_second=resume.startswith(SECOND))
        mark = resume.removeprefix(SECOND)
        if mark.startswith(RESULTS):
            return talk.fetch(mark.removeprefix(RESULTS), devices)
        return talk.look(mark)


class _Talk:
    """The calls of one page. A job that HP lost is submitted once more, not for ever."""

    def __init__(self, http: HttpClient, conn: Connection, *, is_second: bool = False) -> None:
        self._conn = conn
        self._is_second = is_second
        self._client: Client = client_of(conn)
        self._caller = Caller(http, TRAITS, conn, self._client.secrets)

    def submit(self, devices: Sequence[DeviceKey]) -> Page:
        answer = self._call("POST", JOBS_PATH, written_job(list(devices)))
        job = self._caller.read(answer, read_job)
        if not job.job_id:
            raise self._caller.unreadable(answer)
        return self._page(answer, job.job_id, _wait(job))

    def look(self, job_id: str) -> Page:
        answer = self._call("GET", _job_path(job_id))
        if self._is_lost(answer):
            return Page((), LOST)
        job = self._caller.read(answer, read_job)
        status = job.status.strip().lower()
        if status == "completed":
            return self._page(answer, RESULTS + job_id)
        if status in ("", "failed", "error", "cancelled"):
            raise self._caller.unreadable(answer)
        return self._page(answer, job_id, max(_wait(job), SHORTEST_WAIT))

    def fetch(self, job_id: str, devices: Sequence[DeviceKey]) -> Page:
        answer = self._call("GET", _job_path(job_id) + "/results")
        if self._is_lost(answer):
            return Page((), LOST)
        results = _named(self._caller.read(answer, read_results), devices)
        answers = answers_for(devices, results, _answer)
        return Page(answers, is_simulated=self._caller.is_simulated(answer))

    def look_for_no_job(self) -> bool:
        """The smallest question: a job that cannot exist. True when a simulator answers.

        Raises: ProviderError.
        """
        answer = self._call("GET", _job_path(NO_SUCH_JOB))
        if answer.status not in (400, 404):
            self._caller.accept(answer)
        return self._caller.is_simulated(answer)

    def _call(self, method: str, path: str, body: bytes | None = None) -> HttpAnswer:
        call: Callable[[str], HttpAnswer] = lambda token: self._caller.send(  # noqa: E731
            method, path, bearer(token), body=body
        )
        fetch = lambda: sign_in(self._caller, TOKEN_PATH, self._client)  # noqa: E731
        return with_token(self._conn, fetch, call)

    def _is_lost(self, answer: HttpAnswer) -> bool:
        return answer.status == 404 and not self._is_second

    def _page(self, answer: HttpAnswer, mark: str, wait: timedelta = timedelta(0)) -> Page:
        resume = SECOND + mark if self._is_second else mark
        return Page((), resume, wait, self._caller.is_simulated(answer))


def _job_path(job_id: str) -> str:
    return f"{JOBS_PATH}/{quote(job_id, safe='')}"


def _wait(job: Job) -> timedelta:
    return duration(job.estimated_time or 0, LONGEST_WAIT)


def _named(results: list[Item[Result]], devices: Sequence[DeviceKey]) -> list[Item[Result]]:
    """HP may leave the serial out of a single answer; it can only be about the one asked for."""
    if len(results) == len(devices) == 1 and not results[0].serial:
        return [replace(results[0], serial=devices[0].serial)]
    return results


def _answer(key: DeviceKey, result: Result, payload: bytes) -> Answer:
    model = clean_text(result.product.product_description) if result.product else ""
    if not result.offers and not model:
        return not_found(key, payload)
    lines = tuple([_entitlement(offer) for offer in result.offers or ()])
    return Answer(key, AnswerKind.FOUND, None, lines, model, None, payload)


def _entitlement(offer: Offer) -> Entitlement:
    code = clean_text(offer.offer_product_identifier, 80)
    name = clean_text(offer.offer_description) or code
    kind = clean_text(offer.service_obligation_type_code, 80).upper()
    return Entitlement(
        source=TRAITS.key,
        code=code,
        name=name,
        kind=KINDS.get(kind, EntitlementKind.OTHER),
        starts_on=vendor_day(offer.starts),
        ends_on=vendor_day(offer.ends),
        service_level=service_level(name),
        number=clean_text(offer.service_obligation_identifier, 80),
    )
