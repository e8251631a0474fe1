"""All of a store carried into one of another kind and back: the same, counted; interrupted and gone
on with; refused onto what is not empty."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import gevent
import pytest
from msgspec.structs import replace

from chatd.config.settings import StoreSettings
from chatd.domain.episode import Episode
from chatd.domain.errand import Errand
from chatd.domain.facts import Facts
from chatd.domain.message import revise
from chatd.domain.participant import Ban, Operator, Participant
from chatd.domain.ticket import Ticket, first_episode_id
from chatd.domain.versions import successor
from chatd.errors import Conflict, Damaged, Unavailable
from chatd.store import moving
from chatd.store.base import Advance, Append, Forget, Put, Remove, Replace, Store
from chatd.store.moving import Source
from chatd.store.postgres import moving as databases
from chatd.store.postgres import store as postgres_store
from chatd.store.postgres.connecting import connect
from chatd.store.tiny import maintenance
from chatd.store.tiny import moving as directories
from chatd.store.tiny.store import open_store
from tests.conftest import MakeDaemon
from tests.postgres import Server
from tests.store.backends import OPERATOR, message, ticket
from tests.store.test_contract import PERSON, episode

SETTINGS = StoreSettings(segment_messages=50, cache_bytes=20_000)
LONG = 1_234


def fill(store: Store) -> None:
    """Something of everything."""
    for first in range(0, LONG, 500):
        some = range(first, min(LONG, first + 500))
        store.commit(*(Append(message(f"m{n}", client_id=f"k{n}")) for n in some))
    for seq in (3, 1_200, 3):
        known = store.message("lobby", seq)
        assert known
        store.commit(Replace(revise(known, content="changed \0 👩‍👧")))
    store.commit(*(Advance("lobby", f"p-{n}-r", n, n // 2) for n in range(1, 30)))
    for number in range(12):
        id = f"TKT-{1_730_000_000 + number * 100_000}"
        store.commit(Put(ticket(id)), Append(message("x", id, sender=f"p-{number}", client_id="k")))
        if number % 3 == 0:
            store.commit(Put(ticket(id, status="closed", version=2)))
        if number % 6 == 0:
            store.commit(Put(ticket(id, status="waiting", version=3, episode=2)))
        store.commit(Put(episode(id, 1, f"2024-10-{number + 10}T00:00:00.000Z")))
    store.commit(Forget("TKT-1730000000", ("p-0",)))
    first = message("carried", "TKT-1730100000/notes")
    errand = Errand(
        id="e-67a1b2c3-a", kind="webhook", target="t", type="x", created_at="", message=first
    )
    store.commit(Append(first), Put(errand))
    store.commit(Put(Operator(**OPERATOR)), Put(Participant(**PERSON, name="a", expires_at="2")))
    store.commit(*(Put(Ban(id=f"b{n} \\", kind="address", by="", created_at="")) for n in range(5)))
    store.commit(Remove("bans", "b2 \\"))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory, not to be changed but by opening it."""
    directory = tmp_path_factory.mktemp("filled") / "data"
    store = open_store(directory, SETTINGS)
    fill(store)
    store.close()
    maintenance.set_back(directory)
    return directory


@pytest.fixture
def empty(postgres: Server) -> Iterator[str]:
    """A database without any tables."""
    dsn = postgres.database("template0")
    yield dsn
    postgres.drop(dsn)


def to_database(directory: Path, dsn: str) -> dict[str, int]:
    with directories.reading(directory, SETTINGS) as source, databases.filling(dsn) as target:
        return moving.copy(source, target)


def to_directory(dsn: str, directory: Path) -> dict[str, int]:
    with databases.reading(dsn) as source, directories.filling(directory, SETTINGS) as target:
        return moving.copy(source, target)


def test_there_and_back_everything_is_the_same(filled: Path, empty: str, tmp_path: Path) -> None:
    counted = to_database(filled, empty)
    assert counted["messages"] == LONG + 12 + 1 and counted["tickets"] == 12
    assert counted["conversations"] == 14 and counted["bans"] == 4 and counted["episodes"] == 12
    back = tmp_path / "back"
    assert to_directory(empty, back) == counted
    assert not (tmp_path / "back.copying").exists()
    with ExitStack() as held:
        before = held.enter_context(directories.reading(filled, SETTINGS))
        after = held.enter_context(directories.reading(back, SETTINGS))
        assert after.counts_from == before.counts_from > 0
        for kind in moving.KINDS:
            assert by_id(after.documents(kind)) == by_id(before.documents(kind)), kind
        states = {one.id: one for one in before.conversations()}
        for state in after.conversations():
            known = states.pop(state.id)
            assert moving.essence(state) == moving.essence(known)
            assert (state.last_at, state.last_text) == (known.last_at, known.last_text)
            assert (state.last_sender, state.changed) == (known.last_sender, known.changed)
            assert list(after.messages(state.id, 0)) == list(before.messages(state.id, 0))
        assert not states


