"""A PostgreSQL of our own: in a scratch directory, on a Unix socket, as an unprivileged user."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.prepare import postgres_binaries
from benchmarks.servers import SERVER_CORE, scratch

USER = "postgres"
CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname IS NOT NULL AND pid <> pg_backend_pid()"""


@dataclass
class Postgres:
    """A server that serves."""

    directory: Path
    binaries: Path

    def tool(self, name: str) -> list[str]:
        """A client program's command, up to its own arguments."""
        return [str(self.binaries / name), "-h", str(self.directory), "-U", USER]

    def cpu_seconds(self) -> float:
        """On a core so far, all processes that are there: connections of a pool stay."""
        first = int((self.directory / "data" / "postmaster.pid").read_text().split()[0])
        return sum(schedule(pid) for pid in (first, *children(first))) / 1e9

    def cut(self) -> None:
        """Ends whatever is connected."""
        self.sql(CUT)

    def sql(self, text: str) -> None:
        """Runs statements."""
        command = [*self.tool("psql"), "--quiet", "-v", "ON_ERROR_STOP=1", "-c", text, "postgres"]
        subprocess.run(command, check=True, capture_output=True)

    def ask(self, text: str) -> str:
        """What a query of one value says."""
        command = [*self.tool("psql"), "--quiet", "-At", "-c", text, "postgres"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def schedule(pid: int) -> int:
    """Nanoseconds on a core; 0 of a process that has ended."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    return 0


def children(pid: int) -> list[int]:
    """The processes that another has started."""
    words = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(word) for word in words]


def unprivileged() -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []


@contextlib.contextmanager
def serving() -> Iterator[Postgres]:
    """With PostgreSQL's defaults, so with fsync and synchronous_commit on."""
    directory, binaries = scratch(), postgres_binaries()
    if os.geteuid() == 0:
        shutil.chown(directory, USER)
    directory.chmod(0o755)
    data = directory / "data"
    try:
        initdb = [str(binaries / "initdb"), "-D", str(data), "-U", USER, "-A", "trust"]
        subprocess.run([*unprivileged(), *initdb], check=True, capture_output=True, cwd=directory)
        settings = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={directory}"]
        server = [
            str(binaries / "postgres"),
            "-D",
            str(data),
            *settings,
            "-c",
            "max_connections=200",
        ]
        pinned = ["taskset", "-c", str(SERVER_CORE)]
        with (directory / "log").open("w") as log:
            process = subprocess.Popen(
                [*pinned, *unprivileged(), *server], stderr=log, stdout=log, cwd=directory
            )
        try:
            wait_for(Postgres(directory, binaries))
            yield Postgres(directory, binaries)
        finally:
            stop = [str(binaries / "pg_ctl"), "stop", "-D", str(data), "-m", "fast", "-s"]
            subprocess.run([*unprivileged(), *stop], cwd=directory)
            process.wait(20)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def wait_for(postgres: Postgres) -> None:
    """Until it answers."""
    deadline = time.monotonic() + 30
    while subprocess.run(postgres.tool("pg_isready"), capture_output=True).returncode:
        if time.monotonic() > deadline:
            raise RuntimeError("PostgreSQL does not come up")
        time.sleep(0.1)
