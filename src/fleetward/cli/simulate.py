"""`fleetward simulate`: the vendors' simulators, in the foreground."""

from __future__ import annotations

import subprocess
import sys

import click


@click.command()
@click.option("--port", default=9100, show_default=True, help="Where they listen, on 127.0.0.1.")
def simulate(port: int) -> None:
    """Run servers that play the vendors, each below its name, such as /dell."""
    command = [sys.executable, "-m", "fleetward_simulators.main", "--port", str(port)]
    try:
        sys.exit(subprocess.run(command, check=False).returncode)
    except KeyboardInterrupt:
        sys.exit(0)
