"""`fleetward enrol`: what an agent does to enrol its machine, as a command (E7).

It needs no installation beside it: it reads the machine and speaks to a server over HTTPS.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from fleetward.infra.http import HttpAnswer, HttpClient, HttpFailure
from fleetward.kernel.hosts import is_on_this_machine

DMI = Path("/sys/class/dmi/id")
STATE = Path("~/.config/fleetward/enrolment.json")
ENROLLED, WAITS = 201, 202
# The server wants somebody to confirm that the machine belongs there (E9).
ASKS = "domain_not_listed"


@click.command()
@click.option(
    "--url", required=True, help="Address of the server, such as https://fleet.example.org."
)
@click.option("--pin", prompt="cPIN", hide_input=True, help="The cPIN; asked for when left out.")
@click.option("--manufacturer", help="Instead of what the machine says.")
@click.option("--serial", help="Instead of what the machine says; root alone may read it on Linux.")
@click.option("--product-number", help="Instead of what the machine says.")
@click.option("--model", help="Instead of what the machine says.")
@click.option("--name", help="Instead of the host name.")
@click.option("--domain", help="Instead of what follows the host name.")
@click.option(
    "--yes", is_flag=True, help="This machine belongs there although its domain is not listed."
)
@click.option("--unattended", is_flag=True, help="Nobody is there to be asked: ask nothing.")
@click.option(
    "--state-file",
    type=click.Path(path_type=Path),
    default=STATE,
    show_default=True,
    help="Where the key and the credential of the machine are kept.",
)
def enrol(
    url: str, pin: str, state_file: Path, yes: bool, unattended: bool, **given: str | None
) -> None:
    """Enrol this machine into the tenant of a cPIN, or of a zero-touch key where it is registered.

    Sent again, it is not enrolled twice.
    """
    _check(url)
    place = state_file.expanduser()
    machine = {**_machine(), **{name: value for name, value in given.items() if value}}
    state = _state(place, url, machine)
    # Kept before it is used: whoever loses the answer asks again with the same key.
    _keep(place, state)
    body = {"pin": pin, **machine, "is_attended": not unattended, "confirms_domain": yes}
    answer = _send(url, body, state["key"])
    told = _read(answer)
    if told.get("code") == ASKS and not yes and click.confirm(f"{told['detail']} Enrol it?"):
        answer = _send(url, body | {"confirms_domain": True}, state["key"])
        told = _read(answer)
    if answer.status not in {ENROLLED, WAITS}:
        raise click.ClickException(_refusal(told))
    _keep(place, state | {"credential": told["credential"], "device_id": told["device_id"]})
    if answer.status == ENROLLED:
        click.echo(f"Enrolled as device {told['device_id']}.")
        return
    click.echo(
        "This machine waits: somebody else holds it. It is enrolled by itself once it is released."
    )


def _check(url: str) -> None:
    is_safe = url.startswith("https://") or is_on_this_machine(url)
    if not is_safe or not urlsplit(url).hostname:
        raise click.ClickException(
            "The address must begin with https://, or the PIN could be read."
        )


def _machine() -> dict[str, str]:
    """What this machine says of itself."""
    name, _dot, domain = socket.getfqdn().partition(".")
    return {
        "manufacturer": _dmi("sys_vendor"),
        "serial": _dmi("product_serial"),
        "product_number": _dmi("product_sku")[:40],
        "model": _dmi("product_name"),
        "name": socket.gethostname().partition(".")[0] or name,
        "domain": domain,
        "os": f"{platform.system()} {platform.release()}"[:120],
    }


def _dmi(name: str) -> str:
    """A fact of the firmware; '' where there is none, or it is for root alone."""
    try:
        return (DMI / name).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _state(place: Path, url: str, machine: Mapping[str, str]) -> dict[str, Any]:
    """What is kept of an earlier try for the same server and machine; a new key otherwise."""
    about = {"url": url, "machine": dict(machine)}
    try:
        kept: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = {}
    if {name: kept.get(name) for name in about} == about and kept.get("key"):
        return kept
    return about | {"key": secrets.token_urlsafe(32)}


def _keep(place: Path, state: Mapping[str, Any]) -> None:
    """Write the state for this user alone, whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_suffix(".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(state, file)
    beside.replace(place)


def _send(url: str, body: Mapping[str, object], key: str) -> HttpAnswer:
    client = HttpClient(allow_internal=(urlsplit(url).hostname or "",))
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    try:
        return client.send(
            "POST",
            f"{url.rstrip('/')}/api/agent/v1/enrolments",
            headers=headers,
            body=json.dumps(body).encode(),
        )
    except HttpFailure as failure:
        raise click.ClickException(f"The server does not answer: {failure}") from None
    finally:
        client.close()


def _read(answer: HttpAnswer) -> dict[str, Any]:
    try:
        told = json.loads(answer.body)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise click.ClickException(f"The server answers with {answer.status} and nothing to read.")
    return told


def _refusal(told: Mapping[str, Any]) -> str:
    problems = [f"{one['where']}: {one['what']}" for one in told.get("problems") or ()]
    words = [str(told.get("detail", "")), *problems, str(told.get("fix", ""))]
    return " ".join(filter(None, words)) + f" [{told.get('code', '')}]"
