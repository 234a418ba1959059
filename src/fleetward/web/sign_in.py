"""How allauth behaves here: nobody signs up, and users come from the users page or the CLI.

The second proof is ours (`web.second_factor`, docs/adr/0013).
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from fleetward.identity.actions import choose_password
from fleetward.infra.requests import address_of
from fleetward.tenancy.sign_on.actions import let_in_otherwise
from fleetward.web.door import actor_as


class ClosedSignUp(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in, sign-out and password reset are allauth's; accounts are ours."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Whom failed sign-ins are counted for: the same address that the trail records."""
        return address_of(request)

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """Both of allauth's ways to a new password end here, and leave an entry in the trail."""
        request: Any = context.request
        by_link = request.resolver_match.url_name != "account_change_password"
        with transaction.atomic():
            if by_link:
                let_in_otherwise(user_id=user.pk)
            actor = actor_as(request, user)
            choose_password(actor=actor, password=password, by_link=by_link)
        # allauth keeps the session by what it reads from this object.
        user.refresh_from_db()

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Failed sign-ins are counted for an account, whatever host the guesser has asked for:
        allauth counts for each, and a port is the client's to choose."""
        return str(credentials.get("email", "")).lower()

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """To a disabled account the right password is like a wrong one."""
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        return user if user is not None and user.is_active else None

    def get_login_stages(self) -> list[str]:
        return [*super().get_login_stages(), "fleetward.web.second_factor.SecondFactorStage"]

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("profile")
