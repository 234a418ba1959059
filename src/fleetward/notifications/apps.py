from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "fleetward.notifications"
    label = "notifications"
