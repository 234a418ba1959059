"""Reading a trail (`entries`) and its saved filters (`filters`), verifying its chain (`chains`)."""

from fleetward.audit.kinds import verbs_of
from fleetward.audit.queries.chains import chains_to_seal, verify_chain, verify_file
from fleetward.audit.queries.entries import (
    count_entries,
    each_entry,
    get_entry,
    list_actors,
    list_entries,
)
from fleetward.audit.queries.filters import get_filter, list_filters

__all__ = [
    "chains_to_seal",
    "count_entries",
    "each_entry",
    "get_entry",
    "get_filter",
    "list_actors",
    "list_entries",
    "list_filters",
    "verbs_of",
    "verify_chain",
    "verify_file",
]
