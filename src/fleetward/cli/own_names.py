"""The names that this installation adds to ours, put into use at the start of a process."""

from __future__ import annotations

from fleetward.config.env import PREFIX, BadEnvironment, Env
from fleetward.devices.queries.pure import BadNames, parse_names, use_names


def use_own_names(settings: Env) -> None:
    """Judge manufacturers and headers by them, too. Raises: BadEnvironment."""
    try:
        use_names(parse_names(settings.devices.names))
    except BadNames as error:
        raise BadEnvironment(f"{PREFIX}DEVICES__NAMES: {error}") from None
