"""What an index is given is found, as it is now, the same in every kind of index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest

from chatd.search.base import Entry, Filter, Hit
from chatd.search.embedded import EmbeddedIndex
from chatd.search.query import Query, parse
from chatd.search.stored import StoredIndex
from chatd.search.words import Stems

STEMS = Stems()


def entry(seq: int, content: str, **fields: Any) -> Entry:
    given = {"dialog_id": "lobby", "rev": seq, "at": 1_000 * seq, "kind": "room", "site": ""}
    return Entry(**{**given, "sender_id": "p-1-a", "seq": seq, "content": content, **fields})


class Finds(Protocol):
    """What is common to all of them."""

    def put(self, entries: Sequence[Entry]) -> None: ...

    def find(self, query: Query, among: Filter, *, before: int, limit: int) -> list[Hit]: ...

    def count(self) -> int: ...


class InDatabase(StoredIndex):
    """One whose words are made by whoever puts them."""

    def put(self, entries: Sequence[Any]) -> None:
        """Together, or where one is there twice one after the other: a batch of the daemon's never
        has a message twice."""
        several = {(one.dialog_id, one.seq) for one in entries}
        for some in [entries] if len(several) == len(entries) else [[one] for one in entries]:
            super().put(self.spell(some))


@pytest.fixture(params=["embedded", "stored"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Finds]:
    if request.param == "stored":
        made: Any = InDatabase(request.getfixturevalue("database"))
    else:
        made = EmbeddedIndex(tmp_path / "search" / "index.db")
        made.open()
    yield made
    made.close()


def found(index: Finds, typed: str, *, limit: int = 100, **among: Any) -> list[int]:
    hits = index.find(parse(typed, STEMS), Filter(**among), before=0, limit=limit)
    return [hit.seq for hit in hits]


SAID = {
    1: "Посылка пришла вчера, спасибо!",
    2: "Где моя красная посылка?",
    3: "красной посылки нет, есть зелёная",
    4: "The red parcels were delivered",
    5: "delivering a parcel, red",
    6: "anna@shop.example wrote",
    7: "Ёлки и елка, мо\u0438\u0306 за\u0301мок; it's 'quoted' \\ \u0130",
}
WHAT = {
    "посылку": [3, 2, 1],
    "красная посылка": [3, 2],
    '"посылка красная"': [],
    '"красная посылка"': [3, 2],
    "посылка -красный": [1],
    "посылка -красный -вчера": [],
    "зеленые": [3],
    "deliver": [5, 4],
    "deliv*": [5, 4],
    "пос*": [3, 2, 1],
    '"red parcel"': [4],
    'parcel -"red parcel"': [5],
    "anna@shop.example": [6],
    "shop anna": [6],
    '"shop anna"': [],
    "NEAR(red parcel)": [],
    'red" OR "посылка': [],
    "body parcel": [],
    "red* parcel*": [5, 4],
    "facets words": [],
    "елку": [7],
    "мой замок": [7],
    '"ёлка мой"': [7],
    '"елки мой"': [7],
    '"ёлки елка"': [],
    "s quoted": [7],
    "elk* =klobby kroom": [],
    "посылк* -красн*": [1],
    '-"красной посылки" посылка': [1],
}


def test_words_phrases_beginnings_and_what_is_not_there(index: Finds) -> None:
    index.put([entry(seq, content) for seq, content in SAID.items()])
    assert {typed: found(index, typed) for typed in WHAT} == WHAT
    assert index.count() == len(SAID)


def test_beginnings_are_found_wherever_and_among_whatever_they_are(index: Finds) -> None:
    """Many newer messages have none, or other words of those that are looked for."""
    old = [entry(seq, f"pearl {seq} oak") for seq in range(1, 31)]
    old.append(entry(31, "pearly ash", dialog_id="TKT-1", kind="ticket", site="shop"))
    between = [entry(seq, "oak" if seq % 2 else "ash") for seq in range(32, 1_200)]
    new = [entry(seq, "pears red" if seq % 2 else "pear") for seq in range(1_200, 1_230)]
    index.put([*old, *between, *new])
    newest, oldest = [*range(1_229, 1_199, -1)], [*range(30, 0, -1)]
    assert found(index, "pea*") == [*newest, 31, *oldest]
    assert found(index, "pea*", limit=7) == newest[:7]
    assert found(index, "pea* oak") == oldest
    assert found(index, "pea* re*") == found(index, "pea* red") == newest[::2]
    assert found(index, "pea* -red", limit=15) == newest[1::2]
    assert found(index, "pea*", kinds=("ticket",)) == found(index, "pea*", sites=("shop",)) == [31]
    assert found(index, "pea* -oak", dialogs=("TKT-1",)) == [31]
    assert found(index, "pearls*", limit=3) == oldest[:3], "a word is one of its own beginnings"
    assert found(index, "pea*", until=1_000 * 31, limit=3) == oldest[:3]
    assert found(index, "as*", since=1_000 * 1_200) == []


def test_a_message_put_again_is_there_once_and_as_it_is_now(index: Finds) -> None:
    index.put([entry(1, "one lemon"), entry(2, "")])
    index.put([entry(1, "one lemon"), entry(1, "one melon", rev=3)])
    assert (found(index, "lemon"), found(index, "melon"), index.count()) == ([], [1], 1)
    index.put([entry(1, "", rev=4)])
    assert (found(index, "melon"), index.count()) == ([], 0)


def test_it_is_found_among_what_is_asked_for(index: Finds) -> None:
    index.put(
        [
            entry(1, "apple"),
            entry(2, "apple", dialog_id="TKT-1", kind="ticket", site="shop", sender_id="p-2-b"),
            entry(3, "apple", dialog_id="TKT-1/notes", kind="notes", site="shop", sender_id="op-x"),
            entry(4, "apple", dialog_id="TKT-2", kind="ticket", site="bank"),
        ]
    )
    assert found(index, "apple", dialogs=("TKT-1",)) == [2]
    assert found(index, "apple", kinds=("ticket",)) == [4, 2]
    assert found(index, "apple", sites=("shop",)) == [3, 2]
    assert found(index, "apple", sites=("shop", "")) == [3, 2, 1]
    assert found(index, "apple", sender="op-x") == [3]
    assert found(index, "apple", sender='op-x" OR "p-2-b') == []
    assert found(index, "apple", since=2_000, until=4_000) == [3, 2]
    assert found(index, "apple", dialogs=("lobby", "TKT-2"), kinds=("ticket",)) == [4]
    many = tuple(f"dlg-{number}" for number in range(500))
    assert found(index, "apple", dialogs=(*many, "lobby"), sites=many) == []
    assert found(index, "apple", dialogs=(*many, "lobby")) == [1]
    assert found(index, "apple", sites=("shop",), also=("lobby",)) == [3, 2, 1]
    assert found(index, "apple", sites=("shop",), also=("lobby",), kinds=("room",)) == [1]


def test_what_is_written_at_one_moment_is_found_in_pages_whatever_comes(
    index: Finds,
) -> None:
    index.put([entry(seq, "apple", at=5_000, dialog_id=f"d{seq % 7}") for seq in range(1, 41)])
    wanted, seen, before = parse("apple", STEMS), list[int](), 0
    while page := index.find(wanted, Filter(), before=before, limit=7):
        seen += [hit.seq for hit in page]
        before = page[-1].place
        index.put([entry(100 + len(seen), "apple", at=9_000)])
    assert sorted(seen) == list(range(1, 41))
