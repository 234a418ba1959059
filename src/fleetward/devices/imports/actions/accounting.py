"""The account of an import that has ended: its numbers, the digest of its rows, and the trail."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from fleetward.audit.actions import record
from fleetward.audit.contracts import Verb
from fleetward.devices.imports.actions.batches import CONTEXT, refused_rows
from fleetward.devices.imports.contracts import Outcome
from fleetward.devices.imports.queries import analysis_of
from fleetward.devices.imports.rules import with_refused
from fleetward.devices.models import ImportRun
from fleetward.infra import sql
from fleetward.kernel.actor import Actor


def account(actor: Actor, run: ImportRun, now: datetime) -> None:
    """Counts by kind and the digest of the outcome rows, on the run and in the trail."""
    run.refresh_from_db()
    params = {"run": run.id, "tenant": run.tenant_id}
    run.outcome_digest = sql.fetch(CONTEXT, "digest_outcomes", params)[0][0]
    analysis = analysis_of(run)
    report = with_refused(analysis.report, refused_rows("count_refused", params))
    run.report = replace(analysis, report=report).stored()
    run.save(update_fields=["outcome_digest", "report"])
    counts = {str(o).lower(): getattr(run, str(o).lower()) for o in Outcome}
    record_end(actor, run, now, {**counts, "outcomes_sha256": run.outcome_digest})


def record_end(actor: Actor, run: ImportRun, now: datetime, details: dict[str, object]) -> None:
    record(
        actor=actor,
        verb=Verb.IMPORT_FINISHED,
        tenant=run.tenant_id,
        subject=f"import:{run.uid}",
        details={"file": run.file_name, "state": run.state, **details},
        now=now,
    )


def record_discarded(actor: Actor, run: ImportRun, now: datetime) -> None:
    record(
        actor=actor,
        verb=Verb.IMPORT_DISCARDED,
        tenant=run.tenant_id,
        subject=f"import:{run.uid}",
        details={"file": run.file_name},
        now=now,
    )
