"""The part of allauth that is offered: sign-in, sign-out, change and reset of the password."""

from __future__ import annotations

from typing import Any

from allauth.account import views
from django.urls import path, re_path

from fleetward.web.signing_up import is_open


class SignIn(views.LoginView):  # type: ignore[misc]
    """Leads to the sign-up of companies while that is open."""

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        return {**super().get_context_data(**given), "is_sign_up_open": is_open()}


urlpatterns = [
    path("login/", SignIn.as_view(), name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]
