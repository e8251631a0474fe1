"""Sets up, once, what the rows need: peers, the compiled loop, a store with a million messages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.servers import CACHE, HERE, NODE, PEER_PYTHON

PEERS = HERE / "peers"


def up_to_date(mark: Path, *sources: Path) -> bool:
    """Whether a mark is younger than what it stands for."""
    return mark.exists() and all(mark.stat().st_mtime > one.stat().st_mtime for one in sources)


def prepare_python() -> None:
    """The peers' own virtualenv, so that chatd's stays as it is shipped."""
    mark, wanted = CACHE / "venv.done", PEERS / "requirements.txt"
    if up_to_date(mark, wanted):
        return
    subprocess.run([sys.executable, "-m", "venv", str(CACHE / "venv")], check=True)
    pip = [str(PEER_PYTHON), "-m", "pip", "install", "--quiet", "--upgrade", "-r", str(wanted)]
    subprocess.run(pip, check=True)
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
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=NODE, check=True)
    mark.touch()


def prepare_drain() -> None:
    """The compiled inner loop of the load."""
    source, library = HERE / "drain.c", CACHE / "drain.so"
    if up_to_date(library, source):
        return
    if not shutil.which("gcc"):
        apt_install("gcc", "libc6-dev")
    options = ["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run(["gcc", *options, "-o", str(library), str(source)], check=True)


def postgres_binaries() -> Path:
    """Where initdb and postgres are; installs them when they are not there."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        apt_install("postgresql")
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent


def fill(messages: int, tickets: int) -> Path:
    """A data directory with so much stored, made once; takes a minute for a million."""
    directory = CACHE / f"filled-{messages}-{tickets}"
    mark = directory.with_suffix(".done")
    if not mark.exists():
        shutil.rmtree(directory, ignore_errors=True)
        words = ["-m", "benchmarks.filling", str(directory), str(messages), str(tickets)]
        subprocess.run([sys.executable, *words], check=True, cwd=HERE.parent)
        mark.touch()
    return directory


def apt_install(*packages: str) -> None:
    """System packages; asks for root where needed."""
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    subprocess.run([*sudo, "apt-get", "update", "--quiet"], check=True)
    subprocess.run([*sudo, "apt-get", "install", "--quiet", "--yes", *packages], check=True)


def prepare() -> None:
    """Everything."""
    CACHE.mkdir(exist_ok=True)
    prepare_python()
    prepare_node()
    prepare_drain()
    postgres_binaries()
    fill(1_000_000, 50_000)


if __name__ == "__main__":
    prepare()
