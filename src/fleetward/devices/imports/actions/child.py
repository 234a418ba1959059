"""What child processes do with an upload: it is read, its rows are judged and cut into batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fleetward.config.env import env
from fleetward.devices.imports.staged import Staged, StageRequest, stage_in_child
from fleetward.devices.imports.store import Folder
from fleetward.devices.queries.junk import junk_serials
from fleetward.devices.rules import own_names
from fleetward.infra.files.isolated import read_in_child
from fleetward.infra.files.limits import DEFAULT_LIMITS
from fleetward.infra.files.reading import Reading


def read_upload(folder: Folder) -> Reading:
    """Turn the upload into a frame. Raises: FileRefused."""
    limits = replace(DEFAULT_LIMITS, rows=env().imports.max_rows)
    reading = read_in_child(folder.upload, folder.frame, limits=limits)
    folder.frame.chmod(0o600)
    return reading


def stage_rows(
    folder: Folder,
    mapping: Mapping[str, str],
    *,
    dropped: Sequence[str] = (),
    default_manufacturer: str = "",
    needs_manufacturer: bool = True,
) -> Staged:
    """Turn the frame into batches; see `StageRequest`."""
    request = StageRequest(
        mapping=dict(mapping),
        dropped=list(dropped),
        junk=junk_serials(),
        default_manufacturer=default_manufacturer,
        batch_rows=batch_rows(),
        names=own_names(),
        needs_manufacturer=needs_manufacturer,
    )
    return stage_in_child(folder, request)


def batch_rows() -> int:
    """Rows of one transaction."""
    return env().imports.batch_rows
