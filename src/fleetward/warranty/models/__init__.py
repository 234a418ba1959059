"""What vendors say, the runs that ask them, and what is planned; one module for each subject."""

from fleetward.warranty.models.coverage import (
    Coverage,
    Entitlement,
    Evidence,
    IdentityMark,
    NotCoverCode,
    Tally,
)
from fleetward.warranty.models.exports import Export
from fleetward.warranty.models.moves import SetAside
from fleetward.warranty.models.planning import HealthDay, Reminder, Reminding, ReplacementCost
from fleetward.warranty.models.runs import Batch, KeptPage, Run
from fleetward.warranty.models.schedules import RunSchedule

__all__ = [
    "Batch",
    "Coverage",
    "Entitlement",
    "Evidence",
    "Export",
    "HealthDay",
    "IdentityMark",
    "KeptPage",
    "NotCoverCode",
    "Reminder",
    "Reminding",
    "ReplacementCost",
    "Run",
    "RunSchedule",
    "SetAside",
    "Tally",
]
