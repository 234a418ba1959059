"""Types and levels of the logs in words, and how a level looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fleetward.audit.contracts import LogLevel, LogType
from fleetward.web.components.shapes import Tone

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

TYPE_LABELS: dict[LogType, StrPromise] = {
    LogType.DEVICES: _("Devices"),
    LogType.IMPORTS: _("Imports"),
    LogType.EXPORTS: _("Exports"),
    LogType.WARRANTY: _("Warranty"),
    LogType.SERVICES: _("External services"),
    LogType.WEBHOOKS: _("Webhooks"),
    LogType.USERS: _("Users"),
    LogType.PARTNERS: _("Partners and customers"),
    LogType.SUPPORT: _("Support"),
    LogType.ENROLMENT: _("Enrolment"),
    LogType.SECURITY: pgettext_lazy("type of log entries", "Security"),
    LogType.TENANT: _("Tenant"),
    LogType.INSTALLATION: _("Installation"),
}
LEVEL_LABELS: dict[LogLevel, StrPromise] = {
    LogLevel.INFO: pgettext_lazy("level", "Information"),
    LogLevel.WARNING: pgettext_lazy("level", "Warning"),
    LogLevel.ERROR: pgettext_lazy("level", "Error"),
}
LEVEL_TONES: dict[LogLevel, Tone] = {
    LogLevel.INFO: Tone.QUIET,
    LogLevel.WARNING: Tone.WARN,
    LogLevel.ERROR: Tone.BAD,
}
