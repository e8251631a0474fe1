"""Which messages a segment has, and what reading a whole directory counts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chatd.errors import Damaged
from chatd.store.base import Append, Put
from chatd.store.tiny import checking
from chatd.store.tiny.contents import List
from chatd.store.tiny.datafiles import DataFiles
from chatd.store.tiny.sealed import SealedFile
from chatd.store.tiny.state import ConversationState
from chatd.store.tiny.store import open_store
from tests.store.backends import SETTINGS, abandon, message, ticket

MOST = SETTINGS.segment_messages


def files_of(directory: Path) -> DataFiles:
    return DataFiles(directory, List(0, 0, {}), segment_messages=MOST, cache_bytes=1, sync=False)


def test_every_message_is_in_one_segment(memory: Path) -> None:
    files = files_of(memory)
    assert [files.segment(seq) for seq in (1, MOST, MOST + 1, 2 * MOST + 1)] == [0, 0, 1, 2]
    last = 2 * MOST + 3
    segments = [files.seqs(index, last) for index in range(4)]
    assert [seq for seqs in segments for seq in seqs] == [*range(1, last + 1)]
    assert [len(seqs) for seqs in segments] == [MOST, MOST, 3, 0]


def test_segments_that_no_list_numbers_are_of_any_age(memory: Path) -> None:
    state = ConversationState("lobby", last_seq=2 * MOST + 1, segments=[4, 5, 6])

    def numbers(number: int, dialog_id: str = "lobby") -> list[int]:
        kept = SealedFile(number, 1, {"lobby": state})
        return files_of(memory).segment_numbers(kept, dialog_id)

    assert numbers(7) == [4, 5, 6] and numbers(0) == [0, 0, 0] and numbers(7, "other") == []


def test_everything_in_a_directory_is_counted(memory: Path) -> None:
    store = open_store(memory / "data", SETTINGS)
    for size, dialog_id in ((1, "one"), (MOST, "full"), (2 * MOST + 1, "lobby")):
        store.commit(*(Append(message(f"m{n}", dialog_id)) for n in range(size)))
    store.commit(Put(ticket("TKT-1730053200")))
    store.checkpoint()
    store.commit(Append(message("new", "journaled")))
    abandon(store)
    files = [
        path
        for path in (memory / "data").rglob("*/*.json")
        if path.stem not in ("format", "all", "journal")
    ]
    counted = checking.verify(memory / "data")
    assert counted == {
        "files": len(files),
        "messages_in_files": 1 + MOST + 2 * MOST + 1,
        "commits_in_journal": 1,
        "attached_files": 0,
    }
    assert len([path for path in files if path.parent.parent.name == "messages"]) == 1 + 1 + 3
    empty = memory / "empty"
    abandon(open_store(empty, SETTINGS))
    assert checking.verify(empty) == dict.fromkeys(counted, 0)


def test_files_of_a_conversation_that_only_the_journal_knows_are_strange(memory: Path) -> None:
    store = open_store(memory / "data", SETTINGS)
    store.commit(*(Append(message(f"m{n}", "kept")) for n in range(MOST)))
    store.checkpoint()
    store.commit(Append(message("x", "fresh")))
    abandon(store)
    shutil.copytree(memory / "data/messages/kept", memory / "data/messages/fresh")
    with pytest.raises(Damaged, match="messages/fresh"):
        checking.verify(memory / "data")
