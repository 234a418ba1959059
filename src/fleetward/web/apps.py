from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "fleetward.web"
    label = "web"
