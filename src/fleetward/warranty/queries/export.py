"""The device list as a file: the same filter and order as the grid, told in the reader's words.

PostgreSQL writes the CSV itself, which takes about as long as a bare COPY of the same columns.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fleetward.infra import sql
from fleetward.infra.files.xlsx_table import Cell
from fleetward.warranty.contracts import Status
from fleetward.warranty.queries import grid_sql, grid_where
from fleetward.warranty.queries.grid_filter import Order
from fleetward.warranty.queries.grid_plan import (
    Plan,
    Question,
    any_segment,
    plan_for,
    possible_order,
)

# Code points of what starts a formula, and of the apostrophe: twin of infra.files.neutralise.
_FORMULA_STARTS = "61, 43, 45, 64, 9, 13, 10, 39"
_STATUS = f"""
    CASE
        WHEN c.device_id IS NULL THEN NULL
        WHEN c.ends_on IS NULL THEN %(label_{Status.UNKNOWN})s
        WHEN c.ends_on < %(today)s THEN %(label_{Status.OUT})s
        WHEN c.ends_on <= %(today)s + %(expiring_days)s THEN %(label_{Status.EXPIRING})s
        ELSE %(label_{Status.IN})s
    END
"""


def _text(column: str) -> str:
    is_formula = f"ascii({column}) IN ({_FORMULA_STARTS})"
    return f"CASE WHEN {is_formula} THEN '''' || {column} ELSE nullif({column}, '') END"


def _named(column: str, names: str) -> str:
    return f"nullif(coalesce(%({names})s::jsonb ->> {column}, {column}), '')"


def _moment(column: str) -> str:
    return f"to_char({column} AT TIME ZONE %(time_zone)s, 'YYYY-MM-DD HH24:MI')"


# Every column of the grid as it stands in a file; days in ISO form. Nothing is written as NULL,
# because COPY puts an empty string between quotation marks.
CELLS: Mapping[str, str] = {
    "serial": _text("d.serial"),
    "manufacturer": _text("d.manufacturer"),
    "product_number": _text("d.product_number"),
    "name": _text("d.name"),
    "model": _text("d.model"),
    "assigned_user": _text("d.assigned_user"),
    "asset_tag": _text("d.asset_tag"),
    "location": _text("d.location"),
    "country": "d.country",
    "purchased_on": "d.purchased_on",
    "plan": _text("d.plan"),
    "origin": _named("d.origin", "origin_labels"),
    "status": _STATUS,
    "reason": _named("c.reason", "reason_labels"),
    "starts_on": "c.starts_on",
    "ends_on": "CASE WHEN c.ends_on = '9999-12-31' THEN %(no_end)s ELSE c.ends_on::text END",
    "ships_on": "c.ships_on",
    "source": _named("c.source", "source_labels"),
    "checked_at": _moment("c.checked_at"),
    "latest_error": _named("c.latest_error", "reason_labels"),
    "in_use_from": grid_where.COMPUTED["in_use_from"],
    "is_virtual": "CASE WHEN d.is_virtual THEN %(yes)s ELSE %(no)s END",
    "created_at": _moment("d.created_at"),
    "updated_at": _moment("d.updated_at"),
    "simulated": "CASE WHEN c.is_simulated THEN %(simulated)s END",
}
# Whose a device is, in a file of all customers (T5).
OWNER_CELLS: Mapping[str, str] = {
    "customer": _text("(SELECT t.name FROM tenancy_tenant t WHERE t.id = d.tenant_id)"),
    "customer_id": "(SELECT t.customer_id FROM tenancy_tenant t WHERE t.id = d.tenant_id)",
}
# What their cells are in a workbook; all others are text.
KINDS: Mapping[str, Cell] = {
    "purchased_on": Cell.DAY,
    "in_use_from": Cell.DAY,
    "starts_on": Cell.DAY,
    "ends_on": Cell.DAY,
    "ships_on": Cell.DAY,
    "checked_at": Cell.MOMENT,
    "created_at": Cell.MOMENT,
    "updated_at": Cell.MOMENT,
}


@dataclass(frozen=True, slots=True)
class Wording:
    """The reader's words for what the file tells, by the stored word."""

    statuses: Mapping[str, str]
    reasons: Mapping[str, str]
    origins: Mapping[str, str]
    sources: Mapping[str, str]
    simulated: str
    yes: str
    no: str
    no_end: str
    time_zone: str

    @property
    def params(self) -> dict[str, object]:
        labels: dict[str, object] = {f"label_{s}": label for s, label in self.statuses.items()}
        return labels | {
            "reason_labels": json.dumps(dict(self.reasons)),
            "origin_labels": json.dumps(dict(self.origins)),
            "source_labels": json.dumps(dict(self.sources)),
            "simulated": self.simulated,
            "yes": self.yes,
            "no": self.no,
            "no_end": self.no_end,
            "time_zone": self.time_zone,
        }


@dataclass(frozen=True, slots=True)
class Sheet:
    """How a list is written: its order, its columns (key and head), and the reader's words."""

    order: Order
    columns: Sequence[tuple[str, str]]
    wording: Wording


def write_devices(question: Question, sheet: Sheet, write: Callable[[bytes], object]) -> int:
    """Write the rows of a list as CSV, without a head; returns how many. Caller: an action."""
    order = possible_order(sheet.order, question)
    plan = plan_for(question)
    driver = plan.whole
    where = grid_sql.conditions(question.only, tenant=question.tenant, driver=driver)
    for one in any_segment(question):
        where.add(one.text, **one.params)
    cells = ", ".join({**CELLS, **OWNER_CELLS}[key] for key, _ in sheet.columns)
    text = f"""
        SELECT {cells} FROM {grid_sql.source(question.only, driver)}
        WHERE {where.text} ORDER BY {_unknown_last(order)}
    """  # noqa: S608 - constants
    params = question.params | where.params | sheet.wording.params
    params |= {"today": question.today, "expiring_days": question.expiring_days}
    params |= plan.params
    suit_planner(plan)
    return sql.copy_out(question.asked(text), params, write)


def suit_planner(plan: Plan) -> None:
    """For this transaction, which ends with the list: whole tables are joined by hashing.

    Row-level security hides how many rows there are; the planner would take them one by one.
    """
    joins = {"enable_nestloop": "off"} if plan.candidates is None else {}
    sql.suit_planner(work_mem="64MB", **joins)


def _unknown_last(order: Order) -> str:
    direction = "DESC NULLS LAST" if order.is_descending else "ASC NULLS LAST"
    return ", ".join(f"{key} {direction}" for key in grid_sql.sort_keys(order))
