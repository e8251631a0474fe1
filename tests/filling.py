"""A daemon on a small disk that fills and empties under load, killed, stopped and backed up at
random; and what must be true after every round."""

from __future__ import annotations

import random
import shutil
import signal
import threading
import time
from collections import Counter
from pathlib import Path

from websockets.exceptions import ConnectionClosed

from chatd.config.settings import StoreSettings
from chatd.store.tiny import checking
from chatd.store.tiny.store import open_store
from tests.client import Client, Refused
from tests.daemon import Daemon
from tests.disks import Disk

STORE = {"checkpoint_seconds": 0.15, "segment_messages": 50, "stop_seconds": 1.0}
CONFIG = {"store": STORE, "server": {"drain_seconds": 0.3}, "log": {"level": "error"}}
BROKEN = (ConnectionClosed, OSError, TimeoutError, EOFError)
AT_ONCE = 3
ROOMY = 700_000
WEIGHTS = {"fill": 2, "nearly": 3, "free": 5, "wait": 4, "back up": 1}


class Writer:
    """Says what it says under client ids; what was not answered is said again, what was refused is
    not, and must be nowhere."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.token = ""
        self.ticket = ""
        self.count = 0
        self.acknowledged: dict[str, tuple[str, int]] = {}
        self.unanswered: set[str] = set()
        self.refused: set[str] = set()

    def run(self, address: str) -> None:
        """Until the connection breaks."""
        try:
            with Client(address) as client:
                self._begin(client)
                for key in sorted(self.unanswered):
                    self._say(client, key)
                while True:
                    self.count += 1
                    self._say(client, f"{self.name}-{self.count}")
        except BROKEN:
            return

    def _begin(self, client: Client) -> None:
        while not self.ticket:
            try:
                client.hello(**({"token": self.token} if self.token else {"name": self.name}))
                self.token = client.token
                opened = client.ask("ticket:open", content="help", client_id=f"{self.name}-0")
                self.ticket = opened["ticket"]["id"]
                return
            except Refused:
                time.sleep(0.02)
        client.hello(token=self.token)

    def _say(self, client: Client, key: str) -> None:
        number = int(key.rpartition("-")[2])
        dialog_id = self.ticket if number % 3 == 0 else "lobby"
        text = f"{key} {'x' * (number % 7 * 300)}"
        self.unanswered.add(key)
        try:
            message = client.say(dialog_id, text, client_id=key)
        except Refused as refused:
            assert refused.code == "unavailable", refused
            self.refused.add(key)
            time.sleep(0.01)
        else:
            self.acknowledged[key] = (dialog_id, message["seq"])
        self.unanswered.discard(key)


class Wear:
    """The rounds."""

    def __init__(self, daemon: Daemon, disk: Disk, copies: Path, chance: random.Random) -> None:
        self.daemon, self.disk, self.copies, self.chance = daemon, disk, copies, chance
        daemon.data = disk.home / "data"
        self.writers: list[Writer] = []
        self.did: Counter[str] = Counter()
        self.anew()

    def anew(self) -> None:
        """An empty disk, and nobody has said anything."""
        self.disk.free()
        shutil.rmtree(self.daemon.data, ignore_errors=True)
        self.writers = [Writer(f"w{number}") for number in range(AT_ONCE)]

    def round(self) -> None:
        """One life of the daemon, and what it leaves."""
        if shutil.disk_usage(self.disk.home).used > ROOMY:
            self.disk.free()
            if shutil.disk_usage(self.disk.home).used > ROOMY:
                self.anew()
        if not self.daemon.data.exists():
            self.disk.free()
        self.daemon.start()
        threads = [
            threading.Thread(target=writer.run, args=(self.daemon.address,))
            for writer in self.writers
        ]
        for thread in threads:
            thread.start()
        for _ in range(self.chance.randrange(2, 7)):
            self._something()
            time.sleep(self.chance.uniform(0.02, 0.25))
        self._end()
        for thread in threads:
            thread.join(30)
        self.did["rounds"] += 1
        self.check(self.daemon.data, self._told())

    def _something(self) -> None:
        what = self.chance.choices([*WEIGHTS], [*WEIGHTS.values()])[0]
        self.did[what] += 1
        if what == "fill":
            self.disk.fill()
        elif what == "nearly":
            self.disk.fill(leaving=self.chance.randrange(60_000))
        elif what == "free":
            self.disk.free()
        elif what == "back up":
            self._back_up()

    def _back_up(self) -> None:
        told, copy = self._told(), self.copies / str(self.did["back up"])
        done = self.daemon.admin("backup", str(copy))
        if done.returncode == 0:
            self.did["backups"] += 1
            self.check(copy, told, only=False)
            shutil.rmtree(copy)
        else:
            assert not copy.exists() and "OK" not in done.stdout + done.stderr, done

    def _end(self) -> None:
        what = self.chance.choice([signal.SIGKILL, signal.SIGTERM])
        self.did[what.name] += 1
        expected = 0 if what == signal.SIGTERM else -what
        assert self.daemon.stop(what) == expected, self.daemon.logged()[-3000:]
        if self.chance.random() < 0.5:
            self.disk.free()

    def _told(self) -> dict[str, tuple[str, int]]:
        return {key: at for writer in self.writers for key, at in dict(writer.acknowledged).items()}

    def check(self, data: Path, told: dict[str, tuple[str, int]], *, only: bool = True) -> None:
        """What was acknowledged is there, once, in its place; ``only``: and what was refused is
        not. The files add up."""
        checking.verify(data)
        found = self._found(data)
        for key, (dialog_id, seq) in told.items():
            assert found[dialog_id].get(seq) == key, (key, dialog_id, seq)
        if only:
            refused = {key for writer in self.writers for key in writer.refused}
            there = [key for messages in found.values() for key in messages.values() if key]
            assert len(there) == len(set(there)) and not refused.intersection(there)

    def _found(self, data: Path) -> dict[str, dict[int, str]]:
        """The messages by conversation, out of a copy, so that nothing changes."""
        copy = self.copies / "read"
        shutil.copytree(data, copy, ignore=shutil.ignore_patterns("admin"))
        store = open_store(copy, StoreSettings(sync=False))
        try:
            dialogs = ["lobby", *(writer.ticket for writer in self.writers if writer.ticket)]
            return {
                id: {one.seq: one.client_id or "" for one in store.history(id, limit=100_000)}
                for id in dialogs
            }
        finally:
            store.close()
            shutil.rmtree(copy)
