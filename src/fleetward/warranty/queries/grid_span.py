"""Statements about one tenant, asked of all customers of a partner at once (All Customers, T5).

They name their tenant as `%(tenant)s`; the customers are `%(within)s`.
"""

from __future__ import annotations

import re

_ONE = re.compile(r"= %\(tenant\)s(?:::bigint)?")


def of_all(text: str) -> str:
    """The same of every customer, in no order or in one that has to be sorted anyway."""
    return _ONE.sub("= ANY (%(within)s::bigint[])", text)


def first_of_all(text: str, order_by: str, most: int) -> str:
    """The first rows in an order: the first of each customer along its own index, and of these.

    An index that leads with the tenant has no order over several. `text` ends with its own order
    and limit; `order_by` names columns that it gives.
    """
    each = _ONE.sub("= span.tenant", text)
    return f"""
        SELECT each.* FROM unnest(%(within)s::bigint[]) AS span (tenant)
        CROSS JOIN LATERAL ({each}) each ORDER BY {order_by} LIMIT {most}
    """  # noqa: S608 - constants
