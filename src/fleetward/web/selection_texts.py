"""What has become of devices since they were selected, in words; nothing where nothing has."""

from __future__ import annotations

from django.utils.translation import ngettext

from fleetward.devices.bulk.contracts import SinceSelected
from fleetward.web.components.cells import number_text


def held_text(since: SinceSelected | None, held: int) -> str:
    """The same of a file, with how many of the devices it holds."""
    if since is None or since.is_as_it_was:
        return ""
    text = ngettext(
        "The file holds %(held)s of %(n)s selected device.",
        "The file holds %(held)s of %(n)s selected devices.",
        since.devices,
    )
    told = text % {"held": number_text(held), "n": number_text(since.devices)}
    return f"{told} {since_text(since)}"


def since_text(since: SinceSelected | None) -> str:
    """How many were changed, and how many are gone."""
    if since is None:
        return ""
    return " ".join(filter(None, (_changed(since.changed_since), _gone(since.gone))))


def _changed(devices: int) -> str:
    if not devices:
        return ""
    text = ngettext(
        "%(n)s device was changed after it was selected.",
        "%(n)s devices were changed after they were selected.",
        devices,
    )
    return text % {"n": number_text(devices)}


def _gone(devices: int) -> str:
    if not devices:
        return ""
    text = ngettext(
        "%(n)s device is no longer there.", "%(n)s devices are no longer there.", devices
    )
    return text % {"n": number_text(devices)}
