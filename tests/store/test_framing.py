"""The journal byte by byte: what is read back, dropped as torn, or damage; and seals of files."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from chatd.domain.participant import Operator
from chatd.errors import Damaged
from chatd.store.base import Advance, Append, Forget, Put, Remove, Replace, Touch
from chatd.store.tiny import journal, sealed
from chatd.store.tiny.journal import (
    BLOCK,
    FIRST_LINE,
    HEADER,
    Carried,
    Dropped,
    Journal,
    encode_commit,
    encode_frame,
)
from chatd.store.tiny.sealed import Listed
from chatd.store.tiny.state import ConversationState
from tests.store.backends import message, ticket

CHANGES: list[Any] = [
    Append(message("a")),
    Replace(message("b")),
    Touch("lobby", 3),
    Advance("lobby", "p-1", 2, 1),
    Forget("lobby", ("p-1",)),
    Put(ticket("TKT-1"), 7),
    Put(Operator(id="olga", name="", password_hash="", created_at="")),
    Remove("operators", "olga"),
    Carried(ConversationState("lobby", last_seq=4)),
]


def line(base: int) -> bytes:
    return b"chatd journal 2 %016d\n" % base


def frame(number: int, *texts: str) -> bytes:
    return encode_frame(number, [encode_commit([Append(message(text))]) for text in texts])


def read(directory: Path, *files: bytes) -> tuple[list[str], list[Dropped]]:
    """What is replayed of these files, one message a text, and what was dropped."""
    for serial, data in enumerate(files, 1):
        (directory / f"{serial:08d}.log").write_bytes(data)
    dropped: list[Dropped] = []
    found = [
        change.message.content
        for one in journal.replay(directory, dropped.append)
        for commit in one.commits
        for change in commit
        if isinstance(change, Append)
    ]
    return found, dropped


def test_every_kind_of_change_is_read_as_it_was_written(tmp_path: Path) -> None:
    made = Journal(tmp_path, 5, sync=False, carried=[encode_commit(CHANGES[:2])])
    made.settle()
    made.append([encode_commit([one]) for one in CHANGES])
    made.append([encode_commit(CHANGES)])
    made.close()
    assert made.path.name == "00000001.log" and made.size == made.path.stat().st_size
    frames = list(journal.replay(tmp_path))
    assert [one.number for one in frames] == [5, 6, 7] and made.next == 8
    assert [one.commits for one in frames] == [
        *([CHANGES[:2]], [[one] for one in CHANGES], [CHANGES])
    ]
    assert frames[-1].end == made.size


def test_a_file_begins_with_what_it_is_and_its_first_number(tmp_path: Path) -> None:
    made = Journal(tmp_path, 12, sync=False)
    assert not made.path.exists(), "nothing has its name before it is whole"
    made.settle()
    made.settle()
    data = made.path.read_bytes()
    assert data == line(12) + encode_frame(12, []) and made.next == 13
    head = b"F 0000000000000012 000000002 %08x " % zlib.crc32(b"[]")
    assert data[FIRST_LINE:] == head + b"%08x\n[]\n" % zlib.crc32(head)
    assert journal.read_base(made.path) == 12
    following = Journal(tmp_path, 13, sync=False)
    assert following.path.name == "00000002.log" and following.base == 13
    following.settle()
    assert journal.bases(tmp_path) == [12, 13] and journal.next_number(tmp_path) == 13
    (tmp_path / "00000003.log").write_bytes(line(14))
    (tmp_path / "00000004.log").write_bytes(b"chatd")
    assert journal.bases(tmp_path) == [12, 13], "of the others nobody knows that it began"
    assert journal.next_number(tmp_path) == 14
    for one in (made, following):
        one.close()


def test_where_nothing_is_the_first_number_is_one(tmp_path: Path) -> None:
    assert journal.next_number(tmp_path) == 1 and journal.bases(tmp_path) == []
    (tmp_path / "00000001.log").write_bytes(b"")
    assert journal.next_number(tmp_path) == 1
    assert read(tmp_path, b"")[1][0].why == "its first line is not whole"


def test_frames_go_on_from_file_to_file_and_a_later_file_makes_a_frame_void(tmp_path: Path) -> None:
    first = line(1) + frame(1, "a") + frame(2, "b", "c")
    assert read(tmp_path, first, line(3) + frame(3, "d")) == (["a", "b", "c", "d"], [])
    void = first + frame(3, "refused")
    found, (dropped,) = read(tmp_path, void, line(3) + frame(3, "d"))
    assert found == ["a", "b", "c", "d"] and dropped.data == frame(3, "refused")
    assert dropped.offset == len(first) and "later journal" in dropped.why
    with pytest.raises(Damaged, match="begins with frame 4 where 3 should be"):
        read(tmp_path, first, line(4) + frame(4, "d"))


def test_a_frame_of_another_number_is_damage_where_it_stands(tmp_path: Path) -> None:
    for wrong in (1, 3):
        with pytest.raises(Damaged, match=f"frame {wrong} where 2 should be") as told:
            read(tmp_path, line(1) + frame(1, "a") + frame(wrong, "b"))
        assert told.value.details["offset"] == FIRST_LINE + len(frame(1, "a"))


@pytest.mark.parametrize("missing", [1, 2, 3, HEADER - 1, HEADER, HEADER + 1])
def test_a_frame_that_the_file_ends_inside_of_is_dropped(tmp_path: Path, missing: int) -> None:
    kept, torn = line(1) + frame(1, "a"), frame(2, "b")
    for part in (torn[:-missing], torn[:missing]):
        found, (dropped,) = read(tmp_path, kept + part)
        assert (found, dropped.offset, dropped.data) == (["a"], len(kept), part)
        assert dropped.why == journal.ENDS_INSIDE


def test_zeros_behind_the_last_frame_are_none_of_it(tmp_path: Path) -> None:
    whole = line(1) + frame(1, "a")
    found, (dropped,) = read(tmp_path, whole + b"\0" * 9)
    assert (found, dropped.offset, len(dropped.data)) == (["a"], len(whole), 9)
    assert read(tmp_path, whole) == (["a"], []), "where there is nothing nothing is dropped"


def test_a_block_of_zeros_in_the_last_frame_is_a_torn_one_and_in_another_damage(
    tmp_path: Path,
) -> None:
    begun = line(1) + frame(1, "a")
    data = begun + frame(2, "x" * 3 * BLOCK)
    for at in range(BLOCK, len(data), BLOCK):
        end = min(at + BLOCK, len(data))
        hole = data[:at] + b"\0" * (end - at) + data[end:]
        found, dropped = read(tmp_path, hole)
        assert found == ["a"] and [one.offset for one in dropped] == [len(begun)]
        with pytest.raises(Damaged):
            read(tmp_path, hole + frame(3, "b"))
        if end == len(data):
            return  # zeros at the end are none of it
        almost = data[: at + 1] + b"\0" * (end - at - 1) + data[end:]
        with pytest.raises(Damaged):
            read(tmp_path, almost)


def test_a_changed_byte_anywhere_in_a_whole_frame_is_damage(tmp_path: Path) -> None:
    begun = line(1) + frame(1, "a")
    data = begun + frame(2, "b")
    for at in range(len(begun), len(data)):
        wrong = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        for behind in (b"", frame(3, "c")):
            with pytest.raises(Damaged):
                found, dropped = read(tmp_path, wrong + behind)
                # A length that points behind the end is how a torn frame looks, too.
                assert not dropped, (at, found)


def test_what_makes_no_sense_is_damage_though_its_checksums_fit(tmp_path: Path) -> None:
    for payload in (b'[[{"type":"put","kind":"nothing","document":{}}]]', b"[7]"):
        frame = encode_frame(1, [payload[1:-1]])
        with pytest.raises(Damaged, match="a frame makes no sense") as told:
            read(tmp_path, line(1) + frame)
        assert told.value.details["offset"] == FIRST_LINE + HEADER


@pytest.mark.parametrize(
    ("begun", "whole"),
    [
        (b"", None),
        (b"\0\0\0", None),
        (b"chatd jou", None),
        (b"chatd jou\0\0", None),
        (line(1)[:-1], None),
        (line(7), 7),
        (line(0) + b"x", 0),
    ],
)
def test_a_first_line_is_whole_or_begun(tmp_path: Path, begun: bytes, whole: int | None) -> None:
    path = tmp_path / "00000001.log"
    path.write_bytes(begun)
    assert journal.read_base(path) == whole


@pytest.mark.parametrize(
    "begun",
    [
        b"x",
        b"chatd journal 1 ",
        line(1)[:-1] + b"x",
        b"chatd jou\0x",
        line(1)[:-2] + b"x",
        b"{}" * 40,
    ],
)
def test_what_begins_in_another_way_is_no_journal(tmp_path: Path, begun: bytes) -> None:
    path = tmp_path / "00000001.log"
    path.write_bytes(begun)
    with pytest.raises(Damaged, match="not a journal of this format") as told:
        journal.read_base(path)
    assert told.value.details["offset"] == 0 and "chatd repair" in told.value.message


ROWS = {1: {"id": "a"}, 2: {"id": "b"}}


def write(directory: Path, name: str = "operators/all", number: int = 5) -> Path:
    sealed.write(directory, name, ROWS, number, sync=False)
    return sealed.path_of(directory, name)


def test_a_sealed_file_is_read_as_it_was_written_and_by_stock_tinydb(tmp_path: Path) -> None:
    path = write(tmp_path)
    assert path == tmp_path / "operators/all.json"
    found = sealed.read(tmp_path, "operators/all", dict)
    assert found == (sealed.SealedFile(5, path.stat().st_size, ROWS))
    stored = json.loads(path.read_bytes())
    assert stored["operators"] == {"1": {"id": "a"}, "2": {"id": "b"}}
    assert stored["_chatd"]["1"]["number"] == 5


def test_a_file_is_where_it_has_to_be_and_not_older_than_listed(tmp_path: Path) -> None:
    assert sealed.read(tmp_path, "operators/all", dict) == sealed.NOTHING
    assert sealed.SealedFile(0, 0, {}) == sealed.NOTHING
    with pytest.raises(Damaged, match="the file is missing"):
        sealed.read(tmp_path, "operators/all", dict, Listed(must=True, least=0))
    write(tmp_path)
    for least in (0, 5):
        listed = Listed(must=True, least=least)
        assert sealed.read(tmp_path, "operators/all", dict, listed).number == 5
    with pytest.raises(Damaged, match="of checkpoint 5, where that of 6 should be"):
        sealed.read(tmp_path, "operators/all", dict, Listed(must=True, least=6))
    with pytest.raises(Damaged, match="the file of checkpoint 5 is in no list"):
        sealed.read(tmp_path, "operators/all", dict, Listed(must=False, least=6))


def test_a_file_that_stands_in_anothers_place_is_noticed(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.rename(tmp_path / "operators/other.json")
    with pytest.raises(Damaged, match="this is the file operators/all"):
        sealed.read(tmp_path, "operators/other", dict)


def test_every_changed_byte_of_a_file_and_every_shorter_one_is_noticed(tmp_path: Path) -> None:
    path = write(tmp_path)
    data = path.read_bytes()
    wrong = [data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] for at in range(len(data))]
    wrong += [data[:end] for end in range(len(data))] + [data + b" "]
    for one in wrong:
        path.write_bytes(one)
        with pytest.raises(Damaged):
            sealed.read(tmp_path, "operators/all", dict)


def old_seal(table: bytes) -> bytes:
    """As data format 2 wrote it: a checksum of what is before it, and nothing else."""
    return table[:-1] + b',"_chatd":{"1":{"crc32":"%08x"}}}' % zlib.crc32(table[:-1])


def test_a_file_of_an_old_format_is_judged_by_what_is_in_it(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_bytes(old_seal(b'{"operators":{"1":{"id":"a"}}}'))
    found = sealed.read(tmp_path, "operators/all", dict)
    assert (found.number, found.documents) == (0, {1: {"id": "a"}})
    sealed.read(tmp_path, "operators/all", dict, belongs=lambda rows: rows[1]["id"] == "a")
    with pytest.raises(Damaged, match="belongs into another file"):
        sealed.read(tmp_path, "operators/all", dict, belongs=lambda rows: False)
    write(tmp_path)
    sealed.read(tmp_path, "operators/all", dict, belongs=lambda rows: False)
    for table in (b'{"tickets":{}}', b'{"operators":[]}'):
        path.write_bytes(old_seal(table))
        with pytest.raises(Damaged, match="not a table of operators"):
            sealed.read(tmp_path, "operators/all", dict)
