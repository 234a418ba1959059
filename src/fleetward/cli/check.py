"""`fleetward check`: from a device list to its warranty, without server, database or browser.

`check_list` reads, `check_vendors` plans and asks, `check_line` and `check_output` write.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any, NoReturn

import click
import django
from django.apps import apps
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from rich.console import Console

import fleetward
from fleetward.cli.check_asking import Result
from fleetward.cli.check_credentials import parse_base_urls
from fleetward.cli.check_line import BlankLine, CheckedLine
from fleetward.cli.check_list import DeviceList, ListLine, read_list
from fleetward.cli.check_output import WRITERS, print_tables, printable, write_file
from fleetward.cli.check_simulators import NoSimulators
from fleetward.cli.check_vendors import Access, Found, NoCredentials, find
from fleetward.cli.own_names import use_own_names
from fleetward.cli.provider_settings import refuse_unfit_providers
from fleetward.config.env import BadEnvironment, Env, env
from fleetward.kernel.errors import DomainError
from fleetward.warranty.contracts import Reason
from fleetward.warranty.queries.pure import coverage, default_not_cover

REFUSED_ACCESS = {Reason.CREDENTIALS_REFUSED, Reason.SIGN_IN_NEEDED}
# What the vendor itself said of the device; anything else is a question without an answer.
ANSWERED = {None, Reason.NOT_FOUND_AT_VENDOR, Reason.NO_COVER_LISTED}


class Exit(IntEnum):
    """Exit codes, documented in docs/howto/check-a-list.md; 2 is Click's own for wrong usage."""

    ALL_ANSWERED = 0
    SOME_UNANSWERED = 1
    FILE_REFUSED = 3
    NO_ACCESS = 4
    NOT_WRITTEN = 5
    INTERRUPTED = 130


def _end(message: str, code: Exit) -> NoReturn:
    """End the command in words."""
    click.echo(_("Error: {message}").format(message=message), err=True)
    raise SystemExit(code)


@dataclass(frozen=True, slots=True)
class Options:
    """What was typed, by the names of the parameters."""

    file: Path
    output: Path | None
    credentials: Path | None
    simulate: bool
    base_urls: Sequence[str]
    manufacturer: str
    as_of: date
    expiring_days: int

    @property
    def access(self) -> Access:
        return Access(self.credentials, self.simulate, parse_base_urls(self.base_urls))


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write one line for each line of FILE: .csv, .xlsx or .json.",
)
@click.option(
    "--credentials",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML file with a section for each vendor. Else: FLEETWARD_CHECK__DELL__CLIENT_ID ...",
)
@click.option("--simulate", is_flag=True, help="Ask built-in simulators; nothing they say is true.")
@click.option(
    "--base-url",
    "base_urls",
    multiple=True,
    metavar="PROVIDER=URL",
    help="Ask another address, such as dell=http://127.0.0.1:9000. Can be repeated.",
)
@click.option("--manufacturer", default="", help="For lines that name none, such as Dell.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=lambda _ctx, _param, day: (day or datetime.now().astimezone()).date(),
    help="The day of the coverage. Default: today.",
)
@click.option(
    "--expiring-days",
    type=click.IntRange(0, 3650),
    default=180,
    show_default=True,
    help="Cover that ends within so many days is Expiring.",
)
@click.option("--lang", type=click.Choice(["en", "fr"]), default="en", show_default=True)
def check(lang: str, **typed: Any) -> None:
    """Find the warranty of every device in FILE (CSV or XLSX, also gzipped CSV).

    Exit codes: 0 every line has its vendor's answer, 1 some have none, 2 wrong usage, 3 FILE was
    refused, 4 no vendor could be asked, 5 the output could not be written, 130 interrupted.
    """
    options = Options(**typed)
    with _language(lang):
        refuse_nonsense(options)
        raise SystemExit(run(options))


def refuse_nonsense(options: Options) -> None:
    """Refuse what cannot end well before anything is read. Raises: click.UsageError."""
    parse_base_urls(options.base_urls)
    if options.simulate and options.credentials:
        raise click.UsageError(_("Simulators need no credentials: choose one of the two."))
    output = options.output
    if output is not None and output.suffix.lower() not in WRITERS:
        raise click.UsageError(_("The output file must end in .csv, .xlsx or .json."))
    if output is not None and not output.absolute().parent.is_dir():
        raise click.UsageError(_("The folder of the output file does not exist."))
    if output is not None and output.resolve() == options.file.resolve():
        raise click.UsageError(_("The output file would replace the list itself."))


