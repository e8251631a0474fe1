"""Writes the seeds of the corpora: one small whole thing of every kind a reader knows."""

from __future__ import annotations

from pathlib import Path

import msgspec

from chatd.domain.message import Message
from chatd.domain.participant import Ban
from chatd.protocol.envelope import COMMANDS
from chatd.store.base import Advance, Append, Put, Remove
from chatd.store.tiny import journal

CORPUS = Path(__file__).parent / "corpus"


def masked(opcode: int, payload: bytes, fin: bool = True) -> bytes:
    """A client's frame with the mask zero."""
    return bytes([(0x80 if fin else 0) | opcode, 0x80 | len(payload)]) + b"\0\0\0\0" + payload


def frames() -> list[bytes]:
    """Whole, fragmented, control, long and close frames, behind the byte that says where to cut."""
    text = masked(1, "привет".encode())
    parts = masked(1, b"a", fin=False) + masked(9, b"ping") + masked(0, b"b")
    long = b"\x82\xfe\x01\x00" + b"\0" * 4 + b"x" * 256
    return [b"\x05" + one for one in (text, parts, long, masked(8, b"\x03\xe8bye"))]


def commands() -> list[bytes]:
    """One of each command, with one that is whole."""
    names = [msgspec.json.encode({"event": name, "id": 1, "data": {}}) for name in COMMANDS]
    data = {
        "dialog_id": "lobby",
        "content": "hi",
        "client_id": "c",
        "meta": {"a": 1},
        "reply_to": 1,
    }
    return [*names, msgspec.json.encode({"event": "message:send", "id": "x", "data": data})]


def records() -> list[bytes]:
    """A file with two frames, and one cut short."""
    message = Message(
        dialog_id="lobby", sender_type="member", sender_id="p", sender_name="n", content="x",
        created_at="2026-11-21T10:00:00.000Z",
    )  # fmt: skip
    ban = Ban(id="192.0.2.1", kind="address", by="a", created_at="2026")
    changes = [[Append(message), Advance("lobby", "p", 1, 1)], [Put(ban), Remove("bans", "x")]]
    whole = journal.MAGIC + b"%016d\n" % 1
    for number, commit in enumerate(changes, 1):
        whole += journal.encode_frame(number, [journal.encode_commit(commit)])
    return [whole, whole[:-9]]


if __name__ == "__main__":
    for name, made in (("frames", frames()), ("envelope", commands()), ("journal", records())):
        for number, seed in enumerate(made):
            (CORPUS / name / f"seed-{number:02d}").write_bytes(seed)
