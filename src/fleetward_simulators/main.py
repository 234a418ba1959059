"""Starts the simulators: `fleetward-simulators`, or one process of them for a test."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date

from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server

from fleetward_simulators.app import VENDORS
from fleetward_simulators.dials import PREFIX

DEFAULT_PORT = 9100


def main(argv: Sequence[str] | None = None) -> None:
    """Serve all vendors on one loopback port, each under its prefix, until interrupted."""
    options = _parser().parse_args(argv)
    if options.anchor:
        os.environ[f"{PREFIX}ANCHOR"] = options.anchor.isoformat()
    base = f"http://{options.host}:{options.port}"
    for vendor, (name, _) in VENDORS.items():
        sys.stdout.write(f"{name} (simulator): {base}/{vendor}\n")
    sys.stdout.flush()
    Server(
        "fleetward_simulators.app:build",
        address=options.host,
        port=options.port,
        interface=Interfaces.ASGI,
        factory=True,
        # State lives in the process, so there is exactly one.
        workers=1,
        http=HTTPModes.http1,
        loop=Loops.auto,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fleetward-simulators",
        description="Simulators of the vendors' warranty services, for development and demos.",
        epilog="Dials: POST JSON to /dell/_dials (GET shows them, DELETE resets), or set "
        "SIMULATOR_LATENCY_MS, SIMULATOR_DELL_QUOTA_PER_MINUTE and the like.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument(
        "--anchor", type=date.fromisoformat, help="the day dates are counted from, YYYY-MM-DD"
    )
    return parser


if __name__ == "__main__":
    main()
