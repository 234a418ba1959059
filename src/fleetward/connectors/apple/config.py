"""What Apple needs to be asked: an API account of Apple Business or School Manager, and its key."""

from __future__ import annotations

from fleetward.connectors.apple.assertion import new_key
from fleetward.connectors.words import gettext_noop as _
from fleetward.warranty.contracts import ConfigField, ProviderTraits

BUSINESS = "business"
SCHOOL = "school"

TRAITS = ProviderTraits(
    key="apple",
    label="Apple Business / School Manager",
    manufacturers=("Apple",),
    default_base_url="https://api-business.apple.com",
    fields=(
        ConfigField(
            "organisation",
            _("Organisation"),
            choices={BUSINESS: "Apple Business Manager", SCHOOL: "Apple School Manager"},
        ),
        ConfigField(
            "client_id",
            _("Client ID"),
            help=_("Of the API account, such as BUSINESSAPI.0f2c… or SCHOOLAPI.0f2c…"),
        ),
        # No secret in itself. Sealed with its key, both wait together for their test (W3).
        ConfigField(
            "key_id",
            _("Key ID"),
            is_secret=True,
            help=_("Enter it anew together with a new private key."),
        ),
        ConfigField(
            "private_key",
            _("Private key"),
            is_secret=True,
            is_multiline=True,
            help=_("The whole .pem file that Apple gave, from BEGIN to END."),
            made_up=new_key,
        ),
    ),
    max_batch=1,
    # One call every 150 ms at most, as calls are spread a tenth faster than the quota: that was
    # never throttled, seven a second were.
    calls_per_minute=360,
    documentation_url="https://developer.apple.com/documentation/applebusinessmanagerapi",
)
