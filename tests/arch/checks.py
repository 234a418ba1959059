"""House rules that no tool knows (design, sections 3 to 15), one function each.

A check takes a file and yields what is wrong with it; `test_house_rules` runs all of them on the
sources, `test_checks_catch` runs each on a sample that breaks it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

# From the lowest up: a statement may read tables of lower contexts, and write its own only.
CONTEXTS = (
    "infra",
    "audit",
    "identity",
    "notifications",
    "tenancy",
    "partners",
    "access",
    "connections",
    "devices",
    "warranty",
    "support",
    "agents",
    "transfers",
)
SOURCE = Path(__file__).resolve().parents[2] / "src"
LONGEST_FUNCTION = 60
MOST_IMPORTS = 12
MOST_IMPORTS_OF_A_DOOR = 16
# Pages, operations and commands are where contexts meet.
DOORS = {"web", "api", "cli", "entry"}
# What our own rules make every use case import.
FRAME = {
    "fleetward.access.contracts",
    "fleetward.access.queries",
    "fleetward.audit.actions",
    "fleetward.audit.contracts",
}
MOST_PARAMETERS = 7
# Whoever asks and the moment; a page's visit holds both.
GIVEN = {"self", "cls", "actor", "now", "visit"}
MOST_PORT_METHODS = 5
LONGEST_FILE = 500
# A room of a context that is longer becomes a package, one module for each subject (design, 1).
LONGEST_ROOM = 400
HEADER = ("Purpose", "Params", "Reads", "Writes", "Index", "Lock order", "Largest size")
CATCH_ALL = {"infra/jobs.py", "web/middleware.py"}
READS_ENVIRONMENT = {"config/env.py"}
# Who reads devices and does not ask what the actor sees (design, 5). The tenant's right was asked
# before, and the rows answer no question about devices that a person may put.
_LOCKED = "works on what a statement before it locked, as far as the actor may touch it"
_STAGED = "matches the rows of a list with the devices of the tenant that it is imported into"
_OF_RUN = "works on what the batches of a run hold, which were planned as far as the actor sees"
_WRITTEN = "follows what was written in the same transaction"
OUTSIDE_THE_DOOR = {
    "devices/actions/claiming.py": "finds one for the mover, which judges; the own partner's (E7)",
    "devices/actions/cleaning.py": "refuses a second device of one identity, active or not (T10)",
    "devices/actions/enrolling.py": "reads what it has locked, of the tenant that enrols",
    "devices/actions/entering.py": "reads what it has locked, as far as the actor may touch it",
    "devices/actions/removing.py": "reads what it has locked, as far as the actor may touch it",
    "devices/actions/storing.py": "reads what it has locked, as far as the actor may touch it",
    "devices/bulk/sql/edit_devices.sql": _LOCKED,
    "devices/bulk/sql/judge_undo.sql": "judges what was staged as far as the actor may touch it",
    "devices/bulk/sql/lock_slice.sql": "locks what the door has shown",
    "devices/bulk/sql/undo_edit.sql": _LOCKED,
    "devices/bulk/sql/undo_import.sql": _LOCKED,
    "devices/feeds/sql/judge_rows.sql": "tells the operator alone who has what a feed names (T10)",
    "devices/feeds/sql/take_custody.sql": "works on what was judged in the same transaction",
    "devices/imports/sql/change_devices.sql": _STAGED,
    "devices/imports/sql/list_outcomes.sql": "gives the id of the device that a row has become",
    "devices/imports/sql/mark_differing.sql": _STAGED,
    "devices/imports/sql/match_rows.sql": _STAGED,
    "devices/imports/sql/sample_rows.sql": _STAGED,
    "devices/ordered/sql/count_ordered.sql": "looks for a partner's orders in its holding tenant",
    "devices/ordered/sql/list_ordered.sql": "looks for a partner's orders in its holding tenant",
    "devices/queries/seats.py": "counts what uses the seats of a licence, whoever sees it",
    "devices/sql/archive_devices.sql": "locks what the door has shown",
    "devices/sql/change_devices.sql": _LOCKED,
    "devices/sql/claim_devices.sql": "locks what the door has shown",
    "devices/sql/claim_moving.sql": "locks what the door has shown, and the same in the target",
    "devices/sql/claim_named.sql": "locks what the door has shown",
    "devices/sql/claim_returning.sql": "locks what the door has shown",
    "devices/sql/close_devices.sql": _LOCKED,
    "devices/sql/count_moving.sql": "counts what was staged as far as the actor may move it",
    "devices/sql/free_identities.sql": _LOCKED,
    "devices/sql/judge_returning.sql": _LOCKED,
    "devices/sql/list_archivable.sql": "tells the clock which tenants have work, and of no device",
    "devices/sql/merge_listings.sql": _LOCKED,
    "devices/sql/part_devices.sql": _LOCKED,
    "devices/sql/reassign_tenant.sql": _LOCKED,
    "devices/sql/remake_listings.sql": _LOCKED,
    "devices/sql/return_tenant.sql": _LOCKED,
    "infra/sql/measure_installation.sql": "counts all tenants together, for the operator",
    "transfers/sql/list_slice.sql": "names to the mover, which judges, what the door has shown",
    "transfers/sql/store_selected.sql": "names what a selection holds, which the door has shown",
    "warranty/sql/follow_question.sql": _WRITTEN,
    "warranty/sql/insert_coverage.sql": _WRITTEN,
    "warranty/sql/list_changed.sql": _OF_RUN,
    "warranty/sql/list_identities.sql": _OF_RUN,
    "warranty/sql/list_made.sql": _OF_RUN,
    "warranty/sql/match_cover.sql": "judges lines anew by the operator's list, tenant by tenant",
}
NO_WEB = re.compile(r"django\.(http|shortcuts|template|views|urls)\b")
UNCAST = re.compile(r"\b(?:ANY|ALL)\s*\(\s*%(?:\(\w+\)s|s)(?!\s*::)", re.IGNORECASE)
TYPE = re.compile(
    r"(?:bigint|integer|int|smallint|text|uuid|date|timestamptz|boolean|jsonb|bytea|numeric|"
    r"double precision)(?:\[\])?"
)
ERROR_FAMILIES = {"DomainError", "Invalid", "NotFound", "Forbidden", "Conflict", "Unavailable"}


@dataclass(frozen=True)
class File:
    """A source file by its path below `src/fleetward`."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def context(self) -> str:
        return PurePosixPath(self.path).parts[0]

    @property
    def is_python(self) -> bool:
        return self.path.endswith(".py")

    @property
    def is_statement(self) -> bool:
        return self.path.endswith(".sql")


