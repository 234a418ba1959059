"""Links to those who are let in, by mails that `web` sends."""

from __future__ import annotations

from fleetward.infra.jobs import enqueue
from fleetward.kernel.actor import Actor
from fleetward.tenancy.contracts import LetIn
from fleetward.tenancy.queries import get_tenant_by_id

# Jobs of `web`, which has the mails.
PASSWORD_LINK, INVITATION = "web.send_password_link", "web.send_invitation"


def mail_link(actor: Actor, tenant: int, let_in: LetIn) -> None:
    """Have the link sent. That of an invitation is made when it is sent: no job holds it."""
    if let_in.is_new_account:
        language = get_tenant_by_id(tenant).settings.language
        enqueue(PASSWORD_LINK, user_id=let_in.user_id, language=language)
    else:
        enqueue(INVITATION, tenant=tenant, user_id=let_in.user_id, inviter=actor.name)
