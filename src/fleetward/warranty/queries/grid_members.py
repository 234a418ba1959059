"""Statements about devices, narrowed to those in some groups of either kind (E13).

A statement that can be narrowed says `AMONG` where its rows are chosen. It reads the members as
part of itself, so that a group of 200,000 never travels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from fleetward.infra import sql
from fleetward.kernel.actor import Actor
from fleetward.tenancy.queries import get_tenant_by_id
from fleetward.warranty.queries import grid_sql
from fleetward.warranty.queries.grid import question_of
from fleetward.warranty.queries.grid_counting import HASHED
from fleetward.warranty.queries.grid_filter import DeviceFilter
from fleetward.warranty.queries.grid_plan import any_segment, plan_for
from fleetward.warranty.queries.grid_where import Where

AMONG = "true /* or in some groups */"


@dataclass(frozen=True, slots=True)
class Among:
    """The devices in any of some groups on a day, as an actor sees them; without groups all."""

    actor: Actor
    tenant: int
    groups: Sequence[UUID]
    today: date

    def fetch(
        self, name: str, params: Mapping[str, object], *, device: str
    ) -> list[tuple[Any, ...]]:
        """The rows of a statement of ours that are of these devices.

        `device`: what the statement calls the id of the device.
        """
        text = sql.statement("warranty", name)
        # Where the statement reads otherwise, this fails, and does not tell of all devices.
        before, after = text.split(AMONG)
        if not self.groups:
            return sql.fetch_text(text, dict(params))
        members = self._members()
        narrowed = f"{before}{device} IN ({members.text}){after}"
        return sql.fetch_text(narrowed, members.params | dict(params), **HASHED)

    def _members(self) -> Where:
        """The ids of the devices that the list of these groups has."""
        days = get_tenant_by_id(self.tenant).settings.expiring_days
        only = DeviceFilter(groups=tuple(dict.fromkeys(self.groups)))
        question = question_of(self.actor, self.tenant, only, self.today, days)
        plan = plan_for(question)
        where = grid_sql.conditions(question.only, tenant=self.tenant, driver=plan.whole)
        for one in any_segment(question):
            where.add(one.text, **one.params)
        where = where.named("of")
        read = grid_sql.source(question.only, plan.whole)
        text = f"SELECT d.id FROM {read} WHERE {where.text}"  # noqa: S608 - constants
        return Where([text], question.params | where.params | plan.params)
