"""The form of an external service, made from what its connector needs to be asked (W2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fleetward.connections.contracts import ConnectionRow
from fleetward.warranty.actions.services import ServiceForm
from fleetward.warranty.contracts import ConfigField, ProviderTraits

MASK = "•••••••• "


class SecretLines(forms.Textarea):
    """A secret of several lines. What was typed never comes back, as in a password field."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        lines = {"rows": 6, "class": "fw-secret-lines", "spellcheck": "false", **(attrs or {})}
        return super().get_context(name, None, lines)


class ExternalServiceForm(forms.Form):
    """One field for each of the connector's; a stored secret shows as a mask and is kept."""

    is_enabled = forms.BooleanField(
        label=gettext_lazy("Use for bulk processing"), required=False, initial=True
    )
    secret_expires_on = forms.DateField(
        label=gettext_lazy("Secret expires on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(
        self,
        traits: ProviderTraits,
        stored: ConnectionRow | None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, prefix=traits.key)
        self.traits = traits
        self.stored = stored
        first = {f.name: _field(f, is_stored=_is_stored(f, stored)) for f in traits.fields}
        self.fields = {**first, **self.fields}
        if not any(f.is_secret for f in traits.fields):
            del self.fields["secret_expires_on"]
        if stored:
            self.initial = {
                **stored.settings,
                "is_enabled": stored.is_enabled,
                "secret_expires_on": stored.secret_expires_on,
            }
        if traits.secret_lifetime_days:
            self.fields["secret_expires_on"].help_text = _(
                "Left empty, %(days)s days from the day that the secret is saved."
            ) % {"days": traits.secret_lifetime_days}

    def given(self) -> ServiceForm:
        """The form as the action takes it."""
        values = {f.name: self.cleaned_data[f.name] for f in self.traits.fields}
        ends_on = self.cleaned_data.get("secret_expires_on")
        has_new_secret = any(f.is_secret and values[f.name] for f in self.traits.fields)
        if has_new_secret and self.stored and ends_on == self.stored.secret_expires_on:
            # The date still stands there for the secret that is replaced.
            ends_on = None
        return ServiceForm(
            values=values, is_enabled=self.cleaned_data["is_enabled"], secret_expires_on=ends_on
        )


def _is_stored(field: ConfigField, stored: ConnectionRow | None) -> bool:
    return field.is_secret and stored is not None and field.name in stored.secrets


def _field(field: ConfigField, *, is_stored: bool) -> forms.Field:
    label, text = _(field.label), _(field.help) if field.help else ""
    if field.choices:
        options = [(value, _(label_of)) for value, label_of in field.choices.items()]
        return forms.ChoiceField(label=label, choices=options, help_text=text)
    if not field.is_secret:
        return forms.CharField(label=label, max_length=300, help_text=text)
    kept = _("Stored. Leave it empty to keep it.")
    hint = f"{kept} {text}".strip() if is_stored else text
    attributes = {"autocomplete": "off", "placeholder": MASK if is_stored else ""}
    return forms.CharField(
        label=label,
        max_length=4000,
        required=not is_stored,
        strip=True,
        help_text=hint,
        widget=(SecretLines if field.is_multiline else forms.PasswordInput)(attrs=attributes),
    )
