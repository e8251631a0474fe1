"""What a page that is read again costs: names and paths of its files are made once."""

from __future__ import annotations

from pathlib import Path

from chatd.store.base import Append
from chatd.store.tiny import naming, sealed
from chatd.store.tiny.store import open_store
from tests.store.backends import SETTINGS, message

MESSAGES = 100


def test_of_a_page_each_file_is_named_once(memory: Path) -> None:
    store = open_store(memory, SETTINGS)
    for number in range(MESSAGES):
        store.commit(Append(message(f"{number}")))
    store.checkpoint()
    files = len(list(memory.rglob("*.json")))
    made = (sealed.path_of, naming.folder, naming.segment_name)
    for one in made:
        one.cache_clear()
    for _ in range(2):
        assert len(store.history("lobby", limit=MESSAGES)) == MESSAGES
    assert all(one.cache_info().misses <= files for one in made), [one.cache_info() for one in made]
    assert naming.segment_name.cache_info().hits >= MESSAGES, "it is asked for each message"
    store.close()
