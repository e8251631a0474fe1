"""The words of the code: docstrings that say something, names that can be searched for."""

from __future__ import annotations

import ast
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
