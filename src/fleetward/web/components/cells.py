"""Makers of table cells and of other small values: words, numbers, days, moments, badges, links.

They build HTML in Python because a page of 50 rows has 500 cells, and a template for each would
take longer than the query.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache

from django.templatetags.static import static
from django.utils import timezone, translation
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from fleetward.warranty.contracts import Reason, Status
from fleetward.warranty.texts import REASON_TEXTS, STATUS_LABELS
from fleetward.web.components.shapes import TONE_ICONS, Tone

Words = str | Promise

NONE = mark_safe('<span class="fw-none">–</span>')
STATUS_LOOKS: dict[Status, tuple[Tone, str]] = {
    Status.IN: (Tone.GOOD, "shield-check"),
    Status.EXPIRING: (Tone.WARN, "clock-exclamation"),
    Status.OUT: (Tone.BAD, "shield-x"),
    Status.UNKNOWN: (Tone.QUIET, "help-circle"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: ready HTML. How it is aligned is the column's business."""

    html: str


@cache
def sprite() -> str:
    """The address of the icons; a page names it some hundred times."""
    return static("dist/icons.svg")


# A page names a dozen of them, some hundred times.
@lru_cache(maxsize=1_000)
def icon_html(name: str, *, css: str = "", label: str = "") -> SafeString:
    """An icon of the sprite; silent for screen readers unless it has a label."""
    href = f"{sprite()}#{name}"
    if label:
        return format_html(
            '<svg class="icon {}" role="img" aria-label="{}"><use href="{}"/></svg>',
            css,
            label,
            href,
        )
    return format_html('<svg class="icon {}" aria-hidden="true"><use href="{}"/></svg>', css, href)


def number_text(value: int | float, digits: int | None = None) -> str:
    """A number with the reader's separators, rounded to the digits; Django alone would cut."""
    if digits is not None:
        value = round(value, digits)
    return number_format(value, decimal_pos=digits, force_grouping=True)


def link_html(text: str, href: str) -> SafeString | str:
    """A link in a sentence; the text alone where nothing lies behind it."""
    return format_html('<a href="{}">{}</a>', href, text) if href else text


def day_text(value: date) -> str:
    """A day as "3 Mar 2027": short, and read the same on both sides of the Atlantic."""
    return date_format(value, pgettext("format of a day", "j M Y"))


def value_text(value: object, nothing: str = "–") -> str:
    """A value of a change in words: yes or no, a day as days are written, `nothing` for none."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value in (None, ""):
        return nothing
    text = str(value)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    # What merely could be one, such as an asset tag of eight digits, stays as it is.
    return day_text(day) if day.isoformat() == text else text


def change_text(label: Words, before: object, after: object) -> str:
    """One change as "Location: – → Lyon"."""
    return _("%(label)s:") % {"label": label} + f" {value_text(before)} → {value_text(after)}"


def month_text(value: date) -> str:
    """The month alone, as short as the language allows."""
    return date_format(value, pgettext("format of a month", "M"))


def day_html(value: date | None) -> SafeString:
    if value is None:
        return NONE
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), day_text(value))


def moment_html(value: datetime | None) -> SafeString:
    """A moment in the reader's zone, the exact time on hover."""
    if value is None:
        return NONE
    local = timezone.localtime(value)
    exact = f"{date_format(local, 'j F Y')} {local:%H:%M:%S} ({local.tzname()})"
    shown = f"{day_text(local)}, {local:%H:%M}"
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), exact, shown)


def badge_html(label: Words, tone: Tone = Tone.QUIET, icon: str = "") -> SafeString:
    mark = icon_html(icon or TONE_ICONS[tone])
    return format_html('<span class="fw-badge is-{}">{}{}</span>', tone.value, mark, label)


