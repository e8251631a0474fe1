"""The checkpoint's files: each is JSON that a stock ``TinyDB(path)`` opens, sealed by a checksum.

A file has one table of documents under whole-number ids, and behind it a table ``_chatd`` whose
only document holds the CRC-32 of everything before it.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from chatd.store import files
from chatd.store.journal import damaged

T = TypeVar("T")
SEAL = b',"_chatd":{"1":{"crc32":"%08x"}}}'
SEAL_LENGTH = len(SEAL % 0)
_encoder = msgspec.json.Encoder()


def read(path: Path, table: str, type: type[T]) -> dict[int, T]:
    """The documents by their ids; nothing where there is no file; Damaged names the file."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}
    body = data[:-SEAL_LENGTH]
    if data[-SEAL_LENGTH:] != SEAL % zlib.crc32(body):
        raise damaged(path, 0, "the file does not match its checksum")
    try:
        return msgspec.json.decode(body + b"}", type=dict[str, dict[int, type]])[table]  # type: ignore[valid-type]
    except (msgspec.DecodeError, KeyError) as error:
        raise damaged(path, 0, f"not a table of {table}: {error}") from None


def document(path: Path, raw: msgspec.Raw, decoder: msgspec.json.Decoder[T]) -> T:
    """One document of a file that was read as it is; Damaged names the file."""
    try:
        return decoder.decode(raw)
    except msgspec.DecodeError as error:
        raise damaged(path, 0, f"not what was expected: {error}") from None


def write(path: Path, table: str, documents: Mapping[int, Any], *, sync: bool = True) -> int:
    """Replaces the file; its size in bytes."""
    named = {str(number): document for number, document in documents.items()}
    body = _encoder.encode({table: named})[:-1]
    data = body + SEAL % zlib.crc32(body)
    files.make_directory(path.parent)
    files.replace(path, data, durable=sync)
    return len(data)
