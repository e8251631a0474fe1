"""The words of the code: docstrings that say something, names that can be searched for."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "chatd"
MODULES = sorted(ROOT.rglob("*.py"))
Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def definitions(path: Path) -> Iterator[Named]:
    """Every function, method and class of a file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node


def says_nothing(docstring: str | None) -> bool:
    """Three words or fewer that give neither a shape, a key nor a source."""
    return (
        docstring is not None
        and len(docstring.split()) <= 3
        and not re.search(r"[`→\d]", docstring)
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_docstring_says_something_or_is_left_out(path: Path) -> None:
    empty = [node.name for node in definitions(path) if says_nothing(ast.get_docstring(node))]
    assert empty == []


# What irregular verbs have for a participle, and pasts; regular ones end in -ed. ESLint refuses the
# same ones in the pages.
IRREGULAR = json.loads((ROOT.parent / "tools/participles.json").read_text("utf-8"))
# Words that cannot be looked for, because they may mean anything.
RIDDLES = {"Beside", "Desk", "Layers", "Pace", "Session", "Sheets", "Shelves", "Turns"}
# A line's end has its own session in the daemon, and in the terminal clients.
SESSIONS = {"net/session.py", "terminal/core/session.py"}
LONGEST = 400  # lines of a module: what is longer is two


def is_participle(name: str) -> bool:
    """Whether a name is one word that says in which state something is, not what is done."""
    word = name.strip("_")
    return word in IRREGULAR or (re.fullmatch("[a-z]{2,}[^e]ed", word) is not None)


def is_property(node: Named) -> bool:
    """Whether it is read like a field: these may be called by a state."""
    return any(ast.unparse(one) == "property" for one in node.decorator_list)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_function_is_called_by_what_it_does_or_returns(path: Path) -> None:
    functions = [one for one in definitions(path) if not isinstance(one, ast.ClassDef)]
    lone = [one.name for one in functions if is_participle(one.name) and not is_property(one)]
    assert lone == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_class_is_no_riddle(path: Path) -> None:
    names = {one.name for one in definitions(path) if isinstance(one, ast.ClassDef)}
    allowed = {"Session"} if path.relative_to(ROOT).as_posix() in SESSIONS else set()
    assert names & RIDDLES <= allowed


def test_a_module_is_about_one_thing() -> None:
    others = [*Path(__file__).parent.rglob("*.py")]
    for beside in ("benchmarks", "docs", "tools", "tools/mutants", "tools/trial"):
        others += (ROOT.parent / beside).glob("*.py")
    assert len(others) > 200
    for path in (*MODULES, *others):
        assert len(path.read_text("utf-8").splitlines()) <= LONGEST, path
