from django.apps import AppConfig


class InfraConfig(AppConfig):
    name = "fleetward.infra"
    label = "infra"
