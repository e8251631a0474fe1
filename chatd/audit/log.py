"""The audit log as the daemon writes it: beside the loop, bounded, whole after a full disk."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event
from loguru import logger

from chatd.audit.chain import Chain, entry_of
from chatd.runtime.threads import BoundedThreads

WAITING = 10_000
WAIT_S = 1.0
SYNC_S = 1.0
RETRY_S = 1.0
CLOSING_S = 2.0
MINUTE_S = 60.0
FAILURES_A_MINUTE = 30


class Audit:
    """Entries queue up and one greenlet hands them to a thread. When the disk does not take them
    they wait, at most ``WAITING`` of them, which the log says once and ``fault`` as long as it
    lasts; how many had to be dropped is an entry of its own afterwards.

    ``now`` gives the time as entries have it; ``on_death`` is called with what became of the
    writer, should it end before :meth:`close`.
    """

    def __init__(
        self,
        directory: Path,
        *,
        max_bytes: int,
        keep_files: int,
        now: Callable[[], str],
        on_death: Callable[[str], None],
    ) -> None:
        self._chain = Chain(directory, max_bytes=max_bytes, keep_files=keep_files)
        self._newest = self._chain.newest
        self._now = now
        self._beside = BoundedThreads(1)
        self._waiting: deque[tuple[dict[str, Any], Event]] = deque()
        self._wake = Event()
        self._closing = False
        self._held = 0
        self._unsynced = False
        self._synced = 0.0
        self._lost = 0
        self._failures = Failures()
        self._on_death = on_death
        self.fault: str | None = None
        self._writer = gevent.Greenlet(self._run)
        self._writer.name = "audit"
        self._writer.link(self._on_writer_end)
        self._writer.start()

    def write(self, entry: dict[str, Any], *, wait: bool = True) -> None:
        """Adds an entry; ``wait``: until it is written, but not for long."""
        if len(self._waiting) >= WAITING:
            self._lost += 1
            return
        written = Event()
        self._waiting.append((entry, written))
        self._wake.set()
        if wait and self.fault is None:
            written.wait(WAIT_S)

    def write_failure(self, entry: dict[str, Any]) -> None:
        """Adds a log-in that failed: so many a minute as they are, the rest as a number, so that
        who tries for ever does not push everything else out."""
        for one in self._failures.add(entry, self._now()):
            self.write(one)

    def __len__(self) -> int:
        """How many entries are at hand, of the newest."""
        return len(self._newest)

    def list_newest(self, limit: int) -> list[dict[str, Any]]:
        """The last entries, oldest first."""
        return [modernise(entry_of(line)) for line in list(self._newest)[-limit:]]

    def status(self) -> dict[str, Any]:
        """Figures: how many entries wait to be written, and why."""
        return {"waiting": len(self._waiting), "fault": self.fault}

    @contextmanager
    def still(self) -> Iterator[None]:
        """In here the files keep their names, so that they can be copied."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1

    def close(self) -> None:
        """Writes what waits, as far as the disk lets it."""
        self._closing = True
        self._wake.set()
        self._writer.join(CLOSING_S)
        if self._waiting:
            logger.bind(area="admin").error(
                "{} entries are not in the audit log", len(self._waiting)
            )
        self._writer.kill(block=False)
        self._chain.close()
        self._beside.stop()

    def _on_writer_end(self, writer: Any) -> None:
        if writer.exception is not None or not self._closing:
            self._on_death(repr(writer.exception or writer.value))

    def _run(self) -> None:
        while not (self._closing and not self._waiting):
            self._wake.wait(SYNC_S if self._unsynced else MINUTE_S)
            self._wake.clear()
            for one in self._failures.over(self._now()):
                self._waiting.append((one, Event()))
            try:
                self._write_what_waits()
            except OSError as error:
                self._note_failure(error)
                if self._closing:
                    return
                gevent.sleep(RETRY_S)
                self._wake.set()

    def _write_what_waits(self) -> None:
        while batch := list(self._waiting):
            entries = [entry for entry, _ in batch]
            self._newest += self._beside(self._append, entries, not self._held)
            self._unsynced = True
            for _, written in batch:
                self._waiting.popleft()
                written.set()
        if self._unsynced and (self._closing or time.monotonic() - self._synced >= SYNC_S):
            self._beside(self._chain.sync)
            self._unsynced, self._synced = False, time.monotonic()
        self._note_recovery()

    def _append(self, entries: list[dict[str, Any]], may_rotate: bool) -> list[bytes]:
        return self._chain.append(entries, may_rotate=may_rotate)

    def _note_failure(self, error: OSError) -> None:
        if self.fault is None:
            self.fault = f"not in the audit log, and waits: {error.strerror or error}"
            logger.bind(area="admin").error("{}", self.fault)

    def _note_recovery(self) -> None:
        if self.fault is not None:
            self.fault = None
            logger.bind(area="admin").warning("the audit log is written again")
        if self._lost:
            lost, self._lost = self._lost, 0
            told = {"at": self._now(), "command": "entries lost", "arguments": {"count": lost}}
            self._waiting.append((told, Event()))
            self._wake.set()


def modernise(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry under the names of now: once only the shell's verbs were told."""
    if "verb" not in entry:
        return entry
    return {"who": f"shell:{entry.get('user')}", "via": "shell", "command": entry["verb"]} | entry


class Failures:
    """Log-ins that failed: which of them are told one by one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends = 0.0
        self._count = 0

    def add(self, entry: dict[str, Any], now: str) -> Iterator[dict[str, Any]]:
        """What is to be written now that one more has failed."""
        yield from self.over(now)
        if not self._count:
            self._ends = self._clock() + MINUTE_S
        self._count += 1
        if self._count <= FAILURES_A_MINUTE:
            yield entry

    def over(self, now: str) -> Iterator[dict[str, Any]]:
        """At the end of a minute: how many more there were in it."""
        if not self._count or self._clock() < self._ends:
            return
        more, self._count = self._count - FAILURES_A_MINUTE, 0
        if more > 0:
            yield {
                "at": now,
                "command": "operator:login",
                "arguments": {"more": more},
                "outcome": "unauthenticated",
            }
