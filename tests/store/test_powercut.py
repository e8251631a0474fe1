"""A power cut behind every single thing that the store does to its disk: it starts again, and has
everything that was acknowledged by then, once."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chatd.domain.message import revise
from chatd.domain.ticket import Ticket
from chatd.store.base import Append, Put, Replace
from chatd.store.tiny import filesystem
from chatd.store.tiny.store import TinyStore, open_store
from tests.store.backends import SETTINGS, abandon, message, ticket


class Disk:
    """Records what is done through ``files``, and who was acknowledged behind which step."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.steps: list[tuple[Any, ...]] = []
        self.acknowledged: list[tuple[int, str]] = []
        self._open: dict[int, Path] = {}
        for name in ("create", "write_all", "sync", "close", "rename", "sync_directory", "remove"):
            monkeypatch.setattr(filesystem, name, self._recorded(name, getattr(filesystem, name)))
        monkeypatch.setattr(filesystem, "make_directory", self._make_directory)

    def acknowledge(self, text: str) -> None:
        """Somebody was told."""
        self.acknowledged.append((len(self.steps), text))

    def _recorded(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            result = real(*given, **named)
            if name == "create":
                self._open[result] = given[0]
                self.steps.append(("create", given[0]))
            elif name == "close":
                self._open.pop(given[0], None)
            elif name in ("write_all", "sync"):
                if given[0] in self._open:
                    self.steps.append((name, self._open[given[0]], *given[1:]))
            else:
                self.steps.append((name, *given))
                if name == "rename":
                    self._open = {
                        one: given[1] if path == given[0] else path
                        for one, path in self._open.items()
                    }
            return result

        return call

    def _make_directory(self, directory: Path) -> None:
        if directory.is_dir():
            return
        self._make_directory(directory.parent)
        directory.mkdir(exist_ok=True)
        self.steps.append(("mkdir", directory))
        filesystem.sync_directory(directory.parent)


class Survivors:
    """What a disk may hold after a cut: files as synced and names as synced, and of what is
    younger whatever ``keeps`` lets through."""

    def __init__(self, steps: list[tuple[Any, ...]], keeps: Callable[[], bool]) -> None:
        self.content: dict[int, bytes] = {}
        self.synced: dict[int, bytes] = {}
        self.names: dict[Path, int | None] = {}
        self.durable: dict[Path, int | None] = {}
        self._inodes = 0
        for step in steps:
            self._apply(*step)
        for path in set(self.names) | set(self.durable):
            if self.names.get(path) != self.durable.get(path) and keeps():
                self.durable[path] = self.names.get(path)
        for inode, data in self.content.items():
            old = self.synced.get(inode, b"")
            if data != old and keeps():
                self.synced[inode] = data if keeps() else data[: (len(old) + len(data)) // 2]

    def _apply(self, what: str, path: Path, *more: Any) -> None:
        if what in ("create", "mkdir"):
            self._inodes += 1
            self.names[path] = -1 if what == "mkdir" else self._inodes
            self.content[self._inodes] = b""
        elif what == "write_all":
            self.content[self.names[path] or 0] += bytes(more[0])
        elif what == "sync":
            self.synced[self.names[path] or 0] = self.content[self.names[path] or 0]
        elif what == "rename":
            self.names[more[0]] = self.names.pop(path)
        elif what == "remove":
            self.names.pop(path, None)
        elif what == "sync_directory":
            for name in [one for one in self.durable if one.parent == path]:
                if name not in self.names:
                    del self.durable[name]
            self.durable |= {one: id for one, id in self.names.items() if one.parent == path}

    def lay_out(self, root: Path, target: Path) -> None:
        """The surviving files, in a directory of their own."""
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        present = {path: id for path, id in self.durable.items() if id is not None}
        for path, inode in sorted(present.items()):
            if path == root or not path.is_relative_to(root):
                continue
            if any(one != root and one not in present for one in parents(path, root)):
                continue
            place = target / path.relative_to(root)
            if inode == -1:
                place.mkdir(parents=True, exist_ok=True)
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(self.synced.get(inode, b""))


def parents(path: Path, root: Path) -> list[Path]:
    """The directories between a path and its root."""
    return [one for one in path.parents if one.is_relative_to(root)]


def work(root: Path, disk: Disk) -> TinyStore:
    """Messages, edits and tickets, with checkpoints in between, and kills, so that a checkpoint
    has several journals to take away."""
    store = open_store(root, SETTINGS)
    for number in range(16):
        store.commit(Append(message(f"m{number}", client_id=f"k{number}")))
        disk.acknowledge(f"m{number}")
        if number % 5 == 4:
            store.checkpoint()
        if number in (7, 8, 12):
            abandon(store)
            store = open_store(root, SETTINGS)
    edited = store.message("lobby", 2)
    assert edited
    store.commit(Replace(revise(edited, content="edited")))
    disk.acknowledge("edited")
    for version, status in enumerate(("waiting", "active", "closed", "waiting"), 1):
        store.commit(Put(ticket("TKT-1730053200", status=status, version=version)))
        disk.acknowledge(f"ticket {version}")
        store.checkpoint()
    return store


@pytest.mark.parametrize("luck", ["nothing", "everything", "some", "other"])
def test_power_cut_behind_every_step(
    memory: Path, monkeypatch: pytest.MonkeyPatch, luck: str
) -> None:
    root, copy = memory / "data", memory / "copy"
    disk = Disk(root, monkeypatch)
    store = work(root, disk)
    steps, acknowledged = list(disk.steps), list(disk.acknowledged)
    abandon(store)
    monkeypatch.undo()
    chance = random.Random(luck)
    keeps = {"nothing": lambda: False, "everything": lambda: True}.get(
        luck, lambda: chance.random() < 0.5
    )
    for cut in range(len(steps) + 1):
        Survivors(steps[:cut], keeps).lay_out(root, copy)
        told = [text for at, text in acknowledged if at <= cut]
        check(copy, told, cut)


def check(copy: Path, told: list[str], cut: int) -> None:
    """The store starts, and has what was told."""
    store = open_store(copy, SETTINGS)
    try:
        found = [one.content for one in store.history("lobby", limit=100)]
        stored = store.get(Ticket, "TKT-1730053200")
        version = stored.version if stored else 0
    finally:
        abandon(store)
    original = ["m1" if text == "edited" else text for text in found]
    assert original == [f"m{number}" for number in range(len(found))], (cut, found)
    for text in told:
        if text.startswith("ticket"):
            assert version >= int(text.split()[1]), (cut, version)
        else:
            assert text in found or (text == "m1" and "edited" in found), (cut, text, found)
