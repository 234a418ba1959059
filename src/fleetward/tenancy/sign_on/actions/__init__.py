"""Identity providers of tenants: set up, come in by, linked to."""

from fleetward.tenancy.sign_on.actions.coming_in import begin_sign_on, finish_sign_on, user_of
from fleetward.tenancy.sign_on.actions.linking import (
    join_by_identity,
    let_in_otherwise,
    link_identity,
    unlink_identity,
)
from fleetward.tenancy.sign_on.actions.setting_up import (
    allow_passwords,
    read_again,
    refuse_passwords,
    remove_provider,
    save_provider,
    switch_provider,
)

__all__ = [
    "allow_passwords",
    "begin_sign_on",
    "finish_sign_on",
    "join_by_identity",
    "let_in_otherwise",
    "link_identity",
    "read_again",
    "refuse_passwords",
    "remove_provider",
    "save_provider",
    "switch_provider",
    "unlink_identity",
    "user_of",
]
