from django.apps import AppConfig


class CliConfig(AppConfig):
    name = "fleetward.cli"
    label = "cli"