Check = Callable[[File], Iterator[str]]


def function_length(file: File) -> Iterator[str]:
    for node in _functions(file):
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > LONGEST_FUNCTION:
            yield f"{node.name} has {length} lines, more than {LONGEST_FUNCTION}"


def parameters(file: File) -> Iterator[str]:
    for node in _functions(file):
        given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        count = len({one.arg for one in given} - GIVEN)
        if count > MOST_PARAMETERS:
            yield f"{node.name} has {count} parameters, more than {MOST_PARAMETERS}"


def port_methods(file: File) -> Iterator[str]:
    for node in _classes(file):
        if any(ast.unparse(base).startswith("Protocol") for base in node.bases):
            methods = [item for item in node.body if isinstance(item, ast.FunctionDef)]
            count = sum(1 for item in methods if not item.decorator_list)
            if count > MOST_PORT_METHODS:
                yield f"{node.name} has {count} methods, more than {MOST_PORT_METHODS}"


def file_length(file: File) -> Iterator[str]:
    length = file.text.count("\n")
    longest = LONGEST_ROOM if file.context in CONTEXTS[1:] else LONGEST_FILE
    if length > longest:
        yield f"{length} lines, more than {longest}"


def module_docstring(file: File) -> Iterator[str]:
    is_empty = not file.tree.body if file.is_python else True
    is_plumbing = file.path.endswith("apps.py")
    if file.is_python and not is_empty and not is_plumbing and not ast.get_docstring(file.tree):
        yield "the module does not say what it is for"


def function_level_import(file: File) -> Iterator[str]:
    for function in _functions(file):
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield f"line {node.lineno}: import inside a function"


def internal_imports(file: File) -> Iterator[str]:
    """How many modules of ours a module knows of, but for those that all know (ADR 9)."""
    if file.is_python and not file.path.startswith("fleetward_simulators/"):
        known = {name for name in imported_modules(file) if name not in FRAME}
        known = {name for name in known if not name.startswith("fleetward.kernel")}
        most = MOST_IMPORTS_OF_A_DOOR if file.context in DOORS else MOST_IMPORTS
        if len(known) > most:
            yield f"imports {len(known)} modules of ours, more than {most}"


