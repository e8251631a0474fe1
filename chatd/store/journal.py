"""The journal: one checksummed frame per batch of commits, synced before anybody is told.

A file begins with ``chatd journal 2 BASE``, where BASE is the number of its first frame. That one
is empty and written together with the line: it seals BASE by its own checksum. A frame
is a header of fixed width ``F number length payload-crc header-crc``, the payload (JSON: a list of
commits, each a list of changes) and a newline. Numbers go on from file to file.

A frame is *torn* when the file ends inside it, zero bytes at the end not counted (JSON has none):
that is how a crash or a power cut leaves the last batch. It was never acknowledged, and is dropped.
Where the next file's BASE is not above a frame's number, that frame's sync had failed and its
commits were refused: it is void. Everything else that does not add up is *damage*: nobody guesses,
the error names file and offset.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from chatd.errors import ChatdError
from chatd.store import files
from chatd.store.base import KINDS, NAMES, Advance, Append, Change, Put, Remove, Replace

MAGIC = b"chatd journal 2 "
FIRST_LINE = len(MAGIC) + 17
HEADER = 47


class Stored(msgspec.Struct, frozen=True, tag="put"):
    """A Put as it is written: the document's kind says what it is."""

    kind: str
    document: msgspec.Raw


Record = Append | Replace | Advance | Remove | Stored
Commits = list[list[Change]]

_decoder = msgspec.json.Decoder(list[list[Record]])
_documents = {name: msgspec.json.Decoder(kind) for name, kind in KINDS.items()}
_encoder = msgspec.json.Encoder()


class Damaged(ChatdError):
    """A file of the store is damaged; says which, where, and what can be done."""

    code = "damaged"
    public = "what is stored here is damaged; who operates this daemon has been told"


def damaged(path: Path, offset: int, what: str) -> Damaged:
    """The refusal to guess."""
    return Damaged(
        f"{path}: damaged at byte {offset}: {what}. Nothing was changed. Restore a backup with "
        f"'chatd restore', or see what is affected with 'chatd verify'",
        file=str(path),
        offset=offset,
    )


class Frame(msgspec.Struct, frozen=True):
    """A frame as it was read: its number, where it ends, its commits."""

    number: int
    end: int
    commits: Commits


def encode_commit(changes: Sequence[Change]) -> bytes:
    """One commit of a batch."""
    return _encoder.encode([to_record(change) for change in changes])


def to_record(change: Change) -> Record:
    """A change as it is written."""
    if not isinstance(change, Put):
        return change
    document = msgspec.Raw(_encoder.encode(change.document))
    return Stored(NAMES[type(change.document)], document)


def to_change(record: Record) -> Change:
    """A change as it was asked for."""
    if not isinstance(record, Stored):
        return record
    return Put(_documents[record.kind].decode(record.document))


def encode_frame(number: int, commits: Sequence[bytes]) -> bytes:
    """A batch as it stands in the file."""
    payload = b"[" + b",".join(commits) + b"]"
    head = b"F %016d %09d %08x " % (number, len(payload), zlib.crc32(payload))
    return b"%s%08x\n%s\n" % (head, zlib.crc32(head), payload)


def read_base(path: Path, data: bytes) -> int | None:
    """The number of the file's first frame; ``None`` when not even the first line is whole."""
    line = data[:FIRST_LINE]
    whole = MAGIC + b"%016d\n" % 0
    if len(line) < FIRST_LINE and whole.startswith(line[: len(MAGIC)]):
        return None
    number = line[len(MAGIC) : -1]
    if not line.startswith(MAGIC) or not number.isdigit() or line[-1:] != b"\n":
        raise damaged(path, 0, "not a journal of this format")
    return int(number)


def read_frames(path: Path, data: bytes, base: int) -> Iterator[Frame]:
    """The frames in order; stops at a torn one, raises Damaged at anything else."""
    at, number = FIRST_LINE, base
    while at < len(data):
        head = data[at : at + HEADER]
        if len(head) < HEADER:
            return
        found, length, payload_crc = read_header(path, at, head)
        if found != number:
            raise damaged(path, at, f"frame {found} where {number} should be")
        start, end = at + HEADER, at + HEADER + length
        if end + 1 > len(data):
            return
        yield Frame(number, end + 1, read_payload(path, start, data[start : end + 1], payload_crc))
        at, number = end + 1, number + 1


