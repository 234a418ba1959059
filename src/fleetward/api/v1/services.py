"""External services: what is installed, what is set up; secrets go in and never come out (W2)."""

from __future__ import annotations

from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router
from pydantic import ConfigDict

from fleetward.access.contracts import Capability
from fleetward.api.answers import answer, answered_before, once
from fleetward.api.auth import Caller, caller_of
from fleetward.api.calls import HAS_ETAG, call
from fleetward.api.schemas import (
    SOME_TIME,
    Day,
    IdempotencyKey,
    IfMatch,
    In,
    Out,
    PageOut,
    Paging,
    sample,
)
from fleetward.api.states import versioned, wanted_state
from fleetward.connections.contracts import ConnectionRow, State
from fleetward.connections.queries import list_connections
from fleetward.kernel.paging import BadCursor, decode_cursor, placed_page
from fleetward.warranty.actions import services
from fleetward.warranty.contracts import ProviderTraits
from fleetward.warranty.queries.providers import (
    get_provider,
    is_simulated,
    limits_of,
    providers,
)

router = Router(tags=["external services"])
SEES, MANAGES = Capability.SEE_CONNECTIONS, Capability.MANAGE_CONNECTIONS


class FieldOut(Out):
    name: str
    label: str
    is_secret: bool
    is_multiline: bool = Field(description="Whether the value may have several lines")
    choices: list[str] = Field(description="The values allowed; any when empty")


class ErrorOut(Out):
    at: datetime
    text: str = Field(description="In the vendor's own words")


class ConnectionOut(Out):
    """The tenant's own access. `secrets` are names: the values cannot be read."""

    is_enabled: bool
    is_usable: bool = Field(description="Whether a run would ask with it")
    state: State
    state_text: str = Field(description="In the vendor's own words")
    settings: dict[str, str]
    secrets: list[str]
    has_next_secret: bool = Field(description="A new secret waits beside the old for its test (W3)")
    secret_expires_on: date | None
    next_expires_on: date | None
    next_tested_at: datetime | None = Field(
        description="When a test refused the secret that waits; null before its test"
    )
    next_error: str = Field(description="What the vendor said of it")
    tested_at: datetime | None
    latest_success_at: datetime | None
    latest_error_at: datetime | None
    latest_error: str
    latest_errors: list[ErrorOut] = Field(
        description="Newest first, five at most; the same words are kept once"
    )
    used_today: int = Field(description="Calls of the present UTC day")


class ServiceOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            provider="dell",
            label="Dell",
            manufacturers=["Dell"],
            fields=[
                {
                    "name": "client_secret",
                    "label": "Client secret",
                    "is_secret": True,
                    "is_multiline": False,
                    "choices": [],
                },
            ],
            documentation_url="https://techdirect.dell.com/",
            calls_per_minute=0,
            calls_per_day=0,
            is_simulated=False,
            connection={
                "is_enabled": True,
                "is_usable": True,
                "state": "OK",
                "state_text": "",
                "settings": {"client_id": "l7abc"},
                "secrets": ["client_secret"],
                "has_next_secret": False,
                "secret_expires_on": "2027-11-22",
                "next_expires_on": None,
                "next_tested_at": None,
                "next_error": "",
                "tested_at": SOME_TIME,
                "latest_success_at": SOME_TIME,
                "latest_error_at": SOME_TIME,
                "latest_error": "HTTP 503: Service Unavailable",
                "latest_errors": [{"at": SOME_TIME, "text": "HTTP 503: Service Unavailable"}],
                "used_today": 12,
            },
        )
    )
    provider: str
    label: str
    manufacturers: list[str] = Field(description="Whose devices it answers for")
    fields: list[FieldOut] = Field(description="What can be put in `values`")
    documentation_url: str
    calls_per_minute: int = Field(description="The quota that is kept; 0 is none")
    calls_per_day: int = Field(description="The quota of a UTC day that is kept; 0 is none")
    is_simulated: bool = Field(description="A simulator stands in for the vendor (W20)")
    connection: ConnectionOut | None = Field(description="null: not set up")


