"""PostgreSQL: what is raced for or waited for; versions of the tables; strange texts."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress

import gevent
import psycopg
import pytest
from msgspec.structs import replace

from chatd.config.settings import StoreSettings
from chatd.domain.participant import Ban, Operator
from chatd.domain.ticket import Ticket
from chatd.errors import Overtaken, Unavailable
from chatd.store.base import Append, Forget, Put, Remove, Touch
from chatd.store.postgres import schema
from chatd.store.postgres.connecting import GreenConnection, Pool, connect
from chatd.store.postgres.store import open_store
from tests.postgres import Server
from tests.store.backends import OPERATOR, Open, message, ticket

COUNT = "SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database())"


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


@pytest.mark.parametrize("wins", [False, True], ids=["overtaken", "stored"])
def test_who_has_read_what_is_on_its_way_is_told_whether_it_came_to_be(
    opened: Open, wins: bool
) -> None:
    here, there = opened(), opened()
    here.commit(Put(ticket("TKT-1")))
    if not wins:
        there.commit(Put(ticket("TKT-1", operator="boris", version=2)))
    told: list[object] = []

    def read(confirm: Callable[[], object]) -> None:
        found = here.get(Ticket, "TKT-1")
        assert found and found.operator == "anna", "it is read before it is durable"
        try:
            confirm()
            told.append(asked.ready())
        except Overtaken:
            told.append("overtaken")

    def ask() -> None:
        with suppress(Overtaken):
            here.commit(Put(ticket("TKT-1", operator="anna", version=2)))

    asked = gevent.spawn(ask)
    gevent.sleep(0)
    waits = here.confirm, here.commit
    gevent.joinall([gevent.spawn(read, one) for one in waits], timeout=20, raise_error=True)
    asked.get(timeout=20)
    assert told == ([True, True] if wins else ["overtaken", "overtaken"])
    found = here.get(Ticket, "TKT-1")
    here.confirm()
    assert found and found.operator == ("anna" if wins else "boris")


def test_who_has_stored_something_is_not_run_again_for_what_they_read_then(opened: Open) -> None:
    here, there = opened(), opened()
    here.commit(Put(ticket("TKT-1")))
    here.confirm()
    there.commit(Put(ticket("TKT-1", operator="boris", version=2)))

    def ask() -> None:
        with pytest.raises(Overtaken):
            here.commit(Put(ticket("TKT-1", operator="anna", version=2)))

    def read_what_never_comes_to_be() -> None:
        asked = gevent.spawn(ask)
        gevent.sleep(0)
        found = here.get(Ticket, "TKT-1")
        assert found and found.operator == "anna" and not asked.ready()
        here.confirm()
        assert asked.ready(), "it is waited for all the same"
        asked.get()

    here.commit(Append(message("once")))
    read_what_never_comes_to_be()
    for act in (here.confirm, here.commit, lambda: None):
        act()
        with pytest.raises(Overtaken):
            read_what_never_comes_to_be()


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
    asked = [gevent.spawn(pool.read, f"{COUNT}, pg_sleep(0.2)", {}) for _ in range(20)]
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
    monkeypatch.setattr(GreenConnection, "patience_s", 0.1)
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