def read_header(path: Path, at: int, head: bytes) -> tuple[int, int, int]:
    """Number, payload length and payload checksum of a frame."""
    text, crc = head[: HEADER - 9], head[HEADER - 9 :]
    if crc != b"%08x\n" % zlib.crc32(text):
        raise damaged(path, at, "a frame's header does not match its checksum")
    try:
        _, number, length, payload_crc = text.split()
        return int(number), int(length), int(payload_crc, 16)
    except ValueError:
        raise damaged(path, at, "a frame's header makes no sense") from None


def read_payload(path: Path, at: int, payload: bytes, crc: int) -> Commits:
    """The commits of a frame that is all there."""
    if zlib.crc32(payload[:-1]) != crc or payload[-1:] != b"\n":
        raise damaged(path, at, "a frame does not match its checksum")
    try:
        return [[to_change(record) for record in commit] for commit in _decoder.decode(payload)]
    except (msgspec.DecodeError, KeyError) as error:
        raise damaged(path, at, f"a frame makes no sense: {error}") from None


def journals(directory: Path) -> list[Path]:
    """The journal files, oldest first."""
    return sorted(directory.glob("*.log"))


def replay(directory: Path) -> Iterator[Frame]:
    """Every frame that counts, oldest first, across all files."""
    contents = [(path, path.read_bytes().rstrip(b"\0")) for path in journals(directory)]
    bases = [read_base(path, data) for path, data in contents]
    number: int | None = None
    for index, (path, data) in enumerate(contents):
        base = bases[index]
        if base is None:
            if index + 1 < len(contents):
                raise damaged(path, 0, "an older journal without its first line")
            return
        if number is not None and base > number:
            raise damaged(path, 0, f"begins with frame {base} where {number} should be")
        number = base
        void_from = next((later for later in bases[index + 1 :] if later is not None), None)
        for frame in read_frames(path, data, base):
            if void_from is not None and frame.number >= void_from:
                break
            yield frame
            number = frame.number + 1


def next_number(directory: Path) -> int:
    """The highest number that a file begins with: nothing below it is given again."""
    number = 1
    for path in journals(directory):
        with path.open("rb") as file:
            first_line = file.read(FIRST_LINE).rstrip(b"\0")
        number = max(number, read_base(path, first_line) or 1)
    return number


def bases(directory: Path) -> list[int]:
    """The numbers of the first frames of the files that have one."""
    found = []
    for path in journals(directory):
        with path.open("rb") as file:
            line, head = file.read(FIRST_LINE), file.read(HEADER)
        base = read_base(path, line.rstrip(b"\0"))
        if base is not None and head.startswith(b"F %016d " % base):
            found.append(base)
    return found


class Journal:
    """The file that frames are appended to. A file whose sync failed is never trusted again."""

    def __init__(self, directory: Path, base: int, *, sync: bool) -> None:
        serial = max((int(path.stem) for path in journals(directory)), default=0) + 1
        self.path = directory / f"{serial:08d}.log"
        self.base = base
        self.next = base
        self.size = 0
        self._sync = sync
        self._descriptor = files.create(self.path)
        try:
            self._write(MAGIC + b"%016d\n" % base + encode_frame(base, []))
            self.next += 1
            if sync:
                files.sync_directory(directory)
        except OSError:
            self.discard()
            raise

    def append(self, commits: Sequence[bytes]) -> None:
        """Makes a batch durable; waits for the disk, so it is called in a native thread.

        What fails is cut off again as far as the disk lets us, so that a commit that was refused
        does not come back after a crash before the next file makes its frame void.
        """
        try:
            self._write(encode_frame(self.next, commits))
        except OSError:
            with suppress(OSError):
                files.truncate(self._descriptor, self.size)
            raise
        self.next += 1

    def close(self) -> None:
        """No longer appended to."""
        files.close(self._descriptor)

    def discard(self) -> None:
        """It was never used, and goes away again."""
        self.close()
        files.remove(self.path)

    def _write(self, data: bytes) -> None:
        files.write_all(self._descriptor, data)
        if self._sync:
            files.sync(self._descriptor)
        self.size += len(data)
