"""What HP needs to be asked: a key of its Warranty API, good for 90 days."""

from __future__ import annotations

from fleetward.connectors.words import gettext_noop as _
from fleetward.warranty.contracts import ConfigField, ProviderTraits

TRAITS = ProviderTraits(
    key="hp",
    label="HP Warranty API",
    manufacturers=("HP",),
    default_base_url="https://warranty.api.hp.com",
    fields=(
        ConfigField("client_id", _("Client ID"), help=_("HP calls it the API key.")),
        ConfigField("client_secret", _("Client secret"), is_secret=True),
    ),
    max_batch=5000,
    calls_per_minute=60,
    max_answer_bytes=64 * 1024 * 1024,
    secret_lifetime_days=90,
    asks_with_country=True,
    documentation_url="https://developers.hp.com/hp-warranty",
)
