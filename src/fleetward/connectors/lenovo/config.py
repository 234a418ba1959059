"""What Lenovo needs to be asked: the client id that it gives to partners and large customers."""

from __future__ import annotations

from fleetward.connectors.words import gettext_noop as _
from fleetward.warranty.contracts import ConfigField, ProviderTraits

TRAITS = ProviderTraits(
    key="lenovo",
    label="Lenovo Support API",
    manufacturers=("Lenovo",),
    default_base_url="https://supportapi.lenovo.com/v2.5",
    fields=(
        ConfigField(
            "client_id",
            _("Client ID"),
            is_secret=True,
            help=_("Lenovo's only credential: whoever has it can ask in your name."),
        ),
    ),
    max_batch=50,
    calls_per_minute=60,
    documentation_url="https://supportapi.lenovo.com/documentation/Index.html",
)
