"""A PostgreSQL of the tests' own: on a socket in a scratch directory, as an ordinary user, with a
database for each test made from a template."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from chatd.store.postgres import schema
from chatd.store.postgres.connecting import connect

USER = "postgres"
TEMPLATE = "chatd_template"
HOW = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}
START_S = 60.0
ROOMY_BYTES, SHORT = 2_000_000_000, 50


def binaries() -> Path:
    """Where Debian puts them: the newest."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    assert found, "needs Debian's postgresql: make packages"
    return found[-1].parent


def unprivileged() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid():
        return {}
    return {"user": USER, "group": USER, "extra_groups": []}


class Server:
    """The server. What is written is as durable as a kill of its processes asks for, not more."""

    def __init__(self, *settings: str, within: Path | None = None) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="pg", dir=within or roomy()))
        self._settings = settings
        self._numbers = count(1)
        give(self.directory)
        self.directory.chmod(0o755)
        self._data = self.directory / "data"
        initial = ["-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        initial += ["--wal-segsize=1"]
        self._run("initdb", "-D", self._data, *initial)
        try:
            self.start()
            self.make_template()
        except BaseException:
            self.end()
            raise

    def _run(self, tool: str, *words: object) -> None:
        command = [str(binaries() / tool), *map(str, words)]
        options = {"check": True, "capture_output": True, "cwd": self.directory, "timeout": 120}
        subprocess.run(command, **options, **unprivileged())

    def start(self) -> None:
        """Until it answers."""
        options = [
            *("-c", "listen_addresses=", "-c", f"unix_socket_directories={self.directory}"),
            *("-c", "fsync=off", "-c", "max_connections=100", "-c", "max_wal_size=64MB"),
            *(word for one in self._settings for word in ("-c", one)),
        ]
        server = [str(binaries() / "postgres"), "-D", str(self._data), *options]
        with (self.directory / "log").open("a") as log:
            self._process = subprocess.Popen(
                server, stdout=log, stderr=log, cwd=self.directory, **unprivileged()
            )
        deadline = time.monotonic() + START_S
        while True:
            try:
                return connect(self.dsn("postgres")).close()
            except psycopg.OperationalError:
                told = (self.directory / "log").read_text()[-3000:]
                assert time.monotonic() < deadline and self._process.poll() is None, told
                time.sleep(0.02)

    def stop(self, how: str = "fast") -> None:
        """``fast``: cuts everybody off, but ends in order; ``immediate``: as a crash."""
        self._process.send_signal(HOW[how])
        self._process.wait(60)

    def revive(self) -> None:
        """Started again, where it has ended by itself."""
        if self._process.poll() is not None:
            self.start()

    def restart(self, how: str = "fast") -> None:
        """Stopped and started."""
        self.stop(how)
        self.start()

    def pause(self, number: int = signal.SIGSTOP) -> None:
        """Stops, or with SIGCONT lets go on, all of its processes: the first one first, so that
        there are no more."""
        for pid in (self._process.pid, *children(self._process.pid)):
            os.kill(pid, number)

    def dsn(self, database: str) -> str:
        """Where a database is."""
        return f"host={self.directory} dbname={database} user={USER}"

    def ask(self, query: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """The rows of a query."""
        with psycopg.connect(self.dsn(database), autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def make_template(self) -> None:
        """A database with the tables of chatd."""
        self.ask(f"CREATE DATABASE {TEMPLATE}")
        connection = connect(self.dsn(TEMPLATE))
        schema.bring_up(connection, schema.steps())
        connection.close()

    def database(self, template: str = TEMPLATE) -> str:
        """A new database: where it is."""
        name = f"test_{next(self._numbers)}"
        self.ask(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.dsn(name)

    def drop(self, dsn: str) -> None:
        """A database that is not needed any more, whoever is in it."""
        name = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
        self.ask(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def end(self) -> None:
        """Nothing is left, whatever state it is in."""
        try:
            self.stop("immediate")
        except subprocess.TimeoutExpired:
            for pid in (self._process.pid, *children(self._process.pid)):
                os.kill(pid, signal.SIGKILL)
            self._process.wait(60)
        shutil.rmtree(self.directory, ignore_errors=True)


@contextmanager
def serving(*settings: str, within: Path | None = None) -> Iterator[Server]:
    """A server that a test has for itself."""
    server = Server(*settings, within=within)
    try:
        yield server
    finally:
        server.end()


@contextmanager
def open_place() -> Iterator[Path]:
    """A directory that every user may enter, as not every test's may be."""
    with tempfile.TemporaryDirectory(prefix="pg", dir=roomy()) as made:
        Path(made).chmod(0o755)
        yield Path(made)


def give(place: Path) -> None:
    """It is the server's user's from now on."""
    if os.geteuid() == 0:
        shutil.chown(place, USER)


def children(pid: int) -> list[int]:
    """The processes that another has started."""
    found = []
    for one in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            if int(one.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(one.parent.name))
    return found


def roomy() -> str:
    """A directory whose writes cost nothing, where there is one with space; short enough for the
    name of a socket in it, and one that every user may enter."""
    for place in (Path("/dev/shm"), Path(tempfile.gettempdir()), Path("/var/tmp")):
        if place.is_dir() and is_open(place) and shutil.disk_usage(place).free > ROOMY_BYTES:
            return str(place)
    raise AssertionError("needs two gigabytes in /dev/shm, or in a temporary directory")


def is_open(place: Path) -> bool:
    """Whether it has a short name, and everybody may go there."""
    everybody = all(one.stat().st_mode & stat.S_IXOTH for one in (place, *place.parents))
    return everybody and len(str(place)) < SHORT and os.access(place, os.W_OK)
