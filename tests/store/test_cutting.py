"""A document of a large file is decoded alone; what comes of it is what all of the file say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from chatd.domain.ticket import Ticket
from chatd.errors import Damaged
from chatd.store.tiny import contents, cutting, datafiles, sealed
from chatd.store.tiny.contents import List
from chatd.store.tiny.datafiles import DataFiles
from chatd.store.tiny.naming import TYPES
from chatd.store.tiny.sealed import Sheet
from tests.store.backends import ticket

FIRST = 1_730_052_096
NAME = f"{FIRST >> 12:010d}"
FILE = f"tickets/{NAME}"
COUNT = 300
ELSEWHERE = f"TKT-{FIRST + 7}"
WORDS = f'}},"9":{{"id":"{ELSEWHERE}","site":"x"}},"10":{{"id":"x"}}'


def tickets() -> dict[str, Ticket]:
    """So many that the file is large; what is said in them looks like a file."""
    numbers = [*range(COUNT, 1, -1), 0, 1]  # in no order
    ids = [f"TKT-{FIRST + number}" for number in numbers]
    return {id: ticket(id, customer_name=WORDS, contact=f'"{id}"') for id in ids}


@pytest.fixture
def directory(memory: Path) -> Path:
    sealed.write(memory, FILE, dict(enumerate(tickets().values(), 1)), 5, sync=False)
    assert (memory / f"{FILE}.json").stat().st_size > cutting.LARGE
    return memory


def files_of(directory: Path, least: int = 5) -> DataFiles:
    """Read for the first time."""
    lists = {"contents/all": List(5, 0, {f"contents/tickets-{NAME[:7]}": 5})}
    contents.write(directory, f"contents/tickets-{NAME[:7]}", {FILE: least}, 5, sync=False)
    top = lists["contents/all"]
    return DataFiles(directory, top, segment_messages=10, cache_bytes=1 << 22, sync=False)


def is_cut(files: DataFiles) -> bool:
    assert files.cached_bytes == sum(datafiles.weight(*one) for one in files._cache.items())
    return isinstance(files._cache[FILE], Sheet)


def test_each_document_is_cut_out_as_it_is(directory: Path) -> None:
    there = tickets()
    files = files_of(directory)
    sheet = sealed.read_sheet(directory, FILE, sealed.UNKNOWN)
    assert sheet and {id: cutting.find(sheet, Ticket, id) for id in there} == there
    for id in (*list(there)[: cutting.FEW - 1], ELSEWHERE, ELSEWHERE):
        assert files.document("tickets", id) == there[id]
    assert is_cut(files) and len(files._cache[FILE].documents) == cutting.FEW  # type: ignore[union-attr]


def test_a_file_that_more_is_asked_for_of_is_decoded(directory: Path) -> None:
    there, files = tickets(), files_of(directory)
    for id in list(there)[: cutting.FEW + 1]:
        assert files.document("tickets", id) == there[id]
    assert not is_cut(files)
    files = files_of(directory)
    assert files.document("tickets", ELSEWHERE) and is_cut(files)
    assert files.documents("tickets", NAME) == there and not is_cut(files)
    assert files.document("tickets", ELSEWHERE) == there[ELSEWHERE]


@pytest.mark.parametrize("id", [f"TKT-{FIRST + COUNT + 1}", f"TKT-0{FIRST}", f'TKT-{FIRST}"'])
def test_what_is_not_there_is_not_found(directory: Path, id: str) -> None:
    files = files_of(directory)
    sheet = sealed.read_sheet(directory, FILE, sealed.UNKNOWN)
    assert sheet and cutting.find(sheet, Ticket, id) is None
    assert files.document("tickets", id) is None


def test_a_file_that_is_written_anew_is_read_anew(directory: Path) -> None:
    files, there = files_of(directory), tickets()
    assert files.document("tickets", ELSEWHERE) == there[ELSEWHERE]
    later = ticket(ELSEWHERE, status="closed", version=2)
    files.write_documents("tickets", NAME, {ELSEWHERE: later}, 6)
    files.forget([FILE])
    assert files.document("tickets", ELSEWHERE) == later and is_cut(files)
    assert files.documents("tickets", NAME) == there | {ELSEWHERE: later}
    files.write_documents("tickets", NAME, {ELSEWHERE: None}, 7)
    files.forget([FILE])
    assert files.document("tickets", ELSEWHERE) is None


def flip(path: Path, data: bytes) -> None:
    path.write_bytes(data.replace(b'"site":"shop"', b'"site":"shoq"', 1))


def tear(path: Path, data: bytes) -> None:
    path.write_bytes(data[: len(data) // 2])


def lose(path: Path, data: bytes) -> None:
    path.unlink()


@pytest.mark.parametrize("hurt", [flip, tear, lose])
def test_of_a_damaged_file_nothing_is_found_and_nothing_is_missing(
    directory: Path, hurt: Any
) -> None:
    path = directory / f"{FILE}.json"
    data = path.read_bytes()
    hurt(path, data)
    files = files_of(directory)
    for id in (*list(tickets())[:3], f"TKT-{FIRST + COUNT + 1}"):
        with pytest.raises(Damaged):
            files.document("tickets", id)
    path.write_bytes(data)
    with pytest.raises(Damaged):
        files.document("tickets", ELSEWHERE)
    assert files.out_of_service() == [FILE] and FILE not in files._cache


def test_an_old_copy_and_another_file_are_not_read(directory: Path) -> None:
    with pytest.raises(Damaged, match="an old copy"):
        files_of(directory, least=6).document("tickets", ELSEWHERE)
    other = directory / "tickets" / f"{int(NAME) + 1:010d}.json"
    (directory / f"{FILE}.json").rename(other)
    other.rename(directory / f"{FILE}.json")
    sealed.write(directory, f"tickets/{int(NAME) + 1:010d}", {1: ticket("TKT-1")}, 5, sync=False)
    other.rename(directory / f"{FILE}.json")
    with pytest.raises(Damaged, match="this is the file"):
        files_of(directory).document("tickets", ELSEWHERE)


def test_a_document_that_is_none_takes_its_file_out_of_service(directory: Path) -> None:
    wrong = {id: {"id": id, "site": 5} if id == ELSEWHERE else one for id, one in tickets().items()}
    sealed.write(directory, FILE, dict(enumerate(wrong.values(), 1)), 5, sync=False)
    files = files_of(directory)
    assert files.document("tickets", f"TKT-{FIRST}") == tickets()[f"TKT-{FIRST}"]
    for id in (ELSEWHERE, f"TKT-{FIRST}"):
        with pytest.raises(Damaged):
            files.document("tickets", id)
    assert files.out_of_service() == [FILE] and FILE not in files._cache


def test_nothing_in_what_is_cut_out_may_look_like_a_document() -> None:
    """Every document says its id first. What has a key that is not its own name has no id; the
    words of the house have names of its own."""
    for kind in cutting.CUT:
        shape: Any = msgspec.inspect.type_info(TYPES[kind])
        assert (shape.fields[0].encode_name, shape.tag, shape.array_like) == ("id", None, False)
        for field in shape.fields:
            for some in getattr(field.type, "types", [field.type]):
                if isinstance(some, msgspec.inspect.DictType) and field.name != "last_words":
                    inner = [one.encode_name for one in getattr(some.value_type, "fields", ())]
                    assert "id" not in inner
                    assert not isinstance(some.value_type, msgspec.inspect.AnyType), field.name
