"""Sets up, once, what the rows need: peers, the compiled loop, a store with a million messages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.servers import CACHE, HERE, NODE, PEER_PYTHON

PATIENCE_S = 240
PEERS = HERE / "peers"
STORE = HERE.parent / "chatd" / "store"


def run(*command: str, cwd: Path | None = None) -> None:
    """A program that must succeed, in time."""
    subprocess.run(command, cwd=cwd, check=True, timeout=PATIENCE_S, stdin=subprocess.DEVNULL)


def up_to_date(mark: Path, *sources: Path) -> bool:
    """Whether a mark is younger than what it stands for."""
    return mark.exists() and all(mark.stat().st_mtime > one.stat().st_mtime for one in sources)


def prepare_python() -> None:
    """The peers' own virtualenv, so that chatd's stays as it is shipped."""
    mark, wanted = CACHE / "venv.done", PEERS / "requirements.txt"
    if up_to_date(mark, wanted):
        return
    run(sys.executable, "-m", "venv", str(CACHE / "venv"))
    run(str(PEER_PYTHON), "-m", "pip", "install", "--quiet", "--upgrade", "-r", str(wanted))
    mark.touch()


def prepare_node() -> None:
    """ws and socket.io."""
    mark, wanted = CACHE / "node.done", PEERS / "package.json"
    if up_to_date(mark, wanted):
        return
    if not shutil.which("npm"):
        apt_install("nodejs", "npm")
    NODE.mkdir(parents=True, exist_ok=True)
    shutil.copy(wanted, NODE)
    run("npm", "install", "--no-audit", "--no-fund", "--silent", cwd=NODE)
    mark.touch()


def prepare_drain() -> None:
    """The compiled inner loop of the load."""
    source, library = HERE / "drain.c", CACHE / "drain.so"
    if up_to_date(library, source):
        return
    if not shutil.which("gcc"):
        apt_install("gcc", "libc6-dev")
    CACHE.mkdir(exist_ok=True)
    options = ["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    run("gcc", *options, "-o", str(library), str(source))


def postgres_binaries() -> Path:
    """Where initdb and postgres are; installs them when they are not there."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        apt_install("postgresql")
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent


def filled(messages: int, tickets: int) -> Path:
    """Where :func:`fill` puts them."""
    return CACHE / f"filled-{messages}-{tickets}"


def fill(messages: int, tickets: int) -> None:
    """A data directory with so much stored, made anew when the store's code is younger; takes half
    a minute for a million."""
    have(filled(messages, tickets), "filling", str(messages), str(tickets))


def fill_words(messages: int) -> Path:
    """One with so many messages that are made of words; takes two minutes for a million."""
    directory = CACHE / f"words-{messages}"
    have(directory, "filling_words", str(messages))
    return directory


def fill_requests(requests: int) -> Path:
    """One with so many requests for help in a year; takes two minutes for a million."""
    directory = CACHE / f"requests-{requests}"
    have(directory, "filling_requests", str(requests))
    return directory


def have(directory: Path, program: str, *words: str) -> None:
    """A directory that a program fills."""
    mark = directory.with_suffix(".done")
    if not up_to_date(mark, HERE / f"{program}.py", *STORE.rglob("*.py")):
        shutil.rmtree(directory, ignore_errors=True)
        module = f"benchmarks.{program}"
        run(sys.executable, "-m", module, str(directory), *words, cwd=HERE.parent)
        mark.touch()


def apt_install(*packages: str) -> None:
    """System packages; asks for root where needed."""
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    run(*sudo, "apt-get", "update", "--quiet")
    run(*sudo, "apt-get", "install", "--quiet", "--yes", *packages)


STEPS: tuple[tuple[str, Callable[[], object]], ...] = (
    ("the compiled loop of the load", prepare_drain),
    ("the peers in Python", prepare_python),
    ("the peers on Node", prepare_node),
    ("PostgreSQL", postgres_binaries),
)


def prepare() -> list[str]:
    """Everything that is not there yet; what could not be had, and why."""
    CACHE.mkdir(exist_ok=True)
    missing = []
    for what, step in STEPS:
        try:
            step()
        except (OSError, subprocess.SubprocessError, LookupError) as error:
            missing.append(f"{what} could not be had: {error}")
            print(missing[-1], flush=True)
    return missing


if __name__ == "__main__":
    sys.exit(1 if prepare() else 0)
