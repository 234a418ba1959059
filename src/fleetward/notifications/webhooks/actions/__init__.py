"""What people do with webhooks, and what their jobs do.

`keeping` adds, changes and removes them, `queueing` says what is to be sent, `sending` sends it,
`troubles` tells people when that fails for good.
"""

from fleetward.notifications.webhooks.actions.forgetting import forget
from fleetward.notifications.webhooks.actions.keeping import (
    add_webhook,
    change_webhook,
    remove_webhook,
    rotate_secret,
)
from fleetward.notifications.webhooks.actions.queueing import (
    announce,
    come_due,
    replay,
    try_webhook,
)
from fleetward.notifications.webhooks.actions.sending import break_try, deliver
from fleetward.notifications.webhooks.actions.troubles import register

__all__ = [
    "add_webhook",
    "announce",
    "break_try",
    "change_webhook",
    "come_due",
    "deliver",
    "forget",
    "register",
    "remove_webhook",
    "replay",
    "rotate_secret",
    "try_webhook",
]
