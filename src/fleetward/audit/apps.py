from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "fleetward.audit"
    label = "audit"
