"""How allauth behaves here: nobody signs up, and users come from the users page or the CLI."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from fleetward.infra.requests import address_of


class ClosedSignUp(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in, sign-out and password reset are allauth's; accounts are ours."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Whom failed sign-ins are counted for: the same address that the trail records."""
        return address_of(request)
