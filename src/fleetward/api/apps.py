from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "fleetward.api"
    label = "api"
