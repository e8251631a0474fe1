"""Uploads, piece by piece: what is judged first, what is durable, and what comes of the end."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chatd.domain.file import File, Use
from chatd.domain.times import to_epoch
from chatd.errors import (
    ChatdError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    Rejected,
    TooLarge,
    Unavailable,
)
from chatd.helper.frames import Done
from chatd.helper.helpers import HelperFailed, Helpers
from chatd.live.connections import Connection
from chatd.protocol.commands import SendMessage
from chatd.protocol.files import LONGEST_VOICE_S, CreateFile
from chatd.service import uploads
from chatd.service.uploads import Expected, Mismatch, WrongOffset
from tests.daemon import RELAXED
from tests.files.stored import file_of, put
from tests.trust.house import House, convert_config

MOST, SHARE = 1_000, 2_500


def dying() -> Helpers:
    """Helpers that all end before they have said anything."""
    return Helpers(lambda: None, (sys.executable, "-c", ""))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Where nobody can say what is in a file."""
    made = House(
        tmp_path / "data",
        **RELAXED,
        store={"sync": False},
        sites={"shop": {}, "bank": {}},
        rooms={"lobby": {}, "news": {"read_only": True}},
        files={"max_bytes": MOST, "site_bytes": SHARE},
    )
    made.services.helpers = dying()
    yield made
    made.services.helpers.stop()
    made.close()


@pytest.fixture
def anna(house: House) -> Connection:
    """A visitor of the shop."""
    return house.hello(name="Anna", site="shop")[0]


def create(house: House, who: Connection, size: int = 10, **fields: Any) -> File:
    """A new upload."""
    values = {"dialog_id": "lobby", "name": "a.txt", **fields}
    told = house.ask(who, CreateFile(size=size, **values))
    return file_of(house, told.file.id)


def receive(house: House, file: File, offset: int, *pieces: bytes, **more: Any) -> File:
    """An upload with more of it."""
    return uploads.receive(house.services, file.id, offset, pieces, lambda: None, **more)


def whole(house: House, file: File, *pieces: bytes) -> File:
    """An upload all of which has come; as it then is."""
    with pytest.raises((HelperFailed, Rejected)):
        receive(house, file, 0, *pieces)
    return file_of(house, file.id)


def stored(house: House, id: str) -> bytes:
    """What has come of it."""
    held = house.services.bytes
    return held.read(id, 0, held.length(id))


def test_an_upload_begins_with_nothing_in_the_share_of_its_site(
    house: House, anna: Connection
) -> None:
    file = create(house, anna, 7, name="C:\\docs\\ a\u200b.txt. ", duration_s=5.0)
    assert (file.owner, file.site, file.dialog_id) == (anna.principal.id, "shop", "lobby")
    assert (file.name, file.size, file.kept, file.received) == ("a.txt", 7, 7, 0)
    assert file.duration_s == 5.0 and file.state == "uploading"
    assert to_epoch(file.created_at) == house.now
    hours = house.services.config.files.upload_hours
    assert uploads.expires_at(house.services, file) == house.now + hours * 3_600
    assert create(house, anna, duration_s=LONGEST_VOICE_S + 1).duration_s == LONGEST_VOICE_S
    assert create(house, anna, peaks=(-1, 0, 100, 101)).peaks == (0, 0, 100, 100)
    assert house.store.get(Use, "shop") == Use("shop", 3, 27, version=3)
    for name in ("", " ", "/", "a/..", "\u200b", ". ."):
        with pytest.raises(ChatdError):
            create(house, anna, name=name)


def test_a_file_has_so_many_bytes_and_a_site_so_many_together(
    house: House, anna: Connection
) -> None:
    with pytest.raises(TooLarge, match="at most 1000 bytes") as refused:
        create(house, anna, MOST + 1)
    assert refused.value.details["limit"] == MOST
    create(house, anna, MOST)
    create(house, anna, MOST)
    for size in (501, 502, MOST):
        with pytest.raises(TooLarge, match="2500 bytes together, 500 are left") as refused:
            create(house, anna, size)
        assert refused.value.details["limit"] == SHARE
    create(house, anna, 500)
    with pytest.raises(TooLarge, match="0 are left"):
        create(house, anna, 1)
    assert create(house, house.hello(name="Vera", site="bank")[0], MOST).site == "bank"


def test_files_are_taken_where_one_may_write_and_while_there_is_room(
    house: House, anna: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Forbidden, match="read-only"):
        create(house, anna, dialog_id="news")
    keep = house.services.config.files.keep_free_bytes
    for free, taken in ((keep + 10, True), (keep + 9, False), (keep + 1_000, True)):
        monkeypatch.setattr(house.services.bytes, "free", lambda free=free: free)
        if taken:
            assert create(house, anna, 10).size == 10
        else:
            with pytest.raises(Unavailable, match="no room for files"):
                create(house, anna, 10)
    given = {**house.settings, "data_dir": str(house.directory), "files": {"enabled": False}}
    house.services.config = convert_config(given)
    with pytest.raises(Forbidden, match="not taken here"):
        create(house, anna)


