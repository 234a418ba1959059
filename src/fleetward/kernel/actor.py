"""Who asks: every action and query gets an explicit `Actor`; `access` decides what it may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ActorKind(StrEnum):
    USER = "USER"
    TOKEN = "TOKEN"  # noqa: S105
    SYSTEM = "SYSTEM"


@dataclass(frozen=True, slots=True)
class Actor:
    """A user, a user's token, or a named part of the system, for one request or one job.

    `roles` maps the internal id of each tenant within reach to the role word held there. It is read
    from the memberships when the request or job begins and never kept longer. `spans` maps the
    tenant of a partner to those of its customers, which are what its own lists show (T5).
    `by_provider` maps each tenant that only who comes by an identity provider may enter to the one
    whose provider that is: itself, or the partner for which the actor is there.
    `on_behalf_of` is whom it speaks for, such as the user of a token.
    """

    kind: ActorKind
    name: str
    roles: Mapping[int, str] = field(default_factory=dict)
    spans: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    by_provider: Mapping[int, int] = field(default_factory=dict)
    user_id: int | None = None
    token_id: int | None = None
    is_operator: bool = False
    on_behalf_of: str = ""
    request_id: str = ""
    address: str = ""

    @property
    def tenants(self) -> tuple[int, ...]:
        """Internal ids of the tenants within reach, ascending."""
        return tuple(sorted(self.roles))

    @property
    def own_id(self) -> int:
        """The user's id to find what is the actor's own; nothing is owned by 0."""
        return self.user_id or 0


def system_actor(name: str, *tenants: int) -> Actor:
    """A part of the system, for instance "seal audit", acting in the tenants given."""
    return Actor(ActorKind.SYSTEM, name, roles=dict.fromkeys(tenants, "SYSTEM"))
