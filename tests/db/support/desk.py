"""A tenant that asks, another one, and the operator who answers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from fleetward.audit.models import Entry
from fleetward.identity.models import User
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.notifications.models import Delivery, Notification
from fleetward.support.actions import answer, close, open_request, reopen
from fleetward.support.contracts import (
    AttachmentRow,
    Category,
    NewFile,
    NewMessage,
    NewRequest,
    RequestDetail,
    Side,
    Told,
)
from fleetward.support.models import Attachment
from fleetward.support.queries import get_request
from fleetward.support.store import places
from fleetward.tenancy.contracts import Role, TenantRow
from tests.cast import NOW, Cast, make_cast, make_tenant, make_user
from tests.cast import actor_of as as_door


@dataclass
class Desk:
    """The operator's desk, and those who come to it."""

    cast: Cast = field(default_factory=make_cast)
    vendor: TenantRow = field(default_factory=lambda: make_tenant("Operator", kind="VENDOR"))

    def __post_init__(self) -> None:
        # What it is worth is said by the actor, so that it takes no role of its own.
        self.operator = make_user(roles={self.vendor.id: Role.IT_ADMIN})

    @property
    def asker(self) -> Actor:
        return as_door(self.cast.reader)

    @property
    def answerer(self) -> Actor:
        return replace(as_door(self.operator), roles={self.vendor.id: "OPERATOR"})

    def ask(self, *files: NewFile, text: str = "They are not there.", key: str = "") -> Told:
        asked = NewRequest(
            subject="Missing devices",
            message=NewMessage(text, files, key),
            category=Category.MISSING_DEVICES,
            serials=("5XK2QL3",),
        )
        return open_request(actor=self.asker, tenant=self.cast.acme.id, asked=asked, now=NOW)

    def at(self, side: Side) -> dict[str, object]:
        """Who speaks for a side, and where."""
        if side is Side.OPERATOR:
            return {"actor": self.answerer, "tenant": self.vendor.id, "side": side}
        return {"actor": self.asker, "tenant": self.cast.acme.id, "side": side}

    def say(self, side: Side, uid: UUID, *files: NewFile, text: str = "", key: str = "") -> Told:
        told = NewMessage(text, files, key)
        return answer(**self.at(side), uid=uid, told=told, now=NOW)  # type: ignore[arg-type]

    def close(self, side: Side, uid: UUID, text: str = "") -> Told:
        told = NewMessage(text)
        return close(**self.at(side), uid=uid, told=told, now=NOW)  # type: ignore[arg-type]

    def reopen(self, side: Side, uid: UUID, text: str = "") -> Told:
        told = NewMessage(text)
        return reopen(**self.at(side), uid=uid, told=told, now=NOW)  # type: ignore[arg-type]

    def read(self, side: Side, uid: UUID) -> RequestDetail:
        return get_request(**self.at(side), uid=uid)  # type: ignore[arg-type]

    def verbs(self, tenant: TenantRow) -> list[str]:
        with tenant_scope([tenant.id]):
            return list(Entry.objects.order_by("id").values_list("verb", flat=True))

    def news(self, tenant: TenantRow, user: User) -> list[str]:
        with tenant_scope([tenant.id]):
            mine = Notification.objects.filter(user_id=user.id).order_by("id")
            return list(mine.values_list("kind", flat=True))

    def sent(self, tenant: TenantRow) -> list[str]:
        with tenant_scope([tenant.id]):
            return list(Delivery.objects.order_by("id").values_list("body", flat=True))

    def kept(self) -> set[UUID]:
        """What is on the disk of the files that there are rows of."""
        with tenant_scope([self.vendor.id]):
            rows = set(Attachment.objects.values_list("uid", flat=True))
        return {uid for uid in places() if uid in rows}


def a_file(name: str = "summary.csv", data: bytes = b"Serial\n5XK2QL3\n") -> NewFile:
    return NewFile(name, [data])


def files_of(detail: RequestDetail) -> list[AttachmentRow]:
    return [file for message in detail.messages for file in message.files]


def a_key() -> str:
    return uuid4().hex
