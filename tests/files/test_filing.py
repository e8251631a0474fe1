"""What files amount to is counted in the commit that changes it, to the last byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatd.domain.file import Blob, DialogUse, File, Use
from chatd.errors import Full, NotFound
from chatd.service import filing
from chatd.store.base import Put, Remove
from tests.files.stored import SHA, file_of, put
from tests.trust.house import House

ONE, TWO = "1" * 64, "2" * 64


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Where no file is yet."""
    made = House(tmp_path / "data", store={"sync": False}, sites={"shop": {}, "bank": {}})
    yield made
    made.close()


def ledger(house: House) -> filing.Ledger:
    """An empty one."""
    return filing.Ledger(house.store)


def commit(house: House, one: filing.Ledger) -> None:
    """What was counted is stored."""
    house.store.commit(*one.changes())


def test_a_site_has_the_sum_of_what_came_and_went(house: House) -> None:
    first = ledger(house)
    assert first.count(in_dialog("a"), 2, 100) == Use("shop", 2, 100)
    assert first.count(in_dialog("b"), 1, 7) == Use("shop", 3, 107)
    assert first.count(in_dialog("b", "bank"), 1, 5) == Use("bank", 1, 5)
    commit(house, first)
    assert house.store.get(Use, "shop") == Use("shop", 3, 107, version=1)
    second = ledger(house)
    second.count(in_dialog("b"), -1, -7)
    commit(house, second)
    third = ledger(house)
    third.count(in_dialog("a"), 0, 3)
    commit(house, third)
    assert house.store.get(Use, "shop") == Use("shop", 2, 103, version=3)
    assert house.store.get(Use, "bank") == Use("bank", 1, 5, version=1)
    assert house.store.get(DialogUse, "u-0-a") == DialogUse(
        "u-0-a", "a", {"shop": (2, 103)}, version=2
    )
    assert house.store.get(DialogUse, "u-0-b") == DialogUse(
        "u-0-b", "b", {"bank": (1, 5)}, version=2
    )


def in_dialog(dialog_id: str, site: str = "shop") -> File:
    """A file there, which no store has."""
    return File(
        id="f-1", dialog_id=dialog_id, site=site, owner="p-1", name="a", size=1, created_at=""
    )


def test_bytes_are_there_as_long_as_a_file_has_them(house: House) -> None:
    first = ledger(house)
    for digest in (ONE, ONE, ONE, TWO):
        first.use(digest, 10)
    commit(house, first)
    assert house.store.get(Blob, ONE) == Blob(ONE, 10, 3, version=1)
    for left in (2, 1):
        file = file_of(house, put(house, "p-1", 10, sha256=ONE))
        less = ledger(house)
        assert less.remove(file) == Remove("files", file.id, file.version)
        assert less.list_unused() == []
        commit(house, less)
        kept = house.store.get(Blob, ONE)
        assert kept and (kept.uses, kept.size) == (left, 10)
    more = ledger(house)
    more.use(ONE, 10)
    commit(house, more)
    kept = house.store.get(Blob, ONE)
    assert kept == Blob(ONE, 10, 2, version=4)
    last = ledger(house)
    both = file_of(house, put(house, "p-1", 10, sha256=ONE, preview=TWO))
    for file in (both, file_of(house, put(house, "p-1", 10, sha256=ONE))):
        last.remove(file)
    assert last.list_unused() == [ONE, TWO]
    commit(house, last)
    assert house.store.get(Blob, ONE) is house.store.get(Blob, TWO) is None


def test_what_goes_takes_its_share_with_it(house: House) -> None:
    first = ledger(house)
    first.count(in_dialog("lobby"), 2, 30)
    commit(house, first)
    kept, gone = put(house, "p-1", 10), put(house, "p-1", 20)
    filing.remove(house.services, [gone, "f-unknown"])
    assert house.store.get(File, gone) is None and house.store.get(File, kept)
    assert house.store.get(Use, "shop") == Use("shop", 1, 10, version=2)
    blob = house.store.get(Blob, SHA)
    assert blob and blob.uses == 98
    filing.remove(house.services, ["f-unknown"])
    assert house.store.get(Use, "shop") == Use("shop", 1, 10, version=2)


def bytes_of(house: House, data: bytes, uses: int) -> str:
    """These bytes, with so many uses."""
    digest = house.services.bytes.name(data)
    house.services.bytes.put(digest, data)
    house.store.commit(Put(Blob(digest, len(data), uses)))
    return digest


def kept_bytes(house: House) -> set[str]:
    """All bytes that there are."""
    held = house.services.bytes
    return {digest for shelf in held.shelves() for digest in held.shelf(shelf)}


def test_bytes_and_uploads_go_with_their_files_and_no_others(house: House) -> None:
    one, two = bytes_of(house, b"one", 1), bytes_of(house, b"two", 2)
    unsent = put(house, "p-1", 3, sha256=one, preview=two, state="ready")
    sent = put(house, "p-1", 3, sha256="", sent=True)
    for id in (unsent, sent):
        house.services.bytes.write(id, 0, b"came")
    filing.remove(house.services, [unsent, sent])
    assert kept_bytes(house) == {two}
    assert house.services.bytes.uploads() == [sent], "nothing was uploaded of what is sent by now"
    filing.let_go_of(house.services, two)
    assert kept_bytes(house) == {two}, "somebody has it"


@pytest.mark.parametrize(
    "fault", [OSError(5, "the disk fails"), Full("too much of this at once")], ids=["disk", "busy"]
)
def test_what_a_disk_does_not_let_go_of_stays_for_now(
    house: House, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """Who has removed a file, which is so by then, is not told that it failed."""
    one = bytes_of(house, b"one", 1)
    id = put(house, "p-1", 3, sha256=one)
    house.services.bytes.write(id, 0, b"came")

    def fail(_: str) -> None:
        raise fault

    with monkeypatch.context() as patch:
        for name in ("remove", "drop"):
            patch.setattr(house.services.bytes, name, fail)
        filing.remove(house.services, [id])
    assert house.store.get(File, id) is None
    assert kept_bytes(house) == {one} and house.services.bytes.uploads() == [id]


def test_a_change_of_a_file_is_one_version_and_of_none_not_found(house: House) -> None:
    id = put(house, "p-1", 3)
    assert filing.change(house.services, id, reason="because").version == 2
    assert file_of(house, id).reason == "because"
    with pytest.raises(NotFound, match="gone"):
        filing.change(house.services, "f-unknown", reason="because")


@pytest.mark.parametrize(
    ("error", "says"), [(OSError(28, "no room"), "no room"), (OSError(), "a fault of the disk")]
)
def test_of_a_failing_disk_people_are_told_why_and_when_to_go_on(error: OSError, says: str) -> None:
    told: Any = filing.failing(error)
    assert f"cannot be written: {says};" in told.message
    assert told.details["retry_after"] == 5