class ServicePage(PageOut):
    items: list[ServiceOut]


class ServiceIn(In):
    model_config = ConfigDict(
        json_schema_extra=sample(
            values={"client_id": "l7abc", "client_secret": "…"},
            is_enabled=True,
            secret_expires_on="2027-11-22",  # noqa: S106
        )
    )
    values: dict[str, str] = Field(
        description="By field name. A secret that is left out or empty stays as it is (W2)"
    )
    is_enabled: bool = True
    secret_expires_on: Day | None = Field(
        None, description="Counted from today by the vendor's term without (W3)"
    )


class HealthOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(is_ok=False, text="invalid_client"))
    is_ok: bool
    text: str = Field(description="In the vendor's own words")


def _shown(caller: Caller, provider: str) -> dict[str, object]:
    traits = get_provider(provider).traits
    return _service(traits, _connections(caller).get(provider))


def _versioned(caller: Caller, provider: str) -> HttpResponse:
    """With the state of what somebody has saved; without where nothing is set up."""
    row = _connections(caller).get(provider)
    shown = _service(get_provider(provider).traits, row)
    return answer(shown) if row is None else versioned(shown, row.updated_at)


def _connections(caller: Caller) -> dict[str, ConnectionRow]:
    rows = list_connections(actor=caller.actor, tenant=caller.tenant.id)
    return {row.provider: row for row in rows}


def _service(traits: ProviderTraits, row: ConnectionRow | None) -> dict[str, object]:
    limits = limits_of(traits)
    return {
        "provider": traits.key,
        "label": traits.label,
        "manufacturers": traits.manufacturers,
        "fields": [
            {
                "name": f.name,
                "label": f.label,
                "is_secret": f.is_secret,
                "is_multiline": f.is_multiline,
                "choices": list(f.choices),
            }
            for f in traits.fields
        ],
        "documentation_url": traits.documentation_url,
        "calls_per_minute": limits.per_minute,
        "calls_per_day": limits.per_day,
        "is_simulated": is_simulated(traits, row.simulated_at if row else ""),
        "connection": None if row is None else _connection(row),
    }


def _connection(row: ConnectionRow) -> dict[str, object]:
    return {
        "is_enabled": row.is_enabled,
        "is_usable": row.is_usable,
        "state": row.state,
        "state_text": row.state_text,
        "settings": row.settings,
        "secrets": sorted(row.secrets),
        "has_next_secret": row.has_next_secret,
        "secret_expires_on": row.secret_expires_on,
        "next_expires_on": row.next_expires_on,
        "next_tested_at": row.next_tested_at,
        "next_error": row.next_error,
        "tested_at": row.tested_at,
        "latest_success_at": row.latest_success_at,
        "latest_error_at": row.errors[0].at if row.errors else None,
        "latest_error": row.errors[0].text if row.errors else "",
        "latest_errors": [{"at": error.at, "text": error.text} for error in row.errors],
        "used_today": row.used_today,
    }


@call(router, "GET /external-services", needs=SEES, answers=ServicePage)
def list_external_services(request: HttpRequest, paging: Query[Paging]) -> HttpResponse:
    """List every external service that is installed, with the tenant's connection to it."""
    rows = _connections(caller_of(request))
    after = _key_in(paging.cursor) if paging.cursor else ""
    keys = [key for key in sorted(providers()) if key > after]
    page = placed_page([([key], providers()[key].traits) for key in keys], paging.limit)
    items = [_service(traits, rows.get(traits.key)) for traits in page.rows]
    return answer({"items": items, "next": page.after})


def _key_in(cursor: str) -> str:
    [key] = decode_cursor(cursor, 1)
    if not isinstance(key, str):
        raise BadCursor
    return key


