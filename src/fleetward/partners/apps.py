from django.apps import AppConfig


class PartnersConfig(AppConfig):
    name = "fleetward.partners"
    label = "partners"
