"""Who has the database: one chatd at a time, for as long as its line lasts."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest

from chatd.config.settings import StoreSettings
from chatd.errors import Unavailable
from chatd.store.base import Append
from chatd.store.postgres.store import PostgresStore, open_store
from tests.conftest import MakeDaemon
from tests.postgres import Server
from tests.store.backends import message
from tests.store.test_postgres_cuts import CUT, hang_up, name_of, wait_until

IN_USE = r"in use by chatd on .+, process \d+ \(this machine\)"


@pytest.fixture
def lone(database: str, tmp_path: Path) -> Iterator[Callable[[str], PostgresStore]]:
    """Stores of daemons, each with a data directory of its own."""
    made: list[PostgresStore] = []

    def make(name: str) -> PostgresStore:
        made.append(open_store(StoreSettings(backend="postgres", dsn=database), tmp_path / name))
        return made[-1]

    yield make
    for store in made:
        if not store._committer._stopping:
            store.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has not let go at once never will."""
    monkeypatch.setattr("chatd.store.postgres.claiming.LET_GO_S", 0.2)


def test_a_second_one_is_refused_until_the_first_has_ended(
    lone: Callable[[str], PostgresStore], impatient: None
) -> None:
    first = lone("a")
    with pytest.raises(Unavailable, match=IN_USE):
        lone("b")
    first.commit(Append(message("x")))
    first.close()
    assert lone("b").commit(Append(message("y"))).messages[0].seq == 2


def test_one_that_is_refused_changes_no_table(
    lone: Callable[[str], PostgresStore], impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    lone("a").commit(Append(message("x")))
    asked: list[object] = []
    monkeypatch.setattr("chatd.store.postgres.schema.bring_up", lambda *what: asked.append(what))
    with pytest.raises(Unavailable, match=IN_USE):
        lone("b")
    assert not asked


def test_who_was_cut_off_at_this_end_takes_what_is_still_theirs_at_the_other(
    lone: Callable[[str], PostgresStore],
) -> None:
    store = lone("a")
    for number in range(1, 4):
        hang_up(store._committer._line)
        assert store.commit(Append(message("x"))).messages[0].seq == number


def test_who_lost_the_database_to_another_commits_nothing_until_it_is_free(
    lone: Callable[[str], PostgresStore],
    database: str,
    postgres: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chatd.store.postgres.committer.DOUBT_S", 0.3)
    first = lone("a")
    first.commit(Append(message("x")))
    gone = gevent.spawn(postgres.ask, CUT, name_of(database))
    gone.get(timeout=10)
    second = lone("b")
    with pytest.raises(Unavailable):
        first.commit(Append(message("y", client_id="y")))
    wait_until(lambda: "in use by chatd" in str(first.status()["fault"]))
    with pytest.raises(Unavailable) as refused:
        first.commit(Append(message("v")))
    assert "process" not in str(refused.value), "who has it is none of a peer's business"
    assert second.commit(Append(message("z"))).messages[0].seq == 2
    second.close()
    wait_until(lambda: first.status()["fault"] is None)
    assert first.commit(Append(message("u"))).messages[0].seq == 3
    assert [one.content for one in first.history("lobby")] == ["x", "z", "u"]


def test_a_daemon_on_anothers_database_says_whose_it_is(
    make_daemon: MakeDaemon, database: str
) -> None:
    config = {"store": {"backend": "postgres", "dsn": database}}
    first = make_daemon(config)
    assert first.process
    with pytest.raises(AssertionError, match=rf"in use by chatd on .+ {first.process.pid} "):
        make_daemon(config)
    first.stop(signal.SIGKILL)
    assert make_daemon(config).stop() == 0
