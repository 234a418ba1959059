from importlib import import_module

from django.apps import AppConfig


class PartnersConfig(AppConfig):
    name = "fleetward.partners"
    label = "partners"

    def ready(self) -> None:
        # Not before models are there, which it needs.
        import_module("fleetward.partners.handlers")
