"""What copying promises, from one directory into another: in lots of a size, gone on with, the same
at the end or refused, and only under its name when it is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatd.domain.message import revise
from chatd.domain.participant import Ban
from chatd.errors import Conflict, Damaged, Unavailable
from chatd.store import moving
from chatd.store.base import Advance, Append, Put, Replace
from chatd.store.moving import AT_ONCE, Sum
from chatd.store.tiny import checking, maintenance
from chatd.store.tiny import moving as directories
from chatd.store.tiny.store import open_store
from tests.store.backends import abandon, message
from tests.store.test_moving import LONG, SETTINGS, Breaking, Interrupted, by_id, fill


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory as a kill leaves it, with something in its journal alone."""
    directory = tmp_path_factory.mktemp("filled") / "data"
    store = open_store(directory, SETTINGS)
    fill(store)
    store.checkpoint()
    abandon(store)
    maintenance.set_back(directory)
    return directory


class Listening:
    """A target that tells what it was given."""

    def __init__(self, target: Any) -> None:
        self._target = target
        self.lots: list[list[tuple[str, int, int]]] = []
        self.documents: list[tuple[str, int]] = []

    def put_conversations(self, lots: Any) -> None:
        self.lots.append([(state.id, state.last_seq, len(some)) for state, some in lots])
        self._target.put_conversations(lots)

    def put_documents(self, kind: str, documents: Any) -> None:
        self.documents.append((kind, len(documents)))
        self._target.put_documents(kind, documents)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)


def copy(source: Path, to: Path) -> tuple[dict[str, int], Listening]:
    with (
        directories.reading(source, SETTINGS) as found,
        directories.filling(to, SETTINGS) as target,
    ):
        listening = Listening(target)
        return moving.copy(found, listening), listening  # type: ignore[arg-type]


def whole(directory: Path) -> dict[str, Any]:
    """Everything in it."""
    with directories.reading(directory, SETTINGS) as source:
        found: dict[str, Any] = {kind: by_id(source.documents(kind)) for kind in moving.KINDS}
        for state in source.conversations():
            last = state.last_at, state.last_text, state.last_sender, state.changed
            messages = list(source.messages(state.id, 0))
            found[state.id] = moving.essence(state), last, messages
        return found | {"counts from": source.counts_from}


def test_a_copy_is_the_same_and_goes_on_as_the_other(filled: Path, memory: Path) -> None:
    back = memory / "back"
    counted, listening = copy(filled, back)
    assert (counted["messages"], counted["tickets"], counted["bans"]) == (LONG + 13, 12, 4)
    assert whole(back) == whole(filled)
    assert [*memory.iterdir()] == [back]
    checking.verify(back)
    assert {kind for kind, _ in listening.documents} == {
        kind for kind in moving.KINDS if counted[kind]
    }
    store = open_store(back, SETTINGS)
    assert len(store.open_tickets()) == 8 + 2 and not store.list_impairments()
    store.commit(Append(message("one more")))
    abandon(store)
    store = open_store(back, SETTINGS)
    assert store.history("lobby", limit=1)[0].content == "one more"
    store.close()


def test_of_a_long_conversation_comes_so_much_at_once(filled: Path, memory: Path) -> None:
    _, listening = copy(filled, memory / "back")
    lobby = [lot for lots in listening.lots for lot in lots if lot[0] == "lobby"]
    assert lobby == [("lobby", AT_ONCE, AT_ONCE), ("lobby", LONG, LONG - AT_ONCE)]
    for lots in listening.lots:
        assert len({id for id, _, _ in lots}) == len(lots), "a conversation once"
    assert len(listening.lots) == 2, "and of short ones many together"


def test_conversations_come_together_up_to_so_many_messages() -> None:
    def lot(id: str, size: int) -> Any:
        return moving.ConversationState(id), [message("m", id)] * size

    def sizes(*lots: Any) -> list[list[int]]:
        return [[len(some) for _, some in one] for one in moving.together(lots)]

    assert sizes() == []
    assert sizes(lot("a", AT_ONCE - 2), lot("b", 1), lot("c", 1)) == [[AT_ONCE - 2, 1], [1]]
    assert sizes(lot("a", AT_ONCE - 1), lot("b", 1)) == [[AT_ONCE - 1], [1]]
    assert sizes(lot("a", AT_ONCE), lot("b", AT_ONCE - 2), lot("c", 1)) == [
        [AT_ONCE],
        [AT_ONCE - 2, 1],
    ]
    assert sizes(lot("a", 1), lot("a", 1), lot("b", 0)) == [[1], [1, 0]]


