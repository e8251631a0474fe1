"""``chatd start --processes N`` as one daemon of the tests."""

from __future__ import annotations

import json
import subprocess
from contextlib import suppress
from pathlib import Path

from tests.client import Client
from tests.daemon import READY, Daemon, eventually
from tests.postgres import children

COUNT = 3


class Several(Daemon):
    """So many processes on one socket."""

    def start(self, descriptors: int | None = None, fault: str | None = None) -> Several:
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [
                    *(*self.command, "start", "--config", str(self.config_file)),
                    *("--processes", str(COUNT), "--listen", self.address),
                    *("--data-dir", str(self.data), "--socket", str(self.socket)),
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        ready = READY.match(self.process.stdout.readline().strip())
        assert ready, self.logged()[-3000:]
        self.address = ready[1]
        return self

    @property
    def workers(self) -> list[int]:
        """The processes that serve."""
        return children(self.pid)

    def serving(self) -> set[int]:
        """Which processes answer now, from whatever one was asked."""
        done = self.admin("--json", "status")
        status = json.loads(done.stdout or "{}")
        if "pid" not in status:  # the one that has the socket is the one that was killed
            return set()
        others = status.get("nodes", ())  # of those who have heard of each other
        return {status["pid"], *(one["result"]["pid"] for one in others if one["result"])}

    def number_of(self, pid: int) -> int:
        """Which of them that is."""
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        below = Path(words[words.index(b"--data-dir") + 1].decode())
        return int(below.name) if below.parent.name == "processes" else 1

    def pid_of(self, number: int) -> int:
        """The one of this number."""
        found: list[int] = []

        def is_there() -> bool:
            with suppress(OSError, ValueError):  # one that has only begun, or has just ended
                found[:] = [pid for pid in self.workers if self.number_of(pid) == number]
            return len(found) == 1

        eventually(is_there)
        return found[0]

    def server_of(self, client: Client) -> int:
        """The number of the one that a raw client is connected to."""
        port = client.ws.socket.getsockname()[1]
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        ends = f":{int(self.address.rpartition(chr(58))[2]):04X}", f":{port:04X}"
        (inode,) = [row[9] for row in rows if (row[1][-5:], row[2][-5:]) == ends]
        ours = f"socket:[{inode}]"
        (found,) = [pid for pid in self.workers if ours in open_files(pid)]
        return self.number_of(found)


def open_files(pid: int) -> list[str]:
    """What a process has open."""
    found = []
    for one in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            found.append(str(one.readlink()))
    return found
