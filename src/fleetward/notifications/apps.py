from importlib import import_module

from django.apps import AppConfig

from fleetward.infra import keys


class NotificationsConfig(AppConfig):
    name = "fleetward.notifications"
    label = "notifications"

    def ready(self) -> None:
        # Models can be loaded only now.
        keys.register(
            import_module("fleetward.notifications.webhooks.sealed_place").SealedWebhooks()
        )
