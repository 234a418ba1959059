"""What Dell needs to be asked: an API key of TechDirect."""

from __future__ import annotations

from fleetward.connectors.words import gettext_noop as _
from fleetward.warranty.contracts import ConfigField, ProviderTraits

TRAITS = ProviderTraits(
    key="dell",
    label="Dell TechDirect",
    manufacturers=("Dell",),
    default_base_url="https://apigtwb2c.us.dell.com",
    fields=(
        ConfigField("client_id", _("Client ID"), help=_("From TechDirect, API management.")),
        ConfigField("client_secret", _("Client secret"), is_secret=True),
    ),
    max_batch=100,
    calls_per_minute=60,
    secret_lifetime_days=365,
    documentation_url="https://techdirect.dell.com/portal/AboutAPIs.aspx",
)
