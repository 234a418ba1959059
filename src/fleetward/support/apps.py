from django.apps import AppConfig


class SupportConfig(AppConfig):
    name = "fleetward.support"
    label = "support"
