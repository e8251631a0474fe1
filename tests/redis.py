"""A Redis of the tests' own, on a socket in a scratch directory."""

from __future__ import annotations

import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.daemon import eventually


class RedisServer:
    """The server; keeps nothing."""

    def __init__(self, home: Path) -> None:
        self._socket = home / "redis.sock"
        self.url = f"unix://{self._socket}"
        self.start()

    def start(self) -> None:
        """Until it answers."""
        self._socket.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [
                *("redis-server", "--port", "0", "--unixsocket", str(self._socket)),
                *("--save", "", "--appendonly", "no", "--dir", str(self._socket.parent)),
            ],
            stdout=subprocess.DEVNULL,
        )
        eventually(lambda: self.say("PING") == b"+PONG\r\n")

    def say(self, command: str) -> bytes:
        """What it answers."""
        with socket.socket(socket.AF_UNIX) as line, suppress(OSError):
            line.settimeout(5)
            line.connect(str(self._socket))
            line.sendall(f"{command}\r\n".encode())
            return line.recv(1000)
        return b""

    def pause(self, number: int = signal.SIGSTOP) -> None:
        """Stands still, or with SIGCONT goes on."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """At once, whatever state it is in."""
        self._process.kill()
        self._process.wait(20)


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """As long as a test lasts."""
    with tempfile.TemporaryDirectory(prefix="redis") as home:
        made = RedisServer(Path(home))
        try:
            yield made
        finally:
            made.kill()
