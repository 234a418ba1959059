"""A typed client for the REST interface of Fleetward: one function for each call in `api`."""

from fleetward_client.calls import Page, Refused, answer, connect, pages
from fleetward_client.client import AuthenticatedClient, Client
from fleetward_client.errors import UnexpectedStatus
from fleetward_client.version import __version__

__all__ = (
    "AuthenticatedClient",
    "Client",
    "Page",
    "Refused",
    "UnexpectedStatus",
    "__version__",
    "answer",
    "connect",
    "pages",
)