def imported_modules(file: File) -> Iterator[str]:
    """Names of our modules that a module imports, whether as such or for what is in them."""
    for name in imported_names(file):
        yield name if _is_module(name) else name.rpartition(".")[0]


def imported_names(file: File) -> Iterator[str]:
    """Full names of what a module imports of ours."""
    if file.is_python:
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Import):
                yield from (a.name for a in node.names if a.name.startswith("fleetward."))
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fleetward"):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def private_name(file: File) -> Iterator[str]:
    for name in imported_names(file):
        module, _, word = name.rpartition(".")
        if word.startswith("_") and not word.startswith("__"):
            yield f"imports {word}, which is private to {module}"


def _is_module(name: str) -> bool:
    place = SOURCE.joinpath(*name.split("."))
    return place.with_suffix(".py").exists() or (place / "__init__.py").exists()


def uncast_array(file: File) -> Iterator[str]:
    for found in UNCAST.finditer(file.text):
        yield f"{found.group()} without a cast: write ::bigint[] or the like behind it"


def sql_header(file: File) -> Iterator[str]:
    if file.is_statement:
        header = _header(file.text)
        for word in HEADER:
            if f"{word}:" not in header:
                yield f"the header lacks '{word}:'"


def sql_index(file: File) -> Iterator[str]:
    """Each statement names its index, or says why it needs none; `test_explain` asks PostgreSQL."""
    if file.is_statement and "Index:" in _header(file.text):
        has_reason = re.search(r"Index: none \([^)]+\)", _header(file.text))
        if not declared_indexes(file.text) and not has_reason:
            yield "'Index:' names none and gives no reason: none (why)"


def sql_tables(file: File) -> Iterator[str]:
    if not file.is_statement or file.context not in CONTEXTS:
        return
    own = CONTEXTS.index(file.context)
    for word, allowed in (("Reads", range(own + 1)), ("Writes", range(own, own + 1))):
        for table in declared_tables(file.text, word):
            owner = table.partition("_")[0]
            if owner in CONTEXTS and CONTEXTS.index(owner) not in allowed:
                yield f"{word} {table}, which belongs to {owner}"


def sql_declares_what_it_names(file: File) -> Iterator[str]:
    """Tables that the statement names must be in its header; temporary ones among the params."""
    if not file.is_statement:
        return
    declared = set(re.findall(r"\w+", _header(file.text)))
    body = "\n".join(line.partition("--")[0] for line in file.text.splitlines())
    named = r"\b(?:FROM|JOIN|INTO|UPDATE)\s+(?:ONLY\s+)?(\w+)\b(?!\s*\()"
    for table in sorted(set(re.findall(named, body, re.IGNORECASE))):
        if table.partition("_")[0] in CONTEXTS and "_" in table and table not in declared:
            yield f"names {table}, which its header does not declare"


def sql_params(file: File) -> Iterator[str]:
    """Each parameter of a statement is in its header, with its type."""
    if file.is_statement:
        declared = declared_params(file.text)
        for name in sorted(set(re.findall(r"%\((\w+)\)s", file.text)) - declared.keys()):
            yield f"the header gives no type for the parameter {name}"


def visibility_door(file: File) -> Iterator[str]:
    """Devices are read through `devices_visible`, or it says in OUTSIDE_THE_DOOR why not."""
    if file.path not in OUTSIDE_THE_DOOR and reads_devices(file):
        yield "reads devices past devices_visible(...): join that, or give a reason in the list"


def reads_devices(file: File) -> bool:
    """Whether SQL names the table of devices, or Python its rows; new rows are read by nobody."""
    if file.is_statement:
        text = "\n".join(line.partition("--")[0] for line in file.text.splitlines())
        return _reads_table(text)
    return any(
        (isinstance(node, ast.Attribute) and ast.unparse(node) == "Device.objects")
        or (isinstance(node, ast.Constant) and _reads_table(str(node.value)))
        for node in ast.walk(file.tree)
    )


def _reads_table(text: str) -> bool:
    return bool(re.search(r"(?<!INTO )\bdevices_device\b", text))


def environment(file: File) -> Iterator[str]:
    is_ours = not file.path.startswith("fleetward_simulators/")
    if file.is_python and is_ours and file.path not in READS_ENVIRONMENT:
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}:
                yield f"line {node.lineno}: reads the environment; config.env does"


