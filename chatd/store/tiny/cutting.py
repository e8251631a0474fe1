"""Files of documents by their own ids: all of one file, or a few that are cut out of a large one.

A file of one time has thousands of documents where much goes on. To decode them all for one of
them, of an old ticket that a search found, takes ten times as long as to read the file and judge
its seal. So a large file is kept as it was written, and the few that are asked for are decoded.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

import msgspec

from chatd.store.tiny import sealed
from chatd.store.tiny.naming import OPEN, TYPES, bucket
from chatd.store.tiny.sealed import SealedFile, Sheet

CUT = frozenset({"tickets", "conversations", "participants"})  # others hold what strangers nest
LARGE = 65_536  # bytes: below, all of a file is decoded in no time
FEW = 8  # documents; of a file that more are asked for of, all are decoded


def decode(
    kind: str, name: str, sheet: Sheet[Any] | None, shape: type[Any] | None = None
) -> SealedFile[Any]:
    """All documents of a file, by their own ids; of each what a ``shape`` has."""
    if sheet is None:
        return sealed.NOTHING
    fits = partial(belong, kind, name)
    found = sealed.decode(sheet, f"{kind}/{name}", shape or TYPES[kind], fits)
    by_id = {document.id: document for document in found.documents.values()}
    return SealedFile(found.number, found.size, by_id)


def belong(kind: str, name: str, documents: dict[int, Any]) -> bool:
    """Whether these are the documents of that file."""
    if name == OPEN:
        return all(one.open for one in documents.values())
    return all(bucket(kind, one.id) == name for one in documents.values())


def is_cut(kind: str, sheet: Sheet[Any]) -> bool:
    """Whether a file is kept as it was written. Data format 2 has left some whose seal does not
    say which they are: that has to be seen from all that is in them."""
    return kind in CUT and sheet.size > LARGE and bool(sheet.seal.file)


def cut_out(sheet: Sheet[Any], type: type[Any], id: str) -> bool:
    """Whether the file's ``documents`` have this one now. If not, all have to be decoded to know
    whether it is there."""
    if id in sheet.documents:
        return True
    found = find(sheet, type, id) if len(sheet.documents) < FEW else None
    if found is not None:
        sheet.documents[id] = found
    return found is not None


def find(sheet: Sheet[Any], type: Any, id: str) -> Any | None:
    """A document, decoded alone: as they are written, each says its id first, and is followed by
    the one with the next number. No text can look like that, for its quotes are escaped, and
    nothing inside of a document is numbered so."""
    begin = sheet.data.find(b'":{"id":' + msgspec.json.encode(id), 0, sheet.end)
    if begin < 0:
        return None
    number = sheet.data[sheet.data.rfind(b'"', 0, begin) + 1 : begin]
    if not number.isdigit():
        return None
    begin += len(b'":')
    following = sheet.data.find(b',"%d":{"id":' % (int(number) + 1), begin, sheet.end)
    end = sheet.end - len(b"}") if following < 0 else following
    try:
        return decoder_of(type).decode(memoryview(sheet.data)[begin:end])
    except msgspec.DecodeError:
        return None


@lru_cache(maxsize=64)
def decoder_of(type: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(type)
