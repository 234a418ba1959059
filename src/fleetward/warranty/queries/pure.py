"""What doors ask without a database (`fleetward check`, a page with rows in hand): the rules."""

from __future__ import annotations

from fleetward.warranty.rules import (
    Candidate,
    LineUse,
    Patience,
    Period,
    Step,
    StepKind,
    coverage,
    covered_periods,
    days_of,
    default_not_cover,
    eligibility,
    gaps,
    is_other_company,
    line_use,
    next_step,
    parse_not_cover,
    provider_for,
    status_on,
)

__all__ = [
    "Candidate",
    "LineUse",
    "Patience",
    "Period",
    "Step",
    "StepKind",
    "coverage",
    "covered_periods",
    "days_of",
    "default_not_cover",
    "eligibility",
    "gaps",
    "is_other_company",
    "line_use",
    "next_step",
    "parse_not_cover",
    "provider_for",
    "status_on",
]
