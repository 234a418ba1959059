"""Plays HP's Warranty API v2: token, job, state of a job, results."""

from __future__ import annotations

import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fleetward_simulators.dell import credentials_of
from fleetward_simulators.desk import GARBAGE, Desk
from fleetward_simulators.fate import Machine, Span, is_known, machine_of

MAX_DEVICES = 5000
MAX_JOBS = 500
MODELS = (
    ("6S6V0EA", "HP EliteBook 840 14 inch G10 Notebook PC"),
    ("5Z115EA", "HP ProBook 450 15.6 inch G9 Notebook PC"),
    ("7B5D4EA", "HP Elite Mini 800 G9 Desktop PC"),
    ("818P2EA", "HP ZBook Firefly 14 inch G10"),
)
BASES = (
    ("UP7W3", "Wty: HP HW Maintenance Onsite Support"),
    ("UP1W1", "Wty: HP HW Replacement Support"),
    ("UP2W5", "Wty: HP Pickup Repair Return to Depot"),
)
CARE_PACKS = (
    ("U9BA7E", "HP {} year Next Business Day Onsite Care Pack"),
    ("U22L1E", "HP {} year Active Care Next Business Day Onsite Care Pack"),
)
NOT_COVER = (
    ("HA151X", "Wty: HP Support for Initial Setup"),
    ("HA156X", "HP Software Technical Support"),
)


class Question(msgspec.Struct):
    """One device of a job."""

    sn: str
    pn: str | None = None
    cc: str | None = None


@dataclass(slots=True)
class Job:
    """An accepted job and the moment when it will be done."""

    questions: list[Question]
    done_at: float
    job_id: str = field(default_factory=lambda: str(uuid.uuid4()))


class Hp:
    """The endpoints. HP writes the path in several ways; all are accepted."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._jobs: OrderedDict[str, Job] = OrderedDict()

    def routes(self) -> list[BaseRoute]:
        routes: list[BaseRoute] = [Route("/oauth/v1/token", self.token, methods=["POST"])]
        for product in ("productwarranty", "productWarranty"):
            jobs = f"/{product}/v2/jobs"
            routes += [
                Route(jobs, self.submit, methods=["POST"]),
                Route(jobs + "/{job_id}", self.state, methods=["GET"]),
                Route(jobs + "/{job_id}/results", self.results, methods=["GET"]),
                Route(f"/{product}/v2/queries", self.withdrawn, methods=["POST"]),
            ]
        return routes + self.desk.routes()

    async def token(self, request: Request) -> Response:
        client_id, secret = await credentials_of(request)
        if why := self.desk.refused_client(client_id, secret):
            self.desk.stats.token_calls += 1
            return self.desk.answer({"fault": {"faultstring": why}}, 401)
        lifetime = str(self.desk.dials.token_seconds)
        return self.desk.answer({"access_token": self.desk.new_token(), "expires_in": lifetime})

    async def submit(self, request: Request) -> Response:
        if refusal := await self._refusal(request):
            return refusal
        try:
            questions = msgspec.json.decode(await request.body(), type=list[Question])
        except msgspec.MsgspecError:
            return self.desk.answer(_fault(400, "The body is no list of devices."), 400)
        if not 1 <= len(questions) <= MAX_DEVICES:
            return self.desk.answer(_fault(400, "Between 1 and 5000 devices are needed."), 400)
        serials = [question.sn.upper() for question in questions]
        if self.desk.is_poisoned(serials):
            return self.desk.raw(GARBAGE)
        self.desk.asked_for(serials)
        self.desk.stats.jobs += 1
        seconds = self.desk.dials.job_seconds
        job = Job(questions, time.monotonic() + seconds)
        self._remember(job)
        return self.desk.answer({"jobId": job.job_id, "estimatedTime": seconds})

    async def state(self, request: Request) -> Response:
        if refusal := await self._refusal(request):
            return refusal
        job = self._jobs.get(request.path_params["job_id"])
        if not job:
            return self.desk.answer(_fault(404, "There is no such job."), 404)
        remaining = max(0.0, job.done_at - time.monotonic())
        status = "In Progress" if remaining else "Completed"
        return self.desk.answer(
            {"jobId": job.job_id, "status": status, "estimatedTime": round(remaining, 3)}
        )

    async def results(self, request: Request) -> Response:
        if refusal := await self._refusal(request):
            return refusal
        job = self._jobs.get(request.path_params["job_id"])
        if not job or job.done_at > time.monotonic():
            return self.desk.answer(_fault(404, "There are no such results."), 404)
        anchor = self.desk.anchor
        return self.desk.packed(self.desk.dealt([self._item(q, anchor) for q in job.questions]))

    async def withdrawn(self, request: Request) -> Response:
        refusal = await self._refusal(request)
        return refusal or self.desk.answer({"message": "This operation has been withdrawn."})

    async def _refusal(self, request: Request) -> Response | None:
        if trouble := await self.desk.trouble(request, _fault):
            return trouble
        if self.desk.is_signed_in(request):
            return None
        return self.desk.answer({"fault": {"faultstring": "Invalid access token"}}, 401)

    def _remember(self, job: Job) -> None:
        if not self.desk.dials.lose_jobs:
            self._jobs[job.job_id] = job
        while len(self._jobs) > MAX_JOBS:
            self._jobs.popitem(last=False)

    def _item(self, question: Question, anchor: date) -> dict[str, Any]:
        serial = question.sn.upper()
        if serial == self.desk.dials.spoilt_serial:
            return {"product": {"serialNumber": serial}, "offers": "see attachment"}
        product: dict[str, Any] = {"serialNumber": serial, "countryCode": question.cc}
        if not is_known("hp", serial):
            product |= {"productNumber": question.pn, "productDescription": None}
            return {"product": product, "offers": []}
        machine = machine_of("hp", serial, anchor)
        number, description = MODELS[machine.pick % len(MODELS)]
        product |= {"productNumber": question.pn or number, "productDescription": description}
        return {"product": product, "offers": [_offer(machine, span) for span in machine.spans]}


def _offer(machine: Machine, span: Span) -> dict[str, Any]:
    catalogue = {"base": BASES, "other": NOT_COVER}.get(span.role, CARE_PACKS)
    code, description = catalogue[machine.pick % len(catalogue)]
    return {
        "offerDescription": description.format(span.years),
        "offerProductIdentifier": code,
        "serviceObligationIdentifier": f"{10_000_000 + machine.pick}",
        "serviceObligationTypeCode": "W" if span.role in ("base", "other") else "C",
        "serviceObligationLineItemStartDate": span.starts_on.isoformat(),
        "serviceObligationLineItemEndDate": span.ends_on and span.ends_on.isoformat(),
    }


def _fault(_status: int, words: str) -> object:
    return {"message": words}
