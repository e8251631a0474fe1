"""Whatever becomes of the daemon or the disk: all that was committed is found, and once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chatd.domain.message import revise
from chatd.errors import Unavailable
from chatd.search.base import Filter
from chatd.search.embedded import EmbeddedIndex
from chatd.service import searching
from chatd.service.searching import FedSearch
from chatd.store.base import Append, Put, Remove, Replace
from chatd.store.tiny.store import TinyStore, open_store
from tests.disks import Disk, mounted
from tests.store.backends import SETTINGS, abandon, message, ticket

WORDS = ["apple", "pear", "plum", "fig", "lime"]


class Fed:
    """A store and an index that is fed from it."""

    def __init__(self, directory: Path, index: Path | None = None) -> None:
        self.directory = directory
        self.index_directory = index or directory / "search"
        self.open()

    def open(self) -> None:
        self.store: TinyStore = open_store(self.directory, SETTINGS)
        self.index = EmbeddedIndex(self.index_directory / "index.db")
        self.search = FedSearch(self.index, self.store, lambda: ["lobby"])
        self.search.claim()
        self.store.follow(self.search.hear)

    def say(self, *texts: str, dialog_id: str = "lobby") -> None:
        for text in texts:
            self.store.commit(Append(message(text, dialog_id)))

    def change(self, seq: int, content: str) -> None:
        was = self.store.message("lobby", seq)
        assert was
        self.store.commit(Replace(revise(was, content=content)))

    def kill(self) -> None:
        """As by ``kill -9``, and started again."""
        abandon(self.store)
        self.search._changing.stop()
        self.search._finding.stop()
        self.index.close()
        self.open()

    def restart(self) -> None:
        self.store.close()
        self.search.stop()
        self.open()

    def found(self, typed: str, *dialogs: str) -> list[int]:
        """Each once, or more often."""
        among = Filter(dialogs=dialogs)
        hits = self.search.find(self.search.parse(typed), among, before=0, limit=1_000)
        return sorted(hit.seq for hit in hits)

    def truth(self, word: str) -> list[int]:
        """What there is to be found, looked up one by one."""
        said = self.store.history("lobby", limit=10_000)
        return [one.seq for one in said if re.search(rf"\b{word}\b", one.content)]

    def agrees(self) -> bool:
        """Whether it finds what there is, all of it, nothing else and nothing twice."""
        return all(self.found(word) == self.truth(word) for word in WORDS)

    def close(self) -> None:
        self.store.close()
        self.search.stop()


@pytest.fixture
def fed(tmp_path: Path) -> Iterator[Fed]:
    made = Fed(tmp_path / "data")
    yield made
    made.close()


def test_killed_at_any_moment_it_catches_up_from_where_it_was(
    fed: Fed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "PAGE", 4)
    fed.search.turn()
    for round in range(6):
        fed.say(*(f"{WORDS[one % 5]} {round}" for one in range(9)))
        if round % 2:
            fed.search.turn()
        fed.change(2 + round, "plum instead")
        fed.change(3 + round, "")
        puts, put = round, fed.index.put

        def killed(entries: Any, put: Callable[[Any], None] = put) -> None:
            nonlocal puts
            puts -= 1
            if puts < 0:
                raise OSError("killed")
            put(entries)

        fed.index.put = killed  # type: ignore[method-assign]
        fed.search.turn()  # so many of its steps
        fed.kill()
        fed.search.turn()
        assert not fed.search.behind and fed.agrees()


def test_changes_that_came_while_it_compared_are_not_missed(
    fed: Fed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "PAGE", 2)
    fed.say(*WORDS)
    fed.search.turn()
    fed.say("apple", "pear", "plum")
    fed.kill()
    put, calls = fed.index.put, 0

    def put_and_change(entries: Any) -> None:
        nonlocal calls
        put(entries)
        calls += 1
        if calls == 2:
            raise OSError("killed")
        late.append(calls)

    late: list[int] = []
    fed.index.put = put_and_change  # type: ignore[method-assign]
    fed.change(1, "fig, before")
    fed.change(2, "fig, before")
    fed.search.turn()
    assert fed.search.behind and late == [1]
    fed.change(4, "lime, since")
    fed.kill()
    fed.search.turn()
    assert fed.agrees() and fed.found("lime") == [4, 5]


def test_many_small_conversations_are_indexed_in_one_go(fed: Fed) -> None:
    for number in range(30):
        fed.store.commit(Put(ticket(f"TKT-{number}")))
        fed.say("apple", dialog_id=f"TKT-{number}")
    fed.kill()
    puts, put = list[int](), fed.index.put

    def counted(entries: Any) -> None:
        puts.append(len(entries))
        put(entries)

    fed.index.put = counted  # type: ignore[method-assign]
    fed.search.turn()
    assert puts == [30] and len(fed.found("apple")) == 30


def test_a_restart_has_nothing_to_look_through(fed: Fed) -> None:
    fed.say("apple")
    fed.search.turn()
    fed.say("pear")
    fed.restart()
    fed.index.position = None  # type: ignore[assignment,method-assign]
    fed.search.turn()
    assert not fed.search.behind and fed.agrees()


def test_more_at_once_than_wait_for_it_are_compared(
    fed: Fed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "MOST_WAITING", 3)
    fed.search.asked = type(fed.search.asked)(maxlen=3)
    fed.store.follow(fed.search.hear)
    fed.search.turn()
    fed.say(*WORDS, *WORDS)
    assert len(fed.search.asked) == 3
    fed.search.turn()
    assert fed.agrees() and fed.found("apple") == [1, 6]


def test_what_is_gone_while_it_was_not_looking_is_taken_out(fed: Fed) -> None:
    fed.store.commit(Put(ticket("TKT-1")))
    fed.say("apple", "tamarind", dialog_id="TKT-1")
    fed.search.turn()
    assert fed.found("apple", "TKT-1") == [1]
    fed.store.commit(Remove("tickets", "TKT-1"))
    for one in fed.store.history("TKT-1", limit=9):
        fed.store.commit(Replace(revise(one, content="")))
    fed.search.asked.clear()  # as if killed before it was indexed
    fed.kill()
    fed.search.turn()
    assert fed.found("apple") == []
    fed.index.tidy(now=True)
    kept = b"".join(one.read_bytes() for one in (fed.directory / "search").iterdir())
    assert b"tamarind" not in kept


def test_data_that_was_set_back_is_indexed_as_it_is(fed: Fed, tmp_path: Path) -> None:
    fed.say("apple", "apple")
    fed.search.turn()
    fed.say("apple", "pear")
    fed.kill()
    fed.search.turn()
    fed.close()
    fed.directory = tmp_path / "older"
    fed.index_directory = tmp_path / "data" / "search"
    fed.open()
    fed.search.behind = True
    fed.say("plum")
    fed.kill()
    fed.search.turn()
    assert fed.agrees() and fed.found("apple") == []


def test_what_was_just_committed_is_found_and_what_was_blanked_meanwhile_is_never_put_in(
    fed: Fed,
) -> None:
    fed.search.turn()
    fed.say("apple", "plum")
    assert fed.found("apple") == [1], "nobody waits for a turn"
    fed.say("rambutan plum", "pear")
    fed.change(3, "")
    fed.change(2, "")
    assert fed.found("pear") == [4] and fed.found("plum") == []
    kept = b"".join(one.read_bytes() for one in (fed.directory / "search").iterdir())
    assert b"rambutan" not in kept and b"pear" in kept


def test_it_is_made_anew_while_people_write(fed: Fed) -> None:
    fed.say(*WORDS)
    fed.search.turn()
    assert fed.search.rebuild() == 5
    fed.say("apple")
    assert fed.agrees() and fed.search.rebuild() == 6


def test_a_full_disk_stops_the_index_alone_and_it_catches_up(tmp_path: Path) -> None:
    with mounted(tmp_path / "small", 700) as disk:
        fed = Fed(tmp_path / "data", disk.home / "search")
        try:
            fill(fed, disk)
        finally:
            fed.close()


def fill(fed: Fed, disk: Disk) -> None:
    fed.say("apple")
    fed.search.turn()
    assert not fed.search.fault
    disk.fill()
    for _ in range(50):
        fed.say(*(f"pear {'word ' * 700}" for _ in range(10)))
        fed.search.turn()
        if fed.search.fault:
            break
    assert "disk is full" in fed.search.fault and fed.search.behind
    assert fed.found("apple") == [1], "what is in it is found"
    fed.say("plum")
    fed.search.turn()
    assert fed.search.behind and fed.found("plum") == []
    with pytest.raises(Unavailable, match="nothing is indexed"):
        fed.search.rebuild()
    disk.free()
    fed.search.turn()
    assert not fed.search.fault and not fed.search.behind and fed.agrees()
