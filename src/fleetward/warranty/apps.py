from importlib import import_module

from django.apps import AppConfig


class WarrantyConfig(AppConfig):
    name = "fleetward.warranty"
    label = "warranty"

    def ready(self) -> None:
        # Not before models are there, which it needs.
        import_module("fleetward.warranty.handlers")