RATES = ("files_per_participant", "files_per_address")
BYTES = ("file_bytes_per_participant", "file_bytes_per_address")


@pytest.mark.parametrize(
    ("rate", "amount"), [*((one, 2) for one in RATES), *((one, 20) for one in BYTES)]
)
def test_files_and_their_bytes_are_counted_but_not_at_the_machine(
    house: House, anna: Connection, rate: str, amount: int
) -> None:
    limits = {**RELAXED["limits"], rate: f"{amount}/day"}
    given = {**house.settings, "data_dir": str(house.directory), "limits": limits}
    house.services.limiter.apply(convert_config(given).limits)
    for _ in range(3):
        assert house.shell(CreateFile(dialog_id="lobby", name="a.txt", size=10)).file.id
    for _ in range(2):
        create(house, anna, 10)
    with pytest.raises(RateLimited) as refused:
        create(house, anna, 10)
    assert refused.value.details["limit"] == rate


def test_an_upload_goes_on_where_it_ends_and_nowhere_else(house: House, anna: Connection) -> None:
    file = create(house, anna, 10)
    assert receive(house, file, 0, b"01", b"23").received == 4
    for offset in (0, 3, 5, 99):
        with pytest.raises(WrongOffset, match="goes on at byte 4") as refused:
            receive(house, file, offset, b"x")
        assert refused.value.details["offset"] == 4
    assert receive(house, file, 4).received == 4, "nothing came"
    assert receive(house, file, 4, b"45").state == "uploading"
    assert stored(house, file.id) == b"012345"
    known = whole_from(house, file, 6, b"6789")
    assert (known.state, known.received, known.tries) == ("checking", 10, 1)
    with pytest.raises(Conflict, match="is checking: nothing is to be uploaded"):
        receive(house, file, 10)
    with pytest.raises(NotFound, match="gone"):
        uploads.receive(house.services, "f-unknown", 0, [b"x"], lambda: None)


def whole_from(house: House, file: File, offset: int, *pieces: bytes) -> File:
    """An upload the rest of which has come."""
    with pytest.raises(HelperFailed):
        receive(house, file, offset, *pieces)
    return file_of(house, file.id)


def test_an_upload_takes_what_was_said_and_not_a_byte_more(house: House, anna: Connection) -> None:
    exact = whole(house, create(house, anna, 5), b"01234")
    assert exact.state == "checking"
    for pieces in ((b"012345",), (b"012", b"345")):
        file = create(house, anna, 5)
        with pytest.raises(TooLarge, match="begun for 5 bytes") as refused:
            receive(house, file, 0, *pieces)
        assert refused.value.details["limit"] == 5
        assert file_of(house, file.id).received == 0, "they came in one"


def test_what_came_before_a_fault_is_kept_but_not_of_what_has_a_checksum(
    house: House, anna: Connection
) -> None:
    def broken() -> Iterator[bytes]:
        yield b"012"
        raise Invalid("the line broke", field="file")

    for expected, kept in ((None, 3), (sha256(b"01234"), 0)):
        file = create(house, anna, 5)
        with pytest.raises(Invalid, match="line broke"):
            uploads.receive(house.services, file.id, 0, broken(), lambda: None, expected)
        assert file_of(house, file.id).received == kept
        assert house.services.receiving == {}


def sha256(data: bytes) -> Expected:
    """The checksum of these bytes."""
    return Expected("sha256", hashlib.sha256(data).digest())


def test_a_piece_is_what_its_checksum_says_or_nothing_of_it_is_kept(
    house: House, anna: Connection
) -> None:
    file = create(house, anna, 9)
    with pytest.raises(Mismatch, match="send them again"):
        receive(house, file, 0, b"01", b"2x", expected=sha256(b"0123"))
    assert file_of(house, file.id).received == 0
    assert receive(house, file, 0, b"01", b"23", expected=sha256(b"0123")).received == 4
    assert receive(house, file, 4, b"45", expected=sha256(b"45")).received == 6
    assert stored(house, file.id) == b"012345"


