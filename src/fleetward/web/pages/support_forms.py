"""What is written to the other side, with files."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fleetward.kernel.errors import DomainError
from fleetward.support.contracts import (
    SUBJECT_CHARACTERS,
    TEXT_CHARACTERS,
    AttachmentEmpty,
    AttachmentTooLarge,
    BadSupportRequest,
    Category,
    NewFile,
    NewMessage,
    NewRequest,
    TooManyAttachments,
    TooMuchAttached,
)
from fleetward.support.queries import split_serials
from fleetward.web.door import Visit
from fleetward.web.errors import in_a_line
from fleetward.web.pages.support_texts import CATEGORIES

OF_FILES = (TooManyAttachments, AttachmentTooLarge, AttachmentEmpty, TooMuchAttached)


def fresh_key() -> dict[str, object]:
    """What a form that nobody has sent yet begins with."""
    return {"request_key": uuid.uuid4().hex}


def posted_files(visit: Visit) -> MultiValueDict[str, UploadedFile[Any]] | None:
    return visit.request.FILES if visit.posted is not None else None


class ManyFiles(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; their limits are those of the action."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> Any:
        return tuple(
            NewFile(file.name or "", file.chunks())
            for file in cast("Sequence[UploadedFile[Any]]", data or ())
        )


class MessageForm(forms.Form):
    """`request_key` is the form's own: a second click on the button says nothing more."""

    text = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=TEXT_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    attachments = FilesField(
        label=gettext_lazy("Files"),
        required=False,
        help_text=gettext_lazy("At most 5 files of 10 MB."),
    )
    request_key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    @property
    def message(self) -> NewMessage:
        told = self.cleaned_data
        key = told["request_key"]
        return NewMessage(told["text"], told["attachments"], f"page:{key}" if key else "")

    def refuse(self, error: DomainError) -> None:
        field = "attachments" if isinstance(error, OF_FILES) else None
        if isinstance(error, BadSupportRequest):
            field = error.field
        self.add_error(field if field in self.fields else None, in_a_line(error))


class RequestForm(MessageForm):
    """A new request. `attaches`: the summary from which somebody came goes with it (X13)."""

    field_order = ("subject", "category", "text", "serials", "attaches", "attachments")

    subject = forms.CharField(
        label=gettext_lazy("Subject"),
        max_length=SUBJECT_CHARACTERS,
        error_messages={"required": gettext_lazy("Say in a few words what it is about.")},
    )
    category = forms.ChoiceField(
        label=gettext_lazy("What it is about"), choices=list(CATEGORIES.items())
    )
    serials = forms.CharField(
        label=gettext_lazy("Serial numbers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Of the devices that are concerned, one beside or below the other."),
    )
    attaches = forms.BooleanField(required=False)

    def __init__(self, *args: Any, summary: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        text = self.fields["text"]
        text.required = text.widget.is_required = True
        text.error_messages["required"] = _("Describe what you need.")
        if summary:
            self.fields["attaches"].label = summary
        else:
            del self.fields["attaches"]

    def asked(self, *more: NewFile) -> NewRequest:
        """What is asked, with files that come from elsewhere before those of the form."""
        told, message = self.cleaned_data, self.message
        return NewRequest(
            subject=told["subject"],
            message=NewMessage(message.text, (*more, *message.files), message.key),
            category=Category(told["category"]),
            serials=split_serials(told["serials"]),
        )
