"""Carries out an attack in a process of its own: ``python -m tests.net.attacker HOST:PORT SOURCE``,
the attack on stdin; says "ready" when all connections have been tried, and goes on until killed."""

from __future__ import annotations

import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from tests.net.attacks import Attack

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
READY_S = 60.0
BREATH_S = 0.05


class Line:
    """One connection, made again when it ends."""

    def __init__(self, address: str, source: str, attack: Attack, number: int) -> None:
        host, _, port = address.partition(":")
        self._to, self._from = (host, int(port)), (source, 0)
        self._attack = attack
        self._first = attack.opening[number] if attack.opening else b""
        self.sock: socket.socket | None = None
        self._left = memoryview(b"")

    def open(self, selector: selectors.BaseSelector) -> None:
        """Connects; nothing when that cannot be now."""
        try:
            self.sock = socket.create_connection(self._to, timeout=20, source_address=self._from)
        except OSError:
            time.sleep(BREATH_S)
            return
        self.sock.setblocking(False)
        self._left = memoryview(self._first + self._attack.sent)
        selector.register(self.sock, (READ if self._attack.reads else 0) | WRITE, self)

    def shut(self, selector: selectors.BaseSelector) -> None:
        """Lets go."""
        if self.sock:
            selector.unregister(self.sock)
            self.sock.close()
            self.sock = None

    def talk(self, ready: int) -> bool:
        """Sends what can be sent, throws away what came; false when the connection has ended."""
        assert self.sock
        try:
            if ready & READ and not self.sock.recv(1_048_576):
                return False
            if ready & WRITE:
                self._left = self._left[self.sock.send(self._left) :] or memoryview(
                    self._attack.sent
                )
        except BlockingIOError:
            return True
        except OSError:
            return False
        return True


def carry_out(address: str, source: str, attack: Attack) -> None:
    """Until killed."""
    selector = selectors.DefaultSelector()
    lines = [Line(address, source, attack, number) for number in range(attack.connections)]
    for line in lines:
        line.open(selector)
    print("ready", flush=True)
    while True:
        for key, ready in selector.select(BREATH_S):
            if not key.data.talk(ready):
                key.data.shut(selector)
        for line in lines:
            if line.sock is None:
                line.open(selector)


@contextmanager
def attacked(address: str, source: str, attack: Attack) -> Iterator[None]:
    """In here an attack is under way."""
    attacker = subprocess.Popen(
        [sys.executable, "-m", "tests.net.attacker", address, source],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert attacker.stdin and attacker.stdout
        attacker.stdin.write(msgspec.json.encode(attack))
        attacker.stdin.close()
        with selectors.DefaultSelector() as told:
            told.register(attacker.stdout, READ)
            assert told.select(READY_S), "the attack never began"
        assert attacker.stdout.readline() == b"ready\n"
        yield
        assert attacker.poll() is None, "the attack broke down"
    finally:
        attacker.kill()
        attacker.wait(20)


if __name__ == "__main__":
    carry_out(sys.argv[1], sys.argv[2], msgspec.json.decode(sys.stdin.buffer.read(), type=Attack))
