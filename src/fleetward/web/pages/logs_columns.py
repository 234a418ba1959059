"""The columns of the logs: chosen, ordered and sized by the reader, shown and exported (L4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from fleetward.audit.contracts import AuditRow
from fleetward.web.actor_texts import actor_text
from fleetward.web.audit_texts import details_text, verb_text
from fleetward.web.components import cells
from fleetward.web.components.cells import Cell
from fleetward.web.layouts import Catalogue
from fleetward.web.log_texts import LEVEL_LABELS, LEVEL_TONES, TYPE_LABELS

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

COOKIE = "log_columns"


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """A column: its head, its cell (of an entry and its address), and its text in a file."""

    key: str
    label: StrPromise
    cell: Callable[[AuditRow, str], Cell]
    text: Callable[[AuditRow], str]
    css: str = ""


def level_badge(row: AuditRow) -> Cell:
    return cells.badge(LEVEL_LABELS[row.level], LEVEL_TONES[row.level])


def _of_text(text: Callable[[AuditRow], str]) -> Callable[[AuditRow, str], Cell]:
    return lambda row, href: cells.text(text(row))


def _at(row: AuditRow, href: str) -> Cell:
    return Cell(format_html('<a href="{}">{}</a>', href, cells.moment_html(row.at)))


def _moment(row: AuditRow) -> str:
    """In the zone of the tenant; seconds tell entries apart."""
    return f"{timezone.localtime(row.at):%Y-%m-%d %H:%M:%S}"


def _type(row: AuditRow) -> str:
    return str(TYPE_LABELS[row.type])


def _sub_type(row: AuditRow) -> str:
    return verb_text(row.verb)


def _level(row: AuditRow) -> str:
    return str(LEVEL_LABELS[row.level])


def _user(row: AuditRow) -> str:
    return actor_text(row.actor)


def _details(row: AuditRow) -> str:
    return details_text(row.details)


SPECS: tuple[ColumnSpec, ...] = (
    ColumnSpec("at", _("Date and time"), _at, _moment, "main"),
    ColumnSpec("type", _("Type"), _of_text(_type), _type, "wrap narrow"),
    ColumnSpec(
        "verb",
        _("Sub type"),
        lambda row, href: cells.text(verb_text(row.verb), row.verb),
        _sub_type,
        "wrap narrow",
    ),
    ColumnSpec("level", _("Level"), lambda row, href: level_badge(row), _level),
    ColumnSpec("actor", _("User"), _of_text(_user), _user, "wrap narrow"),
    ColumnSpec(
        "subject",
        _("Identifier"),
        lambda row, href: cells.code(row.subject),
        lambda row: row.subject,
        "wrap narrow",
    ),
    ColumnSpec("details", _("Details"), _of_text(_details), _details, "wrap extra"),
    ColumnSpec(
        "address", _("IP address"), _of_text(lambda row: row.address), lambda row: row.address
    ),
    ColumnSpec(
        "request",
        _("Request"),
        lambda row, href: cells.code(row.request_id),
        lambda row: row.request_id,
        "wrap",
    ),
)
DEFAULT = ("at", "type", "verb", "level", "actor", "subject", "details")
# It leads to the entry.
CATALOGUE = Catalogue(SPECS, DEFAULT, "at")
