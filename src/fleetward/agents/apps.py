from importlib import import_module

from django.apps import AppConfig


class AgentsConfig(AppConfig):
    name = "fleetward.agents"
    label = "agents"

    def ready(self) -> None:
        # Not before models are there, which it needs.
        import_module("fleetward.agents.handlers")
