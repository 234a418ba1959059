from importlib import import_module

from django.apps import AppConfig


class DevicesConfig(AppConfig):
    name = "fleetward.devices"
    label = "devices"

    def ready(self) -> None:
        # Not before models are there, which it needs.
        import_module("fleetward.devices.handlers")
