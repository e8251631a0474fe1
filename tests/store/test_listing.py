"""The lists of the checkpoint's files: where each file stands, how new it must be, which lists a
checkpoint writes; and what is kept of a torn journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatd.domain.errand import Errand
from chatd.domain.message import Cursor
from chatd.domain.participant import Ban, Operator, Participant
from chatd.errors import Damaged
from chatd.store.base import (
    Advance,
    Append,
    Committed,
    Forget,
    Put,
    Remove,
    Replace,
    Touch,
    expected_version,
    farthest_of,
)
from chatd.store.tiny import contents, dropping, journal, naming, sealed
from chatd.store.tiny.contents import List
from chatd.store.tiny.journal import Dropped, Journal
from chatd.store.tiny.sealed import Listed
from tests.store.backends import ticket


@pytest.mark.parametrize(
    ("file", "listed_in"),
    [
        ("operators/all", "contents/all"),
        ("tickets/open", "contents/all"),
        ("tickets/0001234567", "contents/tickets-0001234"),
        ("participants/00012345670002", "contents/participants-0001234567"),
        ("contents/tickets-0001234", "contents/all"),
        ("contents/participants-0001234567", "contents/participants-0001234"),
        ("contents/all", "contents/all"),
    ],
)
def test_a_file_is_listed_with_those_of_its_time(file: str, listed_in: str) -> None:
    assert contents.list_of(file) == listed_in


@pytest.mark.parametrize(
    ("kind", "id", "name"),
    [
        ("operators", "olga", "all"),
        ("tickets", "TKT-4096", "0000000001"),
        ("tickets", "TKT-4095", "0000000000"),
        ("tickets", "TKT-x", "standing"),
        ("conversations", "lobby", "standing"),
        ("conversations", "TKT-8192/notes", "0000000002"),
        ("participants", "p-2000-a", "0000000002"),
        ("participants", "p-2000-2-a", "00000000020002"),
        ("participants", "p-2000-270f-a", "00000000029999"),
        ("participants", "p-2000-2710-a", "0000000002"),
        ("errands", "e-2000-1-a", "00000000020001"),
        ("episodes", "h-2000-TKT-1.1", "0000000002"),
        ("participants", "x-2000-a", "standing"),
    ],
)
def test_a_document_lies_with_those_of_its_time(kind: str, id: str, name: str) -> None:
    assert naming.bucket(kind, id) == name


def test_the_last_second_of_a_time_is_the_one_before_the_next() -> None:
    assert naming.last_second("0000000001") == 8_191
    assert naming.folder("a/b") == "messages/a%2Fb"
    assert naming.segment_name("lobby", 7) == "messages/lobby/000007"


def test_a_file_is_as_new_as_listed_and_one_that_is_not_listed_is_newer_than_its_list() -> None:
    listed = List(5, 0, {"tickets/open": 3})
    assert listed.entry("tickets/open") == Listed(must=True, least=3)
    assert listed.entry("bans/all") == Listed(must=False, least=6)


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    (tmp_path / "journal").mkdir()
    contents.start(tmp_path)
    return tmp_path


FILES = {
    "operators/all": "contents/all",
    "tickets/0001234567": "contents/tickets-0001234",
    "participants/00012345670001": "contents/participants-0001234567",
}


def test_a_checkpoint_lists_what_it_wrote_and_writes_no_other_list(begun: Path) -> None:
    top = contents.read_all(begun)
    assert (top.number, top.files) == (contents.FIRST, {}) and contents.FIRST == 1
    top, written = contents.record(begun, top, FILES, 7, sync=False)
    assert written[0] == "contents/participants-0001234567" and written[-1] == "contents/all"
    assert {*written[1:-1]} == {"contents/participants-0001234", "contents/tickets-0001234"}
    read = contents.reader(begun, top)
    for file, listed_in in FILES.items():
        assert read(listed_in).entry(file) == Listed(must=True, least=7), file
    top, written = contents.record(begun, top, ["tickets/0001234568"], 9, sync=False)
    assert written == ["contents/tickets-0001234", "contents/all"]
    assert contents.read_all(begun).number == 9
    read = contents.reader(begun, top)
    found = read("contents/tickets-0001234").files
    assert found == {"tickets/0001234567": 7, "tickets/0001234568": 9}
    assert read("contents/participants-0001234").number == 7
    top, _ = contents.record(begun, top, ["bans/all"], 12, as_of=10, sync=False)
    assert (top.number, top.files["bans/all"], top.files["operators/all"]) == (10, 12, 7)


def test_lists_are_gone_through_each_behind_the_one_it_stands_in(begun: Path) -> None:
    top, _ = contents.record(begun, contents.read_all(begun), FILES, 7, sync=False)
    read = contents.reader(begun, top)
    everything = [name for name, _ in contents.lists(top, read)]
    assert everything[0] == "contents/all" and len(everything) == len({*everything}) == 4
    people = [name for name, _ in contents.lists(top, read, "participants-")]
    assert people == [
        "contents/all",
        "contents/participants-0001234",
        "contents/participants-0001234567",
    ]


def test_a_list_that_is_listed_has_to_be_there(begun: Path) -> None:
    top, _ = contents.record(begun, contents.read_all(begun), FILES, 7, sync=False)
    (begun / "contents/tickets-0001234.json").unlink()
    with pytest.raises(Damaged, match="missing"):
        contents.reader(begun, top)("contents/tickets-0001234")
    assert contents.reader(begun, top)("contents/tickets-0009999").files == {}


def journals(home: Path, *bases: int) -> Iterator[Path]:
    for base in bases:
        made = Journal(home / "journal", base, sync=False)
        made.settle()
        made.close()
        yield made.path


@pytest.mark.parametrize(
    ("bases", "checkpoint", "why"),
    [
        ((1, 5), 1, None),
        ((1, 5), 3, None),
        ((1, 5), 5, None),
        ((3, 5), 2, "one of both is an old copy"),
        ((1, 5), 6, "one of both is an old copy"),
        ((5, 1), 1, "out of order"),
        ((), 1, None),
    ],
)
def test_the_journal_has_to_begin_where_the_files_end(
    begun: Path, bases: tuple[int, ...], checkpoint: int, why: str | None
) -> None:
    list(journals(begun, *bases))
    contents.note_journal(begun, max(bases, default=0), sync=False)
    top = List(checkpoint, 0, {})
    if why is None:
        contents.check_journals(begun, top)
        return
    with pytest.raises(Damaged, match=why) as told:
        contents.check_journals(begun, top)
    assert told.value.details["offset"] == 0


def test_a_journal_that_is_known_of_has_to_be_there(begun: Path) -> None:
    first, second = journals(begun, 1, 5)
    contents.note_journal(begun, 5)
    second.unlink()
    with pytest.raises(Damaged, match="the journal that begins with frame 5 is missing") as told:
        contents.check_journals(begun, List(1, 0, {}))
    assert told.value.details["offset"] == 0
    first.unlink()
    contents.note_journal(begun, 0)
    contents.check_journals(begun, List(1, 0, {}))
    assert journal.bases(begun / "journal") == []


def test_what_knows_of_all_others_has_to_be_there_itself(begun: Path) -> None:
    contents.check_journals(begun, List(1, 0, {}))
    (begun / "contents/journal.json").unlink()
    with pytest.raises(Damaged, match="missing"):
        contents.check_journals(begun, List(1, 0, {}))
    (begun / "contents/all.json").unlink()
    with pytest.raises(Damaged, match="missing"):
        contents.read_all(begun)


def test_only_files_of_ours_are_seen_in_a_directory(tmp_path: Path) -> None:
    for name in ("open.json", "0000000001.json", "open.json.new", "notes"):
        (tmp_path / name).write_bytes(b"")
    assert contents.names_in(tmp_path) == {"open", "0000000001"}
    assert contents.names_in(tmp_path / "nowhere") == set()


def tail(path: Path, data: bytes) -> Dropped:
    return Dropped(path, 7, data, "the file ends inside it")


def test_a_torn_tail_is_told_and_kept_once_and_zeros_are_not(
    tmp_path: Path, said: list[str]
) -> None:
    path = tmp_path / "00000001.log"
    copy = tmp_path / "00000001.log.torn"
    dropping.keep(tail(path, b"\0\0"))
    assert not copy.exists() and said == [
        f"WARNING dropped 2 bytes at byte 7 of {path}, never acknowledged: the file ends inside it"
    ]
    dropping.keep(tail(path, b"abc\0"))
    dropping.keep(tail(path, b"other"))
    assert copy.read_bytes() == b"abc\0", "the first is what the crash left"
    assert said[-1].endswith("ends inside it; a copy is in 00000001.log.torn")
    for number in range(2, 18):
        dropping.keep(tail(tmp_path / f"{number:08d}.log", b"x"))
    kept = sorted(one.name for one in tmp_path.glob("*.torn"))
    assert len(kept) == 16 and kept[0] == "00000002.log.torn"
    dropping.keep(tail(tmp_path / "no/00000001.log", b"x"))
    assert "it could not be copied: " in said[-1]


PERSON = Participant(id="p-1-a", name="", site="", token_hash="", created_at="", expires_at="")
ERRAND = Errand(id="e-1-a", kind="", target="", type="", created_at="")
OPERATOR = Operator(id="olga", name="", password_hash="", created_at="")
BAN = Ban(id="192.0.2.1", kind="address", by="", created_at="")


@pytest.mark.parametrize(
    ("change", "version"),
    [
        (Put(ticket("TKT-1")), 0),
        (Put(ticket("TKT-1", version=4)), 3),
        (Put(OPERATOR), 0),
        (Put(PERSON), None),
        (Put(ERRAND), None),
        (Put(BAN), None),
        (Remove("operators", "olga"), None),
        (Remove("operators", "olga", version=2), 2),
    ],
)
def test_a_change_of_a_document_is_of_the_version_before_it(
    change: Put | Remove, version: int | None
) -> None:
    assert expected_version(change) == version


def test_of_very_many_readers_the_farthest_are_told_and_oneself() -> None:
    readers = {f"p-{number}": Cursor(number, 0) for number in range(5)}
    for limit in (5, 9):
        assert farthest_of(readers, limit=limit, also="p-0") is readers
    assert farthest_of(readers, limit=2, also="p-0").keys() == {"p-4", "p-3", "p-0"}
    assert farthest_of(readers, limit=2, also="p-4").keys() == {"p-4", "p-3"}
    assert farthest_of(readers, limit=2, also="p-nobody").keys() == {"p-4", "p-3"}


def test_nobody_changes_what_was_asked_for_or_read_from_the_disk() -> None:
    kinds = [Append, Replace, Advance, Forget, Touch, Put, Remove, Committed]
    kinds += [contents.Entry, List, Listed, sealed.Seal, sealed.SealedFile, Dropped, journal.Frame]
    assert all(kind.__struct_config__.frozen for kind in kinds)


def test_what_is_asked_for_has_no_number_before_the_store_gives_it() -> None:
    assert (Touch("lobby").rev, Put(BAN).rev, Committed(()).repeated) == (0, 0, False)
    advance = Advance("lobby", "p-1")
    assert (advance.delivered, advance.read) == (0, 0)
