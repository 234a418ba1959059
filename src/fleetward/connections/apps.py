from importlib import import_module

from django.apps import AppConfig

from fleetward.infra import keys


class ConnectionsConfig(AppConfig):
    name = "fleetward.connections"
    label = "connections"

    def ready(self) -> None:
        # Models can be loaded only now.
        keys.register(import_module("fleetward.connections.sealed_place").SealedConnections())