def catch_all(file: File) -> Iterator[str]:
    if file.is_python and file.path not in CATCH_ALL:
        for node in ast.walk(file.tree):
            if isinstance(node, ast.ExceptHandler) and _is_blind(node):
                yield f"line {node.lineno}: except Exception belongs to {sorted(CATCH_ALL)} only"


def web_framework(file: File) -> Iterator[str]:
    if file.is_python and file.context in CONTEXTS[1:]:
        for node in ast.walk(file.tree):
            if isinstance(node, ast.ImportFrom) and NO_WEB.match(node.module or ""):
                yield f"line {node.lineno}: a context knows nothing of the web ({node.module})"


def unmeasured_download(file: File) -> Iterator[str]:
    """The web server ends an answer without a length as if it were complete, even after an error
    (docs/adr/0008)."""
    if "StreamingHttpResponse" in file.text:
        yield "a download has a length: infra.downloads"


def frozen_error(file: File) -> Iterator[str]:
    for node in _classes(file):
        is_error = ERROR_FAMILIES & {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        if is_error and any("frozen=True" in ast.unparse(d) for d in node.decorator_list):
            yield f"{node.name} is frozen: Python sets __traceback__ on errors; use eq=False"


def overridden_save(file: File) -> Iterator[str]:
    if "models" in PurePosixPath(file.path).with_suffix("").parts[1:]:
        for node in _classes(file):
            for item in node.body:
                if isinstance(item, ast.FunctionDef) and item.name in {"save", "clean", "delete"}:
                    yield f"{node.name}.{item.name} is overridden; write an action"


CHECKS: tuple[Check, ...] = (
    function_length,
    parameters,
    port_methods,
    file_length,
    module_docstring,
    function_level_import,
    internal_imports,
    private_name,
    uncast_array,
    sql_header,
    sql_index,
    sql_tables,
    sql_declares_what_it_names,
    sql_params,
    visibility_door,
    environment,
    catch_all,
    web_framework,
    unmeasured_download,
    frozen_error,
    overridden_save,
)


def error_codes(file: File) -> Iterator[tuple[str, str]]:
    """Class and code of each domain error declared in a file."""
    for node in _classes(file):
        for item in node.body:
            is_code = (
                isinstance(item, ast.AnnAssign)
                and ast.unparse(item.target) == "code"
                and "ClassVar" in ast.unparse(item.annotation)
            )
            if is_code and isinstance(item.value, ast.Constant):  # type: ignore[attr-defined]
                yield node.name, str(item.value.value)  # type: ignore[attr-defined]


def declared_tables(text: str, word: str) -> list[str]:
    """The names behind `Reads:` or `Writes:` in a header, up to the full stop."""
    found = re.search(rf"{word}: ([^.]*)\.", _header(text))
    return re.findall(r"\b[a-z]+_[a-z_]+\b", found.group(1)) if found else []


def declared_params(text: str) -> dict[str, str]:
    """Name and type of each parameter in a header; names in a row share the type at their end."""
    found = re.search(r"Params: (.*?)(?: Reads:|$)", _header(text))
    told = re.sub(r"\([^)]*\)|\{[^}]*\}", "", found.group(1) if found else "")
    params: dict[str, str] = {}
    untyped: list[str] = []
    for part in re.split(r"[;,]", told):
        name, _, rest = part.strip().partition(" ")
        kind = TYPE.match(rest)
        if kind is None:
            untyped.append(name)
        else:
            params |= dict.fromkeys([*untyped, name], kind.group())
            untyped = []
    return params


def declared_indexes(text: str) -> list[str]:
    """The names behind `Index:` in a header, none where it says so."""
    found = re.search(r"Index: ([\w, ]+)", _header(text))
    names = re.findall(r"\b[a-z]+_\w+", found.group(1)) if found else []
    return [name for name in names if name != "none"]


def _header(text: str) -> str:
    lines = []
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return " ".join(lines)


def _functions(file: File) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    if file.is_python:
        for node in ast.walk(file.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


def _classes(file: File) -> Iterator[ast.ClassDef]:
    if file.is_python:
        yield from (node for node in ast.walk(file.tree) if isinstance(node, ast.ClassDef))


def _is_blind(handler: ast.ExceptHandler) -> bool:
    ending = handler.body[-1]
    if isinstance(ending, ast.Raise) and ending.exc is None:
        # Cleans up and passes the error on.
        return False
    names = "BaseException" if handler.type is None else ast.unparse(handler.type)
    return bool({"Exception", "BaseException"} & set(re.findall(r"\w+", names)))
