"""What a STUN or TURN server answers (RFC 8489, RFC 8656): one's own address, or one that it relays
for us, asked for as a browser does, and given back at once."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_address

from msgspec import Struct

from chatd.errands.base import Failed

COOKIE = 0x2112A442
BINDING, ALLOCATE, REFRESH = 0x0001, 0x0003, 0x0004
SUCCESS, ERROR = 0x0100, 0x0110
USERNAME, INTEGRITY, ERROR_CODE, LIFETIME = 0x0006, 0x0008, 0x0009, 0x000D
REALM, NONCE, RELAYED, TRANSPORT, MAPPED = 0x0014, 0x0015, 0x0016, 0x0019, 0x0020
INTEGRITY_BYTES = 24
UDP_OVER_RELAY = b"\x11\x00\x00\x00"
UNAUTHENTICATED = 401
AGAIN_S = (0.5, 1.0, 2.0)  # a datagram may be lost
PATIENCE_S = 5.0
MOST_BYTES = 1_500
ADDRESS = re.compile(
    r"(?P<scheme>stuns?|turns?):(?P<host>\[[0-9a-fA-F:.]+\]|[^:?\s]+)(:(?P<port>\d{1,5}))?"
    r"(\?transport=(?P<transport>udp|tcp))?\Z"
)
Attributes = dict[int, bytes]


class Server(Struct, frozen=True, kw_only=True):
    """Where a server is, and over what it is spoken to."""

    relays: bool
    host: str
    port: int
    transport: str
    tls: bool


class Credentials(Struct, frozen=True):
    """What opens a relay."""

    username: str
    password: str


def read_url(url: str) -> Server:
    """``turn:HOST:3478?transport=tcp``; Failed for what is none."""
    found = ADDRESS.match(url)
    if found is None:
        raise Failed("not an address of a STUN or TURN server")
    tls = found["scheme"].endswith("s")
    return Server(
        relays=found["scheme"].startswith("turn"),
        host=found["host"].strip("[]"),
        port=int(found["port"] or (5349 if tls else 3478)),
        transport=found["transport"] or ("tcp" if tls else "udp"),
        tls=tls,
    )


def ask_address(url: str) -> str:
    """The address that a STUN server sees us under."""
    with open_line(read_url(url)) as line:
        kind, answer, id = exchange(line, BINDING, {})
        if kind != BINDING | SUCCESS:
            raise Failed(f"it refused: {reason(answer)}")
        return address_in(answer, MAPPED, id)


def allocate(url: str, credentials: Credentials) -> str:
    """The address that a TURN server relays for who has these; Failed says why it does not."""
    wanted = {TRANSPORT: UDP_OVER_RELAY}
    with open_line(read_url(url)) as line:
        kind, answer, id = exchange(line, ALLOCATE, wanted)
        if kind == ALLOCATE | SUCCESS:
            raise Failed("it relays for everybody, without a password")
        if code_of(answer) != UNAUTHENTICATED or not {REALM, NONCE} <= answer.keys():
            raise Failed(f"it refused: {reason(answer)}")
        challenge = {name: answer[name] for name in (REALM, NONCE)}
        kind, answer, id = exchange(line, ALLOCATE, wanted | challenge, credentials)
        if kind != ALLOCATE | SUCCESS:
            raise Failed(f"it refused these credentials: {reason(answer)}")
        relayed = address_in(answer, RELAYED, id)
        with suppress(Failed, OSError):  # it would let go by itself
            exchange(line, REFRESH, {LIFETIME: bytes(4)} | challenge, credentials)
        return relayed


def open_line(server: Server) -> socket.socket:
    """A socket to a server, connected."""
    try:
        if server.transport == "udp":
            family, kind, protocol, _, there = socket.getaddrinfo(
                server.host, server.port, type=socket.SOCK_DGRAM
            )[0]
            line = socket.socket(family, kind, protocol)
            line.connect(there)
            return line
        line = socket.create_connection((server.host, server.port), PATIENCE_S)
        if not server.tls:
            return line
        return ssl.create_default_context().wrap_socket(line, server_hostname=server.host)
    except ssl.SSLCertVerificationError as error:
        raise Failed(f"its certificate is not good: {error.verify_message}") from None
    except OSError as error:
        raise Failed(f"not reachable: {error.strerror or error}") from None


def exchange(
    line: socket.socket, method: int, attributes: Attributes, who: Credentials | None = None
) -> tuple[int, Attributes, bytes]:
    """A request and what is answered to it: its type, its attributes, its id."""
    id = secrets.token_bytes(12)
    sent = request(method, id, attributes, who)
    again = AGAIN_S if line.type == socket.SOCK_DGRAM else (PATIENCE_S,)
    for patience in again:
        line.settimeout(patience)
        try:
            line.sendall(sent)
            return receive(line, id, patience)
        except TimeoutError:
            continue
        except OSError as error:
            raise Failed(f"not reachable: {error.strerror or error}") from None
    raise Failed(f"no answer within {sum(again):g} seconds")


def receive(line: socket.socket, id: bytes, patience: float) -> tuple[int, Attributes, bytes]:
    """The answer to the request of this id; what belongs to others is left alone."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        got = line.recv(MOST_BYTES) if line.type == socket.SOCK_DGRAM else read_stream(line)
        if not got:
            raise Failed("it hung up")
        if len(got) >= 20 and got[4:20] == struct.pack("!I", COOKIE) + id:
            return struct.unpack("!H", got[:2])[0], dict(read_attributes(got[20:])), id
    raise TimeoutError


