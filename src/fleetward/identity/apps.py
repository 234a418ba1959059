from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "fleetward.identity"
    label = "identity"
