from django.apps import AppConfig


class WarrantyConfig(AppConfig):
    name = "fleetward.warranty"
    label = "warranty"
