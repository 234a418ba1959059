"""What goes in and out of the operations on the warranty of one device."""

from __future__ import annotations

from datetime import date, datetime

from ninja import Field, Schema
from pydantic import ConfigDict

from fleetward.api.schemas import SOME_TIME, Day, In, Out, PageOut, sample
from fleetward.warranty.contracts import EntitlementKind, Reason, Status
from fleetward.warranty.queries.pure import LineUse


class EntitlementOut(Out):
    """One line of cover, in the vendor's own words."""

    model_config = ConfigDict(
        json_schema_extra=sample(
            source="dell",
            code="PS",
            name="ProSupport Plus",
            kind="EXTENSION",
            service_level="Next business day",
            number="",
            starts_on="2024-03-01",
            ends_on="2027-02-28",
            is_rolling=False,
            is_cancelled=False,
            use="COUNTS",
            is_simulated=False,
            recorded_at=SOME_TIME,
        )
    )
    source: str
    code: str
    name: str
    kind: EntitlementKind
    service_level: str
    number: str
    starts_on: date | None
    ends_on: date | None = Field(description="The last covered day")
    is_rolling: bool
    is_cancelled: bool
    use: LineUse = Field(description="Whether the line counts as coverage, or why not")
    is_simulated: bool
    recorded_at: datetime


class EntitlementPage(PageOut):
    items: list[EntitlementOut]


class GapOut(Out):
    starts_on: date
    ends_on: date | None


class CoverageOut(Out):
    """What the entitlements of a device amount to on a day, and nothing else."""

    model_config = ConfigDict(
        json_schema_extra=sample(
            on="2026-03-03",
            status="IN",
            is_covered=True,
            starts_on="2024-03-01",
            ends_on="2027-02-28",
            is_rolling=False,
            reason=None,
            is_simulated=False,
            gaps=[],
        )
    )
    on: date
    status: Status
    is_covered: bool
    starts_on: date | None
    ends_on: date | None
    is_rolling: bool
    reason: Reason | None
    is_simulated: bool = Field(description="A simulator answered, no vendor (W20)")
    gaps: list[GapOut] = Field(description="Days without cover between two covers")


class AsOf(Schema):
    as_of: Day | None = Field(None, description="The day asked about; today without")


class EvidenceOut(Out):
    """A source's answer as it came. The same words again move `seen_at` only."""

    model_config = ConfigDict(
        json_schema_extra=sample(
            source="dell",
            digest="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            body='{"serviceTag": "5XK2QL3"}',
            is_simulated=False,
            fetched_at=SOME_TIME,
            seen_at=SOME_TIME,
        )
    )
    source: str
    digest: str
    body: str
    is_simulated: bool
    fetched_at: datetime
    seen_at: datetime


class EvidencePage(PageOut):
    items: list[EvidenceOut]


class ManualIn(In):
    model_config = ConfigDict(
        json_schema_extra=sample(
            name="Spare parts contract",
            starts_on="2026-01-01",
            ends_on="2028-12-31",
            service_level="On site, next day",
            number="C-4711",
        )
    )
    name: str = Field(max_length=300)
    starts_on: Day | None = None
    ends_on: Day | None = Field(None, description="The last covered day; none: until released")
    service_level: str = Field("", max_length=300)
    number: str = Field("", max_length=80)
