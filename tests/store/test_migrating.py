"""Data format 2, which has no lists of its files: listed at the start, and not less for it."""

from __future__ import annotations

import shutil
import zlib
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from chatd.config.settings import StoreSettings
from chatd.domain.message import Message
from chatd.errors import ChatdError, Unavailable
from chatd.store.base import Append
from chatd.store.tiny import checking, copying, filesystem, maintenance, sealed
from chatd.store.tiny.journal import Damaged
from chatd.store.tiny.store import TinyStore, open_store
from tests.store.backends import SETTINGS, abandon, message
from tests.store.test_contents import (
    DIALOGS,
    FAULTS,
    Known,
    age,
    everything,
    look,
    mutable,
    take_away,
    verified,
    work,
)


def as_format_2(directory: Path) -> None:
    """What the chatd before would have written."""
    shutil.rmtree(directory / "contents")
    for path in directory.rglob("*/*.json"):
        table = path.relative_to(directory).parts[0]
        tables: Any = msgspec.json.decode(path.read_bytes())
        for document in tables[table].values():
            document.pop("segments", None)
        if table == "conversations":
            talks = {id: one for id, one in tables[table].items() if one["last_seq"]}
            if not talks:  # one of nothing but changes of its ticket
                path.unlink()
                continue
            tables[table] = talks
        body = msgspec.json.encode({table: tables[table]})[:-1]
        seal = b',"_chatd":{"1":{"crc32":"%08x"}}}' % zlib.crc32(body)
        path.write_bytes(body + seal)
    (directory / "format.json").write_bytes(b'{"format": 2}')


def stored(store: TinyStore) -> Known:
    """What was acknowledged, but for the numbers of changes, which format 2 had none of."""
    return {about: one for about, one in everything(store).items() if about[0] != "rev"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Known]:
    """A directory of format 2 with files and a journal, as a kill leaves it, and what is in it."""
    data = tmp_path_factory.mktemp("made") / "data"
    store = open_store(data, SETTINGS)
    work(store, 1)
    work(store, 2)
    store.checkpoint()
    store.commit(Append(message("in the journal")))
    known = stored(store)
    abandon(store)
    as_format_2(data)
    return data, known


def copy_of(made: tuple[Path, Known], place: Path) -> Path:
    copy = place / "data"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(made[0], copy)
    return copy


def whole(directory: Path, known: Known, settings: StoreSettings = SETTINGS) -> None:
    """All of it is there, and stays there over changes, checkpoints and starts."""
    for turn in range(2):
        store = open_store(directory, replace(settings, sync=False))
        if turn == 0:
            assert stored(store) == known
            for dialog_id in DIALOGS:
                store.commit(Append(message("new", dialog_id)))
        for dialog_id in DIALOGS:
            expected = [
                one.content for about, one in known.items() if about[:2] == (Message, dialog_id)
            ]
            page = store.history(dialog_id, limit=1000)
            assert [one.content for one in page] == [*expected, "new"]
        store.close()
        assert not store.list_impairments()
    checking.verify(directory)


@pytest.mark.parametrize("configured", [10, 11, 200])
def test_format_2_is_listed_whatever_the_configuration_says_by_now(
    made: tuple[Path, Known], memory: Path, configured: int
) -> None:
    directory = copy_of(made, memory)
    assert checking.verify(directory)["messages_in_files"] > 70
    whole(directory, made[1], replace(SETTINGS, segment_messages=configured))
    found = maintenance.format_of(directory)
    assert found and (found.format, found.segment_messages) == (maintenance.FORMAT, 10)


@pytest.mark.parametrize(("configured", "kept"), [(10, 13), (500, 500)])
def test_where_no_segment_is_full_none_gets_less_than_it_has(
    memory: Path, configured: int, kept: int
) -> None:
    directory = memory / "data"
    store = open_store(directory, replace(SETTINGS, segment_messages=200))
    for number in range(13):
        store.commit(Append(message(f"m{number}")))
    store.close()
    as_format_2(directory)
    store = open_store(directory, replace(SETTINGS, segment_messages=configured))
    store.commit(Append(message("m13")))
    assert len(store.history("lobby", limit=100)) == 14
    store.close()
    found = maintenance.format_of(directory)
    assert found and found.segment_messages == kept
    assert checking.verify(directory)["messages_in_files"] == 14


def test_a_listing_that_is_interrupted_at_any_step_begins_again(
    made: tuple[Path, Known], memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, number = True, 0
    while reached:
        directory = copy_of(made, memory)
        reached = interrupted(directory, number, monkeypatch)
        store = open_store(directory, replace(SETTINGS, sync=False))
        assert stored(store) == made[1], number
        abandon(store)
        number += 1
    assert number > 10


def interrupted(directory: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """A start that is killed at the step of this number; whether it came to it."""
    left, reached = iter(range(number)), False

    def step(real: Any, *given: Any, **named: Any) -> Any:
        nonlocal reached
        if next(left, None) is None and b" 2}" in (directory / "format.json").read_bytes():
            reached = True
            raise KeyboardInterrupt
        return real(*given, **named)

    for name in ("create", "write_all", "rename"):
        monkeypatch.setattr(filesystem, name, partial(step, getattr(filesystem, name)))
    with suppress(KeyboardInterrupt):
        abandon(open_store(directory, replace(SETTINGS, sync=False)))
    monkeypatch.undo()
    return reached


def test_an_old_format_file_beside_new_lists_is_refused(
    made: tuple[Path, Known], memory: Path
) -> None:
    """Begun again, the lists would know nothing of what is newer."""
    directory = copy_of(made, memory)
    whole(directory, made[1])
    (directory / "format.json").write_bytes(b'{"format": 2}')
    with pytest.raises(Damaged, match="older than the files"):
        open_store(directory, SETTINGS)


def test_whatever_file_of_format_2_is_damaged_nothing_is_silently_less(
    made: tuple[Path, Known], memory: Path
) -> None:
    """But for documents whose whole file is gone, or an old copy: nothing knows of these."""
    wrong, tried = [], 0
    for name in mutable(made[0]):
        talk = name.startswith(("messages/", "conversations/"))
        for fault in FAULTS:
            directory = copy_of(made, memory)
            if fault is age or name.endswith(".log") or (fault is take_away and not talk):
                continue
            if not fault(directory / name, memory / "none"):
                continue
            in_order = verified(directory)
            noticed, gone = look(directory, made[1])
            if gone or noticed == in_order:
                wrong.append((fault.__name__, name, noticed, gone))
            tried += 1
    assert not wrong, "\n".join(map(str, wrong))
    assert tried > 50


def test_a_backup_of_format_2_is_restored(made: tuple[Path, Known], memory: Path) -> None:
    copying.restore(made[0], memory / "data")
    found = maintenance.format_of(memory / "data")
    assert found and found.format == 2 and found.counts_from
    whole(memory / "data", made[1])
    brought_up = maintenance.format_of(memory / "data")
    assert brought_up and brought_up.counts_from == found.counts_from


def test_a_newer_format_is_refused_by_all(memory: Path) -> None:
    directory = memory / "data"
    abandon(open_store(directory, SETTINGS))
    (directory / "format.json").write_bytes(b'{"format": 99, "something": 1}')
    for use in (
        lambda: open_store(directory, SETTINGS),
        lambda: checking.verify(directory),
        lambda: copying.restore(directory, memory / "new"),
    ):
        with pytest.raises((Unavailable, ChatdError), match="data format 99"):
            use()
    assert sealed.path_of(directory, "contents/all").exists()