def run(options: Options) -> Exit:
    """The whole job. Raises: click.UsageError; SystemExit, after words on what is wrong."""
    notes = Console(stderr=True, markup=False, highlight=False)
    environment = _environment()
    devices = _read(options, notes)
    found = _find(devices, options.access, environment, notes)
    lines = [
        _checked(line, result, options)
        for line, result in zip(devices.lines, found.results, strict=True)
    ]
    print_tables(lines, Console(markup=False, highlight=False))
    _explain(found, notes)
    if options.output is not None:
        _write(lines, devices.blank_rows, options.output, notes)
    return _exit_code(found)


@contextmanager
def _language(code: str) -> Iterator[None]:
    """Texts in this language, with the least of Django that translates."""
    if not settings.configured:
        locale = Path(fleetward.__file__).parent / "locale"
        settings.configure(USE_I18N=True, LANGUAGE_CODE="en", LOCALE_PATHS=[locale])
    if not apps.ready:
        django.setup()
    with translation.override(code):
        yield


def _environment() -> Env:
    try:
        refuse_unfit_providers(env())
        use_own_names(env())
        return env()
    except BadEnvironment as error:
        raise click.UsageError(str(error)) from None


def _read(options: Options, notes: Console) -> DeviceList:
    try:
        devices = read_list(options.file, options.manufacturer)
    except DomainError as error:
        what, fix = (_(text).format(**error.details()) for text in (error.text, error.fix))
        _end(printable(f"{options.file}: {what} {fix} [{error.code}]"), Exit.FILE_REFUSED)
    for remark in devices.remarks:
        notes.print(printable(remark))
    return devices


def _find(devices: DeviceList, access: Access, environment: Env, notes: Console) -> Found:
    try:
        return find(devices.lines, access, environment, notes)
    except NoCredentials:
        _end(
            _(
                "There are no credentials for any vendor. Give --credentials FILE, set variables "
                "such as FLEETWARD_CHECK__DELL__CLIENT_ID, or try it out with --simulate."
            ),
            Exit.NO_ACCESS,
        )
    except NoSimulators as error:
        _end(_("The simulators did not start:\n{log}").format(log=error), Exit.NO_ACCESS)


def _checked(line: ListLine, result: Result, options: Options) -> CheckedLine:
    answer = result.answer
    entitlements = answer.entitlements if answer else ()
    return CheckedLine(
        row=line.row,
        serial=line.serial,
        manufacturer=line.manufacturer,
        product_number=line.candidate.product_number,
        coverage=coverage(
            entitlements,
            on=options.as_of,
            expiring_days=options.expiring_days,
            not_cover=default_not_cover(),
            reason=result.reason,
        ),
        model=answer.model if answer else "",
        entitlements=entitlements,
        is_simulated=result.is_simulated,
        remark=line.remark,
    )


def _explain(found: Found, notes: Console) -> None:
    """Say in the vendors' own words what went wrong, and that the rest was not asked."""
    for run in found.runs:
        if run.given_up:
            label, words = run.provider.traits.label, run.words
            notes.print(printable(f"{label}: {run.given_up.value}: {words}"), style="red")
    if found.is_interrupted:
        notes.print(_("Interrupted: what was answered until then is kept."))


def _write(
    checked: Sequence[CheckedLine], blank_rows: Sequence[int], output: Path, notes: Console
) -> None:
    written: list[CheckedLine | BlankLine] = [*checked, *map(BlankLine, blank_rows)]
    lines = sorted(written, key=lambda line: line.row)
    try:
        write_file(lines, output)
    except OSError as error:
        text = _("{file} could not be written: {why}.").format(file=output, why=error.strerror)
        _end(text, Exit.NOT_WRITTEN)
    notes.print(_("{count} lines written to {file}.").format(count=len(lines), file=output))


def _exit_code(found: Found) -> Exit:
    if found.is_interrupted:
        return Exit.INTERRUPTED
    if found.runs and all(run.given_up in REFUSED_ACCESS for run in found.runs):
        return Exit.NO_ACCESS
    is_answered = all(
        result.answer is not None and result.reason in ANSWERED for result in found.results
    )
    return Exit.ALL_ANSWERED if is_answered else Exit.SOME_UNANSWERED


if __name__ == "__main__":
    check()
