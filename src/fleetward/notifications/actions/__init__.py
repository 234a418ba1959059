"""Posting items, reading and putting them aside (`items`), and mails of what is new (`mailing`)."""

from fleetward.notifications.actions.items import (
    mark_read,
    post,
    post_about,
    put_aside,
    snooze,
)
from fleetward.notifications.actions.mailing import (
    choose_mail,
    claim_mail,
    close_mail,
    list_due,
    stop_mail,
)

__all__ = [
    "choose_mail",
    "claim_mail",
    "close_mail",
    "list_due",
    "mark_read",
    "post",
    "post_about",
    "put_aside",
    "snooze",
    "stop_mail",
]
