"""What is asked about a whole upload, in which order, and what is kept of what is found."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chatd.domain.file import Blob, File, Use
from chatd.errors import NotFound
from chatd.files import clamd
from chatd.helper.frames import Done, Refused
from chatd.service import examining
from chatd.service.examining import Found, NotTaken
from chatd.store.base import Put, Remove
from tests.files.stored import file_of, put
from tests.trust.house import House, convert_config

TEXT = b"what it says"
PICTURE, PREVIEW = b"a picture made anew", b"its preview"


class Helper:
    """One that says what it was told to say; ``asked``: what, about which bytes, and how."""

    def __init__(self) -> None:
        self.kind: str = "text/plain"
        self.refuses: set[str] = set()
        self.preview = PREVIEW
        self.asked: list[tuple[Any, ...]] = []

    def do(
        self, what: str, data: bytes | Callable[[], bytes], options: Any, seconds: float = 0.0
    ) -> tuple[Any, bytes]:
        """The outcome, and what was made."""
        self.asked.append((what, data() if callable(data) else data, options, seconds))
        if what in self.refuses:
            return Refused(f"the {what} is strange"), b""
        if what == "type":
            return Done({"type": self.kind}), b""
        facts = {"type": "image/png", "width": 3, "height": 4, "preview_bytes": len(self.preview)}
        return Done(facts), PICTURE + self.preview

    def stop(self) -> None:
        """There is nothing to end."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """With small pictures alone."""
    files = {"image_bytes": 50, "image_megapixels": 2, "types": ["text/plain", "image/*"]}
    made = House(tmp_path / "data", store={"sync": False}, sites={"shop": {}}, files=files)
    made.services.helpers.stop()
    made.services.helpers = Helper()  # type: ignore[assignment]
    yield made
    made.close()


@pytest.fixture
def helper(house: House) -> Helper:
    """Whom the house asks."""
    found: Any = house.services.helpers
    assert isinstance(found, Helper)
    return found


def upload(house: House, data: bytes, kept: int | None = None) -> File:
    """All of which has come."""
    kept = len(data) if kept is None else kept
    id = put(house, "p-1", len(data), state="checking", type="", sha256="", kept=kept)
    house.services.bytes.write(id, 0, data)
    return file_of(house, id)


def test_what_is_in_it_is_asked_of_its_beginning(house: House, helper: Helper) -> None:
    most = examining.LOOKED_AT
    assert most == 262_144
    for length, is_whole in ((10, True), (most, True), (most + 1, False)):
        data = bytes(range(10)) + b"x" * (length - 10)
        assert examining.examine(house.services, upload(house, data)) == Found("text/plain")
        (asked,) = helper.asked
        assert asked[:3] == ("type", data[:most], {"whole": is_whole})
        helper.asked.clear()


def test_what_nobody_knows_or_takes_is_refused(house: House, helper: Helper) -> None:
    helper.refuses = {"type"}
    with pytest.raises(NotTaken, match="the type is strange"):
        examining.examine(house.services, upload(house, TEXT))
    helper.refuses = set()
    for kind in ("text/html", "application/pdf", "text/plain2"):
        helper.kind = kind
        with pytest.raises(NotTaken, match=f"{kind} are not taken here, but text/plain") as told:
            examining.examine(house.services, upload(house, TEXT))
        assert told.value.details["allowed"] == ["text/plain", "image/*"]
        assert told.value.details["type"] == kind


def test_a_picture_is_made_anew_and_anything_else_kept_as_it_is(
    house: House, helper: Helper
) -> None:
    for kind in ("image/jpeg", "image/png", "image/gif", "image/webp"):
        helper.kind = kind
        helper.asked.clear()
        found = examining.examine(house.services, upload(house, TEXT))
        assert found == Found("image/png", 3, 4, PICTURE, PREVIEW)
        assert helper.asked[1] == ("image", TEXT, {"most_pixels": 2_000_000, "avatar": False}, 20.0)
    helper.kind = "image/svg+xml"
    assert examining.examine(house.services, upload(house, TEXT)) == Found("image/svg+xml", 0, 0)
    helper.kind, helper.preview = "image/gif", b""
    found = examining.examine(house.services, upload(house, TEXT))
    assert (found.picture, found.preview) == (PICTURE, b"")
    helper.refuses = {"image"}
    with pytest.raises(NotTaken, match="the image is strange"):
        examining.examine(house.services, upload(house, TEXT))


def test_a_picture_has_so_many_bytes(house: House, helper: Helper) -> None:
    helper.kind = "image/png"
    assert examining.examine(house.services, upload(house, b"x" * 50)).picture
    with pytest.raises(NotTaken, match="at most 50 bytes") as told:
        examining.examine(house.services, upload(house, b"x" * 51))
    assert told.value.details["limit"] == 50
    helper.kind = "text/plain"
    assert examining.examine(house.services, upload(house, b"x" * 51)) == Found("text/plain")


def test_a_scanner_is_given_all_of_it_where_there_is_one(
    house: House, helper: Helper, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[str, bytes, list[int], float]] = []
    finds: list[str | None] = [None, "Eicar"]

    def scan(address: str, pieces: Iterator[bytes], seconds: float) -> str | None:
        read = list(pieces)
        given.append((address, b"".join(read), [len(one) for one in read], seconds))
        return finds[len(given) - 1]

    monkeypatch.setattr(clamd, "scan", scan)
    data = b"0123456789" * 30_000
    examining.examine(house.services, upload(house, data))
    assert given == []
    tables = {**house.settings["files"], "scanner": "127.0.0.1:1", "scan_seconds": 7}
    given_config = {**house.settings, "data_dir": str(house.directory), "files": tables}
    house.services.config = convert_config(given_config)
    assert examining.examine(house.services, upload(house, data)) == Found("text/plain")
    assert given == [("127.0.0.1:1", data, [262_144, len(data) - 262_144], 7.0)]
    with pytest.raises(NotTaken, match="Eicar was found in it"):
        examining.examine(house.services, upload(house, TEXT))


def name_of(data: bytes) -> str:
    """What bytes are called."""
    return hashlib.sha256(data).hexdigest()


def bytes_of(house: House, digest: str) -> bytes:
    """What is kept under a name."""
    return b"".join(house.services.bytes.pieces(digest, 0, 10**6))


def test_what_is_kept_as_it_is_has_the_bytes_that_came(house: House) -> None:
    house.store.commit(Put(Use("shop", 1, 12)))
    file = upload(house, TEXT)
    ready = examining.keep(house.services, file, Found("text/plain"))
    assert (ready.state, ready.type, ready.size, ready.kept) == ("ready", "text/plain", 12, 12)
    assert (ready.sha256, ready.preview) == (name_of(TEXT), "")
    assert (ready.width, ready.height, ready.version) == (0, 0, file.version + 1)
    assert bytes_of(house, ready.sha256) == TEXT
    assert house.store.get(Blob, ready.sha256) == Blob(ready.sha256, 12, 1)
    assert house.store.get(Use, "shop") == Use("shop", 1, 12, version=2)


def test_a_site_has_what_was_made_and_not_what_came(house: House) -> None:
    house.store.commit(Put(Use("shop", 1, 100)))
    file = upload(house, TEXT, kept=60)
    found = Found("image/png", 3, 4, PICTURE, PREVIEW)
    ready = examining.keep(house.services, file, found)
    assert (ready.sha256, ready.preview) == (name_of(PICTURE), name_of(PREVIEW))
    assert (ready.size, ready.kept) == (len(PICTURE), len(PICTURE) + len(PREVIEW))
    assert (ready.width, ready.height) == (3, 4)
    for data in (PICTURE, PREVIEW):
        assert bytes_of(house, name_of(data)) == data
        assert house.store.get(Blob, name_of(data)) == Blob(name_of(data), len(data), 1)
    assert house.store.get(Blob, name_of(TEXT)) is None
    assert house.store.get(Use, "shop") == Use("shop", 1, 100 - 60 + ready.kept, version=2)
    alone = examining.keep(house.services, upload(house, TEXT), Found("image/png", 3, 4, PICTURE))
    assert (alone.sha256, alone.preview) == (name_of(PICTURE), "")
    blob = house.store.get(Blob, name_of(PICTURE))
    assert blob and blob.uses == 2


def test_of_what_is_gone_meanwhile_nothing_is_kept(house: House) -> None:
    file = upload(house, TEXT)
    house.store.commit(*removed(house, file))
    with pytest.raises(NotFound, match="gone"):
        examining.keep(house.services, file, Found("text/plain"))
    assert house.store.get(Blob, name_of(TEXT)) is None


def removed(house: House, file: File) -> list[Any]:
    """What its end changes."""
    return [Remove("files", file.id, file.version)]
