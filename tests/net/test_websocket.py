"""The WebSocket layer: conformance to RFC 6455, and what is none of it."""

from __future__ import annotations

import base64
import os
import random
import re
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class EchoServer:
    """``python -m tests.echo`` in a process of its own."""

    def __init__(self, **limits: object) -> None:
        given = [word for name, value in limits.items() for word in (f"--{name}", str(value))]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.echo", "--port", "0", *given],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        ready = re.fullmatch(r"ready: (.+):(\d+)\n", self.process.stdout.readline())
        assert ready, self.process.stderr and self.process.stderr.read()
        self.address = (ready[1], int(ready[2]))
        self.url = f"ws://{ready[1]}:{ready[2]}/ws"

    def memory_mb(self) -> float:
        """Resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]

    def stop(self) -> str:
        """What it has said on stderr."""
        self.process.terminate()
        _, said = self.process.communicate(timeout=10)
        return said


@pytest.fixture(scope="module")
def echo() -> Iterator[EchoServer]:
    server = EchoServer(header_timeout=1.0, close_timeout=1.0)
    yield server
    assert "Traceback" not in server.stop()


class Raw:
    """A client that sends exactly the bytes that it is told to."""

    def __init__(self, server: EchoServer) -> None:
        self.sock = socket.create_connection(server.address)
        self.sock.settimeout(10)
        self.buffer = b""
        key = base64.b64encode(os.urandom(16)).decode()
        self.sock.sendall(
            f"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.sock.recv(4096)
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head

    def send(self, *frames: bytes) -> None:
        self.sock.sendall(b"".join(frames))

    def frame(self) -> tuple[int, bytes]:
        """The next frame's opcode and payload; EOFError at the end."""
        head = self._take(2)
        size = head[1]
        if size == 126:
            (size,) = struct.unpack("!H", self._take(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._take(8))
        return head[0] & 15, self._take(size)

    def closed_with(self) -> int | None:
        """Reads to the end; the close code that came."""
        code = None
        try:
            while True:
                opcode, payload = self.frame()
                if opcode == CLOSE:
                    code = struct.unpack("!H", payload[:2])[0] if payload else 1005
        except (EOFError, ConnectionError):
            return code
        finally:
            self.sock.close()

    def _take(self, size: int) -> bytes:
        while len(self.buffer) < size:
            data = self.sock.recv(65_536)
            if not data:
                raise EOFError
            self.buffer += data
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken


def frame(
    opcode: int, payload: bytes = b"", *, fin: bool = True, masked: bool = True, bits: int = 0
) -> bytes:
    """A client's frame."""
    head = bytes([(0x80 if fin else 0) | bits | opcode])
    size, flag = len(payload), 0x80 if masked else 0
    if size < 126:
        head += bytes([flag | size])
    elif size < 65_536:
        head += struct.pack("!BH", flag | 126, size)
    else:
        head += struct.pack("!BQ", flag | 127, size)
    return head + (b"\0\0\0\0" + payload if masked else payload)


def close(code: int, reason: bytes = b"") -> bytes:
    """A close frame's payload."""
    return struct.pack("!H", code) + reason


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_messages_of_every_size_come_back_whole(echo: EchoServer, size: int, opcode: int) -> None:
    client = Raw(echo)
    payload = b"x" * size
    client.send(frame(opcode, payload))
    assert client.frame() == (opcode, payload)
    client.send(frame(opcode, payload[:7], fin=False), frame(PING, b"!"), frame(0, payload[7:]))
    assert client.frame() == (PONG, b"!")
    assert client.frame() == (opcode, payload)
    client.send(frame(CLOSE, close(1000, b"bye")))
    assert client.frame()[0] == CLOSE and client.closed_with() is None


@pytest.mark.parametrize(
    ("name", "frames", "code"),
    [
        ("reserved bit", [frame(TEXT, b"x", bits=0x40)], 1002),
        ("unmasked", [frame(TEXT, b"x", masked=False)], 1002),
        ("unknown opcode", [frame(3)], 1002),
        ("unknown control opcode", [frame(11)], 1002),
        ("long ping", [frame(PING, b"x" * 126)], 1002),
        ("fragmented ping", [frame(PING, b"x", fin=False)], 1002),
        ("continuation of nothing", [frame(0, b"x")], 1002),
        ("text within text", [frame(TEXT, b"x", fin=False), frame(TEXT, b"y")], 1002),
        ("half a close code", [frame(CLOSE, b"x")], 1002),
        ("close code 999", [frame(CLOSE, close(999))], 1002),
        ("close code 1005", [frame(CLOSE, close(1005))], 1002),
        ("close code 1006", [frame(CLOSE, close(1006))], 1002),
        ("close code 2999", [frame(CLOSE, close(2999))], 1002),
        ("close reason not UTF-8", [frame(CLOSE, close(1000, b"\xff"))], 1007),
        ("text not UTF-8", [frame(TEXT, b"\xce\xba\xff")], 1007),
        ("overlong UTF-8", [frame(TEXT, b"\xc0\xaf")], 1007),
        ("a surrogate", [frame(TEXT, b"\xed\xa0\x80")], 1007),
        ("cut UTF-8", [frame(TEXT, "п".encode()[:1])], 1007),
        ("bad UTF-8, first fragment", [frame(TEXT, b"\xff", fin=False)], 1007),
        ("too long", [frame(TEXT, b"x" * 262_145)], 1009),
        (
            "too long in parts",
            [frame(TEXT, b"x" * 200_000, fin=False), frame(0, b"x" * 70_000)],
            1009,
        ),
        ("huge length", [struct.pack("!BBQ", 0x81, 0xFF, 2**62) + b"\0" * 4], 1009),
        (
            "too many parts",
            [frame(TEXT, b"x", fin=False), *[frame(0, b"x", fin=False)] * 1100],
            1009,
        ),
        ("close", [frame(CLOSE, close(1000))], 1000),
        ("close 4321", [frame(CLOSE, close(4321, b"bye"))], 4321),
        ("close without code", [frame(CLOSE)], 1005),
    ],
)
def test_violations_are_closed_with_the_code_that_says_why(
    echo: EchoServer, name: str, frames: list[bytes], code: int
) -> None:
    client = Raw(echo)
    client.send(frame(TEXT, b"before"))
    assert client.frame() == (TEXT, b"before")
    with suppress(ConnectionError):
        client.send(*frames)
    assert client.closed_with() == code


def test_utf8_may_be_cut_between_fragments(echo: EchoServer) -> None:
    client = Raw(echo)
    text = "κόσμε 👋".encode()
    client.send(
        *[frame(TEXT if not at else 0, text[at : at + 1], fin=False) for at in range(len(text))],
        frame(0, b""),
    )
    assert client.frame() == (TEXT, text)
    client.sock.close()


def test_nothing_is_answered_after_a_close(echo: EchoServer) -> None:
    client = Raw(echo)
    client.send(frame(CLOSE, close(1000)), frame(PING, b"x"), frame(TEXT, b"late"))
    assert client.frame() == (CLOSE, close(1000))
    with pytest.raises((EOFError, ConnectionError)):
        client.frame()
    client.sock.close()


def test_close_really_sends_its_code_and_reason(echo: EchoServer) -> None:
    with connect(echo.url, compression=None) as client:
        client.send("close 4001 replaced")
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(timeout=10)
        assert closed.value.rcvd and closed.value.rcvd.code == 4001
        assert closed.value.rcvd.reason == "replaced"


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    texts=st.lists(st.text(max_size=300), min_size=1, max_size=6),
    cuts=st.lists(st.integers(1, 60), min_size=1, max_size=20),
)
def test_however_a_stream_is_cut_the_messages_are_the_same(
    echo: EchoServer, texts: list[str], cuts: list[int]
) -> None:
    texts = [text for text in texts if not text.startswith(("close ", "flood ", "both"))]
    stream = b"".join(frame(TEXT, text.encode()) for text in texts)
    client = Raw(echo)
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    at = 0
    for cut in cuts:
        client.send(stream[at : at + cut])
        at += cut
    client.send(stream[at:])
    assert [client.frame()[1].decode() for _ in texts] == texts
    client.sock.close()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"Sec-WebSocket-Key": None}, 400),
        ({"Sec-WebSocket-Key": "not base64"}, 400),
        ({"Sec-WebSocket-Key": "dG9vIHNob3J0"}, 400),
        ({"Sec-WebSocket-Version": "8"}, 426),
        ({"Sec-WebSocket-Version": None}, 426),
        ({"Connection": "close"}, 400),
    ],
)
def test_a_bad_handshake_is_answered_without_a_trace(
    echo: EchoServer, changes: dict[str, str | None], status: int
) -> None:
    headers: dict[str, str | None] = {
        "Host": "x",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(b"0" * 16).decode(),
        **changes,
    }
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    with socket.create_connection(echo.address) as sock:
        sock.settimeout(10)
        sock.sendall(("GET /ws HTTP/1.1\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode())
        answer = b""
        while chunk := sock.recv(4096):
            answer += chunk
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()) and b"Traceback" not in answer
    if status == 426:
        assert b"sec-websocket-version: 13" in answer.lower()


@pytest.mark.parametrize("line", [b"garbage\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\0" * 20_000])
def test_what_is_no_http_is_400_or_dropped(echo: EchoServer, line: bytes) -> None:
    with socket.create_connection(echo.address) as sock:
        sock.settimeout(10)
        sock.sendall(line)
        try:
            answer = sock.recv(4096)
        except ConnectionError:
            return
        assert answer == b"" or answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 414"))


def test_two_senders_never_mix_their_frames(echo: EchoServer) -> None:
    client = Raw(echo)
    client.send(frame(TEXT, b"both"))
    seen = 0
    while (payload := client.frame()[1]) != b"done":
        assert len(set(payload)) == 1 and len(payload) % 50 == 0
        seen += 1
    assert seen == 398
    client.sock.close()


def test_garbage_of_any_kind_harms_nobody(echo: EchoServer) -> None:
    chance = random.Random(7)
    for _ in range(60):
        client = Raw(echo)
        with suppress(ConnectionError):
            client.send(chance.randbytes(chance.randint(1, 3000)))
        client.sock.close()
    with connect(echo.url, compression=None) as bystander:
        bystander.send("x")
        assert bystander.recv(timeout=10) == "x"
