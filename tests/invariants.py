"""What must hold of a tenant's data at any time, whatever was done to it (design 11).

Any suite may call `everything_holds(tenant)` at its end. It reads the tables past every query of
the product, within the tenant scope of row-level security.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.db.models import Count

from fleetward.audit.contracts import Verb
from fleetward.audit.models import Entry
from fleetward.connections.models import Connection
from fleetward.devices.imports.contracts import ImportState, Outcome
from fleetward.devices.models import Change, Device, ImportRow, ImportRun
from fleetward.identity.models import Token
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.warranty.contracts import Entitlement, EntitlementKind, NotCover, Reason, RunState
from fleetward.warranty.models import Batch, Coverage, NotCoverCode, Run, Tally
from fleetward.warranty.models import Entitlement as Line
from fleetward.warranty.rules import coverage

OPEN_END, NO_END = date.max, date.min
CHILDREN = (
    "devices_groupmember",
    "warranty_entitlement",
    "warranty_evidence",
    "warranty_coverage",
    "warranty_reminder",
)
# History stays with the tenant that wrote it (X10); its latest word is that the device went.
HISTORY = """
SELECT c.device_id
FROM (
    SELECT DISTINCT ON (device_id) device_id, kind
    FROM devices_change WHERE tenant_id = %(tenant)s
    ORDER BY device_id, id DESC
) c
LEFT JOIN devices_device d ON d.id = c.device_id AND d.tenant_id = %(tenant)s
WHERE d.id IS NULL AND c.kind <> 'SENT'
LIMIT 5
"""
FINISHED = {ImportState.DONE, ImportState.CANCELLED, ImportState.FAILED}
ENDED = {RunState.DONE, RunState.DONE_WITH_PROBLEMS, RunState.CANCELLED}


def everything_holds(tenant: int) -> None:
    """All invariants of one tenant's data."""
    one_tenant_for_each_device(tenant)
    an_outcome_for_each_row(tenant)
    an_outcome_for_each_device_of_a_run(tenant)
    coverage_is_what_the_entitlements_amount_to(tenant)
    the_tally_is_a_recount(tenant)
    every_change_is_in_the_trail(tenant)


def one_tenant_for_each_device(tenant: int) -> None:
    """T10: an identity once, and everything of a device belongs to its tenant."""
    identity = ("manufacturer", "serial", "product_number")
    with tenant_scope([tenant]):
        devices = Device.objects.filter(tenant_id=tenant)
        twice = devices.values(*identity).annotate(n=Count("id")).filter(n__gt=1)
        assert list(twice) == []
        for table in CHILDREN:
            strays = sql.fetch_text(
                f"SELECT c.device_id FROM {table} c LEFT JOIN devices_device d"
                " ON d.id = c.device_id AND d.tenant_id = c.tenant_id WHERE d.id IS NULL LIMIT 5",
                [],
            )
            assert strays == [], f"{table} has rows without their device"
        lost = sql.fetch_text(HISTORY, {"tenant": tenant})
        assert lost == [], "there is history without its device, which nobody sent away"


def an_outcome_for_each_row(tenant: int) -> None:
    """Rows of a list = outcomes, each once, and the counters say the same."""
    with tenant_scope([tenant]):
        for run in ImportRun.objects.filter(tenant_id=tenant, state__in=FINISHED):
            rows = ImportRow.objects.filter(run_id=run.id)
            counted = Counter(rows.values_list("outcome", flat=True))
            told = Counter({o: getattr(run, o.lower()) for o in Outcome})
            assert +counted == +told, f"{run}: {counted}, but it tells {told}"
            if rows.exists():
                assert counted.total() == run.rows, f"{run}: {counted} of {run.rows} rows"


def an_outcome_for_each_device_of_a_run(tenant: int) -> None:
    """Asked = found + not found + failed + skipped, each device once, and the tallies agree."""
    with tenant_scope([tenant]):
        for run in Run.objects.filter(tenant_id=tenant, state__in=ENDED):
            batches = list(Batch.objects.filter(run_id=run.id))
            devices = [device for batch in batches for device in batch.device_ids]
            assert len(devices) == len(set(devices)), f"{run} asked about a device twice"
            if run.state != RunState.CANCELLED:
                assert len(devices) == run.devices, f"{run} planned {run.devices} devices"
            for batch in batches:
                assert all(batch.outcomes), f"{batch} has devices without outcome"
                assert batch.tally == dict(Counter(batch.outcomes)), f"{batch} is counted wrong"


