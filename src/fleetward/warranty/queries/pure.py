"""What a door without a database may ask (`fleetward check`): the rules, passed on as they are."""

from __future__ import annotations

from fleetward.warranty.rules import (
    Candidate,
    LineUse,
    Patience,
    Step,
    StepKind,
    coverage,
    default_not_cover,
    eligibility,
    line_use,
    next_step,
    provider_for,
)

__all__ = [
    "Candidate",
    "LineUse",
    "Patience",
    "Step",
    "StepKind",
    "coverage",
    "default_not_cover",
    "eligibility",
    "line_use",
    "next_step",
    "provider_for",
]
