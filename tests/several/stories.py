"""The stories of other modules, told once more with their sides on two nodes."""

from __future__ import annotations

from collections.abc import Collection
from types import ModuleType
from typing import Any


def stories(
    module: ModuleType, *, only: Collection[str] = (), but: Collection[str] = ()
) -> dict[str, Any]:
    """What a module is to have of another: its tests, all, only some or all but some, and the
    fixtures that they need and are not given here."""
    found = vars(module)
    unknown = {*only, *but} - found.keys()
    assert not unknown, f"{module.__name__} has no {unknown}"
    tests = {name for name in found if name.startswith("test_")} & set(only or found)
    fixtures = {name for name, one in found.items() if type(one).__name__ == FIXTURE}
    return {name: found[name] for name in (tests | fixtures) - set(but)}


FIXTURE = "FixtureFunctionDefinition"
