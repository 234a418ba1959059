"""The form of a bulk edit: what is left empty stays as it is; a field can be cleared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fleetward.devices.bulk.contracts import EDITABLE
from fleetward.devices.contracts import MOST_CHARACTERS
from fleetward.devices.texts import FIELD_LABELS
from fleetward.tenancy.licences.contracts import PlanRow
from fleetward.web.pages.devices_forms import refuse_field

TEXTS = ("assigned_user", "location", "model")
CLEAR = "clear_"


@dataclass(frozen=True, slots=True)
class EditRow:
    """A field and, where it can be emptied, the box that does so."""

    field: BoundField
    clear: BoundField | None


class BulkEditForm(forms.Form):
    """Fields of many devices at once."""

    assigned_user = forms.CharField(label=FIELD_LABELS["assigned_user"], required=False)
    location = forms.CharField(label=FIELD_LABELS["location"], required=False)
    country = forms.CharField(
        label=FIELD_LABELS["country"],
        required=False,
        max_length=60,
        help_text=gettext_lazy("Code or name, for instance FR or France."),
    )
    model = forms.CharField(label=FIELD_LABELS["model"], required=False)
    purchased_on = forms.DateField(
        label=FIELD_LABELS["purchased_on"],
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    is_virtual = forms.ChoiceField(
        label=FIELD_LABELS["is_virtual"],
        required=False,
        choices=[
            ("", gettext_lazy("Leave as it is")),
            ("yes", gettext_lazy("yes")),
            ("no", gettext_lazy("no")),
        ],
    )

    plan = forms.ChoiceField(label=FIELD_LABELS["plan"], required=False)

    def __init__(self, data: QueryDict | None, *, plans: Sequence[PlanRow] = ()) -> None:
        """`plans`: those that the reader may give; without any, plans are not offered."""
        super().__init__(data)
        choices = [("", _("Leave as it is")), *((plan.code, plan.name) for plan in plans)]
        cast(forms.ChoiceField, self.fields["plan"]).choices = choices
        clearable = [*TEXTS, "country", "purchased_on", "plan"]
        if not plans:
            clearable.remove("plan")
            del self.fields["plan"]
        for name in TEXTS:
            field = cast(forms.CharField, self.fields[name])
            field.max_length = MOST_CHARACTERS[name]
            field.widget.attrs["maxlength"] = MOST_CHARACTERS[name]
        for name in clearable:
            label = _("Clear: %(field)s") % {"field": FIELD_LABELS[name]}
            self.fields[CLEAR + name] = forms.BooleanField(required=False, label=label)

    @property
    def rows(self) -> Iterator[EditRow]:
        for name in (one for one in EDITABLE if one in self.fields):
            clear = CLEAR + name
            yield EditRow(self[name], self[clear] if clear in self.fields else None)

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        for name, value in list(data.items()):
            if name.startswith(CLEAR) and value and data.get(name.removeprefix(CLEAR)):
                self.add_error(
                    name.removeprefix(CLEAR), _("Give a value or clear the field, not both.")
                )
        return data

    @property
    def changes(self) -> dict[str, str | bool | date | None]:
        """Only the fields that are to change; None clears one."""
        data = self.cleaned_data
        given: dict[str, str | bool | date | None] = {
            row.field.name: data[row.field.name] or None
            for row in self.rows
            if data[row.field.name] or (row.clear and data[row.clear.name])
        }
        if given.get("is_virtual"):
            given["is_virtual"] = given["is_virtual"] == "yes"
        return given

    refuse = refuse_field
