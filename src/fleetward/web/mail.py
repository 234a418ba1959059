"""Mails that pages and jobs send: the link to a password, invitations, reminders.

They raise `MailNotSent` if they did not go out: a page goes another way then, and the queue tries
again. A link is one to the address that the operator has set, whatever name the request came by.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.urls import reverse
from django.utils import timezone, translation

from fleetward.config.env import env
from fleetward.identity.queries import find_user
from fleetward.kernel.errors import ExpectedFailure
from fleetward.notifications.contracts import Level, NotificationRow
from fleetward.tenancy.contracts import TenantRow
from fleetward.tenancy.signing_up.contracts import ProofMail
from fleetward.warranty.contracts import Digest
from fleetward.web.components.cells import day_text, number_text
from fleetward.web.languages import mail_language
from fleetward.web.notification_texts import LEVEL_LABELS, note_of

log = structlog.get_logger(__name__)

UNSUBSCRIBE = "notifications.unsubscribe"
MOST_NOTES = 50


class MailNotSent(ExpectedFailure):
    """The mail server refused or did not answer. Who gets mail from whom is not for the log."""


def is_mail_configured() -> bool:
    """Whether the operator gave an SMTP server."""
    return bool(settings.EMAIL_HOST)


def is_sent(send: Callable[[], None]) -> bool:
    """Whether a mail went out, for a page that goes another way otherwise; the log says why not."""
    try:
        send()
    except MailNotSent as failure:
        log.warning("mail not sent", cause=str(failure))
        return False
    return True


def send_password_link(user_id: int) -> None:
    """Mail a user the link under which a password is chosen. Nobody is told of an unknown user.

    Raises: MailNotSent.
    """
    user: Any = get_user_model().objects.filter(id=user_id, is_active=True).first()
    if user is None:
        return
    which = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    link = env().public_address(reverse("account_reset_password_from_key", kwargs=which))
    told = {"password_reset_url": link}
    _send("password_reset_key", user.email, told, mail_language(user))


def send_invitation(email: str, *, link: str, tenant: TenantRow, inviter: str) -> None:
    """Mail somebody who has an account the link under which an invitation is accepted.

    In the language of the account; without a choice in that of the tenant that invites.
    Raises: MailNotSent.
    """
    told = {"link": link, "tenant": tenant.name, "inviter": inviter}
    known = find_user(email)
    language = (known and known.language) or tenant.settings.language
    _send("invitation", email, told, language)


def send_sign_up(mail: ProofMail) -> None:
    """Mail whoever signs up a company the link that proves the address; to an address that has an
    account, the way to sign in.

    Raises: MailNotSent.
    """
    if mail.token:
        link = env().public_address(reverse("sign_up_proven", args=[mail.token]))
        _send("sign_up", mail.email, {"link": link}, mail.language)
    else:
        link = env().public_address(reverse("account_login"))
        _send("sign_up_known", mail.email, {"link": link}, mail.language)


def send_reminder(
    email: str, language: str, *, tenant: TenantRow, sent_on: date, digest: Digest
) -> None:
    """Mail a user of how many devices the tenant was reminded on a day (S9).

    Raises: MailNotSent.

    Repeat: the same mail by its Message-ID, which servers and readers show once. Whether one went
    out is not known for certain after the death of a worker, and none must be lost.
    """
    place = reverse("reminders", args=[tenant.customer_id])
    told = {
        "link": env().public_address(f"{place}?on={sent_on}"),
        "tenant": tenant.name,
        "number": digest.devices,
        "devices": number_text(digest.devices),
        "simulated": number_text(digest.simulated) if digest.simulated else "",
    }
    name = _name_of("reminders", tenant.customer_id, sent_on, email)
    _send("reminders", email, told, language or tenant.settings.language, name)


def send_digest(
    email: str, language: str, *, tenant: TenantRow, rows: Sequence[NotificationRow], link: Links
) -> None:
    """Mail a user what is new in the bell of a tenant (L5). Raises: MailNotSent.

    Repeat: the same mail by its Message-ID, as for reminders.
    """
    language = language or tenant.settings.language
    with translation.override(language), timezone.override(tenant.settings.time_zone):
        told = {
            "tenant": tenant.name,
            "number": len(rows),
            "notes": [_note(row) for row in rows[:MOST_NOTES]],
            "more": max(len(rows) - MOST_NOTES, 0),
            "link": link.all,
            "settings_link": link.settings,
            "stop_link": link.stop,
        }
    # Mail programs offer the way out by themselves (RFC 8058).
    way_out = {
        "List-Unsubscribe": f"<{link.stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    _send("digest", email, told, language, link.name, way_out)


def _note(row: NotificationRow) -> dict[str, str]:
    note = note_of(row)
    at = timezone.localtime(row.created_at)
    return {
        "title": note.title,
        "href": env().public_address(note.href) if note.href else "",
        "level": "" if row.level is Level.INFO else str(LEVEL_LABELS[row.level]),
        "at": f"{day_text(at)}, {at:%H:%M}",
    }


@dataclass(frozen=True, slots=True)
class Links:
    """Where a mail of what is new leads, and its own name, which is the same whenever it is."""

    all: str
    settings: str
    stop: str
    name: str


def digest_links(tenant: TenantRow, user: int, claimed_at: datetime) -> Links:
    """The links of the mail to a user that tells what is new, and its name."""
    place, token = [tenant.customer_id], signing.dumps([tenant.id, user], salt=UNSUBSCRIBE)
    return Links(
        all=env().public_address(reverse("notifications", args=place)),
        settings=env().public_address(reverse("notification_mail", args=place)),
        stop=env().public_address(reverse("unsubscribe", args=[token])),
        name=_name_of("digest", tenant.customer_id, user, claimed_at.isoformat()),
    )


def _name_of(*about: object) -> str:
    """The Message-ID of a mail that is the same whenever it is about the same."""
    digest = hashlib.sha256("\n".join(map(str, about)).encode()).hexdigest()
    return f"<{digest[:32]}@{urlsplit(env().public_address('/')).hostname}>"


def _send(
    template: str,
    email: str,
    told: Mapping[str, object],
    language: str,
    name: str = "",
    more: Mapping[str, str] | None = None,
) -> None:
    headers = {**({"Message-ID": name} if name else {}), **(more or {})} or None
    with translation.override(language):
        mail = get_adapter().render_mail(f"account/email/{template}", email, dict(told), headers)
    try:
        mail.send()
    except OSError as error:
        # Of smtplib's errors too.
        raise MailNotSent(f"mail server: {type(error).__name__}") from error
