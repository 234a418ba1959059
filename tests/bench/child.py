"""One piece of work in a process of its own: `python -m tests.bench.child TARGET ARGUMENTS`.

Django is set up first; the answer of the function is the last line of the output, as JSON.
"""

from __future__ import annotations

import json
import sys
from pkgutil import resolve_name

import django

from fleetward.config.env import use_settings


def main(target: str, arguments: str) -> None:
    use_settings()
    django.setup()
    answer = resolve_name(f"tests.bench.work.{target}")(**json.loads(arguments))
    sys.stdout.write(f"\n{json.dumps(answer)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
