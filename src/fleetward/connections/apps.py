from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    name = "fleetward.connections"
    label = "connections"
