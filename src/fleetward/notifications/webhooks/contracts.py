"""Webhooks and deliveries as others see them, and the refusals."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from fleetward.kernel.errors import Conflict, Invalid
from fleetward.kernel.texts import N_
from fleetward.notifications.contracts import DeliveryState, Kind, Level

MOST_WEBHOOKS = 20
NAME_CHARACTERS, URL_CHARACTERS = 80, 500
# The kind of what is sent to try a webhook; no notification has it.
TEST = "TEST"
# Why a try was none, beside what an HTTP client says of itself.
OFF, CLOSED, BROKEN = "switched off", "its secret cannot be opened", "an error on our server"


@dataclass(frozen=True, slots=True)
class Item:
    """What happened in a tenant, as it is posted. `link` is a path within the product."""

    tenant: int
    kind: Kind
    level: Level
    key: str
    params: Mapping[str, object]
    link: str


@dataclass(frozen=True, slots=True)
class WebhookInput:
    """What somebody may set. No `kinds`: all of them, those of later releases too."""

    name: str
    url: str
    kinds: tuple[Kind, ...] = ()
    is_enabled: bool = True


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """A webhook. `gone_at`: its receiver said that it is gone (410), and it was switched off.

    `given_up_at`: a delivery was given up, and since then it has taken none, nor was it changed.
    `earlier_until`: until then the secret before the present one signs as well.
    """

    uid: uuid.UUID
    name: str
    url: str
    kinds: tuple[Kind, ...]
    is_enabled: bool
    gone_at: datetime | None
    given_up_at: datetime | None
    earlier_until: datetime | None
    created_at: datetime
    updated_at: datetime

    def earlier_signs_until(self, now: datetime) -> datetime | None:
        """None once that is over."""
        return self.earlier_until if self.earlier_until and now < self.earlier_until else None


@dataclass(frozen=True, slots=True)
class Trouble:
    """A webhook that needs a person. `kind`: WEBHOOK_FAILED or WEBHOOK_GONE."""

    tenant: int
    webhook: uuid.UUID
    name: str
    kind: Kind
    key: str


class TroubleEffect(Protocol):
    """What an upper context, which knows who looks after a tenant, does about it (design, 3)."""

    def webhook_in_trouble(self, *, trouble: Trouble, now: datetime) -> None:
        """Tell people of it, in the present transaction."""
        ...


@dataclass(frozen=True, slots=True)
class MadeSecret:
    """The secret of a webhook, which is told this once."""

    webhook: uuid.UUID
    secret: str


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One item for one webhook. `tries` counts since it came, or since its latest replay.

    `body` is what is sent. `status` is that of the latest answer, if there was one.
    """

    uid: uuid.UUID
    kind: str
    state: DeliveryState
    tries: int
    status: int | None
    error: str
    body: str
    created_at: datetime
    attempted_at: datetime | None
    delivered_at: datetime | None
    due_at: datetime | None


@dataclass(eq=False)
class BadWebhook(Invalid):
    """One field cannot be accepted. `field`: name, url or kinds."""

    field: str
    problem: str

    code: ClassVar[str] = "bad_webhook"
    text: ClassVar[str] = "{problem}"
    fix: ClassVar[str] = N_("Correct it and save again.")


@dataclass(eq=False)
class TooManyWebhooks(Conflict):
    most: int = MOST_WEBHOOKS

    code: ClassVar[str] = "too_many_webhooks"
    text: ClassVar[str] = N_("A tenant has at most {most} webhooks.")
    fix: ClassVar[str] = N_("Delete webhooks that nobody needs any more.")


@dataclass(eq=False)
class WebhookOff(Conflict):
    code: ClassVar[str] = "webhook_off"
    text: ClassVar[str] = N_("This webhook is switched off: nothing is sent to it.")
    fix: ClassVar[str] = N_("Switch it on first.")


@dataclass(eq=False)
class SecretStillChanging(Conflict):
    """The secret before the present one still signs."""

    until: datetime

    code: ClassVar[str] = "secret_still_changing"
    text: ClassVar[str] = N_("The secret was changed, and the one before it still signs.")
    fix: ClassVar[str] = N_(
        "Wait until 24 hours are over. If the new secret is lost, add a second webhook for the "
        "same address, and delete this one once its receiver knows that one's secret."
    )
