"""The rule for passwords that Django does not bring: one that was given must be replaced."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from fleetward.identity.models import User


class AnotherThanGiven:
    """Refuses, for a user who must change the password, the one that somebody else has set."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises: ValidationError."""
        if user is not None and user.must_change_password and user.check_password(password):
            raise ValidationError(_("Choose another password than the one you were given."))

    def get_help_text(self) -> str:
        return ""
