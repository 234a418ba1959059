"""Which use cases of a tenant reach the check of a right, read from the sources."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator

from tests.arch.checks import CONTEXTS, File

Name = tuple[str, str]


def unchecked(files: Iterable[File]) -> set[str]:
    """Public use cases that take a tenant and reach no `require`, themselves or by what they call.

    Public functions are told apart by name alone: of two, both must be checked.
    """
    sources = [file for file in files if file.is_python and file.context in CONTEXTS]
    calls, doors = _calls(sources), set()
    for file in sources:
        for function in _defined(file):
            called = _called(file, function)
            if _is_door(function) and not any(_reaches(name, calls, set()) for name in called):
                doors.add(f"{file.path}: {function.name}")
    return doors


def _key(file: File, name: str) -> Name:
    """A private function is one of its file."""
    return (file.path if name.startswith("_") else "", name)


def _calls(files: Iterable[File]) -> dict[Name, set[Name]]:
    """What each function calls: of functions of one name, what all of them call.

    One that calls its own name only passes on to a lower context.
    """
    found: dict[Name, list[set[Name]]] = defaultdict(list)
    for file in files:
        for function in _defined(file):
            name, called = _key(file, function.name), _called(file, function)
            if name not in called:
                found[name].append(called)
    return {name: set.intersection(*each) for name, each in found.items()}


def _called(file: File, function: ast.FunctionDef) -> set[Name]:
    calls = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return {_key(file, ast.unparse(call).rpartition(".")[2]) for call in calls}


def _defined(file: File) -> Iterator[ast.FunctionDef]:
    yield from (node for node in file.tree.body if isinstance(node, ast.FunctionDef))


def _is_door(function: ast.FunctionDef) -> bool:
    marks = {ast.unparse(mark) for mark in function.decorator_list}
    names = {argument.arg for argument in function.args.kwonlyargs}
    return "use_case" in marks and "tenant" in names and not function.name.startswith("_")


def _reaches(name: Name, calls: dict[Name, set[Name]], seen: set[Name]) -> bool:
    if name == ("", "require"):
        return True
    if name in seen:
        return False
    seen.add(name)
    return any(_reaches(called, calls, seen) for called in calls.get(name, ()))
