"""One line of what `fleetward check` writes, and how each file format spells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from fleetward.warranty.contracts import Coverage, Entitlement, Status
from fleetward.warranty.queries.pure import LineUse, default_not_cover, line_use
from fleetward.warranty.texts import REASON_TEXTS

HEADERS = (
    "row",
    "serial",
    "manufacturer",
    "product_number",
    "model",
    "status",
    "covered",
    "reason",
    "reason_text",
    "coverage_start",
    "coverage_end",
    "open_ended",
    "simulated",
    "entitlements",
)
# In the place of a status: a blank row is no device, and nothing is unknown of it.
BLANK = "BLANK"


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """What became of one line of the device list; `row` counts the file's header as row 1."""

    row: int
    serial: str
    manufacturer: str
    product_number: str
    coverage: Coverage
    model: str = ""
    entitlements: tuple[Entitlement, ...] = ()
    is_simulated: bool = False
    remark: str = ""

    @property
    def is_covered(self) -> bool | None:
        """Whether a line of cover includes the day itself; None: nobody can tell."""
        is_known = self.coverage.status is not Status.UNKNOWN
        return self.coverage.is_covered if is_known else None

    @property
    def reason_text(self) -> str:
        """What is wrong and what to do, or '' when there is an answer."""
        if self.coverage.reason is None:
            return ""
        text = REASON_TEXTS[self.coverage.reason]
        return " ".join(part for part in (self.remark or str(text.meaning), str(text.fix)) if part)


@dataclass(frozen=True, slots=True)
class BlankLine:
    """A row without any value. It has a line too, so that each line answers that of the list."""

    row: int


def as_object(line: CheckedLine | BlankLine) -> dict[str, Any]:
    """The line as JSON: dates as text, what is not known as null."""
    if isinstance(line, BlankLine):
        told = {"row": line.row, "status": BLANK, "reason_text": _("The row is blank.")}
        return {**dict.fromkeys(HEADERS), **told, "entitlements": []}
    found = line.coverage
    return {
        "row": line.row,
        "serial": line.serial,
        "manufacturer": line.manufacturer,
        "product_number": line.product_number,
        "model": line.model,
        "status": found.status.value,
        "covered": line.is_covered,
        "reason": found.reason.value if found.reason else None,
        "reason_text": line.reason_text or None,
        "coverage_start": found.starts_on.isoformat() if found.starts_on else None,
        "coverage_end": found.ends_on.isoformat() if found.ends_on else None,
        "open_ended": found.is_rolling,
        "simulated": line.is_simulated,
        "entitlements": [_entitlement_object(e) for e in line.entitlements],
    }


def _entitlement_object(line: Entitlement) -> dict[str, Any]:
    """One line of cover as JSON; `use` says whether it counts, or why it does not."""
    return {
        "source": line.source,
        "code": line.code,
        "name": line.name,
        "kind": line.kind.value,
        "service_level": line.service_level,
        "number": line.number,
        "start": line.starts_on.isoformat() if line.starts_on else None,
        "end": line.ends_on.isoformat() if line.ends_on else None,
        "use": line_use(line, not_cover=default_not_cover()).value,
    }


def as_cells(line: CheckedLine | BlankLine) -> list[str]:
    """The line as one row of a table: the object's values, with entitlements in words."""
    values = as_object(line)
    entitlements = line.entitlements if isinstance(line, CheckedLine) else ()
    values["entitlements"] = _entitlements_in_words(entitlements)
    return [_cell(values[name]) for name in HEADERS]


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _entitlements_in_words(entitlements: Sequence[Entitlement]) -> str:
    """All lines of cover in one cell: `2024-01-01/2027-01-31 Next Business Day [ND]; ...`."""
    return "; ".join(_in_words(line) for line in entitlements)


def _in_words(line: Entitlement) -> str:
    start = line.starts_on.isoformat() if line.starts_on else ".."
    end = line.ends_on.isoformat() if line.ends_on else ".."
    code = f" [{line.code}]" if line.code else ""
    use = line_use(line, not_cover=default_not_cover())
    why = _("does not count: {why}").format(why=use.value)
    note = "" if use is LineUse.COUNTS else f" ({why})"
    return f"{start}/{end} {line.name}{code}{note}"