def by_id(documents: Iterator[Any]) -> dict[str, Any]:
    """Whatever the order."""
    found = list(documents)
    assert len({one.id for one in found}) == len(found), "none twice"
    return {one.id: one for one in found}


def test_what_was_copied_goes_on_as_before(filled: Path, empty: str, tmp_path: Path) -> None:
    to_database(filled, empty)
    to_directory(empty, tmp_path / "back")
    settings = StoreSettings(backend="postgres", dsn=empty)
    opening: list[Callable[[], Any]] = [
        lambda: postgres_store.open_store(settings),
        lambda: open_store(tmp_path / "back", SETTINGS),
    ]
    found = maintenance.format_of(filled)
    assert found
    with directories.reading(filled, SETTINGS) as source:
        stored = {one.id: Facts.of(one) for one in source.documents("episodes")}
    for make in opening:
        store = make()
        assert figures_of(store) == stored, "reports say the same"
        again = store.commit(Append(message("other", client_id=f"k{LONG - 1}")))
        assert again.repeated and again.messages[0].seq == LONG
        new = store.commit(Append(message("new", client_id="new"))).messages[0]
        assert new.seq == LONG + 1 and new.rev > found.counts_from
        assert store.next_ticket_id(0) == "TKT-1731100001"
        known = store.get(Ticket, "TKT-1730000000")
        assert known and known.version == 3 and known.open
        assert store.list_changed("lobby", rev=LONG, seq=LONG, limit=9) is None, "set back since"
        assert store.list_changed("lobby", rev=found.counts_from, seq=LONG + 1, limit=9) == [new]
        kept = store.get(Errand, "e-67a1b2c3-a")
        assert kept and kept.message and kept.message.id == "TKT-1730100000/notes:1"
        first = episode("TKT-1730200000", 1, "2024-10-12T00:00:00.000Z").id
        was = store.get(Episode, first)
        assert was
        said = replace(message("more", was.ticket, sender="p-2"), sender_type="customer")
        store.commit(Append(said), Put(successor(was, transfers=1)))
        now = figures_of(store).pop(first)
        assert now.customer_messages == stored[first].customer_messages + 1 and now.transfers == 1
        store.close()


def figures_of(store: Store) -> dict[str, Facts]:
    """What reports read of all requests for help."""
    times = {"since": first_episode_id(0), "until": first_episode_id(2e9)}
    return {one.id: one for part in store.excerpts(Episode, Facts, **times) for one in part}


class Interrupted(Exception):
    """The power went."""


class Breaking:
    """A target that breaks after so many writes."""

    def __init__(self, target: Any, left: int) -> None:
        self._target = target
        self._left = left

    def __getattr__(self, name: str) -> Any:
        if name.startswith("put_"):
            self._left -= 1
            if self._left < 0:
                raise Interrupted
        return getattr(self._target, name)


def goes_on(source: Source, target: Any, left: int) -> bool:
    """Whether a copy that breaks after so many writes is done."""
    try:
        moving.copy(source, Breaking(target, left))  # type: ignore[arg-type]
    except Interrupted:
        return False
    return True


def test_what_was_interrupted_is_gone_on_with(filled: Path, empty: str, tmp_path: Path) -> None:
    for left in range(3, 40, 4):
        with directories.reading(filled, SETTINGS) as source, databases.filling(empty) as target:
            if goes_on(source, target, left):
                break
        with pytest.raises(Unavailable, match="interrupted copy of directory"):
            postgres_store.open_store(StoreSettings(backend="postgres", dsn=empty))
        with pytest.raises(Unavailable, match="interrupted copy of directory"):
            to_directory(empty, tmp_path / "other")
    assert left > 5
    back = tmp_path / "back"
    for left in range(3, 40, 4):
        with databases.reading(empty) as source, directories.filling(back, SETTINGS) as target:
            if goes_on(source, target, left):
                break
        assert not back.exists()
    assert left > 5
    with directories.reading(back, SETTINGS) as source:
        assert moving.sums(source)["messages"].count == LONG + 13


