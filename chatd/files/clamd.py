"""What clamd says of bytes: sent to it piece by piece (its INSTREAM), over the socket that the
configuration names."""

from __future__ import annotations

import struct
from collections.abc import Iterable

import gevent
from gevent import socket

from chatd.errors import Unavailable

MOST_ANSWER = 4_096
LENGTH = struct.Struct("!I")


class ScannerFailed(Unavailable):
    """Nothing is known of the bytes: the scanner is not there, or will not say."""


def scan(address: str, pieces: Iterable[bytes], seconds: float) -> str:
    """What was found in the bytes; nothing where they are clean. ScannerFailed, when nobody
    knows."""
    late = TimeoutError("it took too long")
    try:
        with gevent.Timeout(seconds, late), connect(address) as line:
            answer = ask(line, pieces)
    except OSError as error:
        raise ScannerFailed(f"the scanner does not answer: {error}") from None
    return verdict(answer)


def connect(address: str) -> socket.socket:
    """A line to ``unix:PATH`` or ``HOST:PORT``."""
    if address.startswith("unix:"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.connect(address.removeprefix("unix:"))
        return line
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)))


def ask(line: socket.socket, pieces: Iterable[bytes]) -> str:
    """Its answer, in one line."""
    line.sendall(b"zINSTREAM\0")
    for piece in pieces:
        line.sendall(LENGTH.pack(len(piece)) + piece)
    line.sendall(LENGTH.pack(0))
    answer = b""
    while b"\0" not in answer and len(answer) < MOST_ANSWER:
        some = line.recv(MOST_ANSWER)
        if not some:
            break
        answer += some
    return answer.rstrip(b"\0\n").decode(errors="replace")


def verdict(answer: str) -> str:
    """``stream: OK``, ``stream: Eicar-Signature FOUND``, or no answer to what was asked."""
    said = answer.removeprefix("stream: ")
    if said == "OK":
        return ""
    if said.endswith(" FOUND"):
        return said.removesuffix(" FOUND")
    raise ScannerFailed(f"the scanner says {answer[:200]!r}")
