"""Files that only name devices, for contexts above that do something to what they name.

Whoever asks keeps the files; what is read of them, and what a serial is, is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from fleetward.config.env import env
from fleetward.devices.imports.actions.child import batch_rows
from fleetward.devices.imports.contracts import NamedList
from fleetward.devices.imports.rules import guessed_mapping
from fleetward.devices.imports.staged import NamesRequest, names_in_child
from fleetward.devices.queries.junk import junk_serials
from fleetward.devices.rules import own_names
from fleetward.infra.files.isolated import read_in_child
from fleetward.infra.files.limits import DEFAULT_LIMITS
from fleetward.infra.files.reading import Reading


def read_names(upload: Path, frame: Path) -> Reading:
    """Turn an upload into a frame, in a limited child. Raises: FileRefused."""
    limits = replace(DEFAULT_LIMITS, rows=env().imports.max_rows)
    reading = read_in_child(upload, frame, limits=limits)
    frame.chmod(0o600)
    return reading


def naming_columns(headers: Sequence[str]) -> Mapping[str, str]:
    """The headers of serial and manufacturer, by the synonyms of imports."""
    guessed = guessed_mapping(headers)
    return {field: guessed[field] for field in ("serial", "manufacturer") if field in guessed}


def stage_names(
    frame: Path, folder: Path, columns: Mapping[str, str], *, extra: str = "", only: str = ""
) -> NamedList:
    """Write the rows of a frame as what they name, as batches to copy into the database.

    A row of a batch: its number, the serial as given where that was not canonical, the serial, its
    manufacturer, the other one that may be meant, a refusal, and the text of the column `extra`.
    """
    request = NamesRequest(
        frame=str(frame),
        folder=str(folder),
        serial=columns["serial"],
        manufacturer=columns.get("manufacturer", ""),
        extra=extra,
        only=only,
        junk=junk_serials(),
        batch_rows=batch_rows(),
        names=own_names(),
    )
    return names_in_child(request)
