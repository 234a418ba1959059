from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "fleetward.tenancy"
    label = "tenancy"
