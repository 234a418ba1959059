"""`fleetward import`: a device list from a file, without a browser and without a worker."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import click

from fleetward.cli.import_report import show_list, show_result
from fleetward.cli.people import need_tenant
from fleetward.config.env import env
from fleetward.devices.imports.actions import (
    analyse_import,
    cancel_import,
    run_import,
    start_import,
    upload_list,
)
from fleetward.devices.imports.contracts import (
    ImportDetail,
    ImportState,
    Outcome,
    Upload,
)
from fleetward.devices.imports.queries import (
    find_run_id,
    get_import,
    get_outcome_file,
)
from fleetward.devices.texts import refusal_text
from fleetward.infra.files.csv_writer import csv_lines
from fleetward.infra.logging import configure
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.contracts import TenantRow

CHUNK = 1024 * 1024
SOME_REFUSED, ALL_REFUSED = 1, 2


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tenant", "customer_id", required=True, metavar="ID", help="Customer ID.")
@click.option(
    "--mapping",
    multiple=True,
    metavar="FIELD=HEADER",
    help="Match a column yourself, for instance serial='Service tag'. Repeat for each field.",
)
@click.option("--manufacturer", default="", help="For rows that name none.")
@click.option("--errors", type=click.Path(path_type=Path), help="Write refused rows to this CSV.")
@click.option("--yes", is_flag=True, help="Import without asking.")
def import_file(
    file: Path,
    customer_id: str,
    mapping: tuple[str, ...],
    manufacturer: str,
    errors: Path | None,
    yes: bool,
) -> None:
    """Import the device list FILE (CSV or XLSX) into a tenant.

    Ends with 0 when every row was taken, 1 when some were refused, 2 when the file was or nothing
    was imported.
    """
    configure(env().log_format)
    tenant = _tenant(customer_id)
    work = Work(system_actor("Command line", tenant.id), tenant.id)
    upload = Upload(
        file_name=file.name,
        mapping=_mapping(mapping),
        default_manufacturer=manufacturer,
        starts_itself=yes,
    )
    work.analyse(file, upload)
    show_list(work.detail)
    if not yes and work.detail.may_start and _wants_it():
        work.start()
    if work.detail.summary.state == ImportState.READY:
        work.cancel()
    else:
        work.run()
    raise SystemExit(_end(work, errors))


class NothingToImportTo(click.ClickException):
    """Not 1, which means here that some rows were refused."""

    exit_code = ALL_REFUSED


def _tenant(customer_id: str) -> TenantRow:
    try:
        return need_tenant(customer_id)
    except click.ClickException as error:
        raise NothingToImportTo(error.message) from None


class Work:
    """One import whose worker is this process."""

    def __init__(self, actor: Actor, tenant: int) -> None:
        self.actor, self.tenant, self.uid, self.id = actor, tenant, uuid.UUID(int=0), 0

    @property
    def detail(self) -> ImportDetail:
        return get_import(actor=self.actor, tenant=self.tenant, uid=self.uid)

    def analyse(self, file: Path, upload: Upload) -> None:
        self.uid = upload_list(
            actor=self.actor,
            tenant=self.tenant,
            upload=upload,
            chunks=_chunks(file),
            now=utc_now(),
            is_queued=False,
        ).uid
        self.id = find_run_id(actor=self.actor, tenant=self.tenant, uid=self.uid)
        analyse_import(tenant=self.tenant, run=self.id, clock=utc_now, is_queued=False)

    def start(self) -> None:
        now = utc_now()
        start_import(actor=self.actor, tenant=self.tenant, uid=self.uid, now=now, is_queued=False)

    def cancel(self) -> None:
        cancel_import(actor=self.actor, tenant=self.tenant, uid=self.uid, now=utc_now())

    def run(self) -> None:
        with click.progressbar(length=self.detail.summary.rows, label="Importing") as bar:
            run_import(tenant=self.tenant, run=self.id, clock=utc_now, told=bar.update)


def _wants_it() -> bool:
    """Ctrl-C and a closed input mean no."""
    try:
        return click.confirm("Import?")
    except click.Abort:
        return False


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while chunk := source.read(CHUNK):
            yield chunk


def _mapping(pairs: tuple[str, ...]) -> dict[str, str] | None:
    if any("=" not in pair for pair in pairs):
        raise click.BadParameter("give FIELD=HEADER", param_hint="--mapping")
    return dict(pair.split("=", 1) for pair in pairs) or None


def _end(work: Work, errors: Path | None) -> int:
    detail = work.detail
    if problem := detail.problem:
        said = " ".join(text.format(**problem.details) for text in (problem.text, problem.fix))
        click.echo(f"{said} [{problem.code}]", err=True)
        return ALL_REFUSED
    if detail.summary.state != ImportState.DONE:
        click.echo("Nothing was imported.")
        return ALL_REFUSED
    show_result(detail)
    if errors and detail.summary.counts.refused:
        _write_errors(work, errors)
    return SOME_REFUSED if detail.summary.counts.refused else 0


def _write_errors(work: Work, path: Path) -> None:
    """The refused rows, to correct and send again."""
    found = get_outcome_file(
        actor=work.actor, tenant=work.tenant, uid=work.uid, only=Outcome.REFUSED
    )
    with path.open("wb") as file:
        file.writelines(csv_lines(*found.table(refusal_text)))
    click.echo(f"The refused rows are in {path}.")
