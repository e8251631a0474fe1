"""PostgreSQL cut off, restarted or late: nothing is lost, doubled or guessed."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Callable

import gevent
import psycopg
import pytest

from chatd.domain.message import revise
from chatd.errors import Unavailable
from chatd.store.base import Append, Change, Replace
from chatd.store.postgres.committer import Pending
from chatd.store.postgres.committing import Batch, Line
from tests.postgres import Server
from tests.store.backends import Open, message

CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""


def as_commit(change: Change) -> bytes:
    """A commit as the committer tells the database."""
    return Pending((change,), None).encode({})


def name_of(dsn: str) -> str:
    """The name of a database."""
    return str(psycopg.conninfo.conninfo_to_dict(dsn)["dbname"])


def test_no_cut_loses_or_doubles_what_has_no_client_id(
    opened: Open, database: str, postgres: Server
) -> None:
    store, told = opened(), list[int]()
    acknowledged: list[str] = []
    done = [False]

    def write(number: int) -> None:
        for turn in range(40):
            text = f"{number}.{turn}"
            while True:
                try:
                    store.commit(
                        Append(message(text)), then=lambda made: told.append(made.messages[0].seq)
                    )
                    break
                except Unavailable as refused:
                    assert "not known" not in str(refused)
                    gevent.sleep(0.02)
            acknowledged.append(text)

    def cut() -> None:
        chance = random.Random(7)
        while not done[0]:
            gevent.sleep(chance.uniform(0.001, 0.03))
            before = len(told)
            postgres.ask(CUT, name_of(database))
            while len(told) == before and not done[0]:
                gevent.sleep(0.002)

    cutter = gevent.spawn(cut)
    writers = [gevent.spawn(write, number) for number in range(8)]
    gevent.joinall(writers, timeout=120, raise_error=True)
    done[0] = True
    cutter.get(timeout=20)
    stored = store.history("lobby", limit=1000)
    assert sorted(one.content for one in stored) == sorted(acknowledged)
    assert len(acknowledged) == len(set(acknowledged)) == 320
    assert told == list(range(1, 321)), "announced once each, in order"


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_a_restart_of_the_server_loses_and_doubles_nothing(
    opened: Open, postgres: Server, how: str
) -> None:
    store, told = opened(), list[int]()
    pool = gevent.get_hub().threadpool
    first: dict[str, int] = {}
    stopping = [False]

    def write(number: int) -> None:
        turn = 0
        while not stopping[0]:
            turn += 1
            made = message(f"{number}.{turn}", client_id=f"{number}.{turn}")
            while True:
                try:
                    then = lambda made: told.append(made.messages[0].seq)  # noqa: E731
                    first[made.content] = store.commit(Append(made), then=then).messages[0].seq
                    break
                except Unavailable:
                    gevent.sleep(0.05)

    writers = [gevent.spawn(write, number) for number in range(8)]
    for _ in range(2):
        gevent.sleep(0.2)
        pool.spawn(postgres.restart, how).get(timeout=60)
    before = len(first)
    with gevent.Timeout(30):
        while len(first) < before + 20:
            gevent.sleep(0.01)
    stopping[0] = True
    gevent.joinall(writers, timeout=30, raise_error=True)
    stored = store.history("lobby", limit=1_000_000)
    assert {one.content: one.seq for one in stored} == first
    assert told == list(range(1, len(stored) + 1))
    assert [one.rev for one in stored] == told


def test_what_was_on_its_way_when_it_was_cut_is_found_out(database: str, postgres: Server) -> None:
    """Nobody can say of a batch that the server still works on; so it is waited for."""
    line = Line(database)
    line.open()
    commits = [as_commit(Append(message("x")))]
    line.commit(Batch(commits, {"lobby"}, set()), 1)
    with psycopg.connect(database) as blocking:
        blocking.execute("SELECT FROM chatd.dialogs FOR UPDATE")
        sending = gevent.spawn(line.commit, Batch(commits, {"lobby"}, set()), 20)
        gevent.sleep(0.2)
        assert line._connection
        line._connection.pgconn.finish()
        sending.kill()
        asking = gevent.spawn(line.find_out)
        gevent.sleep(0.2)
        assert not asking.ready(), "it may become durable yet"
        blocking.rollback()
        found = asking.get(timeout=10)
    assert found and found[0].given == ((2, 2),)
    (again,) = line.commit(Batch(commits, {"lobby"}, set()), 1)
    assert again.given == ((3, 3),)
    line.drop()


def test_what_never_arrived_never_becomes_durable(database: str) -> None:
    line = Line(database)
    line.open()
    late = Line(database)
    late.open()
    late._id = line._id
    batch = Batch([as_commit(Append(message("x")))], {"lobby"}, set())
    assert line.find_out() is None
    with pytest.raises(psycopg.Error, match="settled already"):
        late._send(batch)
    assert line.commit(batch, 1)[0].given == ((1, 1),)
    line.drop()
    late.drop()


def test_what_is_not_found_out_in_time_is_told_so_and_announced_later(
    opened: Open, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, told = opened(), list[int]()
    monkeypatch.setattr("chatd.store.postgres.committer.DOUBT_S", 0.3)
    store.commit(Append(message("m")))
    made = message("x", client_id="k")
    with psycopg.connect(database) as blocking:
        blocking.execute("SELECT FROM chatd.dialogs FOR UPDATE")
        sent = gevent.spawn(
            store.commit, Append(made), then=lambda done: told.append(done.messages[0].seq)
        )
        wait_until(lambda: is_blocked(database))
        behind = gevent.spawn(store.commit, Append(message("behind")))
        hang_up(store._committer._line)
        with pytest.raises(Unavailable, match="not known yet"):
            sent.get(timeout=10)
        with pytest.raises(Unavailable, match="nothing was changed"):
            behind.get(timeout=10)
        assert not store.status()["writable"]
        with pytest.raises(Unavailable, match="nothing was changed"):
            store.commit(Append(message("later")))
        assert not told
        blocking.rollback()
    wait_until(lambda: store.status()["writable"])
    assert told == [2], "the others are told of what is there"
    again = store.commit(Append(made), then=lambda done: told.append(0))
    assert again.repeated and again.messages[0].seq == 2 and told == [2]
    assert store.conversation("lobby").last_seq == 2


def is_blocked(database: str) -> bool:
    """Whether a batch waits for who has locked its rows."""
    with psycopg.connect(database, autocommit=True) as looking:
        query = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        row = looking.execute(query).fetchone()
    return bool(row and row[0])


def hang_up(line: Line) -> None:
    """Cuts a line at our end; the server goes on with what it was told."""
    assert line._connection
    with socket.socket(fileno=os.dup(line._connection.pgconn.socket)) as end:
        end.shutdown(socket.SHUT_RDWR)


def wait_until(check: Callable[[], bool]) -> None:
    """With a deadline."""
    with gevent.Timeout(180):
        while not check():
            gevent.sleep(0.02)


def test_a_change_after_a_cut_is_made_once(opened: Open, database: str, postgres: Server) -> None:
    store = opened()
    first = store.commit(Append(message("m"))).messages[0]
    for number in range(1, 11):
        postgres.ask(CUT, name_of(database))
        first = store.commit(Replace(revise(first, content=str(number)))).replaced[0]
    assert (first.version, first.rev) == (10, 11)


def test_who_was_silent_for_so_long_that_nobody_knows_it_writes_again(
    opened: Open, database: str, postgres: Server
) -> None:
    store = opened()
    store.commit(Append(message("before")))
    postgres.ask("DELETE FROM chatd.committers", name_of(database))
    with pytest.raises(Unavailable):
        store.commit(Append(message("after")))
    for _ in range(200):
        try:
            store.commit(Append(message("after")))
            break
        except Unavailable:
            gevent.sleep(0.05)
    assert [one.content for one in store.history("lobby")] == ["before", "after"]
