"""The index in a database: what several nodes write is found at once, and nothing is missed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from chatd.domain.message import revise
from chatd.errors import Unavailable
from chatd.search import stored
from chatd.search.base import Filter
from chatd.search.stored import LAST, StoredIndex, queue_all
from chatd.service import searching_stored
from chatd.service.searching_stored import StoredSearch
from chatd.store.base import Append, Replace
from chatd.store.postgres import schema
from chatd.store.postgres.connecting import connect
from chatd.store.postgres.store import PostgresStore
from tests.search.test_index import found
from tests.store.backends import Open, message

Search = Callable[[], StoredSearch]


@pytest.fixture
def search(database: str) -> Iterator[Search]:
    """What nodes find by, none of which leads."""
    made = list[StoredSearch]()

    def make() -> StoredSearch:
        made.append(StoredSearch(StoredIndex(database), lambda: False))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def seqs(search: StoredSearch, typed: str) -> list[int]:
    hits = search.find(search.parse(typed), Filter(), before=0, limit=100)
    return sorted(hit.seq for hit in hits)


def change(store: PostgresStore, seq: int, content: str) -> None:
    was = store.message("lobby", seq)
    assert was
    store.commit(Replace(revise(was, content=content)))


def test_what_one_node_writes_another_finds_at_once(opened: Open, search: Search) -> None:
    store, here, there = opened(), search(), search()
    store.commit(Append(message("one apple")), Append(message("one pear")))
    assert seqs(here, "apple") == [1] == seqs(there, "apple")
    change(store, 1, "one plum")
    assert seqs(there, "apple") == [] and seqs(here, "plum") == [1]
    assert not here.behind and not there.behind


def test_what_is_changed_while_its_words_are_made_goes_on_waiting(
    opened: Open, database: str
) -> None:
    store, index = opened(), StoredIndex(database)
    store.commit(Append(message("one apple")), Append(message("one lime")))
    rows = index.spell(index.list_waiting(LAST, 10))
    change(store, 1, "one plum")
    index.put(rows)
    assert [one.seq for one in index.list_waiting(LAST, 10)] == [1] and index.count() == 2
    index.put(index.spell(index.list_waiting(LAST, 10)))
    assert (found(index, "apple"), found(index, "plum")) == ([], [1])
    assert not index.list_waiting(LAST, 10)
    change(store, 2, "")
    assert found(index, "lime") == [], "from the commit on"
    index.put(index.spell(index.list_waiting(LAST, 10)))
    assert index.count() == 1
    index.close()


def test_two_that_are_written_at_one_moment_by_two_nodes_are_both_found(
    opened: Open, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "place_of", lambda entry: 1_000)
    store, index, other = opened(), StoredIndex(database), StoredIndex(database)
    store.commit(*(Append(message("apple", f"room-{n}")) for n in range(4)))
    waiting = index.list_waiting(LAST, 10)
    index.put(index.spell(waiting[:2]))
    other.put(other.spell(waiting[1:]))
    hits = index.find(StoredSearch(index, bool).parse("apple"), Filter(), before=0, limit=9)
    assert len({one.place for one in hits}) == len({one.dialog_id for one in hits}) == 4
    index.close()
    other.close()


def test_more_than_anybody_waits_for_is_left_to_who_leads(
    opened: Open, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching_stored, "BATCH", 2)
    store, here, leader = opened(), search(), search()
    leader._leads = lambda: True
    store.commit(*(Append(message(f"apple {n}")) for n in range(7)))
    assert seqs(here, "apple") == [6, 7] and here.behind
    leader.turn()
    assert not leader.behind and seqs(here, "apple") == list(range(1, 8))
    assert not here.behind
    assert leader.rebuild() == 7 and seqs(here, "apple") == list(range(1, 8))


def test_what_was_written_before_there_was_an_index_is_found(opened: Open, database: str) -> None:
    store = opened()
    store.commit(Append(message("one apple")), Append(message("")))
    store.close()
    with connect(database) as connection:
        connection.execute("DROP TABLE chatd.words, chatd.unindexed")
        connection.execute("DROP FUNCTION chatd.unindex CASCADE")
        connection.execute("UPDATE chatd.about SET version = 4")
        schema.bring_up(connection, schema.steps())
    stored.fill(database)
    index = StoredIndex(database)
    assert found(index, "apples") == [1] and index.count() == 1
    queue_all(database)
    assert index.count() == 0 and len(index.list_waiting(LAST, 9)) == 2
    index.close()


def test_where_the_database_is_away_nothing_is_found_and_it_says_so(database: str) -> None:
    here = StoredSearch(StoredIndex(f"{database} port=1"), lambda: True)
    with pytest.raises(Unavailable):
        seqs(here, "apple")
    here.turn()
    assert "nothing is indexed" in here.fault and here.behind
    here.stop()


def test_who_asks_too_much_is_told_so(
    database: str, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "LONGEST_MS", 1_000)
    here = search()
    with connect(database) as holding, holding.transaction():
        holding.execute("LOCK TABLE chatd.words")
        with pytest.raises(Unavailable, match="too long to find; look for less"):
            seqs(here, "apple")
    assert seqs(here, "apple") == [], "and it goes on"
