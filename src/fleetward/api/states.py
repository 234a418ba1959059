"""States of things that are read and then changed: `ETag` in answers, `If-Match` in requests."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from django.http import HttpResponse

from fleetward.api.answers import answer
from fleetward.kernel.errors import ChangedMeanwhile

FORM = '"%Y%m%dT%H%M%S%f"'


def state_of(updated_at: datetime) -> str:
    """By the moment of the latest change."""
    return updated_at.astimezone(UTC).strftime(FORM)


def versioned(payload: object, updated_at: datetime) -> HttpResponse:
    """An answer with its state: that of its own fields, which change at one moment."""
    return in_state(payload, state_of(updated_at))


def in_state(payload: object, etag: str) -> HttpResponse:
    """An answer with its state, by any word in quotes."""
    response = answer(payload)
    response["ETag"] = etag
    return response


def with_state(made: HttpResponse) -> HttpResponse:
    """The answer of `once` with the state of what was made: it stands in it, as `updated_at`."""
    updated_at = msgspec.json.decode(made.content)["updated_at"]
    made["ETag"] = state_of(datetime.fromisoformat(updated_at))
    return made


def wanted_word(given: str | None) -> str | None:
    """The same where the state is a word."""
    return None if given in (None, "*") else (given or "").strip('"')


def wanted_state(given: str | None) -> datetime | None:
    """The state that a caller wants to change; None for any. Raises: ChangedMeanwhile."""
    if given is None or given == "*":
        return None
    try:
        return datetime.strptime(given, FORM).replace(tzinfo=UTC)
    except ValueError:
        # Not one of ours, so that nothing is in that state.
        raise ChangedMeanwhile from None
