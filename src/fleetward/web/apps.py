from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in

from fleetward.web.step_up import note_sign_in


class WebConfig(AppConfig):
    name = "fleetward.web"
    label = "web"

    def ready(self) -> None:
        user_logged_in.connect(note_sign_in, dispatch_uid="note_sign_in")