def simulated_html(*, is_short: bool = False) -> SafeString:
    """The mark of a simulator's answer (W20); a short one has its word for screen readers only."""
    told = _("Answered by a simulator, not by the vendor")
    if is_short:
        mark = icon_html("flask", label=_("Simulated"))
        return format_html('<span class="fw-simulated" title="{}">{}</span>', told, mark)
    mark = icon_html("flask")
    return format_html(
        '<span class="fw-simulated" title="{}">{}{}</span>', told, mark, _("Simulated")
    )


def status_html(
    status: Status,
    reason: Reason | None = None,
    *,
    is_simulated: bool = False,
    is_short: bool = False,
) -> SafeString:
    """Coverage in words, icon and colour, with the reason of an unknown (W10, W11)."""
    language = translation.get_language()
    return _status_html(language, status, reason, is_simulated=is_simulated, is_short=is_short)


@cache
def _status_html(
    language: str | None,
    status: Status,
    reason: Reason | None,
    *,
    is_simulated: bool,
    is_short: bool,
) -> SafeString:
    """There are few, and a list has one in each row."""
    tone, icon = STATUS_LOOKS[status]
    why, mark = SafeString(""), SafeString("")
    with translation.override(language):
        badge = badge_html(STATUS_LABELS[status], tone, icon)
        if reason is not None:
            told = REASON_TEXTS[reason]
            why = format_html(
                '<span class="fw-status-reason" title="{}">{}</span>', told.meaning, told.label
            )
        if is_simulated:
            mark = simulated_html(is_short=is_short)
    return format_html('<span class="fw-status">{}{}{}</span>', badge, why, mark)


def text(value: Words, note: Words = "") -> Cell:
    """Words, with a second quiet line."""
    if not value:
        return Cell(NONE)
    if note:
        return Cell(format_html("{}<small>{}</small>", value, note))
    return Cell(conditional_escape(str(value)))


def link(value: Words, href: str, note: Words = "") -> Cell:
    below = format_html("<small>{}</small>", note) if note else SafeString("")
    return Cell(format_html('<a href="{}">{}</a>{}', href, value, below))


def chips_html(pairs: Iterable[tuple[Words, Words]]) -> SafeString:
    """Named values such as those of a filter, which cannot be taken away here."""
    each = format_html_join(
        "", '<li class="fw-chip">{} <b>{}</b></li>', ((_named(n), v) for n, v in pairs)
    )
    return format_html('<ul class="fw-chips">{}</ul>', each) if each else NONE


def _named(label: Words) -> str:
    return _("%(label)s:") % {"label": label}


def marked_source(label: Words, is_simulated: bool) -> Cell:
    """Where an answer came from; a simulator's mark goes below where there is little room."""
    mark = simulated_html() if is_simulated else SafeString("")
    return Cell(format_html('<span class="fw-status">{}{}</span>', label, mark))


def code(value: str) -> Cell:
    """A serial number or another value that is read letter by letter."""
    return Cell(format_html('<span class="fw-mono">{}</span>', value) if value else NONE)


def number(value: int | float | None, href: str = "") -> Cell:
    """A number; with an address it opens the list behind it."""
    if value is None:
        return Cell(NONE)
    shown = number_text(value)
    return Cell(format_html('<a href="{}">{}</a>', href, shown) if href else shown)


def day(value: date | None) -> Cell:
    return Cell(day_html(value))


def moment(value: datetime | None) -> Cell:
    return Cell(moment_html(value))


def badge(label: Words, tone: Tone = Tone.QUIET, icon: str = "", *, why: Words = "") -> Cell:
    """A badge, and in words why it stands there: beside it, or below where that is too narrow."""
    drawn = badge_html(label, tone, icon)
    if why:
        told = format_html('<span class="fw-status-reason">{}</span>', why)
        drawn = format_html('<span class="fw-status">{}{}</span>', drawn, told)
    return Cell(drawn)


def status(
    value: Status,
    reason: Reason | None = None,
    *,
    is_simulated: bool = False,
    is_short: bool = False,
) -> Cell:
    return Cell(status_html(value, reason, is_simulated=is_simulated, is_short=is_short))
