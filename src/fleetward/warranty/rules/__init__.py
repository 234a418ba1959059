"""The rules of warranty as pure functions: no database, clock, settings or network.

`coverage` says what lines of cover amount to, `steps` what a run does after trouble,
`eligibility` which device can be asked where, `schedule` when it is asked again by itself,
`reminding` what somebody is told of, `health` how figures of connections are read, `budget`
when it is replaced, `flaws` what was bought twice, `timeline` what the device page draws.
"""

from fleetward.warranty.rules.budget import budget_periods, quarters, years_before
from fleetward.warranty.rules.coverage import LineUse, counting, coverage, line_use, status_on
from fleetward.warranty.rules.eligibility import (
    Candidate,
    eligibility,
    is_other_company,
    not_found_reason,
    other_companies,
    provider_for,
)
from fleetward.warranty.rules.flaws import doubles, gap_kind
from fleetward.warranty.rules.health import baseline_days, days_of, first_day, points_since
from fleetward.warranty.rules.not_cover import default_not_cover, is_not_cover, parse_not_cover
from fleetward.warranty.rules.reminding import UNSENT_AFTER, due_reminders, is_unsent
from fleetward.warranty.rules.schedule import is_night, next_look, next_night
from fleetward.warranty.rules.steps import PATIENT, Patience, Step, StepKind, next_step
from fleetward.warranty.rules.timeline import Period, covered_periods, gaps

__all__ = [
    "PATIENT",
    "UNSENT_AFTER",
    "Candidate",
    "LineUse",
    "Patience",
    "Period",
    "Step",
    "StepKind",
    "baseline_days",
    "budget_periods",
    "counting",
    "coverage",
    "covered_periods",
    "days_of",
    "default_not_cover",
    "doubles",
    "due_reminders",
    "eligibility",
    "first_day",
    "gap_kind",
    "gaps",
    "is_night",
    "is_not_cover",
    "is_other_company",
    "is_unsent",
    "line_use",
    "next_look",
    "next_night",
    "next_step",
    "not_found_reason",
    "other_companies",
    "parse_not_cover",
    "points_since",
    "provider_for",
    "quarters",
    "status_on",
    "years_before",
]
