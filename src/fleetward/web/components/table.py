"""The data table: columns, rows, pager, and its body as HTML."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from fleetward.web.components.cells import Cell
from fleetward.web.components.shapes import Columns


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `css`: any of `num` (right), `main` (the name), `wrap`, `tight` (its badges wrap),
    `extra` (not on a phone).

    With `sort_href` its head is a link; `direction` is '', 'ascending' or 'descending'. `width` in
    pixels is one that the reader gave it.
    """

    key: str
    label: str
    css: str = ""
    sort_href: str = ""
    direction: str = ""
    width: int = 0

    @property
    def classes(self) -> str:
        return " ".join(f"is-{word}" for word in self.css.split())

    @property
    def sort_icon(self) -> str:
        icons = {"ascending": "arrow-narrow-up", "descending": "arrow-narrow-down"}
        return icons.get(self.direction, "selector")


@dataclass(frozen=True, slots=True)
class Row:
    """A row. `key` is what its check box sends as `picked`; `name` says whose box it is."""

    key: str
    cells: tuple[Cell, ...]
    href: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Pager:
    """Keyset paging: the pages beside this one, without page numbers."""

    previous_href: str = ""
    next_href: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class Table:
    """A list of rows. `caption` names it for screen readers, `count` is shown above ("12 devices").

    With `is_selectable` it belongs inside a form, with a selection bar behind it. With `chooser`
    its columns can be chosen, ordered and sized. `excel_action`: where the form around it asks for
    a workbook of the list. `drawer`: the name under which the address holds what is open beside it.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    count: str = ""
    pager: Pager | None = None
    is_selectable: bool = False
    is_long: bool = False
    export_href: str = ""
    excel_action: str = ""
    chooser: Columns | None = None
    drawer: str = "device"

    @property
    def is_sized(self) -> bool:
        """Whether widths are given; the columns keep to them then."""
        return any(column.width for column in self.columns)

    @property
    def body(self) -> SafeString:
        """All rows as HTML."""
        return mark_safe("".join(_rows(self)))  # noqa: S308


def _rows(table: Table) -> Iterable[str]:
    openings = [
        format_html('<td class="{}" data-label="{}">', c.classes, c.label) for c in table.columns
    ]
    choose = _("Select {name}")
    for row in table.rows:
        link = format_html(' data-href="{}"', row.href) if row.href else ""
        cells = "".join(
            f"{opening}{cell.html}</td>" for opening, cell in zip(openings, row.cells, strict=True)
        )
        yield f"<tr{link}>{_box(row, choose) if table.is_selectable else ''}{cells}</tr>"


def _box(row: Row, choose: str) -> SafeString:
    return format_html(
        '<td class="is-pick"><input class="fw-pick" type="checkbox" name="picked" value="{}"'
        ' aria-label="{}"></td>',
        row.key,
        choose.format(name=row.name or row.key),
    )
