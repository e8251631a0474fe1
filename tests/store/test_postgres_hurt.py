"""A PostgreSQL whose disk is full, or whose processes stand still: said, nothing lost, gone on."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import gevent
import pytest
from msgspec.structs import replace

from chatd.config.settings import StoreSettings
from chatd.errors import Unavailable
from chatd.store.base import Append
from chatd.store.postgres.committer import AWAY, REFUSED
from chatd.store.postgres.connecting import DEFAULTS, GreenConnection
from chatd.store.postgres.store import PostgresStore, open_store
from tests.disks import Disk, mounted
from tests.postgres import Server, give, open_place, serving
from tests.store.backends import Open, message
from tests.store.test_postgres_cuts import wait_until

WHOLE_KB, TABLES_KB = 120_000, 20_000
BIG = "много слов " * 800
SETTINGS = StoreSettings(backend="postgres", connections=2)


class Writer:
    """Writes until it is stopped; remembers what was acknowledged, told and refused."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self.acknowledged: list[str] = []
        self.told: list[str] = []
        self.refused: list[str] = []
        self.stopping = False

    def run(self) -> None:
        while not self.stopping:
            text = f"{len(self.acknowledged)} {BIG}"
            made = message(text, client_id=str(len(self.acknowledged)))
            try:
                self._store.commit(
                    Append(made), then=lambda done: self.told.append(done.messages[0].content)
                )
                self.acknowledged.append(text)
            except Unavailable as error:
                self.refused.append(str(error))
                gevent.sleep(0.05)

    def check(self) -> None:
        """What was acknowledged is there once, in order, and was announced."""
        seqs = range(0, len(self.acknowledged), 100)
        pages = [self._store.history("lobby", after=after, limit=100) for after in seqs]
        stored = [one.content for page in pages for one in page]
        assert stored == self.acknowledged == self.told


@pytest.fixture(params=["everything", "the tables"])
def small(request: pytest.FixtureRequest) -> Iterator[tuple[Server, str, Disk]]:
    """A database on a small disk, with the server's journal or without."""
    whole = request.param == "everything"
    with ExitStack() as ends:
        kilobytes = WHOLE_KB if whole else TABLES_KB
        disk = ends.enter_context(mounted(ends.enter_context(open_place()) / "disk", kilobytes))
        disk.home.chmod(0o755)
        settings = ("max_wal_size=4MB", "min_wal_size=2MB")
        server = ends.enter_context(serving(*settings, within=disk.home if whole else None))
        yield server, make_database(server, None if whole else disk.home / "tables"), disk


def make_database(server: Server, place: Path | None) -> str:
    """A database, in a tablespace there."""
    where = ""
    if place is not None:
        place.mkdir()
        give(place)
        server.ask(f"CREATE TABLESPACE small LOCATION '{place}'")
        where = "TABLESPACE small"
    server.ask(f"CREATE DATABASE small ENCODING 'UTF8' TEMPLATE template0 {where}")
    return server.dsn("small")


def test_what_a_full_disk_refuses_is_said_and_goes_on_when_there_is_space(
    small: tuple[Server, str, Disk],
) -> None:
    server, dsn, disk = small

    def has_gone_on() -> bool:
        """A server that cannot write its journal ends; whoever runs it starts it again."""
        server.revive()
        return len(writer.acknowledged) > before + 10

    with closing(open_store(replace(SETTINGS, dsn=dsn))) as store:
        writer = Writer(store)
        writing = gevent.spawn(writer.run)
        wait_until(lambda: len(writer.acknowledged) > 10)
        disk.fill()
        wait_until(lambda: len(writer.refused) > 3)
        assert {one.partition(";")[0] for one in writer.refused} <= {REFUSED, AWAY}
        assert store.status()["fault"], "until there is space"
        before = len(writer.acknowledged)
        disk.free()
        wait_until(has_gone_on)
        writer.stopping = True
        writing.get(timeout=30)
        writer.check()


def test_a_server_that_stands_still_is_given_up_and_found_out_about(
    opened: Open, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GreenConnection, "patience_s", 0.5)
    monkeypatch.setattr("chatd.store.postgres.committer.DOUBT_S", 0.5)
    monkeypatch.setitem(DEFAULTS, "connect_timeout", "2")
    store = opened()
    writer = Writer(store)
    writing = gevent.spawn(writer.run)
    wait_until(lambda: len(writer.acknowledged) > 10)
    postgres.pause()
    try:
        wait_until(lambda: len(writer.refused) > 3)
        assert store.status()["fault"]
        with pytest.raises(Unavailable):
            store.history("lobby")
    finally:
        postgres.pause(signal.SIGCONT)
    before = len(writer.acknowledged)
    wait_until(lambda: len(writer.acknowledged) > before + 10)
    writer.stopping = True
    writing.get(timeout=30)
    writer.check()
