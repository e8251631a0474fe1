"""The checkpoint's files: each is JSON that a stock ``TinyDB(path)`` opens, under a seal.

A file has one table of documents under whole-number ids, and behind it a table ``_chatd`` whose
only document is the seal: which file this is, the number of the checkpoint that wrote it, and the
CRC-32 of everything before. So a file that stands in another's place, or an old copy of itself,
is noticed by whoever knows what should be there (:mod:`chatd.store.tiny.contents`). A file
that data format 2 has left has a seal of nothing but the checksum; its number is 0.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from chatd.store.tiny import filesystem
from chatd.store.tiny.journal import damage

T = TypeVar("T")
MARK = b',"_chatd":'
SEAL = b'{"1":{"file":%s,"number":%d,"crc32":"'
END = b'"}}}'
MISSING = "the file is missing"
CRC_AND_END = 8 + len(END)
_encoder = msgspec.json.Encoder()


class Seal(Struct, frozen=True):
    """What a file says of itself."""

    crc32: str
    file: str = ""
    number: int = 0


class Listed(Struct, frozen=True):
    """What is known of a file elsewhere: whether it must be there, and how old it may be."""

    must: bool
    least: int


class SealedFile(Struct, Generic[T], frozen=True):
    """A file as it was read: the number of its checkpoint, its size, its documents."""

    number: int
    size: int
    documents: dict[Any, T]


class Sheet(SealedFile[T], Generic[T], frozen=True):
    """One as it was written, its seal judged; of the documents those that were cut out of it.
    ``end``: where they end in its ``data``."""

    path: Path
    seal: Seal
    data: bytes
    end: int


UNKNOWN = Listed(must=False, least=0)
NOTHING: SealedFile[Any] = SealedFile(0, 0, {})
_seals = msgspec.json.Decoder(dict[int, Seal])


@lru_cache(maxsize=16_384)
def path_of(directory: Path, name: str) -> Path:
    """Where the file ``TABLE/NAME`` lies."""
    return directory / f"{name}.json"


def read(
    directory: Path,
    name: str,
    type: type[T],
    listed: Listed = UNKNOWN,
    belongs: Callable[[dict[int, T]], bool] = lambda documents: True,
) -> SealedFile[T]:
    """The documents of the file ``TABLE/NAME`` by their ids; :data:`NOTHING` where there is none
    and none has to be. Damaged names the file. ``belongs`` judges by what is in it a file whose
    seal does not say which it is."""
    sheet = read_sheet(directory, name, listed)
    return decode(sheet, name, type, belongs) if sheet else NOTHING


def read_sheet(directory: Path, name: str, listed: Listed) -> Sheet[Any] | None:
    """The file as it was written, ``None`` where there is none and none has to be. Damaged names
    the file."""
    path = path_of(directory, name)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        if listed.must:
            raise damage(path, 0, MISSING) from None
        return None
    at, seal = read_seal(path, data)
    if seal.file not in ("", name):
        raise damage(path, 0, f"this is the file {seal.file}")
    if seal.number < listed.least:
        raise damage(path, 0, older(seal.number, listed))
    return Sheet(seal.number, len(data), {}, path, seal, data, at)


def decode(
    sheet: Sheet[Any], name: str, type: type[T], belongs: Callable[[dict[int, T]], bool]
) -> SealedFile[T]:
    """All documents of a file, by their numbers; see :func:`read`."""
    table = name.partition("/")[0]
    try:
        tables = decoder_of(type).decode(sheet.data[: sheet.end] + b"}")  # type: ignore[arg-type]
        documents: dict[int, T] = tables[table]
    except (msgspec.DecodeError, KeyError) as error:
        raise damage(sheet.path, 0, f"not a table of {table}: {error}") from None
    if not sheet.seal.file and not belongs(documents):
        raise damage(sheet.path, 0, "what is in it belongs into another file")
    return SealedFile(sheet.number, sheet.size, documents)


@lru_cache(maxsize=256)
def decoder_of(type: Any) -> msgspec.json.Decoder[Any]:
    """Of a table of documents; to make one takes longer than to decode some."""
    return msgspec.json.Decoder(dict[str, dict[int, type]])


def read_seal(path: Path, data: bytes) -> tuple[int, Seal]:
    """Where the seal begins, and the seal; Damaged when it does not fit what it seals."""
    at = data.rfind(MARK)
    try:
        seal = _seals.decode(data[at + len(MARK) : -1])[1] if at > 0 else None
    except (msgspec.DecodeError, KeyError):
        seal = None
    sealed = data[:-CRC_AND_END] if seal and seal.file else data[: max(at, 0)]
    if not seal or data[-CRC_AND_END:] != b"%08x" % zlib.crc32(sealed) + END:
        raise damage(path, 0, "the file does not match its checksum")
    return at, seal


def older(number: int, listed: Listed) -> str:
    """In words, what is wrong with a file of too low a number."""
    if listed.must:
        return f"an old copy: of checkpoint {number}, where that of {listed.least} should be"
    return f"the file of checkpoint {number} is in no list: it does not belong here"


def document(path: Path, raw: msgspec.Raw, decoder: msgspec.json.Decoder[T]) -> T:
    """One document of a file that was read as it is; Damaged names the file."""
    try:
        return decoder.decode(raw)
    except msgspec.DecodeError as error:
        raise damage(path, 0, f"not what was expected: {error}") from None


def write(
    directory: Path, name: str, documents: Mapping[int, Any], number: int, *, sync: bool = True
) -> None:
    """Replaces the file ``TABLE/NAME``."""
    path = path_of(directory, name)
    table = {str(id): document for id, document in documents.items()}
    body = _encoder.encode({name.partition("/")[0]: table})[:-1]
    sealed = body + MARK + SEAL % (_encoder.encode(name), number)
    filesystem.make_directory(path.parent)
    filesystem.replace(path, sealed + b"%08x" % zlib.crc32(sealed) + END, durable=sync)
