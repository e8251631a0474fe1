"""What the two sides of a ticket say is counted by its conversation, and taken over by its episode
whenever that is stored, whatever is on its way meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import gevent
import msgspec
import pytest
from msgspec.structs import replace

from chatd.config.settings import StoreSettings
from chatd.domain.episode import Episode
from chatd.domain.message import Message
from chatd.domain.ticket import Ticket, episode_id
from chatd.domain.versions import successor
from chatd.errors import Overtaken
from chatd.store.base import Append, Expect, Put, Store
from chatd.store.postgres import schema
from chatd.store.postgres import store as postgres_store
from chatd.store.postgres.connecting import connect
from chatd.store.tiny import journal, sealed
from chatd.store.tiny.store import open_store
from tests.store.backends import SETTINGS, Bench, abandon, message, run_again, ticket

ID, BEGAN = "TKT-1730053200", "2024-10-27T18:20:00.000Z"
FIRST, SECOND = (episode_id(ID, number, BEGAN) for number in (1, 2))


def said(side: Any, **more: Any) -> Append:
    return Append(replace(message("x", ID, **more), sender_type=side))


def begun(number: int) -> Put:
    id = episode_id(ID, number, BEGAN)
    return Put(Episode(id=id, ticket=ID, number=number, site="shop", opened_at=BEGAN))


def counts(store: Store, id: str = FIRST) -> tuple[int, int]:
    found = store.get(Episode, id)
    assert found
    return found.customer_messages, found.operator_messages


def put_again(store: Store, id: str = FIRST) -> None:
    found = store.get(Episode, id)
    assert found
    store.commit(Put(successor(found)))


def test_an_episode_takes_over_what_was_said_since_it_began(bench: Bench) -> None:
    bench.store.commit(begun(1), said("customer"), Put(ticket(ID)))
    for side in ("admin", "bot", "system", "customer", "member", "admin", "customer"):
        bench.store.commit(said(side))
    store = bench.again()
    assert store.conversation(ID).said == (3, 2)
    assert counts(store) == (0, 0), "as it was stored"
    known = store.get(Episode, FIRST)
    assert known and known.count(store.conversation(ID).said).customer_messages == 3
    put_again(store)
    store = bench.again()
    assert counts(store) == (3, 2)
    put_again(store)
    assert counts(bench.again()) == (3, 2), "once"
    assert bench.store.conversation("lobby").said == (0, 0)


def test_one_that_begins_later_counts_from_there(bench: Bench) -> None:
    bench.store.commit(begun(1), said("customer"))
    found = bench.again().get(Episode, FIRST)
    assert found
    bench.store.commit(said("admin"), Put(successor(found)), begun(2), said("customer"))
    store = bench.again()
    assert (counts(store), counts(store, SECOND)) == ((1, 1), (0, 0))
    store.commit(said("customer"))
    put_again(store, SECOND)
    store = bench.again()
    assert (counts(store), counts(store, SECOND)) == ((1, 1), (2, 0))


def test_what_is_sent_again_counts_once(bench: Bench) -> None:
    bench.store.commit(begun(1))
    for _ in range(2):
        bench.store.commit(said("customer", client_id="once"))
    assert bench.again().conversation(ID).said == (1, 0)


def test_many_at_once_are_all_counted_wherever_an_episode_ends(bench: Bench) -> None:
    """Nobody waits for what the others asked for, and episodes are made from what is on its way."""
    store, sides = bench.store, ["customer", "admin", "customer"] * 8
    store.commit(begun(1))

    def change(id: str) -> None:
        if store.get(Episode, id):
            run_again(lambda: put_again(store, id))

    def turn() -> None:
        first = store.get(Episode, FIRST)
        assert first
        store.commit(Put(successor(first)), begun(2), said("system"))

    def write(number: int) -> None:
        store.commit(said(sides[number], sender=f"p-{number}"))

    asked = [gevent.spawn(write, number) for number in range(10)]
    asked += [gevent.spawn(change, FIRST), gevent.spawn(write, 10), gevent.spawn(run_again, turn)]
    asked += [gevent.spawn(change, SECOND), gevent.spawn(write, 11), gevent.spawn(change, SECOND)]
    asked += [gevent.spawn(write, number) for number in range(12, len(sides))]
    gevent.joinall(asked, timeout=20, raise_error=True)
    change(SECOND)
    store = bench.again()
    everything = store.history(ID, limit=100)
    ended = next(one.seq for one in everything if one.sender_type == "system")
    assert counts(store) == sides_of(one for one in everything if one.seq < ended)
    assert counts(store, SECOND) == sides_of(one for one in everything if one.seq > ended)
    assert store.conversation(ID).said == sides_of(everything) == (16, 8)


def sides_of(messages: Iterable[Message]) -> tuple[int, int]:
    """How many are the customer's, and how many operators'."""
    kinds = [one.sender_type for one in messages]
    return kinds.count("customer"), kinds.count("admin")


def test_what_was_decided_by_an_older_version_changes_nothing(bench: Bench) -> None:
    store = bench.store
    store.commit(Put(ticket(ID)))
    store.commit(Expect("tickets", ID, 1), said("customer"))
    store.commit(Put(ticket(ID, version=2)))
    for version in (0, 1, 3):
        with pytest.raises(Overtaken):
            store.commit(Expect("tickets", ID, version), said("customer"), Put(begun(1).document))
    with pytest.raises(Overtaken):
        store.commit(Expect("tickets", "TKT-1", 1), said("customer"))
    store = bench.again()
    assert store.get(Episode, FIRST) is None and store.conversation(ID).last_seq == 1
    store.commit(Expect("tickets", ID, 2), Expect("tickets", "TKT-1", 0), said("customer"))
    store = bench.again()
    found = store.get(Ticket, ID)
    assert found and found.version == 2 and store.conversation(ID).last_seq == 2


def test_what_is_on_its_way_is_expected_as_it_is_to_be(bench: Bench) -> None:
    store = bench.store
    store.commit(Put(ticket(ID)))
    refused: list[str] = []

    def late() -> None:
        try:
            store.commit(Expect("tickets", ID, 1), said("customer"))
        except Overtaken:
            refused.append("late")

    asked = [
        gevent.spawn(store.commit, Expect("tickets", ID, 1), said("admin")),
        gevent.spawn(store.commit, Put(ticket(ID, version=2, status="closed"))),
        gevent.spawn(late),
        gevent.spawn(store.commit, Expect("tickets", ID, 2), said("admin")),
    ]
    gevent.joinall(asked, timeout=20, raise_error=True)
    assert refused == ["late"]
    assert bench.again().conversation(ID).said == (0, 2)


def test_who_sends_again_is_answered_although_the_ticket_changed(bench: Bench) -> None:
    store = bench.store
    store.commit(Put(ticket(ID)))
    first = store.commit(Expect("tickets", ID, 1), said("customer", client_id="once"))
    store.commit(Put(ticket(ID, version=2)))
    again = store.commit(Expect("tickets", ID, 1), said("customer", client_id="once"))
    assert again.repeated and again.messages == first.messages


NEW = ("said", "counted")


def without(value: Any) -> Any:
    """What the chatd before would have written of it."""
    if isinstance(value, list):
        return [without(one) for one in value]
    if isinstance(value, dict):
        return {name: without(one) for name, one in value.items() if name not in NEW}
    return value


def as_before(directory: Path) -> None:
    """Files and journal as they were when each message was counted in its episode."""
    for path in directory.rglob("*/*.json"):
        name = str(path.relative_to(directory).with_suffix(""))
        number = sealed.read_seal(path, path.read_bytes())[1].number
        table = msgspec.json.decode(path.read_bytes())[name.partition("/")[0]]
        sealed.write(directory, name, without(table), number)
    for path in journal.journals(directory / "journal"):
        data, at = path.read_bytes(), journal.FIRST_LINE
        written = data[:at]
        while header := journal.read_header(data, at):
            number, end, _ = header
            commits = msgspec.json.decode(data[at + journal.HEADER : end])
            written += journal.encode_frame(number, [*map(msgspec.json.encode, without(commits))])
            at = end
        path.write_bytes(written)


@pytest.mark.parametrize("stored", [0, 3, 6], ids=["journal", "files and journal", "files"])
def test_what_was_counted_before_is_kept_and_counted_on(tmp_path: Path, stored: int) -> None:
    directory = tmp_path / "data"
    store = open_store(directory, SETTINGS)
    first = begun(1).document
    assert isinstance(first, Episode)
    store.commit(said("customer"), Put(replace(first, customer_messages=1, counted=(9, 9))))
    for number, side in enumerate(["admin", "customer"] * 3):
        if number == stored and stored:
            store.checkpoint()
        known = store.get(Episode, FIRST)
        assert known
        more = {"customer_messages": known.customer_messages + (side == "customer")}
        more["operator_messages"] = known.operator_messages + (side == "admin")
        store.commit(said(side), Put(successor(replace(known, counted=(9, 9)), **more)))
    if stored == 6:
        store.checkpoint()
    abandon(store)
    as_before(directory)
    for _ in range(2):
        store = open_store(directory, SETTINGS)
        found = store.get(Episode, FIRST)
        assert found
        shown = found.count(store.conversation(ID).said)
        assert (shown.customer_messages, shown.operator_messages) == (4, 3)
        abandon(store)
    store = open_store(directory, SETTINGS)
    store.commit(said("customer"), said("admin"))
    put_again(store)
    store.checkpoint()
    assert counts(store) == (5, 4)
    store.close()


def test_what_a_database_has_counted_before_is_kept_and_counted_on(database: str) -> None:
    body = {"id": FIRST, "ticket": ID, "number": 1, "site": "shop", "opened_at": BEGAN}
    told = msgspec.json.encode(
        {**body, "customer_messages": 4, "operator_messages": 3, "version": 7}
    )
    with closing(connect(database)) as connection:
        connection.execute(b"DROP SCHEMA chatd CASCADE")
        schema.bring_up(connection, schema.steps()[:1])
        connection.execute(
            b"INSERT INTO chatd.documents (kind, id, version, body, number)"
            b" VALUES ('episodes', %s, 7, %s, 0)",
            (FIRST, told.decode()),
        )
        connection.execute(
            b"INSERT INTO chatd.dialogs (id, last_seq, rev) VALUES (%s, 0, 9)", (ID,)
        )
        schema.bring_up(connection, schema.steps())
    store = postgres_store.open_store(StoreSettings(backend="postgres", dsn=database))
    assert counts(store) == (4, 3)
    store.commit(said("customer"), said("admin"))
    for _ in range(2):
        put_again(store)
        assert counts(store) == (5, 4)
    store.close()
