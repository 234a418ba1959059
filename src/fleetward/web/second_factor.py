"""The second proof at sign-in: a stage of allauth's that asks for a code, and how one is tried."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.stages import LoginStage
from allauth.core import ratelimit
from django import forms
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fleetward.identity.second_factor.actions import use_code
from fleetward.identity.second_factor.contracts import WrongCode
from fleetward.identity.second_factor.queries import second_factors
from fleetward.kernel.clock import utc_now
from fleetward.web.door import actor_as
from fleetward.web.errors import in_a_line


class SecondFactorStage(LoginStage):  # type: ignore[misc]
    """Between the password and the session, for whoever has set up a second proof."""

    key = "second_factor"
    urlname = "second_factor"

    def handle(self) -> tuple[HttpResponseRedirect | None, bool]:
        user = self.login.user
        if user is None or not second_factors(user.pk).is_asked:
            return None, True
        return HttpResponseRedirect(reverse(self.urlname)), True


class CodeForm(forms.Form):
    """A code of the app or a recovery code. A valid form has used it up."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}
        ),
        help_text=gettext_lazy("The six digits that your app shows, or a recovery code."),
    )

    def __init__(self, request: HttpRequest, user: object, *given: Any) -> None:
        super().__init__(*given)
        self._request, self._user = request, cast(Any, user)

    def clean_code(self) -> str:
        """Guesses are counted for the account, like those of its password, and apart from them."""
        code: str = self.cleaned_data["code"]
        counted = {"action": "login_failed", "key": f"second-factor-{self._user.pk}"}
        if not ratelimit.consume(self._request, **counted):
            raise forms.ValidationError(_("Too many wrong codes. Wait five minutes."))
        try:
            use_code(actor=actor_as(self._request, self._user), code=code, now=utc_now())
        except WrongCode as error:
            raise forms.ValidationError(in_a_line(error)) from None
        ratelimit.clear(self._request, **counted)
        return code
