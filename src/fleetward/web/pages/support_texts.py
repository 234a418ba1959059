"""Requests to the operator in words: what they are about, whose turn it is, who did what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy, pgettext_lazy

from fleetward.support.contracts import Category, RequestState, Side, Step
from fleetward.web.components.shapes import Tone

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

CATEGORIES: dict[Category, StrPromise] = {
    Category.MISSING_DEVICES: gettext_lazy("Devices that are missing"),
    Category.TRANSFER: gettext_lazy("A transfer of devices"),
    Category.IMPORT: gettext_lazy("An import"),
    Category.WARRANTY: gettext_lazy("Warranties"),
    Category.ACCOUNT: gettext_lazy("Users and settings"),
    Category.OTHER: gettext_lazy("Something else"),
}
STATES = {
    RequestState.OPEN: (pgettext_lazy("support request", "Open"), Tone.WARN, "clock"),
    RequestState.ANSWERED: (pgettext_lazy("support request", "Answered"), Tone.GOOD, "send"),
    RequestState.CLOSED: (pgettext_lazy("support request", "Closed"), Tone.QUIET, "lock"),
}
DONE: dict[tuple[Side, Step], StrPromise] = {
    (Side.TENANT, Step.MESSAGE): gettext_lazy("wrote"),
    (Side.TENANT, Step.CLOSED): gettext_lazy("closed the request"),
    (Side.TENANT, Step.REOPENED): gettext_lazy("reopened the request"),
    (Side.OPERATOR, Step.MESSAGE): gettext_lazy("answered for the operator"),
    (Side.OPERATOR, Step.CLOSED): gettext_lazy("closed the request for the operator"),
    (Side.OPERATOR, Step.REOPENED): gettext_lazy("reopened the request for the operator"),
}
# Days without a word, of the operator's filter.
AGES = (1, 3, 7, 30)
