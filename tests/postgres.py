"""A PostgreSQL of the tests' own: on a socket in a scratch directory, as an ordinary user, with a
database for each test made from a template."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
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

    def __init__(self, *settings: str) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="pg", dir=memory()))
        self._settings = settings
        self._numbers = count(1)
        if os.geteuid() == 0:
            shutil.chown(self.directory, USER)
        self.directory.chmod(0o755)
        self._data = self.directory / "data"
        self._run("initdb", "-D", self._data, "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")
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
            *("-c", "fsync=off", "-c", "max_connections=100"),
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
        """Stops, or with SIGCONT lets go on, all processes that serve somebody."""
        for pid in self.ask("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()"):
            os.kill(pid[0], number)

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


def memory() -> str | None:
    """A directory whose writes cost nothing, where there is one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None
