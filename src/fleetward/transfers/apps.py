from django.apps import AppConfig


class TransfersConfig(AppConfig):
    name = "fleetward.transfers"
    label = "transfers"
