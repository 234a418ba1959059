from importlib import import_module

from django.apps import AppConfig

from fleetward.infra import keys


class TenancyConfig(AppConfig):
    name = "fleetward.tenancy"
    label = "tenancy"

    def ready(self) -> None:
        # Not before models are there, which it needs.
        import_module("fleetward.tenancy.handlers")
        places = import_module("fleetward.tenancy.sealed_place")
        keys.register(places.SealedProviders())
        keys.register(places.SealedSigner())
