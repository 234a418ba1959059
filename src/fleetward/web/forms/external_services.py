"""The form of an external service, made from what its connector needs to be asked (W2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fleetward.connections.contracts import ConnectionRow, Terms
from fleetward.warranty.actions.services import ServiceForm
from fleetward.warranty.contracts import ConfigField, ProviderTraits
from fleetward.web.components.cells import day_text

MASK = "•••••••• "
SEEN = "seen"


class SecretLines(forms.Textarea):
    """A secret of several lines. What was typed never comes back, as in a password field."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        lines = {"rows": 6, "class": "fw-secret-lines", "spellcheck": "false", **(attrs or {})}
        return super().get_context(name, None, lines)


class ShownTerms(forms.Form):
    """What the page showed of a connection when it was opened; hidden fields bring it back."""

    is_enabled = forms.BooleanField(required=False)
    secret_expires_on = forms.DateField(required=False)

    def __init__(
        self, traits: ProviderTraits, stored: ConnectionRow, data: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, prefix=f"{traits.key}-{SEEN}", initial=stored.terms.values)
        for one in traits.fields:
            if not one.is_secret:
                self.fields[one.name] = forms.CharField(required=False)

    def terms(self) -> Terms | None:
        """None where nothing was brought."""
        if self.add_prefix("is_enabled") not in self.data or not self.is_valid():
            return None
        values = dict(self.cleaned_data)
        is_enabled, ends_on = values.pop("is_enabled"), values.pop("secret_expires_on")
        return Terms(values, is_enabled, ends_on)


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
        self.shown = ShownTerms(traits, stored, data) if stored else None
        first = {f.name: _field(f, is_stored=_is_stored(f, stored)) for f in traits.fields}
        self.fields = {**first, **self.fields}
        if not any(f.is_secret for f in traits.fields):
            del self.fields["secret_expires_on"]
        if stored:
            self.initial = stored.terms.values
        if traits.secret_lifetime_days:
            self.fields["secret_expires_on"].help_text = _(
                "Left empty, %(days)s days from the day that the secret is saved."
            ) % {"days": traits.secret_lifetime_days}

    def given(self) -> ServiceForm:
        """The form as the action takes it."""
        values = {f.name: self.cleaned_data[f.name] for f in self.traits.fields}
        ends_on, seen = self.cleaned_data.get("secret_expires_on"), self._seen()
        known = seen or (self.stored.terms if self.stored else None)
        has_new_secret = any(f.is_secret and values[f.name] for f in self.traits.fields)
        if has_new_secret and known and ends_on == known.secret_expires_on:
            # The date still stands there for the secret that is replaced.
            ends_on = None
        return ServiceForm(
            values=values,
            is_enabled=self.cleaned_data["is_enabled"],
            secret_expires_on=ends_on,
            seen=seen,
        )

    def _seen(self) -> Terms | None:
        return self.shown.terms() if self.shown else None

    def beside(self, present: ConnectionRow, names: Collection[str]) -> ExternalServiceForm:
        """What was typed, beside what others have set by now; whoever sends that again means it.

        `names` are what both have changed. Secrets are not shown, so that they are typed anew.
        """
        seen, now = self._seen(), present.terms.values
        known = seen.values if seen else {}
        typed = {name: self.cleaned_data[name] for name in known if name in self.cleaned_data}
        values = {n: now.get(n) if value == known[n] else value for n, value in typed.items()}
        form = ExternalServiceForm(
            self.traits, present, {self.add_prefix(n): v for n, v in values.items() if v}
        )
        form.shown = ShownTerms(self.traits, present)
        for name in names:
            told = {"value": form.words(name, now.get(name))}
            form.add_error(name, _("Meanwhile it was set to: %(value)s") % told)
        for one in self.traits.fields:
            if one.is_secret and self.cleaned_data[one.name]:
                form.add_error(one.name, _("Type it again."))
        return form

    def words(self, name: str, value: object) -> str:
        """A value as the reader finds it in its field. Two who change a box want the same."""
        if isinstance(value, date):
            return day_text(value)
        choices = dict(getattr(self.fields[name], "choices", ()))
        return str(choices.get(value, value or _("none")))


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
