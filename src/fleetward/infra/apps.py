from django.apps import AppConfig

from fleetward.infra.timestamps import read_quickly


class InfraConfig(AppConfig):
    name = "fleetward.infra"
    label = "infra"

    def ready(self) -> None:
        read_quickly()
