"""What Dynabook needs to be asked: nothing but serial and product number."""

from __future__ import annotations

from fleetward.warranty.contracts import ProviderTraits

TRAITS = ProviderTraits(
    key="dynabook",
    label="Dynabook Support",
    manufacturers=("Dynabook",),
    default_base_url="https://support.dynabook.com",
    fields=(),
    max_batch=1,
    # A public page without a published limit: asked no faster than a patient person would.
    calls_per_minute=30,
    needs_product_number=True,
    documentation_url="https://support.dynabook.com/",
)
