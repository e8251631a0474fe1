"""Judges of mutants: the tests of a module, run over a copy of the tree that holds one."""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from importlib.util import cache_from_source
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What the tests import before they come to chatd: loaded once, every judge is a fork of that.
LOADED = ["pytest", "gevent", "msgspec", "tinydb", "hypothesis", "loguru", "falcon", "websockets"]
LEFT_OUT = [".git", ".venv", ".*_cache", "__pycache__", "node_modules", "build", "*.egg-info"]
# A mutant that hangs is killed: so many times what the tests took, and at least so many seconds.
PATIENCE, AT_LEAST = 5, 15.0
MEMORY = 2 << 30


class Failing(Exception):
    """Tests that fail, or take for ever, without any mutant."""


def start() -> None:
    """Loads what all judges need."""
    multiprocessing.set_start_method("forkserver")
    multiprocessing.set_forkserver_preload(LOADED)


class Verdict(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    HANGS = "hangs"
    SURVIVED = "survived"


class Tree:
    """A copy of the tree, for one judge at a time."""

    def __init__(self, home: Path) -> None:
        self.home = home / "tree"
        self.scratch = home / "tests"
        self.said = home / "said"
        shutil.copytree(ROOT, self.home, ignore=shutil.ignore_patterns(*LEFT_OUT))

    def time(self, tests: list[str]) -> float:
        """How long the tests may take, by how long they take as the code is."""
        started = time.monotonic()
        if self._run(tests, 300.0, write=True) is Verdict.SURVIVED:
            return max(AT_LEAST, PATIENCE * (time.monotonic() - started))
        raise Failing(self.said.read_text("utf-8", "replace"))

    def judge(self, module: str, source: str, tests: list[str], seconds: float) -> Verdict:
        """Whether the tests notice."""
        with self._replaced(self.home / module, source):
            return self._run(tests, seconds)

    @contextmanager
    def _replaced(self, path: Path, source: str) -> Iterator[None]:
        before = path.read_text("utf-8")
        # By time and size alone the interpreter may take the file for the one it has compiled.
        Path(cache_from_source(str(path))).unlink(missing_ok=True)
        path.write_text(source, "utf-8")
        try:
            yield
        finally:
            path.write_text(before, "utf-8")

    def _run(self, tests: list[str], seconds: float, write: bool = False) -> Verdict:
        judge = multiprocessing.Process(
            target=_judge, args=(self.home, self.scratch, self.said, tests, seconds, write)
        )
        judge.start()
        judge.join(seconds)
        hangs = judge.is_alive()
        # What the tests started, a daemon say, ends with them.
        with suppress(ProcessLookupError):
            os.killpg(judge.pid, signal.SIGKILL)
        judge.join()
        shutil.rmtree(self.scratch, ignore_errors=True)
        if hangs:
            return Verdict.HANGS
        return Verdict.KILLED if judge.exitcode else Verdict.SURVIVED


def _judge(
    home: Path, scratch: Path, said: Path, tests: list[str], seconds: float, write: bool
) -> None:
    """Runs pytest in a group of processes of its own; what it says goes to a file."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1,) * 2)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    with said.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.chdir(home)
    here = {str(ROOT), ""}
    sys.path[:] = [str(home), *(path for path in sys.path if path not in here)]
    sys.dont_write_bytecode = not write
    os.environ["PYTHONPATH"] = str(home)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    if not write:
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    import pytest

    options = [
        "-x",
        "-q",
        "-p",
        "pytest_timeout",
        "-p",
        "no:cacheprovider",
        f"--basetemp={scratch}",
    ]
    code = pytest.main([*options, *tests])
    sys.stdout.flush()
    os._exit(code)
