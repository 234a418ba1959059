"""Each context has its page, which names its tables and verbs and no others."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from django.apps import apps

from tests.arch.checks import CONTEXTS, File
from tests.arch.test_house_rules import files

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "fleetward"
PAGES = ROOT / "docs" / "contexts"
NAMED = re.compile(r"`(\w+)`")
OWNERS = CONTEXTS[1:]
MOST_VERBS = 20


def section(page: str, title: str) -> str:
    """The part of a page below a heading."""
    return page.split(f"\n## {title}\n")[1].split("\n## ", maxsplit=1)[0]


def first_cells(text: str) -> set[str]:
    """What the first column of a section's tables names in code."""
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return {name for row in rows for name in NAMED.findall(row.split("|")[1])}


def functions(context: str) -> Iterator[ast.FunctionDef]:
    for file in (SOURCE / context).rglob("*.py"):
        if "migrations" not in file.parts:
            tree = ast.parse(file.read_text(encoding="utf-8"))
            yield from (node for node in tree.body if isinstance(node, ast.FunctionDef))


def use_cases(context: str) -> set[str]:
    return {
        one.name
        for one in functions(context)
        if not one.name.startswith("_")
        and any(ast.unparse(decorator) == "use_case" for decorator in one.decorator_list)
    }


@pytest.fixture(params=OWNERS)
def context(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(context: str) -> str:
    return (PAGES / f"{context}.md").read_text(encoding="utf-8")


def test_the_page_names_the_tables_of_its_context(context: str, page: str) -> None:
    tables = {model._meta.db_table for model in apps.get_app_config(context).get_models()}
    assert first_cells(section(page, "Tables")) == tables


def test_the_page_names_every_use_case_and_nothing_that_is_gone(context: str, page: str) -> None:
    named = first_cells(section(page, "Verbs"))
    assert use_cases(context) <= named
    assert named <= {one.name for one in functions(context)}


def verbs_by_part(files: Iterable[File]) -> Counter[str]:
    """How many use cases there are in each context, or part of one that has contracts."""
    found: Counter[str] = Counter()
    for file in files:
        for node in file.tree.body if file.is_python else ():
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                is_verb = "use_case" in map(ast.unparse, node.decorator_list)
                found[file.path.partition("/actions")[0]] += is_verb
    return found


def test_no_context_has_more_than_twenty_use_cases() -> None:
    assert [part for part, count in verbs_by_part(files()).items() if count > MOST_VERBS] == []


def test_control_one_use_case_too_many_is_counted() -> None:
    text = "".join(f"@use_case\ndef verb_{n}(*, actor): ...\n" for n in range(MOST_VERBS + 1))
    counted = verbs_by_part([File("devices/bulk/actions/all.py", text)])
    assert counted == {"devices/bulk": MOST_VERBS + 1}


def test_the_page_says_what_it_is_for_and_what_is_always_true(page: str) -> None:
    assert page.partition("## Tables")[0].count("\n") > 2
    assert section(page, "Always true").count("\n- ") >= 2


def test_every_package_around_the_contexts_is_on_their_page() -> None:
    packages = {folder.parent.name for folder in SOURCE.glob("*/__init__.py")} - set(OWNERS)
    around = (PAGES / "around.md").read_text(encoding="utf-8")
    assert packages <= first_cells(around)


def test_control_a_forgotten_table_is_noticed() -> None:
    page = "# a\n\n## Tables\n\n| table | holds |\n|---|---|\n| `a_b` | x `c_d` |\n\n## Verbs\n"
    assert first_cells(section(page, "Tables")) == {"a_b"}
