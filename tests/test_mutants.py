"""The table of `make mutants`: it has the modules that there are, and tests that there are."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLE = tomllib.loads((ROOT / "tools/mutants/modules.toml").read_text("utf-8"))
WHOLE = ["dispatch", "domain", "handlers", "live", "service"]
# Interfaces say what is promised, and do nothing.
INTERFACES = {
    *("chatd/live/base.py", "chatd/live/calls.py", "chatd/live/nodes.py"),
    "chatd/live/open_tickets.py",
}


def test_every_module_of_these_rooms_is_judged() -> None:
    for room in WHOLE:
        modules = {
            path.relative_to(ROOT).as_posix() for path in (ROOT / "chatd" / room).rglob("[!_]*.py")
        }
        assert modules - INTERFACES == TABLE["rooms"][room].keys()


def test_modules_and_tests_of_the_table_are_there() -> None:
    for modules in TABLE["rooms"].values():
        for module, tests in modules.items():
            assert (ROOT / module).is_file(), module
            assert tests, module
            for test in tests:
                assert test.startswith("-k") or (ROOT / test.partition("::")[0]).exists(), test


def test_mutants_that_change_nothing_are_those_of_lines_that_are_there() -> None:
    for row in TABLE.get("same", ()):
        lines = {line.strip() for line in (ROOT / row["module"]).read_text("utf-8").splitlines()}
        assert {*row["was"].splitlines()} <= lines, row
        assert row["why"], row
