from django.apps import AppConfig


class DevicesConfig(AppConfig):
    name = "fleetward.devices"
    label = "devices"
