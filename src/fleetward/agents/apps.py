from django.apps import AppConfig


class AgentsConfig(AppConfig):
    name = "fleetward.agents"
    label = "agents"
