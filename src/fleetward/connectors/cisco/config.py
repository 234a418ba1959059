"""What Cisco needs to be asked: an application of its API console, and its three limits."""

from __future__ import annotations

from fleetward.connectors.words import gettext_noop as _
from fleetward.warranty.contracts import ConfigField, ProviderTraits

TRAITS = ProviderTraits(
    key="cisco",
    label="Cisco Support API",
    manufacturers=("Cisco",),
    default_base_url="https://apix.cisco.com",
    fields=(
        ConfigField(
            "client_id",
            _("Client ID"),
            help=_("Of an application that may use the Serial Number to Information API."),
        ),
        ConfigField("client_secret", _("Client secret"), is_secret=True),
    ),
    max_batch=75,
    # At this pace a second never sees the five calls that it may.
    calls_per_minute=30,
    calls_per_day=5000,
    documentation_url="https://developer.cisco.com/docs/support-apis/",
)
