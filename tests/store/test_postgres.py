"""PostgreSQL: what is cut, lost, late or raced for; versions of the tables; strange texts."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any

import gevent
import psycopg
import pytest
from msgspec.structs import replace

from chatd.config.settings import StoreSettings
from chatd.domain.message import revise
from chatd.domain.participant import Ban, Operator
from chatd.domain.ticket import Ticket
from chatd.errors import NotFound, Overtaken, Unavailable
from chatd.store.base import Advance, Append, Change, Forget, Put, Remove, Replace, Touch
from chatd.store.memory import MemoryStore
from chatd.store.postgres import schema
from chatd.store.postgres.committer import Pending
from chatd.store.postgres.committing import Batch, Line
from chatd.store.postgres.connecting import GreenConnection, Pool, connect
from chatd.store.postgres.store import PostgresStore, open_store
from tests.postgres import Server
from tests.store.test_contract import OPERATOR, message, ticket

Open = Callable[[], PostgresStore]
COUNT = "SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database())"
CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""


@pytest.fixture
def opened(database: str) -> Iterator[Open]:
    """Stores on one database, as those of several nodes."""
    made: list[PostgresStore] = []

    def make() -> PostgresStore:
        made.append(open_store(StoreSettings(backend="postgres", dsn=database, connections=4)))
        return made[-1]

    yield make
    for store in made:
        store.close()


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
    with gevent.Timeout(20):
        while not check():
            gevent.sleep(0.02)


def test_of_many_who_take_a_ticket_on_two_nodes_one_wins(opened: Open) -> None:
    nodes = [opened(), opened()]
    for round in range(20):
        id = f"TKT-{1_730_000_000 + round}"
        nodes[0].commit(Put(ticket(id)))
        winners: list[str] = []

        def accept(name: str, id: str = id, winners: list[str] = winners) -> None:
            changed = ticket(id, status="active", operator=name, version=2)
            with suppress(Overtaken):
                nodes[hash(name) % 2].commit(Put(changed))
                winners.append(name)

        gevent.joinall([gevent.spawn(accept, f"o{n}") for n in range(10)], raise_error=True)
        stored = nodes[1].get(Ticket, id)
        assert stored and winners == [stored.operator]


def test_two_nodes_share_no_number_and_block_nobody_for_ever(opened: Open) -> None:
    nodes, chance = [opened(), opened()], random.Random(3)
    dialogs = [f"d{number}" for number in range(6)]
    given: list[tuple[str, int, int]] = []

    def write(number: int) -> None:
        for turn in range(25):
            some = chance.sample(dialogs, 3)
            ban = Ban(id=f"b{chance.randrange(4)}", kind="address", by="", created_at="")
            changes = [*(Append(message("x", id)) for id in some), Put(ban), Touch(some[0])]
            chance.shuffle(changes)
            done = nodes[(number + turn) % 2].commit(*changes)
            given.extend((one.dialog_id, one.seq, one.rev) for one in done.messages)

    gevent.joinall([gevent.spawn(write, n) for n in range(8)], timeout=120, raise_error=True)
    assert len(given) == 600
    for id in dialogs:
        stored = nodes[0].history(id, limit=1000)
        assert [one.seq for one in stored] == list(range(1, len(stored) + 1))
        assert sorted((one.dialog_id, one.seq, one.rev) for one in stored) == sorted(
            one for one in given if one[0] == id
        )
        assert len({one.rev for one in stored}) == len(stored)


def test_of_two_nodes_that_make_the_same_document_one_is_overtaken(opened: Open) -> None:
    nodes, outcomes = [opened(), opened()], list[str]()

    def make(number: int, id: str) -> None:
        try:
            nodes[number % 2].commit(Put(Operator(**{**OPERATOR, "id": id})))
            outcomes.append(id)
        except Overtaken:
            outcomes.append("")

    acts = [gevent.spawn(make, number, f"o{number // 4}") for number in range(40)]
    gevent.joinall(acts, timeout=30, raise_error=True)
    assert sorted(filter(None, outcomes)) == sorted(f"o{number}" for number in range(10))


def test_a_database_of_a_newer_chatd_is_refused(database: str) -> None:
    with connect(database) as connection:
        connection.execute("UPDATE chatd.about SET version = 99")
    with pytest.raises(Unavailable, match="format 99, this chatd knows"):
        open_store(StoreSettings(backend="postgres", dsn=database))


def test_an_older_one_is_brought_up_once_and_whole(database: str) -> None:
    with connect(database) as connection:
        first = "ALTER TABLE chatd.about ADD more integer"
        known = len(schema.steps())
        with pytest.raises(psycopg.errors.UndefinedColumn):
            schema.bring_up(connection, [*schema.steps(), first, "UPDATE chatd.about SET no = 1"])
        assert schema.version_of(connection) == known
        schema.bring_up(connection, [*schema.steps(), first])
        schema.bring_up(connection, [*schema.steps(), first])
        assert schema.version_of(connection) == known + 1


def test_an_empty_database_gets_its_tables_from_who_comes_first(postgres: Server) -> None:
    dsn = postgres.database("template0")
    settings = StoreSettings(backend="postgres", dsn=dsn)
    both = [gevent.spawn(open_store, settings) for _ in range(2)]
    for opening in both:
        with closing(opening.get(timeout=20)) as store:
            store.commit(Append(message("x")))
    postgres.drop(dsn)


def test_a_database_that_cannot_keep_every_text_is_refused(postgres: Server) -> None:
    postgres.ask(
        "CREATE DATABASE latin ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    )
    with pytest.raises(Unavailable, match="encoding SQL_ASCII: chatd needs one with UTF8"):
        open_store(StoreSettings(backend="postgres", dsn=postgres.dsn("latin")))
    postgres.drop(postgres.dsn("latin"))


def test_strange_texts_come_back_as_they_were(opened: Open) -> None:
    store = opened()
    strange = [r"\0", "\0", "\\\0", "a' -- \" %s {} $1", "👩‍👧", "\u2028\x7f\x01"]
    for text in strange:
        made = replace(message(text, client_id=text), sender_name=text, meta={"x": [text, 1e300]})
        store.commit(Append(made), Put(Ban(id=text, kind="address", by="", created_at="")))
    stored = store.history("lobby")
    assert [one.content for one in stored] == strange
    assert [one.meta["x"] for one in stored] == [[text, 1e300] for text in strange]
    for text, first in zip(strange, stored, strict=True):
        assert store.find_sent("lobby", "p-1-a", text) == first
        found = store.get(Ban, text)
        assert found and found.id == text
    assert store.conversation("lobby").last_text == strange[-1]
    store.commit(*(Remove("bans", text) for text in strange))
    assert store.all(Ban) == []


def test_one_that_the_database_does_not_take_takes_no_other_with_it(opened: Open) -> None:
    store = opened()
    wrong = Append(replace(message("x"), version=2**40))
    sent = [gevent.spawn(store.commit, one) for one in (Append(message("a")), wrong)]
    sent.append(gevent.spawn(store.commit, Append(message("b"))))
    gevent.joinall(sent, timeout=10)
    assert [one.successful() for one in sent] == [True, False, True]
    assert [one.content for one in store.history("lobby")] == ["a", "b"]


def test_a_client_id_twice_in_one_commit_is_refused_alone(opened: Open) -> None:
    store = opened()
    twice = [Append(message("x", client_id="k"))] * 2
    sent = [gevent.spawn(store.commit, Append(message("a"))), gevent.spawn(store.commit, *twice)]
    gevent.joinall(sent, timeout=10)
    assert [one.successful() for one in sent] == [True, False]
    assert store.status()["fault"] is None and store.conversation("lobby").last_seq == 1


def test_so_many_connections_are_open_at_most_and_the_loop_goes_on(database: str) -> None:
    pool, ticks = Pool(database, 4), list[float]()

    def tick() -> None:
        while True:
            ticks.append(time.monotonic())
            gevent.sleep(0.01)

    ticking = gevent.spawn(tick)
    asked = [gevent.spawn(pool.read, f"{COUNT}, pg_sleep(0.05)", {}) for _ in range(20)]
    gevent.joinall(asked, timeout=20, raise_error=True)
    ticking.kill()
    assert max(one.value[0][0] for one in asked) <= 4
    assert len(ticks) > 10, "five rounds of waiting, in which the loop went on"
    assert pool.connections == 4
    pool.close()
    assert pool.connections == 0


def test_who_is_killed_while_reading_leaves_no_answer_for_the_next(database: str) -> None:
    pool = Pool(database, 1)
    slow = gevent.spawn(pool.read, "SELECT 1 FROM pg_sleep(5)", {})
    gevent.sleep(0.1)
    slow.kill(timeout=5)
    assert pool.read("SELECT 2", {}) == [(2,)]
    pool.close()


def test_who_does_not_answer_is_given_up(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = Pool(database, 1)
    pool.read("SELECT 1", {})
    monkeypatch.setattr(GreenConnection.wait, "__defaults__", (0.0, 0.1))
    with pytest.raises(Unavailable, match="cannot be reached"):
        pool.read("SELECT 1 FROM pg_sleep(30)", {})
    assert pool.away
    assert pool.read("SELECT 2", {}) == [(2,)] and not pool.away
    pool.close()


def test_what_is_old_is_forgotten_and_no_more(opened: Open, database: str) -> None:
    store = opened()
    for key in ("old", "new"):
        store.commit(Append(message(key, client_id=key)))
    with connect(database) as connection:
        connection.execute(
            "UPDATE chatd.sent SET at = now() - interval '8 days' WHERE client = 'old'"
        )
        connection.execute(
            "INSERT INTO chatd.committers (id, seen)"
            " VALUES (gen_random_uuid(), now() - interval '8 days')"
        )
    store.tidy()
    assert store.find_sent("lobby", "p-1-a", "old") is None
    assert store.find_sent("lobby", "p-1-a", "new")
    with connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM chatd.committers").fetchone() == (1,)
    store.commit(Append(message("still")))


def test_what_is_kept_of_participants_who_are_gone_goes(opened: Open) -> None:
    store = opened()
    for sender in ("p-1-a", "p-1-b", "p-1-c"):
        store.commit(Append(message("x", sender=sender, client_id="k")))
    numbers = store.commit(Forget("lobby", ("p-1-a", "p-1-c", "p-1-z")), Append(message("y")))
    assert numbers.messages[0].seq == 4
    assert set(store.conversation("lobby").receipts) == {"p-1-a", "p-1-b"}
    assert store.find_sent("lobby", "p-1-c", "k") is None
    assert store.find_sent("lobby", "p-1-b", "k")


def test_a_change_after_a_cut_is_made_once(opened: Open, database: str, postgres: Server) -> None:
    store = opened()
    first = store.commit(Append(message("m"))).messages[0]
    for number in range(1, 11):
        postgres.ask(CUT, name_of(database))
        first = store.commit(Replace(revise(first, content=str(number)))).replaced[0]
    assert (first.version, first.rev) == (10, 11)


DIALOGS = ["lobby", "TKT-1730053200", "TKT-1730053200/notes"]


class Chances:
    """Commits made up by chance, from what the store in memory has."""

    def __init__(self, near: MemoryStore) -> None:
        self._near = near
        self._chance = random.Random(11)

    def commit(self) -> list[Change]:
        """One to three changes; what is changed is changed once."""
        makers = [*(self.append,) * 3, self.edit, self.advance, self.put, self.forget, self.touch]
        changes = [
            one
            for _ in range(self._chance.randrange(1, 4))
            for one in self._chance.choice(makers)(self._chance.choice(DIALOGS))
        ]
        return list({key_of(one): one for one in changes}.values())

    def append(self, dialog: str) -> list[Change]:
        key = self._chance.choice([None, "a", "b", "c"])
        sender = self._chance.choice(["p-1-a", "p-1-b"])
        return [Append(message("x", dialog, sender=sender, client_id=key))]

    def edit(self, dialog: str) -> list[Change]:
        known = self._near.message(dialog, self._chance.randrange(1, 20))
        stale = self._chance.random() < 0.2
        return [Replace(known if stale else revise(known, content="y"))] if known else []

    def advance(self, dialog: str) -> list[Change]:
        numbers = self._chance.randrange(20), self._chance.randrange(20)
        return [Advance(dialog, f"p-{self._chance.randrange(4)}", *numbers)]

    def put(self, dialog: str) -> list[Change]:
        id = f"TKT-{1_730_053_200 + self._chance.randrange(3)}"
        known = self._near.get(Ticket, id)
        version = (known.version if known else 0) + 1 + (self._chance.random() < 0.2)
        status = self._chance.choice(["bot", "waiting", "active", "closed"])
        return [Put(ticket(id, status=status, version=version))]

    def forget(self, dialog: str) -> list[Change]:
        return [Forget(dialog, ("p-1-a", "p-2"))]

    def touch(self, dialog: str) -> list[Change]:
        return [Touch(dialog)]


def test_whatever_is_done_it_answers_as_the_one_in_memory(opened: Open) -> None:
    store, near = opened(), MemoryStore()
    chances = Chances(near)
    for _ in range(300):
        changes = chances.commit()
        assert outcome(store, changes) == outcome(near, changes), changes
    for dialog in DIALOGS:
        last = near.conversation(dialog)
        assert store.conversation(dialog) == last
        assert list(store.conversation(dialog).receipts) == list(last.receipts)
        assert list(store.history(dialog, limit=500)) == list(near.history(dialog, limit=500))
        for rev in range(0, last.rev, 7):
            asked = {"rev": rev, "seq": last.last_seq - rev % 3, "limit": 9}
            assert store.list_changed(dialog, **asked) == near.list_changed(dialog, **asked)
    assert list(store.tickets()) == list(near.tickets())


def key_of(change: Change) -> object:
    """What a change is about, where only one of a commit may be."""
    if isinstance(change, Put):
        return change.document.id
    if isinstance(change, Replace):
        return change.message.dialog_id, change.message.seq
    if isinstance(change, Append):
        return change.message.dialog_id, change.message.sender_id, change.message.client_id
    return object()


def outcome(store: Any, changes: list[Change]) -> object:
    """What a commit answers, or how it is refused."""
    try:
        return store.commit(*changes)
    except (Overtaken, NotFound) as refused:
        return type(refused)


def test_the_loop_goes_on_while_nobody_answers_who_connects() -> None:
    """As in the daemon, where gevent has patched before psycopg is imported."""
    done = subprocess.run(
        [sys.executable, "-c", CONNECTING], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 20


CONNECTING = """
from gevent import monkey
monkey.patch_all()
import socket, gevent, psycopg
from chatd.store.postgres.connecting import connect
deaf, ticks = socket.create_server(("127.0.0.1", 0)), []
def tick():
    while True:
        ticks.append(1)
        gevent.sleep(0.01)
gevent.spawn(tick)
try:
    connect(f"host=127.0.0.1 port={deaf.getsockname()[1]} connect_timeout=2")
except psycopg.OperationalError:
    print(len(ticks))
"""