def test_a_begun_copy_is_of_one_source(
    filled: Path, empty: str, tmp_path: Path, database: str
) -> None:
    other = tmp_path / "other"
    open_store(other, SETTINGS).close()
    with directories.reading(filled, SETTINGS) as source, databases.filling(empty) as target:
        assert not goes_on(source, target, 2)
    with pytest.raises(Conflict, match=r"begun copy of directory .*filled"):
        to_database(other, empty)
    with directories.filling(tmp_path / "to", SETTINGS) as begun:
        begun.begin("directory /other")
    with pytest.raises(Conflict, match="begun copy of directory"):
        to_directory(database, tmp_path / "to")


def test_nothing_is_copied_onto_what_is_not_empty(
    filled: Path, empty: str, tmp_path: Path, database: str
) -> None:
    to_database(filled, empty)
    with pytest.raises(Conflict, match="the database is not empty"):
        to_database(filled, empty)
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "letter").write_text("x")
    with pytest.raises(Conflict, match="there is not empty"):
        to_directory(database, tmp_path / "there")
    with pytest.raises(Conflict, match="no data directory"):
        to_database(tmp_path / "nothing", database)
    (tmp_path / "void").mkdir()
    to_directory(database, tmp_path / "void")
    open_store(tmp_path / "void", SETTINGS).close()


def test_nothing_is_copied_while_a_chatd_runs_on_it(
    filled: Path, database: str, tmp_path: Path
) -> None:
    settings = StoreSettings(backend="postgres", dsn=database)
    running = postgres_store.open_store(settings)
    with pytest.MonkeyPatch.context() as impatient:
        impatient.setattr("chatd.store.postgres.claiming.LET_GO_S", 0.1)
        with pytest.raises(Unavailable, match=r"^a chatd runs on the database: stop it first$"):
            to_database(filled, database)
        with pytest.raises(Unavailable, match=r"^a chatd runs on the database: stop it first$"):
            to_directory(database, tmp_path / "to")
    running.close()
    with databases.alone(database), pytest.MonkeyPatch.context() as impatient:
        impatient.setattr("chatd.store.postgres.claiming.LET_GO_S", 0.1)
        with pytest.raises(Unavailable, match="being copied"):
            postgres_store.open_store(settings)


def test_who_has_just_ended_is_waited_for(database: str) -> None:
    settings = StoreSettings(backend="postgres", dsn=database)
    leaving = postgres_store.open_store(settings)
    gone = gevent.spawn_later(0.2, leaving.close)
    with databases.alone(database):
        pass
    gone.get(timeout=10)
    with ExitStack() as copying:
        copying.enter_context(databases.alone(database))
        gone = gevent.spawn_later(0.2, copying.close)
        postgres_store.open_store(settings).close()
        gone.get(timeout=10)


CHANGES = {
    "messages": "UPDATE chatd.messages SET body = replace(body, 'm77\"', 'm78\"')",
    "conversations": "DELETE FROM chatd.receipts WHERE participant = 'p-7-r'",
    "bans": "DELETE FROM chatd.documents WHERE id = 'b1 \\\\'",
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_copy_that_is_not_the_same_is_refused(filled: Path, empty: str, what: str) -> None:
    with directories.reading(filled, SETTINGS) as source, databases.filling(empty) as target:
        whole = target.reading

        def reading(counts_from: int) -> Any:
            with connect(empty) as connection:
                done = connection.execute(CHANGES[what].encode())
                assert done.rowcount
            return whole(counts_from)

        target.reading = reading  # type: ignore[method-assign]
        with pytest.raises(Damaged, match=rf"is not what was copied: {what} \("):
            moving.copy(source, target)
    with pytest.raises(Unavailable, match="interrupted copy"):
        postgres_store.open_store(StoreSettings(backend="postgres", dsn=empty))


def test_the_command_copies_the_configured_store(
    make_daemon: MakeDaemon, empty: str, tmp_path: Path
) -> None:
    daemon = make_daemon(start=False)
    store = open_store(daemon.data, SETTINGS)
    store.commit(Append(message("x")))
    store.close()

    def run(*words: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "chatd", "store", "copy", "--to", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stderr

    def configured(**fields: Any) -> list[str]:
        daemon.write_config({"data_dir": str(daemon.data), "store": fields})
        return ["--config", str(daemon.config_file)]

    status, said = run(empty, *configured())
    assert status == 0 and "OK: the database: " in said and "1 messages" in said, said
    assert run(empty, *configured())[0] == 6
    status, said = run(str(tmp_path / "to"), *configured(backend="postgres", dsn=empty))
    assert status == 0 and f"OK: {tmp_path / 'to'}: " in said, said
    status, said = run("host=/nowhere dbname=x", *configured())
    assert status == 1 and "chatd: PostgreSQL: " in said and "Traceback" not in said
