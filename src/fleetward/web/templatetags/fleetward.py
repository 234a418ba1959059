"""Template tags of the components. Registered as builtins: templates need no load.

Each tag takes explicit typed arguments and renders `web/components/<name>.html`, whose header lists
them. Block tags (with an end tag) put what they enclose into their frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from fleetward.warranty.contracts import Reason, Status
from fleetward.web.charts import BarChart, Donut
from fleetward.web.components import cells
from fleetward.web.components.shapes import (
    TONE_ICONS,
    Builder,
    Columns,
    Event,
    FilterBar,
    KeyValue,
    Note,
    Option,
    Progress,
    SelectionBar,
    Step,
    Tab,
    Tone,
)
from fleetward.web.components.table import Pager, Table
from fleetward.web.components.timeline import Timeline

register = template.Library()

EMPTY_ICONS = {"nothing": "inbox", "match": "search", "closed": "lock"}


def _path(name: str) -> str:
    return f"web/components/{name}.html"


def _block(name: str, content: str, **context: Any) -> SafeString:
    return render_to_string(_path(name), {"content": content, **context})


@register.simple_tag
def icon(name: str, css: str = "", label: str = "") -> SafeString:
    return cells.icon_html(name, css=css, label=label)


@register.simple_tag
def day(value: date | None) -> SafeString:
    return cells.day_html(value)


@register.simple_tag
def moment(value: datetime | None) -> SafeString:
    return cells.moment_html(value)


@register.simple_tag
def number(value: float | None) -> SafeString:
    if value is None:
        return cells.NONE
    return format_html('<span class="fw-num">{}</span>', cells.number_text(value))


@register.simple_tag
def status(value: str, reason: str = "", is_simulated: bool = False) -> SafeString:
    why = Reason(reason) if reason else None
    return cells.status_html(Status(value), why, is_simulated=is_simulated)


@register.simple_tag
def badge(label: str, tone: str = "quiet", icon: str = "") -> SafeString:
    return cells.badge_html(label, Tone(tone), icon)


@register.simple_tag
def simulated() -> SafeString:
    return cells.simulated_html()


@register.simple_block_tag
def pageheader(content: str, title: str, subtitle: str = "", extra: str = "") -> SafeString:
    return _block("page_header", content, title=title, subtitle=subtitle, extra=extra)


@register.simple_block_tag
def panel(
    content: str, title: str = "", note: str = "", flush: bool = False, dom_id: str = ""
) -> SafeString:
    return _block("panel", content, title=title, note=note, flush=flush, dom_id=dom_id)


@register.simple_block_tag
def banner(content: str, tone: str = "info", title: str = "") -> SafeString:
    return _block("banner", content, tone=tone, title=title, icon=TONE_ICONS[Tone(tone)])


@register.simple_block_tag
def empty(content: str, kind: str, title: str, text: str, icon: str = "") -> SafeString:
    mark = icon or EMPTY_ICONS[kind]
    return _block("empty_state", content, kind=kind, title=title, text=text, icon=mark)


@register.simple_block_tag
def dialog(content: str, dom_id: str, title: str, wide: bool = False) -> SafeString:
    return _block("dialog", content, dom_id=dom_id, title=title, wide=wide)


@register.simple_block_tag(takes_context=True)
def confirm(
    context: template.Context,
    content: str,
    dom_id: str,
    title: str,
    action: str,
    submit: str,
    code: str = "",
) -> SafeString:
    return _block(
        "confirm",
        content,
        dom_id=dom_id,
        title=title,
        action=action,
        submit=submit,
        code=code,
        csrf_token=context.get("csrf_token"),
    )


@register.inclusion_tag(_path("selection_bar"))
def selectionbar(bar: SelectionBar) -> dict[str, Any]:
    return {"bar": bar}


@register.inclusion_tag(_path("tile"))
def tile(
    label: str,
    value: float | str,
    href: str = "",
    icon: str = "",
    tone: str = "quiet",
    note: str = "",
) -> dict[str, Any]:
    shown = value if isinstance(value, str) else cells.number_text(value)
    return {
        "label": label,
        "value": shown,
        "href": href,
        "icon": icon,
        "tone": tone,
        "note": note,
    }


@register.inclusion_tag(_path("table"))
def table(grid: Table) -> dict[str, Any]:
    return {"grid": grid}


@register.inclusion_tag(_path("pager"))
def pager(pages: Pager, label: str = "") -> dict[str, Any]:
    return {"pages": pages, "label": label}


@register.inclusion_tag(_path("filter_bar"), takes_context=True)
def filterbar(context: template.Context, bar: FilterBar) -> dict[str, Any]:
    return {"bar": bar, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag(_path("views"), takes_context=True)
def savedviews(context: template.Context, views: Any) -> dict[str, Any]:
    return {"views": views, "label": _("Views"), "csrf_token": context.get("csrf_token")}


@register.inclusion_tag(_path("condition_builder"))
def conditionbuilder(builder: Builder, action: str) -> dict[str, Any]:
    return {"builder": builder, "action": action}


@register.inclusion_tag(_path("column_chooser"))
def columnchooser(columns: Columns) -> dict[str, Any]:
    return {"columns": columns}


@register.inclusion_tag(_path("key_values"))
def keyvalues(items: Sequence[KeyValue], rows: bool = False) -> dict[str, Any]:
    return {"items": items, "rows": rows}


@register.inclusion_tag(_path("copyable"))
def copyable(value: str, label: str = "") -> dict[str, Any]:
    return {"value": value, "label": label or _("Copy")}


@register.inclusion_tag(_path("tabs"))
def tabs(items: Sequence[Tab], label: str) -> dict[str, Any]:
    return {"items": items, "label": label}


@register.inclusion_tag(_path("stepper"))
def stepper(steps: Sequence[Step], current: int) -> dict[str, Any]:
    """`current` counts from 1; the steps before it are done."""
    marked = [(n, step, n < current, n == current) for n, step in enumerate(steps, 1)]
    return {"steps": marked}


@register.inclusion_tag(_path("progress"))
def progress(state: Progress) -> dict[str, Any]:
    share = cells.number_text(100 * state.done // state.total) if state.total else "0"
    return {
        "state": state,
        "share": share,
        "done": cells.number_text(state.done),
        "total": cells.number_text(state.total),
    }


@register.inclusion_tag(_path("notification"), takes_context=True)
def notification(context: template.Context, note: Note) -> dict[str, Any]:
    return {
        "note": note,
        "icon": note.icon or TONE_ICONS[note.tone],
        "customer_id": context["page"].tenant.customer_id if note.uid else "",
        "csrf_token": context.get("csrf_token"),
        "here": context.get("here", ""),
    }


@register.inclusion_tag(_path("toast"))
def toast(
    text: str,
    tone: str = "good",
    undo_action: str = "",
    undo_label: str = "",
    token: str = "",
    details_href: str = "",
) -> dict[str, Any]:
    return {
        "text": text,
        "details_href": details_href,
        "tone": tone,
        "icon": TONE_ICONS.get(Tone(tone), "info-circle"),
        "undo_action": undo_action,
        "undo_label": undo_label or _("Undo"),
        "fades": not (undo_action or details_href) and tone != Tone.BAD.value,
        "token": token,
    }


@register.filter
def tone_of_message(tags: str) -> str:
    """The tone of a message of django.contrib.messages, by its tags."""
    tones = {"success": "good", "warning": "warn", "error": "bad"}
    return next((tones[word] for word in tags.split() if word in tones), "info")


@register.inclusion_tag(_path("download"))
def download(href: str, label: str, note: str = "") -> dict[str, Any]:
    return {"href": href, "label": label, "note": note}


@register.inclusion_tag(_path("file_drop"))
def filedrop(
    name: str, label: str, accept: str = "", hint: str = "", error: str = ""
) -> dict[str, Any]:
    return {"name": name, "label": label, "accept": accept, "hint": hint, "error": error}


@register.inclusion_tag(_path("timeline"))
def timeline(line: Timeline) -> dict[str, Any]:
    return {"line": line}


@register.inclusion_tag(_path("events"))
def events(items: Sequence[Event]) -> dict[str, Any]:
    return {"items": items}


@register.inclusion_tag(_path("bar_chart"))
def barchart(chart: BarChart) -> dict[str, Any]:
    return {"chart": chart}


@register.inclusion_tag(_path("donut"))
def donutchart(chart: Donut) -> dict[str, Any]:
    return {"chart": chart}


@register.inclusion_tag(_path("field"))
def field(bound: BoundField, hint: str = "") -> dict[str, Any]:
    kind = getattr(bound.field.widget, "input_type", "")
    return {
        "field": bound,
        "hint": hint or bound.help_text,
        "is_box": kind == "checkbox" and not bound.field.widget.use_fieldset,
        "is_group": bound.field.widget.use_fieldset,
        "widget": _widget(bound, hint),
    }


def _widget(bound: BoundField, hint: str) -> SafeString:
    """The control, tied to a hint that came with the tag instead of the form.

    A placeholder that only repeats the label goes, such as allauth's.
    """
    attributes = bound.field.widget.attrs
    if attributes.get("placeholder") == bound.label:
        del attributes["placeholder"]
    if hint and not bound.help_text and not bound.errors:
        return bound.as_widget(attrs={"aria-describedby": f"{bound.auto_id}_helptext"})
    return bound.as_widget()


@register.inclusion_tag(_path("fields"))
def fields(form: BaseForm) -> dict[str, Any]:
    return {"form": form}


@register.inclusion_tag(_path("form_errors"))
def formerrors(form: BaseForm) -> dict[str, Any]:
    return {"form": form}


@register.inclusion_tag(_path("options"))
def options(items: Sequence[Option], name: str, kind: str, form_id: str = "") -> dict[str, Any]:
    return {"items": items, "name": name, "kind": kind, "form_id": form_id}