def test_of_what_is_long_each_part_is_durable_before_it_is_told(
    house: House, anna: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (uploads.DURABLE_EVERY, uploads.PIECE) == (8 * 1_024**2, 256 * 1_024)
    monkeypatch.setattr(uploads, "DURABLE_EVERY", 8)
    monkeypatch.setattr(uploads, "PIECE", 4)
    settled: list[int] = []
    settle = house.services.bytes.settle

    def note(id: str) -> None:
        settled.append(house.services.bytes.length(id))
        settle(id)

    monkeypatch.setattr(house.services.bytes, "settle", note)
    file = create(house, anna, 100)
    assert receive(house, file, 0, *[b"0123"] * 5).received == 20
    assert settled == [8, 16, 20]
    settled.clear()
    assert receive(house, file, 20, *[b"01"] * 3, b"0123456").received == 33
    assert settled == [33]
    keep = house.services.config.files.keep_free_bytes
    monkeypatch.setattr(house.services.bytes, "free", lambda: keep + 58)
    with pytest.raises(Unavailable, match="no room for files"):
        receive(house, file, 33, *[b"0123"] * 4)
    assert file_of(house, file.id).received == 41, "59 bytes are still to come"
    monkeypatch.setattr(house.services.bytes, "free", lambda: keep + 51)
    assert receive(house, file, 41, *[b"0123"] * 2).received == 49


def gathered(pieces: Iterable[bytes]) -> list[int]:
    """How long the pieces are that are written."""
    return [len(one) for one in uploads.gather(pieces)]


def test_small_pieces_are_written_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PIECE", 4)
    assert gathered([b"0"] * 9) == [4, 4, 1]
    assert gathered([b"012", b"345", b"6"]) == [6, 1]
    assert gathered([b"0123"]) == [4] and gathered([]) == gathered([b""]) == []


def test_after_a_restore_an_upload_of_which_less_is_there_begins_anew(
    house: House, anna: Connection
) -> None:
    file = create(house, anna, 10)
    receive(house, file, 0, b"0123")
    assert uploads.end_at(house.services, file.id).received == 4
    house.services.bytes.write(file.id, 4, b"45")
    assert uploads.end_at(house.services, file.id).received == 4, "more is no matter"
    house.services.bytes.drop(file.id)
    assert uploads.end_at(house.services, file.id).received == 0
    done = put(house, anna.principal.id, 5)
    assert uploads.end_at(house.services, done).state == "ready"
    with pytest.raises(NotFound):
        uploads.end_at(house.services, "f-unknown")


def test_what_ends_early_takes_up_what_came_of_it(house: House, anna: Connection) -> None:
    file = create(house, anna, 10)
    with pytest.raises(Invalid, match="at least one byte"):
        uploads.end_short(house.services, file)
    came = receive(house, file, 0, b"0123")
    with pytest.raises(HelperFailed):
        uploads.end_short(house.services, came)
    known = file_of(house, file.id)
    assert (known.size, known.kept, known.state) == (4, 4, "checking")
    use = house.store.get(Use, "shop")
    assert use and (use.files, use.bytes) == (1, 4)
    with pytest.raises(NotFound):
        uploads.end_short(house.services, came_of_nothing(came))


def came_of_nothing(file: File) -> File:
    """The same, of which nothing is known any more."""
    fields = {name: getattr(file, name) for name in File.__struct_fields__}
    return File(**{**fields, "id": "f-unknown"})


def test_what_nobody_can_look_at_is_tried_three_times_and_then_gone(
    house: House, anna: Connection
) -> None:
    file = whole(house, create(house, anna, 5), b"01234")
    other = create(house, anna, 5)
    receive(house, other, 0, b"012")
    for tries, state in ((1, "checking"), (2, "checking"), (3, "refused"), (3, "refused")):
        known = file_of(house, file.id)
        assert (known.tries, known.state) == (tries, state)
        uploads.finish_waiting(house.services)
    assert file_of(house, file.id).reason == uploads.UNREADABLE
    use = house.store.get(Use, "shop")
    assert use and (use.files, use.bytes) == (2, 5), "the other's"
    assert file_of(house, other.id).tries == 0
    assert house.services.bytes.uploads() == [other.id]
    with pytest.raises(Conflict, match="is refused"):
        receive(house, file, 0, b"x")
    with pytest.raises(Conflict, match="was refused: nobody can say"):
        command = SendMessage(dialog_id="lobby", content="", type="file", files=[file.id])
        house.ask(anna, command)


class Looking:
    """A helper that takes everything for a text."""

    def do(self, *_: object) -> tuple[Done, bytes]:
        """What it is."""
        return Done({"type": "text/plain"}), b""

    def stop(self) -> None:
        """There is nothing to end."""


def test_what_waits_to_be_looked_at_is_ready_once_somebody_can(
    house: House, anna: Connection
) -> None:
    file = whole(house, create(house, anna, 5), b"01234")
    house.services.helpers = Looking()  # type: ignore[assignment]
    uploads.finish_waiting(house.services)
    known = file_of(house, file.id)
    assert (known.state, known.type, known.kept) == ("ready", "text/plain", 5)
    assert house.services.bytes.uploads() == []
    assert receive(house, create(house, anna, 2), 0, b"01").state == "ready"


def test_a_failing_disk_is_told_and_what_has_come_is_kept(
    house: House, anna: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "no room")

    file = create(house, anna, 5)
    receive(house, file, 0, b"01")
    with monkeypatch.context() as patch:
        patch.setattr(house.services.bytes, "write", fail)
        with pytest.raises(Unavailable, match="cannot be written: no room"):
            receive(house, file, 2, b"2")
    assert file_of(house, file.id).received == 2
    with monkeypatch.context() as patch:
        patch.setattr(house.services.bytes, "read", fail)
        with pytest.raises(Unavailable, match="cannot be written: no room"):
            receive(house, file, 2, b"234")
    known = file_of(house, file.id)
    assert (known.state, known.tries) == ("checking", 0), "nobody has looked at it"