def read_stream(line: socket.socket) -> bytes:
    """One message of a stream."""
    got = read_exactly(line, 20)
    return got + read_exactly(line, struct.unpack("!H", got[2:4])[0]) if got else b""


def read_exactly(line: socket.socket, size: int) -> bytes:
    """So many bytes, or fewer where the stream ends."""
    got = b""
    while len(got) < size and (more := line.recv(size - len(got))):
        got += more
    return got


def request(method: int, id: bytes, attributes: Attributes, who: Credentials | None) -> bytes:
    """A request as it is sent; signed, where there is somebody to sign it."""
    if who:
        attributes = attributes | {USERNAME: who.username.encode()}
    body = b"".join(attribute(name, value) for name, value in attributes.items())
    if who is None:
        return head(method, len(body), id) + body
    words = who.username, attributes[REALM].decode(errors="replace"), who.password
    key = hashlib.md5(":".join(words).encode(), usedforsecurity=False).digest()
    signed = head(method, len(body) + INTEGRITY_BYTES, id) + body
    return signed + attribute(INTEGRITY, hmac.new(key, signed, hashlib.sha1).digest())


def head(method: int, length: int, id: bytes) -> bytes:
    """What a message begins with."""
    return struct.pack("!HHI", method, length, COOKIE) + id


def attribute(name: int, value: bytes) -> bytes:
    """An attribute, filled up to four bytes."""
    return struct.pack("!HH", name, len(value)) + value + bytes(-len(value) % 4)


def read_attributes(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Those of a message, as far as they are whole."""
    while len(body) >= 4:
        name, length = struct.unpack("!HH", body[:4])
        value, body = body[4 : 4 + length], body[4 + length + -length % 4 :]
        if len(value) == length:
            yield name, value


def address_in(attributes: Attributes, name: int, id: bytes) -> str:
    """An address that is written so that nobody on the way rewrites it."""
    value = attributes.get(name, b"")
    mask = struct.pack("!I", COOKIE) + id
    if len(value) not in (8, 20):
        raise Failed("it answered without an address")
    port = struct.unpack("!H", value[2:4])[0] ^ (COOKIE >> 16)
    host = ip_address(bytes(a ^ b for a, b in zip(value[4:], mask, strict=False)))
    return f"[{host}]:{port}" if host.version == 6 else f"{host}:{port}"


def code_of(attributes: Attributes) -> int:
    """The number of an error; 0 where there is none."""
    value = attributes.get(ERROR_CODE, b"")
    return (value[2] & 7) * 100 + value[3] if len(value) >= 4 else 0


def reason(attributes: Attributes) -> str:
    """An error in words."""
    said = attributes.get(ERROR_CODE, b"")[4:].decode(errors="replace")[:100]
    words = "".join(one if one.isprintable() else " " for one in said).strip()
    return f"{code_of(attributes)} {words}".strip()
