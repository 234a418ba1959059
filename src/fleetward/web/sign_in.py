"""How allauth behaves here: nobody signs up, and users come from the users page or the CLI."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignUp(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in, sign-out and password reset are allauth's; accounts are ours."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
