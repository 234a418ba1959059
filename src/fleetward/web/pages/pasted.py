"""A list that somebody pastes, or sends as a file."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy

LONGEST = 2_000_000


class PastedForm(forms.Form):
    """Machines by hand, or as a list; `columns` says what the list looks like."""

    columns: ClassVar[Any] = ""
    machines = forms.CharField(
        label=gettext_lazy("Machines"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    file = forms.FileField(label=gettext_lazy("Or a CSV or Excel file"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["machines"].help_text = self.columns

    def data_given(self) -> bytes:
        file: Any = self.cleaned_data["file"]
        if file is not None:
            return b"".join(file.chunks())
        return str(self.cleaned_data["machines"]).encode()
