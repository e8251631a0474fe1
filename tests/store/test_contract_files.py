"""Files, the bytes that they name and what sites have of them: the same in every backend."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chatd.domain.errand import Errand
from chatd.domain.file import Attached, Blob, File, Use
from chatd.domain.message import Message
from chatd.domain.versions import successor
from chatd.errors import Overtaken
from chatd.store.base import Append, Put, Remove
from tests.store.backends import Bench, message

DIGESTS = [f"{number:02x}" * 32 for number in range(40)]


def file(number: int, at: int = 0x67A1B2C3, **fields: object) -> File:
    id = f"f-{at + number * 5_000:x}-{number:012x}"
    named = {"dialog_id": "lobby", "site": "shop", "owner": "p-1-a", "name": "a.txt", "size": 3}
    return File(id=id, created_at="2026-11-21T10:00:00.123Z", **(named | fields))  # type: ignore[arg-type]


def test_a_file_its_bytes_and_its_site_change_together_or_not_at_all(bench: Bench) -> None:
    first, digest = file(1), DIGESTS[1]
    bench.store.commit(Put(first), Put(Use("shop", 1, 3)))
    ready = successor(first, state="ready", sha256=digest)
    use = Use("shop", 1, 3, version=2)
    bench.again().commit(Put(ready), Put(Blob(digest, 3, 1)), Put(use))
    for stale in (
        [Put(Blob(digest, 3, 1))],
        [Put(replace(use, bytes=9))],
        [Put(successor(first, sent=True))],
        [Remove("blobs", digest, 2)],
    ):
        with pytest.raises(Overtaken):
            bench.again().commit(Put(file(2)), *stale)
    store = bench.again()
    assert store.get(File, file(2).id) is None
    assert store.get(Blob, digest) == Blob(digest, 3, 1)
    store.commit(
        Remove("files", ready.id, 2), Remove("blobs", digest, 1), Put(replace(use, version=3))
    )
    store = bench.again()
    assert store.get(File, ready.id) is None and store.get(Blob, digest) is None
    store.commit(Put(Blob(digest, 3, 1)))
    assert bench.again().get(Blob, digest) == Blob(digest, 3, 1), "anew"


def test_files_are_gone_through_and_bytes_are_found_by_their_digest(bench: Bench) -> None:
    made = [file(number) for number in range(40)]
    bench.store.commit(*map(Put, made), *(Put(Blob(one, 1, 1)) for one in DIGESTS))
    bench.store.commit(Put(Use("shop", 40, 120)), Put(Use("bank")))
    store = bench.again()
    found = [one for part in store.parts(File) for one in store.part(File, part)]
    assert sorted(found, key=lambda one: one.id) == sorted(made, key=lambda one: one.id)
    assert [store.get(Blob, one) for one in DIGESTS] == [Blob(one, 1, 1) for one in DIGESTS]
    assert [use.id for use in store.all(Use)] == ["bank", "shop"]


def test_a_message_keeps_its_files(bench: Bench) -> None:
    attached = Attached(
        id="f-1-2", name="ц.png", size=3, type="image/png", sha256=DIGESTS[0], width=4, height=5
    )
    said: Message = replace(message("a"), type="file", files=(attached,))
    told = Errand("e-67a1b2c3-1", "webhook", "crm", "message.created", "", message=said)
    stored = bench.store.commit(Append(said), Put(told)).messages[0]
    store = bench.again()
    assert store.message("lobby", 1) == stored and stored.files == (attached,)
    kept = store.get(Errand, told.id)
    assert kept and kept.message == stored
