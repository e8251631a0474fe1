"""Errands in the store: with what caused them, and gone through part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatd.config.settings import StoreSettings
from chatd.domain.errand import PREFIX, Errand
from chatd.domain.ids import PER_WINDOW, Newborn
from chatd.domain.message import Message, revise
from chatd.store.base import Append, Put, Remove, Replace, Store
from chatd.store.memory import MemoryStore
from chatd.store.tiny.store import TinyStore, open_store

Again = Callable[[Store], Store]


@pytest.fixture(params=["memory", "tiny", "reopened"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Store, Again]]:
    """A store, and what makes it one that has read its files."""

    def opened() -> Store:
        return open_store(tmp_path, StoreSettings())

    def reopened(store: Store) -> Store:
        store.close()
        return opened()

    last: list[Store] = [MemoryStore() if request.param == "memory" else opened()]

    def again(store: Store) -> Store:
        last[0] = reopened(store) if request.param == "reopened" else store
        return last[0]

    yield last[0], again
    last[0].close()


def message(text: str) -> Message:
    return Message(
        dialog_id="lobby",
        sender_type="member",
        sender_id="p-1-a",
        sender_name="Аня",
        content=text,
        created_at="2026-11-26T10:00:00.000Z",
    )


def errand(id: str, carried: Message | None = None) -> Errand:
    return Errand(id, "webhook", "crm", "message.created", "2026-11-26T10:00:00.000Z", {}, carried)


def test_an_errand_carries_the_message_of_its_commit_with_its_numbers(
    kept: tuple[Store, Again],
) -> None:
    store, again = kept
    store.commit(Append(message("one")))
    new = message("two")
    store.commit(Put(errand("e-1-a", new)), Append(new), Put(errand("e-1-b")))
    edit = revise(store.message("lobby", 1) or new, content="one!")
    store.commit(Replace(edit), Put(errand("e-1-c", edit)))
    store = again(store)
    told = store.get(Errand, "e-1-a")
    assert told and told.message == store.message("lobby", 2)
    assert told.message and (told.message.id, told.message.rev) == ("lobby:2", 2)
    corrected = store.get(Errand, "e-1-c")
    assert corrected and corrected.message == store.message("lobby", 1)
    assert corrected.message and corrected.message.rev == 3
    alone = store.get(Errand, "e-1-b")
    assert alone and alone.message is None


def test_all_are_found_part_by_part_wherever_they_lie(kept: tuple[Store, Again]) -> None:
    store, again = kept
    early, late = "e-6b07f0d7-a", "e-6c07f0d7-b"
    store.commit(Put(errand(early)), Put(errand(late)), Put(errand("e-6b07f0d7-x")))
    if isinstance(store, TinyStore):
        store.checkpoint()
    store.commit(Remove("errands", "e-6b07f0d7-x"), Put(errand("e-6d07f0d7-c")))
    store = again(store)
    parts = list(store.parts(Errand))
    assert parts == sorted(parts)
    found = [sorted(one.id for one in store.part(Errand, part)) for part in parts]
    assert [id for ids in found for id in ids] == [early, late, "e-6d07f0d7-c"]
    until = store.parts(Errand, until=late)
    assert until == (parts[:2] if isinstance(store, TinyStore) else parts)


def test_no_file_of_them_grows_without_bound(tmp_path: Path) -> None:
    store = open_store(tmp_path, StoreSettings(sync=False))
    born = Newborn(PREFIX)
    made = [errand(born.id(1_795_682_519.0)) for _ in range(2 * PER_WINDOW + 1)]
    store.commit(*map(Put, made))
    store.checkpoint()
    sizes = [len(store.part(Errand, part)) for part in store.parts(Errand)]
    assert sizes == [PER_WINDOW, PER_WINDOW, 1]
    store.close()
