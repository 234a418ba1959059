"""The forms of a device and of a hand-entered warranty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fleetward.devices.contracts import MOST_CHARACTERS, BadDevice, HintCode, Refusal
from fleetward.devices.texts import FIELD_LABELS
from fleetward.tenancy.licences.contracts import PlanRow
from fleetward.web.advice import hint_told, refusal_told

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


def _text(name: str, *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=FIELD_LABELS[name], max_length=MOST_CHARACTERS[name], required=required
    )


def _day(label: StrPromise, help_text: StrPromise | str = "") -> forms.DateField:
    """Entered with the browser's own picker."""
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=help_text,
    )


def refuse_field(form: forms.Form, error: BadDevice) -> None:
    """Show a refusal of the action at its field."""
    is_refused = isinstance(error.refusal, Refusal)
    advice = refusal_told(error.refusal) if is_refused else hint_told(error.refusal)
    if error.refusal is HintCode.UNKNOWN_COUNTRY:
        form.add_error(error.field, _("This country is not known. %(fix)s") % {"fix": advice.fix})
    else:
        form.add_error(error.field, advice.sentences)


class DeviceForm(forms.Form):
    """A device as a person enters it; the action judges what is canonical."""

    manufacturer = _text("manufacturer", required=True)
    serial = _text("serial", required=True)
    product_number = _text("product_number")
    name = _text("name")
    model = _text("model")
    assigned_user = _text("assigned_user")
    asset_tag = _text("asset_tag")
    location = _text("location")
    country = forms.CharField(
        label=FIELD_LABELS["country"],
        max_length=60,
        required=False,
        help_text=gettext_lazy("Code or name, for instance FR or France."),
    )
    purchased_on = _day(FIELD_LABELS["purchased_on"])
    is_virtual = forms.BooleanField(
        label=gettext_lazy("This is a virtual machine"),
        required=False,
        help_text=gettext_lazy("It is listed, but no vendor is asked about it."),
    )

    plan = forms.ChoiceField(label=FIELD_LABELS["plan"], required=False)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        plans: Sequence[PlanRow] = (),
        initial: Mapping[str, object] | None = None,
        plan: str = "",
    ) -> None:
        """`plans`: those that the reader may give it besides its own `plan`."""
        super().__init__(data, initial=dict(initial or {}))
        names = {one.code: one.name for one in plans}
        if not names:
            del self.fields["plan"]
            return
        known = {"": _("The plan of the tenant")} | ({plan: plan} if plan else {}) | names
        cast(forms.ChoiceField, self.fields["plan"]).choices = list(known.items())

    refuse = refuse_field


class WarrantyForm(forms.Form):
    """A hand-entered warranty (W17); without an end it runs until it is released."""

    name = forms.CharField(label=gettext_lazy("Name of the warranty or contract"), max_length=300)
    starts_on = _day(gettext_lazy("Starts"))
    ends_on = _day(
        gettext_lazy("Ends"),
        gettext_lazy("The last covered day. Empty: it runs until you release it."),
    )
    service_level = forms.CharField(
        label=gettext_lazy("Service level"), max_length=300, required=False
    )
    number = forms.CharField(label=gettext_lazy("Contract number"), max_length=80, required=False)
