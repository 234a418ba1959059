from importlib import import_module

from django.apps import AppConfig

from fleetward.infra import keys


class IdentityConfig(AppConfig):
    name = "fleetward.identity"
    label = "identity"

    def ready(self) -> None:
        # Models can be loaded only now.
        keys.register(import_module("fleetward.identity.sealed_place").SealedApps())