def test_what_was_interrupted_is_gone_on_with_behind_what_is_there(
    filled: Path, memory: Path
) -> None:
    back = memory / "back"
    writes = 0
    while not back.exists():
        with (
            directories.reading(filled, SETTINGS) as source,
            directories.filling(back, SETTINGS) as target,
        ):
            listening = Listening(target)
            try:
                moving.copy(source, Breaking(listening, writes))  # type: ignore[arg-type]
            except Interrupted:
                assert not back.exists()
        writes += 1
    assert writes > 5
    assert [lot for lots in listening.lots for lot in lots if lot[0] == "lobby"] == [
        ("lobby", LONG, LONG - AT_ONCE)
    ], "what is there is not carried again"
    assert whole(back) == whole(filled)


def test_a_copy_that_was_looked_at_is_gone_on_with(filled: Path, memory: Path) -> None:
    """Interrupted where it was compared: what the look wrote does not stand in the way."""
    back = memory / "back"
    with (
        directories.reading(filled, SETTINGS) as source,
        directories.filling(back, SETTINGS) as target,
    ):
        target.settle = lambda: (_ for _ in ()).throw(Interrupted)  # type: ignore[method-assign]
        with pytest.raises(Interrupted):
            moving.copy(source, target)
    assert not back.exists()
    copy(filled, back)
    assert whole(back) == whole(filled)


def test_two_do_not_copy_into_one(filled: Path, memory: Path) -> None:
    with directories.filling(memory / "back", SETTINGS) as target:
        target.begin(f"directory {filled.absolute()}")
        with pytest.raises(Unavailable, match="in use"):
            copy(filled, memory / "back")
    copy(filled, memory / "back")


def test_what_is_in_the_way_is_left_alone(filled: Path, memory: Path) -> None:
    beside = memory / "back.copying"
    beside.mkdir()
    (beside / "letter").write_text("mine")
    with pytest.raises(Conflict, match=r"back\.copying is in the way"):
        copy(filled, memory / "back")
    assert (beside / "letter").read_text() == "mine"
    (beside / "letter").unlink()
    copy(filled, memory / "back")
    with pytest.raises(Conflict, match="back is not empty"):
        copy(filled, memory / "back")


def test_damage_is_told_before_anything_is_copied(filled: Path, memory: Path) -> None:
    store = open_store(memory / "data", SETTINGS)
    store.commit(*(Append(message(f"m{n}")) for n in range(120)))
    store.close()
    segment = max((memory / "data" / "messages").rglob("*.json"))
    segment.unlink()
    with pytest.raises(Damaged):
        copy(memory / "data", memory / "back")
    assert not (memory / "back").exists()


def change(source: Any, what: str) -> None:
    """Somebody uses the store while it is copied."""
    store = source._store
    known = store.message("lobby", 7)
    store.commit(
        {
            "messages": Replace(revise(known, content="other")),
            "conversations": Advance("lobby", "p-77-r", 1, 1),
            "bans": Put(Ban(id="new", kind="address", by="", created_at="")),
        }[what]
    )
    store.checkpoint()


@pytest.mark.parametrize("what", ["messages", "conversations", "bans"])
def test_a_copy_that_is_not_the_same_is_refused(memory: Path, what: str) -> None:
    store = open_store(memory / "data", SETTINGS)
    store.commit(*(Append(message(f"m{n}")) for n in range(9)))
    store.close()
    with (
        directories.reading(memory / "data", SETTINGS) as source,
        directories.filling(memory / "back", SETTINGS) as target,
    ):
        into = target.put_conversations

        def put(lots: Any) -> None:
            into(lots)
            change(source, what)

        target.put_conversations = put  # type: ignore[method-assign]
        with pytest.raises(Damaged, match="the copy is not what was copied: .*" + what):
            moving.copy(source, target)
    assert not (memory / "back").exists()


def test_a_sum_is_of_what_there_is_in_whatever_order() -> None:
    def total(*things: Any) -> Sum:
        made = Sum()
        for thing in things:
            made.add(thing)
        return made

    assert total("a", "b", "c") == total("c", "a", "b") != total("a", "b", "d")
    assert total("a") != total("a", "a") and total("a", "a") != total("b", "b")
    assert total("a").count == 1 and Sum() == Sum(0, 0)
    assert 0 <= total(*range(99)).digest < 1 << 128
