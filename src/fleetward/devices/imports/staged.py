"""The border between an import and the child process that prepares its rows. Without polars."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

import msgspec

from fleetward.devices.imports.contracts import Batch, Hint, NamedList, Report
from fleetward.devices.imports.store import Folder
from fleetward.devices.rules import Names
from fleetward.infra.files.isolated import child_environment

_WALL_SECONDS = 600


@dataclass(frozen=True, slots=True)
class StageRequest:
    """`dropped`: columns that are ours (reasons of an error file) and not of the list.

    `names`: those of this installation, of which the child's own environment says nothing.
    `needs_manufacturer`: without one a row is refused.
    """

    mapping: dict[str, str]
    dropped: list[str]
    junk: list[str]
    default_manufacturer: str
    batch_rows: int
    names: Names
    needs_manufacturer: bool = True


@dataclass(frozen=True, slots=True)
class Staged:
    batches: list[Batch]
    hints: list[Hint]
    hint_counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a run keeps of its analysis: the report for people, the batches for the worker."""

    report: Report = field(default_factory=Report)
    batches: list[Batch] = field(default_factory=list)

    def stored(self) -> Any:
        """As JSON values."""
        return msgspec.to_builtins(self)


@dataclass(frozen=True, slots=True)
class NamesRequest:
    """`frame`: what was read; `folder`: where its batches go. Of the columns, `serial` alone is
    needed. `extra`: one whose texts come along in capitals; `only`: rows where it has this text.
    """

    frame: str
    folder: str
    serial: str
    manufacturer: str
    extra: str
    only: str
    junk: list[str]
    batch_rows: int
    names: Names


def names_in_child(request: NamesRequest) -> NamedList:
    """Run `staging.stage_names` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "fleetward.devices.imports.staging", "--names"],
        input=msgspec.json.encode(request),
        stdout=subprocess.PIPE,
        timeout=_WALL_SECONDS,
        env=child_environment(),
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=NamedList)


def stage_in_child(folder: Folder, request: StageRequest) -> Staged:
    """Run `staging.stage` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "fleetward.devices.imports.staging", str(folder.path)],
        input=msgspec.json.encode(request),
        stdout=subprocess.PIPE,
        timeout=_WALL_SECONDS,
        env=child_environment(),
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=Staged)
