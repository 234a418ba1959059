"""Reading a trail (`entries`), and verifying its chain (`chains`)."""

from fleetward.audit.kinds import verbs_of
from fleetward.audit.queries.chains import chains_to_seal, verify_chain, verify_file
from fleetward.audit.queries.entries import (
    count_entries,
    each_entry,
    get_entry,
    list_actors,
    list_entries,
)

__all__ = [
    "chains_to_seal",
    "count_entries",
    "each_entry",
    "get_entry",
    "list_actors",
    "list_entries",
    "verbs_of",
    "verify_chain",
    "verify_file",
]
