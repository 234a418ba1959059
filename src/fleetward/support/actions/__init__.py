"""Asking the operator, answering, closing and reopening, and fetching what is attached."""

from fleetward.support.actions.asking import open_request
from fleetward.support.actions.fetching import fetch_attachment, remove_orphans
from fleetward.support.actions.talking import answer, close, reopen

__all__ = ["answer", "close", "fetch_attachment", "open_request", "remove_orphans", "reopen"]