def coverage_is_what_the_entitlements_amount_to(tenant: int) -> None:
    """One row of coverage for each active device, and it is `rules.coverage` of its lines."""
    with tenant_scope([tenant]):
        active = set(
            Device.objects.filter(tenant_id=tenant, is_active=True).values_list("id", flat=True)
        )
        stored = {row.device_id: row for row in Coverage.objects.filter(tenant_id=tenant)}
        assert set(stored) == active
        lines = defaultdict(list)
        for line in Line.objects.filter(tenant_id=tenant).order_by("id"):
            lines[line.device_id].append(_entitlement(line))
        not_cover = [_not_cover(code) for code in NotCoverCode.objects.all()]
    for device, row in stored.items():
        want = coverage(
            lines[device],
            on=date(2026, 1, 1),
            expiring_days=180,
            not_cover=not_cover,
            reason=Reason(row.unknown_reason),
        )
        ends_on = OPEN_END if want.is_rolling else want.ends_on
        told = (row.starts_on, row.ends_on, row.reason)
        assert told == (want.starts_on, ends_on, want.reason or ""), f"device {device}"


def _entitlement(line: Line) -> Entitlement:
    return Entitlement(
        source=line.source,
        code=line.code,
        name=line.name,
        kind=EntitlementKind(line.kind),
        starts_on=line.starts_on,
        ends_on=line.ends_on,
        is_rolling=line.is_rolling,
        is_cancelled=line.is_cancelled,
    )


def _not_cover(code: NotCoverCode) -> NotCover:
    return NotCover(code.provider, code.code, code.name_contains)


def the_tally_is_a_recount(tenant: int) -> None:
    """The dashboard's numbers are those of the coverage rows."""
    fields = ("manufacturer", "ends_on", "reason", "is_simulated")
    with tenant_scope([tenant]):
        rows = Coverage.objects.filter(tenant_id=tenant).values_list(*fields)
        counted = Counter(
            (maker, ends_on or NO_END, reason, simulated)
            for maker, ends_on, reason, simulated in rows
        )
        kept = Tally.objects.filter(tenant_id=tenant).exclude(devices=0)
        assert {tuple(key): n for *key, n in kept.values_list(*fields, "devices")} == counted


def every_change_is_in_the_trail(tenant: int) -> None:
    """Each object that a use case made or ended has its entry; bulk actions have one (7)."""
    with tenant_scope([tenant]):
        trail = Entry.objects.filter(tenant_id=tenant)
        told = Counter(trail.values_list("verb", "subject"))
        missing = [fact for fact in _facts(tenant) if not told[fact]]
        requests = set(trail.values_list("request_id", flat=True))
        by_hand = Change.objects.filter(tenant_id=tenant, import_run_id=None)
        untold = set(by_hand.values_list("request_id", flat=True)) - requests
    assert missing == []
    assert untold == set(), "devices were changed by requests without an entry"
    doubled = [fact for fact, n in told.items() if n > 1 and fact[0] in _ONCE]
    assert doubled == [], "one end was told twice"


_ONCE = {Verb.IMPORT_UPLOADED, Verb.IMPORT_FINISHED, Verb.RUN_STARTED, Verb.RUN_FINISHED}


def _facts(tenant: int) -> Iterator[tuple[str, str]]:
    """Verb and subject of what must have been told."""
    for run in ImportRun.objects.filter(tenant_id=tenant):
        yield Verb.IMPORT_UPLOADED, f"import:{run.uid}"
        if run.state == ImportState.DONE:
            yield Verb.IMPORT_FINISHED, f"import:{run.uid}"
    for bulk in Run.objects.filter(tenant_id=tenant):
        yield Verb.RUN_STARTED, f"run:{bulk.uid}"
        if bulk.state in {RunState.DONE, RunState.DONE_WITH_PROBLEMS}:
            yield Verb.RUN_FINISHED, f"run:{bulk.uid}"
    for token in Token.objects.filter(tenant_id=tenant):
        yield Verb.TOKEN_ISSUED, f"token:{token.uid}"
    for connection in Connection.objects.filter(tenant_id=tenant):
        yield Verb.CONNECTION_SAVED, f"connection:{connection.provider}"


def no_secret_in(text: str | bytes, secrets: Iterable[str], where: str = "") -> None:
    """Hardening: secrets appear in no log, URL, error page, export or entry of the trail."""
    plain = text.decode("utf-8", errors="replace") if isinstance(text, bytes) else text
    for secret in secrets:
        at = plain.find(secret)
        assert at < 0, f"{where} holds a secret: …{plain[max(0, at - 80) : at]}[here]"


def no_secret_in_database(secrets: Iterable[str], tenants: Iterable[int]) -> None:
    """No table holds a secret in plain text, in whatever column."""
    wanted = list(secrets)
    with tenant_scope(tenants):
        for (table,) in sql.fetch_text(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'", []
        ):
            for secret in wanted:
                found: list[tuple[Any, ...]] = sql.fetch_text(
                    f"SELECT 1 FROM {table} t WHERE position(%s IN t::text) > 0 LIMIT 1", [secret]
                )
                assert not found, f"{table} holds a secret"
