"""What the committer decides: which commits are one frame, in which order they are announced, who
is refused and told what when the disk fails, and how it goes on."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import Any

import gevent
import pytest

from chatd.errors import Conflict, Unavailable
from chatd.runtime.threads import BoundedThreads
from chatd.store.base import Committed
from chatd.store.tiny import committer, journal
from chatd.store.tiny.committer import BATCH_BYTES, MAX_BATCH, Committer, Pending
from chatd.store.tiny.journal import HalfMade, Journal, encode_commit
from chatd.store.tiny.state import Numbers

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/srv/chatd/secret")
PEERS = "the journal cannot be written: No space left on device; nothing was changed, try again"


class Disk(Journal):
    """A journal on a disk that is full when the test says so."""

    fault: OSError | None = None

    def append(self, commits: Sequence[bytes]) -> None:
        if Disk.fault:
            raise Disk.fault
        super().append(commits)


class Bench:
    """A committer, and what it did in which order."""

    def __init__(self, directory: Path, first: int = 1) -> None:
        self.directory = directory
        self.did: list[str] = []
        self.opened: list[Disk] = []
        self.settle: Callable[[Pending], None] = lambda one: self.did.append(f"settled {name(one)}")
        self.read: Callable[[Pending], None] = lambda one: None
        self.beside = BoundedThreads(1)
        self.committer = Committer(
            self.open,
            first,
            lambda one: self.read(one),
            lambda one: self.settle(one),
            lambda: self.did.append("abandoned"),
            self.beside,
        )

    def open(self, first: int, carried: Sequence[bytes]) -> Journal:
        if Disk.fault:
            raise Disk.fault
        made = Disk(self.directory, first, sync=False, carried=carried)
        made.settle()
        self.opened.append(made)
        return made

    def put(self, name: str, record: bytes | None = None, then: Any = None) -> Pending:
        announce = then or (lambda _: self.did.append(f"announced {name}"))
        numbers: dict[str, Numbers] = {name: (0, 0)}
        one = Pending((), encode_commit([]) if record is None else record, DONE, announce, numbers)
        self.committer.put(one)
        return one

    def frames(self) -> list[tuple[int, int]]:
        """The number of each frame that counts, and how many commits it has."""
        return [(one.number, len(one.commits)) for one in journal.replay(self.directory)]


DONE = Committed(())


def name(one: Pending) -> str:
    return next(iter(one.numbers))


def wait(*pending: Pending) -> list[Any]:
    return [gevent.with_timeout(10, one.done.get) for one in pending]


def refusal(one: Pending | Callable[[], Any]) -> str:
    """What is said to who is refused, and when to come again."""
    with pytest.raises(Unavailable) as told:
        wait(one) if isinstance(one, Pending) else one()
    return f"{told.value.message} ({told.value.details['retry_after']})"


def recover(bench: Bench) -> None:
    """Until it tries again."""
    with gevent.Timeout(10):
        while bench.committer.fault:
            gevent.sleep(0.005)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(committer, "RETRY_S", 0.01)
    made = Bench(tmp_path)
    yield made
    Disk.fault = None
    made.committer.stop()
    made.beside.stop()


def test_what_is_asked_for_at_once_is_one_frame_announced_in_order_before_anybody_goes_on(
    bench: Bench,
) -> None:
    first, second = bench.put("a"), bench.put("b")
    goes_on = gevent.spawn(lambda: bench.did.append(f"released {second.done.get() is DONE}"))
    assert wait(first) == [DONE]
    goes_on.join(10)
    done = ["settled a", "announced a", "settled b", "announced b", "released True"]
    assert bench.did == done
    assert bench.frames() == [(1, 0), (2, 2)] and bench.committer.commits == 2
    wait(bench.put("c"))
    assert bench.frames()[2:] == [(3, 1)] and bench.committer.commits == 3


def test_how_long_a_commit_took_is_told(bench: Bench) -> None:
    seen: list[float] = []
    bench.committer.observe = seen.append
    wait(bench.put("a"))
    assert len(seen) == 1 and 0 < seen[0] < 10 and bench.committer.latency_s == seen[0]


def test_who_asks_for_nothing_waits_for_those_before_and_writes_nothing(bench: Bench) -> None:
    wait(bench.put("a"), bench.put("b", b""))
    wait(bench.put("c", b""))
    assert bench.frames() == [(1, 0), (2, 1)] and bench.did[-1] == "announced c"


@pytest.mark.parametrize(
    ("count", "record", "sizes"),
    [
        (MAX_BATCH, b"[]", [4_096]),
        (MAX_BATCH + 1, b"[]", [4_096, 1]),
        (3, b"[" + b" " * (BATCH_BYTES // 2 - 2) + b"]", [2, 1]),
        (3, b"[" + b" " * (BATCH_BYTES // 2 - 3) + b"]", [3]),
        (2, b"[" + b" " * (BATCH_BYTES * 2) + b"]", [1, 1]),
    ],
)
def test_a_batch_has_so_many_commits_or_so_many_bytes(
    bench: Bench, count: int, record: bytes, sizes: list[int]
) -> None:
    assert (MAX_BATCH, BATCH_BYTES) == (4_096, 256 * 1_024)
    wait(*[bench.put(str(number), record) for number in range(count)])
    assert [size for _, size in bench.frames()[1:]] == sizes


def test_an_announcement_that_fails_hurts_nobody(bench: Bench) -> None:
    wait(bench.put("a", then=lambda _: 1 / 0), bench.put("b"))
    assert bench.did == ["settled a", "settled b", "announced b"]


def test_when_the_disk_fails_all_who_wait_are_refused_and_told_what_but_not_where(
    bench: Bench, said: list[str]
) -> None:
    wait(bench.put("a"))
    Disk.fault = FULL
    waiting = [bench.put("b"), bench.put("c")]
    guest = gevent.spawn(bench.committer.between, list)
    assert [refusal(one) for one in waiting] == [f"{PEERS} (1)"] * 2
    assert refusal(lambda: guest.get(timeout=10)) == f"{PEERS} (1)"
    assert bench.did == ["settled a", "announced a", "abandoned"]
    assert refusal(lambda: bench.put("d")) == refusal(lambda: bench.committer.between(list))
    assert bench.committer.fault and "/srv/chatd/secret" in bench.committer.fault
    gevent.sleep(0.1)
    assert sum("refusing commits until it can" in one for one in said) == 1, "once, however long"
    Disk.fault = None
    recover(bench)
    wait(bench.put("e"))
    assert bench.frames() == [(1, 0), (2, 1), (3, 0), (4, 1)], "what was refused has no frame"
    assert [one.base for one in bench.opened] == [1, 3]
    assert any("can be written again" in one for one in said)


def test_what_a_commit_changes_is_read_before_anything_is_written(bench: Bench) -> None:
    bench.read = lambda one: raising(FULL) if name(one) == "b" else None
    waiting = [bench.put("a"), bench.put("b")]
    told = "the files cannot be read: No space left on device; nothing was changed, try again (1)"
    assert [refusal(one) for one in waiting] == [told] * 2 and bench.did == ["abandoned"]
    recover(bench)
    wait(bench.put("c"))
    assert [size for _, size in bench.frames() if size] == [1], "of the others nothing was written"


def test_a_fault_without_a_name_is_told_as_one_of_the_disk(bench: Bench) -> None:
    Disk.fault = OSError("/srv/chatd/secret")
    told = refusal(bench.put("a"))
    assert "a fault of the disk; nothing was changed" in told and "secret" not in told


def test_where_the_disk_is_full_from_the_start_it_begins_when_it_can(
    bench: Bench, tmp_path: Path
) -> None:
    Disk.fault = FULL
    late = Bench(tmp_path / "late", 7)
    assert late.committer.journal is None and refusal(lambda: late.put("a")) == f"{PEERS} (1)"
    (tmp_path / "late").mkdir()
    Disk.fault = None
    recover(late)
    wait(late.put("a"))
    assert late.frames() == [(7, 0), (8, 1)] and late.committer.open_journal is late.opened[0]
    late.committer.stop()


def test_between_two_batches_everything_is_settled_and_what_fails_there_is_told_there(
    bench: Bench,
) -> None:
    waiting = [bench.put("a"), bench.put("b")]
    assert bench.committer.between(lambda: list(bench.did))[-1] == "announced b"
    for error in (OSError("disk"), Conflict("late")):
        with pytest.raises(type(error), match=str(error)):
            bench.committer.between(lambda error=error: raising(error))
    wait(*waiting, bench.put("c"))
    assert bench.committer.between(lambda: 7) == 7


def raising(error: Exception) -> None:
    raise error


def test_it_goes_on_in_a_new_file_or_as_before(bench: Bench) -> None:
    wait(bench.put("a"))
    old = bench.committer.open_journal
    bench.committer.between(lambda: bench.committer.rotate([encode_commit([])]))
    wait(bench.put("b"))
    assert bench.frames() == [(1, 0), (2, 1), (3, 1), (4, 1)]
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(old._descriptor)
    current = bench.committer.open_journal
    Disk.fault = FULL
    with pytest.raises(OSError, match="No space"):
        bench.committer.between(bench.committer.rotate)
    Disk.fault = None
    wait(bench.put("c"))
    assert bench.committer.open_journal is current and bench.frames()[-1] == (5, 1)


def test_of_a_half_made_file_nobody_knows_so_commits_are_refused_until_there_is_one(
    bench: Bench,
) -> None:
    current = bench.committer.open_journal
    Disk.fault = HalfMade(errno.EIO, "half")
    with pytest.raises(HalfMade):
        bench.committer.between(bench.committer.rotate)
    assert bench.committer.open_journal is current and "half" in refusal(lambda: bench.put("a"))
    Disk.fault = None
    recover(bench)
    wait(bench.put("b"))
    assert bench.frames()[-1] == (3, 1) and bench.did[0] == "abandoned"


def test_what_is_on_its_way_gets_there_when_it_stops_and_nobody_new_does(bench: Bench) -> None:
    waiting = [bench.put("a"), bench.put("b")]
    assert bench.committer.stop() and wait(*waiting) == [DONE, DONE]
    stopped = "the daemon is stopping; nothing was changed, try again (1)"
    assert refusal(lambda: bench.put("c")) == stopped
    assert refusal(lambda: bench.committer.between(list)) == stopped
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(bench.committer.open_journal._descriptor)


def test_it_does_not_wait_for_ever_for_a_disk_that_hangs(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committer, "PATIENCE_S", 0.05)
    hangs = Event()
    held = gevent.spawn(bench.beside, hangs.wait, 10)
    gevent.sleep(0)
    one = bench.put("a")
    assert not bench.committer.stop(), "what is not at its end is not closed"
    os.fstat(bench.committer.open_journal._descriptor)
    hangs.set()
    held.get(timeout=10)
    assert wait(one) == [DONE]


def test_when_it_has_to_end_what_is_on_its_way_gets_there_and_others_are_told_why(
    bench: Bench,
) -> None:
    hangs = Event()
    held = gevent.spawn(bench.beside, hangs.wait, 10)
    gevent.sleep(0)
    on_its_way = bench.put("a")
    gevent.sleep(0.01)
    waits = bench.put("b")
    bench.committer.end("the disk was changed")
    hangs.set()
    held.get(timeout=10)
    assert wait(on_its_way) == [DONE]
    assert refusal(waits) == "the disk was changed; nothing was changed, try again (1)"
    assert refusal(lambda: bench.put("c")).startswith("the disk was changed;")
    gevent.sleep(0.05)
    assert bench.committer.fault == "the disk was changed", "for good"


def test_a_fault_of_its_own_ends_it_and_whoever_waits_is_told(
    bench: Bench, said: list[str]
) -> None:
    bench.settle = lambda one: raising(KeyError(name(one)))
    one, other = bench.put("a"), bench.put("b")
    guest = gevent.spawn(bench.committer.between, list)
    told = "the committer died; ask again after the restart (5)"
    assert [refusal(one), refusal(other), refusal(lambda: guest.get(timeout=10))] == [told] * 3
    assert "the committer died; nothing was changed" in refusal(lambda: bench.put("c"))
    with pytest.raises(KeyError):
        bench.committer.watch()
    assert any("the committer died: KeyError('a')" in line for line in said)
    assert bench.did == ["abandoned"]
