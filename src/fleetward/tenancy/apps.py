from importlib import import_module

from django.apps import AppConfig

from fleetward.infra import keys


class TenancyConfig(AppConfig):
    name = "fleetward.tenancy"
    label = "tenancy"

    def ready(self) -> None:
        # Not before models are there, which it needs.
        import_module("fleetward.tenancy.handlers")
        keys.register(import_module("fleetward.tenancy.sealed_place").SealedProviders())
