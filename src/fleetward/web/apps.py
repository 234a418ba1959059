from allauth.account.signals import authentication_step_completed
from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in

from fleetward.web.step_up import note_password


class WebConfig(AppConfig):
    name = "fleetward.web"
    label = "web"

    def ready(self) -> None:
        for signal in (user_logged_in, authentication_step_completed):
            signal.connect(note_password, dispatch_uid="note_password")
