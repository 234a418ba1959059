from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "fleetward.access"
    label = "access"