@call(router, "GET /external-services/{provider}", needs=SEES, answers=ServiceOut, extra=HAS_ETAG)
def get_external_service(request: HttpRequest, provider: str) -> HttpResponse:
    """Show one external service."""
    return _versioned(caller_of(request), provider)


@call(
    router,
    "PUT /external-services/{provider}",
    needs=MANAGES,
    answers=ServiceOut,
    problems=[412],
    extra=HAS_ETAG,
)
def put_external_service(
    request: HttpRequest, provider: str, body: ServiceIn, state: IfMatch = None
) -> HttpResponse:
    """Store the credentials of an external service.

    A new secret for credentials that work waits beside the old one until it was tested (W3). Real
    credentials remove what a simulator had said (W20). With `If-Match`, only while nobody else has
    saved or switched it.
    """
    caller = caller_of(request)
    services.save_external_service(
        actor=caller.actor,
        tenant=caller.tenant.id,
        provider=provider,
        form=services.ServiceForm(body.values, body.is_enabled, body.secret_expires_on),
        now=caller.now,
        state=wanted_state(state),
    )
    return _versioned(caller, provider)


@call(
    router,
    "DELETE /external-services/{provider}",
    needs=MANAGES,
    status=204,
    problems=[409],
)
def remove_external_service(request: HttpRequest, provider: str) -> None:
    """Forget the credentials of an external service.

    What it answered stays.
    """
    caller = caller_of(request)
    get_provider(provider)
    services.remove_external_service(
        actor=caller.actor, tenant=caller.tenant.id, provider=provider, now=caller.now
    )


@call(
    router,
    "DELETE /external-services/{provider}/next-secret",
    needs=MANAGES,
    status=204,
    problems=[409],
)
def discard_next_secret(request: HttpRequest, provider: str) -> None:
    """Drop the new secret that waits for its test; the one in use stays.

    Repeating it changes nothing more.
    """
    caller = caller_of(request)
    services.discard_next_secret(
        actor=caller.actor, tenant=caller.tenant.id, provider=provider, now=caller.now
    )


@call(
    router,
    "POST /external-services/{provider}/test",
    needs=MANAGES,
    answers=HealthOut,
    problems=[409],
)
def check_external_service(
    request: HttpRequest, provider: str, key: IdempotencyKey = None
) -> HttpResponse:
    """Sign in at the vendor and ask the smallest question.

    A new secret that waits is the one that is tried, and takes its place when it works. A vendor
    that refuses is an answer like any other: `is_ok` is false, and the text is the vendor's.
    """
    before = answered_before(request, key)
    if before is not None:
        return before
    # No transaction is open while a vendor is asked: two requests at once may both ask, and both
    # get the answer that was kept first.
    caller = caller_of(request)
    health = services.check_external_service(
        actor=caller.actor, tenant=caller.tenant.id, provider=provider, now=caller.now
    )
    return once(request, key, lambda: (health, ""), status=200)


@call(
    router,
    "POST /external-services/{provider}/enable",
    needs=MANAGES,
    answers=ServiceOut,
    problems=[409, 422],
)
def enable_external_service(
    request: HttpRequest, provider: str, key: IdempotencyKey = None
) -> HttpResponse:
    """Use an external service again; its credentials must be complete."""
    return _switch(request, provider, key, is_enabled=True)


@call(
    router,
    "POST /external-services/{provider}/disable",
    needs=MANAGES,
    answers=ServiceOut,
    problems=[409],
)
def disable_external_service(
    request: HttpRequest, provider: str, key: IdempotencyKey = None
) -> HttpResponse:
    """Leave an external service be; its credentials and answers stay."""
    return _switch(request, provider, key, is_enabled=False)


def _switch(
    request: HttpRequest, provider: str, key: str | None, *, is_enabled: bool
) -> HttpResponse:
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        services.switch_external_service(
            actor=caller.actor,
            tenant=caller.tenant.id,
            provider=provider,
            is_enabled=is_enabled,
            now=caller.now,
        )
        return _shown(caller, provider), ""

    return once(request, key, make, status=200)
