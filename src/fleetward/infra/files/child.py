"""The child process that reads one upload for `isolated.read_in_child`.

It limits itself before it touches the file, writes the frame as Arrow IPC, or as lines of
JSON where the name says so, and the reading or the refusal as JSON. Whatever else goes wrong ends
the process.
"""

from __future__ import annotations

import dataclasses
import json
import resource
import sys
from pathlib import Path

from fleetward.infra.files.errors import FileRefused, FileTooDemanding
from fleetward.infra.files.limits import Limits
from fleetward.infra.files.reading import LINES
from fleetward.infra.files.table import read_table


def main(upload: Path, result: Path, answer: Path, limits: Limits) -> None:
    """Fill `answer`, and `result` unless the file is refused."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.address_bytes, limits.address_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    told: dict[str, object]
    try:
        table = read_table(upload, limits=limits)
        if result.suffix == LINES:
            table.frame.write_ndjson(result)
        else:
            table.frame.write_ipc(result)
        told = dataclasses.asdict(table.reading)
    except FileRefused as refusal:
        told = {"code": refusal.code, "details": refusal.details()}
    except MemoryError:
        told = {"code": FileTooDemanding.code, "details": {}}
    answer.write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    _upload, _result, _answer, _limits = sys.argv[1:]
    main(Path(_upload), Path(_result), Path(_answer), Limits(**json.loads(_limits)))
