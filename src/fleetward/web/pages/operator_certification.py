"""Operator > Certification: the courses of the programmes, and files of completed courses (T6)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.infra.downloads import download_pieces
from fleetward.infra.files.csv_writer import csv_lines
from fleetward.kernel.errors import DomainError
from fleetward.partners.actions import change_courses, upload_course_file
from fleetward.partners.contracts import (
    CourseFileRow,
    CourseFileState,
    CourseLineEnd,
    CourseOutcome,
    Programme,
)
from fleetward.partners.queries import get_course_file, list_course_files, programmes
from fleetward.web.components import cells
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import Crumb, Figure, Progress
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line, kept
from fleetward.web.pages.operator_texts import ADVICE, FILE_STATES, OUTCOMES
from fleetward.web.render import render_page, render_progress
from fleetward.web.role_texts import PROGRAMMES

MOST_SHOWN = 200
SAMPLE = (
    ("ann@partner.example", "0001114751", "2026-03-02"),
    ("ben@partner.example", "0001114748", "2026-03-02"),
    ("ben@partner.example", "0001114825", "2026-03-09"),
)


class CoursesForm(forms.Form):
    """The course ids of each programme, in the order that counts."""

    RESELL = forms.CharField(label=PROGRAMMES[Programme.RESELL], max_length=400)
    SERVICE = forms.CharField(
        label=PROGRAMMES[Programme.SERVICE],
        max_length=400,
        help_text=gettext_lazy("Several course ids with commas between them; the order counts."),
    )

    @property
    def told(self) -> dict[Programme, list[str]]:
        return {
            programme: [w for w in re.split(r"[,;\s]+", self.cleaned_data[str(programme)]) if w]
            for programme in Programme
        }


@tenant_page(Capability.OPERATE)
def certification(visit: Visit) -> HttpResponseBase:
    """The programmes and the latest files."""
    return _page(visit)


def _page(
    visit: Visit, form: CoursesForm | None = None, *, error: str = "", status: int = 200
) -> HttpResponseBase:
    held = {str(programme): ", ".join(codes) for programme, codes in programmes().items()}
    files = list_course_files(actor=visit.actor, vendor=visit.tenant.id)
    return render_page(
        visit,
        "operator/certification.html",
        title=_("Certification"),
        nav="operator_certification",
        status=status,
        context={
            "form": form or CoursesForm(initial=held),
            "error": error,
            "grid": _files(visit, files),
        },
    )


def _files(visit: Visit, files: list[CourseFileRow]) -> Table:
    return Table(
        caption=_("Files of completed courses"),
        columns=(
            Column("file", _("File"), "main"),
            Column("state", _("Status")),
            Column("rows", _("Lines"), "num"),
            Column("certified", _("Certified"), "num"),
            Column("by", _("Uploaded by"), "extra"),
            Column("at", _("Uploaded"), "extra"),
        ),
        rows=tuple(
            Row(
                key=str(row.uid),
                cells=(
                    cells.link(row.file_name, _href(visit, row)),
                    cells.badge(*FILE_STATES[row.state]),
                    cells.number(row.rows),
                    cells.number(row.counts[CourseOutcome.CERTIFIED]),
                    cells.text(row.uploaded_by),
                    cells.moment(row.created_at),
                ),
            )
            for row in files
        ),
    )


def _href(visit: Visit, row: CourseFileRow) -> str:
    return reverse("operator_course_file", args=[visit.tenant.customer_id, row.uid])


@require_POST
@tenant_page(Capability.OPERATE, step_up="operator_certification")
def courses(visit: Visit) -> HttpResponseBase:
    """Change which courses make a programme."""
    form = CoursesForm(visit.posted)
    if not form.is_valid():
        return _page(visit, form, status=422)
    try:
        change_courses(actor=visit.actor, vendor=visit.tenant.id, courses=form.told, now=visit.now)
    except DomainError as error:
        form.add_error(None, in_a_line(error))
        return _page(visit, form, status=422)
    messages.success(visit.request, _("The courses were saved."))
    return redirect("operator_certification", customer_id=visit.tenant.customer_id)


@require_POST
@tenant_page(Capability.OPERATE, step_up="operator_certification")
def upload(visit: Visit) -> HttpResponseBase:
    """Send a file of completed courses."""
    file = visit.request.FILES.get("file")
    if file is None:
        return _page(visit, error=_("Choose a file."), status=422)
    try:
        uid = upload_course_file(
            actor=visit.actor,
            vendor=visit.tenant.id,
            file_name=file.name or "",
            chunks=file.chunks(),
            now=visit.now,
        )
    except DomainError as error:
        return _page(visit, error=in_a_line(error), status=422)
    return redirect("operator_course_file", customer_id=visit.tenant.customer_id, uid=uid)


@tenant_page(Capability.OPERATE)
def sample(visit: Visit) -> HttpResponseBase:
    """What a file may look like."""
    return download_pieces(csv_lines(_headers(), SAMPLE), name=_("completed-courses") + ".csv")


def _headers() -> list[str]:
    return [_("Email"), _("Course ID"), _("Completed on")]


@tenant_page(Capability.OPERATE)
def course_file(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """One file: being read, refused, or how its lines ended."""
    row = get_course_file(actor=visit.actor, vendor=visit.tenant.id, uid=uid)
    problem, fix = kept(row.problem)
    here = reverse("operator_certification", args=[visit.tenant.customer_id])
    return render_page(
        visit,
        "operator/course_file.html",
        title=row.file_name,
        nav="operator_certification",
        crumbs=(Crumb(_("Certification"), here),),
        context={
            "row": row,
            "is_read": row.state is CourseFileState.DONE,
            "problem": problem,
            "problem_fix": fix,
            "progress": _progress(visit, row),
            "figures": _figures(row),
            "grid": _lines(row),
        },
    )


def _progress(visit: Visit, row: CourseFileRow) -> Progress:
    poll = reverse("operator_course_progress", args=[visit.tenant.customer_id, row.uid])
    return Progress(
        _("Reading the file"),
        0,
        0,
        poll_url=poll if row.state is CourseFileState.READING else "",
        note=_("You may leave this page; a notification tells when it is done."),
    )


@tenant_page(Capability.OPERATE)
def progress(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """The live part alone, for the page that asks again and again."""
    row = get_course_file(actor=visit.actor, vendor=visit.tenant.id, uid=uid)
    return render_progress(
        "web/components/progress_now.html",
        {"state": _progress(visit, row)},
        is_over=row.state is not CourseFileState.READING,
    )


def _figures(row: CourseFileRow) -> tuple[Figure, ...]:
    return tuple(
        Figure(str(OUTCOMES[outcome][0]), number_text(count), OUTCOMES[outcome][1])
        for outcome, count in row.counts.items()
        if count or outcome is CourseOutcome.CERTIFIED
    )


def _lines(row: CourseFileRow) -> Table:
    count = ""
    if len(row.ends) > MOST_SHOWN:
        told = {"shown": number_text(MOST_SHOWN), "total": number_text(len(row.ends))}
        count = _("The first %(shown)s of %(total)s rows") % told
    return Table(
        caption=_("Lines of the file"),
        columns=(
            Column("row", _("Row"), "num"),
            Column("email", _("Email"), "main"),
            Column("course", _("Course ID")),
            Column("day", _("Completed on")),
            Column("outcome", _("Outcome")),
            Column("note", _("What to do"), "wrap"),
        ),
        rows=tuple(_line(end) for end in row.ends[:MOST_SHOWN]),
        count=count,
    )


def _line(end: CourseLineEnd) -> Row:
    line = end.line
    return Row(
        key=str(line.row_no),
        cells=(
            cells.number(line.row_no),
            cells.text(line.email),
            cells.code(line.course),
            cells.text(line.completed_on),
            cells.badge(*OUTCOMES[end.outcome]),
            cells.text(ADVICE[end.outcome]),
        ),
    )


@tenant_page(Capability.OPERATE)
def rows(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Every line with its outcome; the file can be corrected and sent again."""
    row = get_course_file(actor=visit.actor, vendor=visit.tenant.id, uid=uid)
    headers = [_("Row in the file"), *_headers(), _("Outcome"), _("Outcome code"), _("What to do")]
    name = row.file_name.rsplit(".", 1)[0] + " - " + _("outcome")
    return download_pieces(csv_lines(headers, _told(row)), name=f"{name}.csv")


def _told(row: CourseFileRow) -> Iterator[list[str]]:
    for end in row.ends:
        line = end.line
        label, advice = str(OUTCOMES[end.outcome][0]), str(ADVICE[end.outcome])
        told = [str(line.row_no), line.email, line.course, line.completed_on]
        yield [*told, label, str(end.outcome), advice]


_BELOW = "operator/certification/"
urlpatterns = [
    path(_BELOW, certification, name="operator_certification"),
    path(f"{_BELOW}courses/", courses, name="operator_courses"),
    path(f"{_BELOW}upload/", upload, name="operator_courses_upload"),
    path(f"{_BELOW}sample.csv", sample, name="operator_courses_sample"),
    path(f"{_BELOW}<uuid:uid>/", course_file, name="operator_course_file"),
    path(f"{_BELOW}<uuid:uid>/progress/", progress, name="operator_course_progress"),
    path(f"{_BELOW}<uuid:uid>/rows.csv", rows, name="operator_course_rows"),
]
