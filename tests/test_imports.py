"""Imports point one way: every module may only use rooms below its own."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "chatd"
LINE = re.search(
    r"^```\n(cli → .*?)```", (ROOT.parent / "ARCHITECTURE.md").read_text("utf-8"), re.M | re.S
)
assert LINE, "ARCHITECTURE.md has the line of imports"
LEVELS = [{"__main__"}, *({*level.split(", ")} for level in " ".join(LINE[1].split()).split(" → "))]
LEVEL = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}
LIGHT = ["chatd.cli", "chatd.admin.running", "chatd.admin.client", "chatd.admin.verbs"]


def room_of(module: str) -> str:
    """``chatd.net.http.routes`` is in ``net``."""
    return [*module.split("."), ""][1]


def imports(path: Path) -> set[str]:
    """The modules of chatd that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{name.name}" for name in node.names}
    return {name for name in found if name.startswith("chatd.")}


MODULES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    own = path.relative_to(ROOT).parts[0].removesuffix(".py")
    for module in imports(path):
        room = room_of(module)
        if room in (own, "__version__"):
            continue
        assert LEVEL[room] > LEVEL[own], f"{own} imports {module}"


def test_only_the_daemon_patches_and_only_config_reads_toml() -> None:
    for path in MODULES:
        text = path.read_text("utf-8")
        name = path.relative_to(ROOT).as_posix()
        assert ("patch_all" in text) == (name == "daemon/entry.py"), name
        assert ("tomllib" in text) == (name == "config/loading.py"), name


def test_only_the_composition_root_picks_what_lives_in_memory() -> None:
    for path in MODULES:
        name = path.relative_to(ROOT).as_posix()
        local = {one for one in imports(path) if one.startswith("chatd.live.local")}
        inside = name.startswith(("live/local/", "live/shared/"))
        assert not local or name == "daemon/assembly.py" or inside, name


def test_only_the_fences_catch_everything() -> None:
    fences = {
        "dispatch/dispatcher.py",
        "runtime/tasks.py",
        "net/session.py",
        "admin/server.py",
        "service/bots.py",
        "store/tiny/committer.py",
        "terminal/core/fence.py",
    }
    for path in MODULES:
        if "except Exception" in path.read_text("utf-8"):
            assert path.relative_to(ROOT).as_posix() in fences


def test_the_handlers_are_families_and_nothing_else() -> None:
    for path in (ROOT / "handlers").glob("[a-z]*.py"):
        assert "\nHANDLERS: Handlers = {" in path.read_text("utf-8"), path.name


@pytest.mark.parametrize("module", LIGHT)
def test_the_shell_imports_neither_gevent_nor_what_it_does_not_show(module: str) -> None:
    heavy = "{'gevent', 'rich', 'prompt_toolkit', 'falcon', 'loguru', 'tinydb'}"
    check = f"import sys, {module}; print(*({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


TERMINAL = sorted(
    ".".join(("chatd", *path.relative_to(ROOT).with_suffix("").parts))
    for path in (ROOT / "terminal").rglob("[a-z]*.py")
)


def test_the_terminal_client_never_imports_gevent() -> None:
    heavy = "{'gevent', 'falcon', 'tinydb'}"
    check = f"import sys, {', '.join(TERMINAL)}; print(*({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
