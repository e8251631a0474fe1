"""A database behind a pooler: one that pools sessions is as good as none, one that pools
transactions is refused before anything is taken or written."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from chatd.config.settings import StoreSettings
from chatd.errors import Unavailable
from chatd.store.base import Append
from chatd.store.postgres import moving, pooling
from chatd.store.postgres.connecting import connect
from chatd.store.postgres.examining import examine
from chatd.store.postgres.store import open_store
from tests.postgres import Server, give, open_place, unprivileged
from tests.store.backends import message

CONFIG = """
[databases]
* = host={server} user=postgres
[pgbouncer]
listen_addr =
listen_port = 5432
unix_socket_dir = {home}
auth_type = any
pool_mode = {mode}
default_pool_size = 12
server_round_robin = {turns}
logfile = {home}/log
pidfile = {home}/pid
"""
LOCKS = "SELECT FROM pg_locks WHERE locktype = 'advisory'"


@contextmanager
def pooled(server: Server, dsn: str, mode: str, turns: int = 0) -> Iterator[str]:
    """The DSN of a database through a pooler; ``turns``: it gives each connection in its turn."""
    with open_place() as home:
        give(home)
        file = home / "ini"
        file.write_text(CONFIG.format(server=server.directory, home=home, mode=mode, turns=turns))
        behind = dsn.replace(str(server.directory), str(home))
        told = (home / "told").open("w")
        process = subprocess.Popen(["pgbouncer", str(file)], stderr=told, **unprivileged())
        try:
            wait_for(behind, process, home / "told")
            yield behind
        finally:
            process.terminate()
            process.wait(30)


def wait_for(dsn: str, process: subprocess.Popen[bytes], told: Path) -> None:
    """Until it lets somebody through."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return connect(dsn).close()
        except psycopg.OperationalError:
            said = told.read_text()[-2000:]
            assert time.monotonic() < deadline and process.poll() is None, said
            time.sleep(0.02)


@pytest.mark.parametrize("turns", [0, 1])
def test_one_that_pools_transactions_is_refused_and_nothing_taken(
    postgres: Server, database: str, tmp_path: Path, turns: int
) -> None:
    with pooled(postgres, database, "transaction", turns) as behind:
        others = [connect(behind) for _ in range(3)]
        for one in others:  # so that the pooler has several at hand
            one.execute("BEGIN")
            one.execute(pooling.MY_PROCESS)
        for one in others:
            one.close()
        settings = StoreSettings(backend="postgres", dsn=behind, shared=True)
        with pytest.raises(Unavailable, match="have it pool sessions"):
            open_store(settings, tmp_path / "data")
        with pytest.raises(Unavailable, match="pooler"), moving.filling(behind):
            raise AssertionError("nothing is copied there")
        found = {one.state: one.said for one in examine(behind)}
        assert found["wrong"] == pooling.POOLED
        with connect(database) as direct:
            assert direct.execute(LOCKS).fetchall() == []


def test_one_that_pools_sessions_is_as_good_as_none(
    postgres: Server, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatd.store.postgres.claiming.LET_GO_S", 0.2)
    with pooled(postgres, database, "session") as behind:
        alone = StoreSettings(backend="postgres", dsn=behind)
        store = open_store(alone, tmp_path / "data")
        assert [one.state for one in examine(behind)] == ["warning"], "there is no standby"
        assert store.commit(Append(message("x"))).messages[0].seq == 1
        with pytest.raises(Unavailable, match="in use by chatd on"):
            open_store(StoreSettings(backend="postgres", dsn=database), tmp_path / "second")
        store.close()
