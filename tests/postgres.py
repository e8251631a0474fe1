"""A PostgreSQL of the tests' own: on a socket in a scratch directory, as an ordinary user, with a
database for each test made from a template."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

from chatd.store.postgres import schema
from chatd.store.postgres.connecting import connect

USER = "postgres"
TEMPLATE = "chatd_template"
START_S = 60.0


def binaries() -> Path:
    """Where Debian puts them: the newest."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    assert found, "needs Debian's postgresql: make packages"
    return found[-1].parent


def unprivileged() -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []


class Server:
    """The server. What is written is as durable as a kill of its processes asks for, not more."""

    def __init__(self, *settings: str, within: Path | None = None) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="pg", dir=within or memory()))
        self._settings = settings
        self._numbers = count(1)
        give(self.directory)
        self.directory.chmod(0o755)
        self._data = self.directory / "data"
        initial = ["-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync", "--wal-segsize=1"]
        self._run("initdb", "-D", self._data, *initial)
        try:
            self.start()
            self.make_template()
        except BaseException:
            self.end()
            raise

    def _run(self, tool: str, *words: object) -> None:
        command = [*unprivileged(), str(binaries() / tool), *map(str, words)]
        subprocess.run(command, check=True, capture_output=True, cwd=self.directory, timeout=120)

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
                [*unprivileged(), *server], stdout=log, stderr=log, cwd=self.directory
            )
        deadline = time.monotonic() + START_S
        while True:
            try:
                return connect(self.dsn("postgres")).close()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, (self.directory / "log").read_text()
                time.sleep(0.02)

    def stop(self, how: str = "fast") -> None:
        """``fast``: cuts everybody off, but ends in order; ``immediate``: as a crash."""
        self._run("pg_ctl", "stop", "-D", self._data, "-m", how, "-w", "-s")
        self._process.wait(30)

    def restart(self, how: str = "fast") -> None:
        """Stopped and started."""
        self.stop(how)
        self.start()

    def pause(self, number: int = signal.SIGSTOP) -> None:
        """Stops, or with SIGCONT lets go on, all of its processes: the first one first, so that
        there are no more."""
        for pid in (self._process.pid, self.pid, *children(self.pid)):
            os.kill(pid, number)

    @property
    def pid(self) -> int:
        """Its first process, which is not the one that was started here where that was root's."""
        return int((self._data / "postmaster.pid").read_text().split()[0])

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
        """Nothing is left."""
        try:
            self.stop("immediate")
        finally:
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
    with tempfile.TemporaryDirectory(prefix="pg") as made:
        Path(made).chmod(0o755)
        yield Path(made)


def give(place: Path) -> None:
    """It is the server's user's from now on."""
    if os.geteuid() == 0:
        shutil.chown(place, USER)


def children(pid: int) -> list[int]:
    """The processes that another has started."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(one) for one in found.split()]


def memory() -> str | None:
    """A directory whose writes cost nothing, where there is one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None
