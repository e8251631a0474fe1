"""The journal: one checksummed frame per batch of commits, synced before anybody is told.

A file begins with ``chatd journal 2 BASE``, where BASE is the number of its first frame. That one
is empty and written together with the line: it seals BASE by its own checksum. A frame
is a header of fixed width ``F number length payload-crc header-crc``, the payload (JSON: a list of
commits, each a list of changes) and a newline. Numbers go on from file to file.

The file is written beside, synced and renamed; its first frame holds what an older journal is still
needed for and no file has (see :mod:`chatd.store.tiny.checkpoint`), so that the older one can go.

What a crash or a power cut leaves was never acknowledged, and is *dropped*; whoever replays is told
of each tail that is:

- a file without a whole first line, nothing but zero bytes behind it, wherever it stands;
- a frame that the file ends inside of, zero bytes at the end not counted (JSON has none);
- a frame that nothing follows and that does not match its checksums, when a block of the disk (512
  bytes from a multiple of 512 on) in it, or the part of one where it begins, is nothing but zero
  bytes: that is how a block looks that was never written, and how no other fault looks;
- a frame whose number is the BASE of a later file: its sync had failed, its commits were refused.

Everything else that does not add up is *damage*: nobody guesses, the error names file and offset.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from chatd.errors import Damaged
from chatd.store.base import (
    KINDS,
    NAMES,
    Advance,
    Append,
    Change,
    Expect,
    Forget,
    Put,
    Remove,
    Replace,
    Touch,
)
from chatd.store.tiny import filesystem
from chatd.store.tiny.state import ConversationState

MAGIC = b"chatd journal 2 "
FIRST_LINE = len(MAGIC) + 17
HEADER = 47
BLOCK = 512
SUFFIX = ".log"
ENDS_INSIDE = "the file ends inside it"
NEVER_WRITTEN = "a block of it was never written"


class Stored(msgspec.Struct, frozen=True, tag="put", omit_defaults=True):
    """A Put as it is written: the document's kind says what it is."""

    kind: str
    document: msgspec.Raw
    rev: int = 0


class Carried(msgspec.Struct, frozen=True, tag="state"):
    """What is known of a conversation whose file is damaged, perhaps nothing of before."""

    state: ConversationState


Record = Append | Replace | Advance | Forget | Touch | Remove | Stored | Carried
Commits = list[list[Change | Carried]]

_decoder = msgspec.json.Decoder(list[list[Record]])
_documents = {name: msgspec.json.Decoder(kind) for name, kind in KINDS.items()}
_encoder = msgspec.json.Encoder()
_first_line = re.compile(MAGIC + rb"\d{16}\n")
_header = re.compile(rb"(F (\d{16}) (\d{9}) ([0-9a-f]{8}) )([0-9a-f]{8})\n")


def damage(path: Path, offset: int, what: str) -> Damaged:
    """The refusal to guess."""
    other = (
        "see whether 'chatd repair --dry-run' can cut it"
        if path.suffix == SUFFIX
        else "see what is affected with 'chatd verify'"
    )
    return Damaged(
        f"{path}: damaged at byte {offset}: {what}. Nothing was changed. Restore a backup with "
        f"'chatd restore', or {other}",
        file=str(path),
        offset=offset,
        what=what,
    )


class Dropped(msgspec.Struct, frozen=True):
    """The tail of a file that was never acknowledged: where it begins, what it is, and why."""

    path: Path
    offset: int
    data: bytes
    why: str


Tell = Callable[[Dropped], None]


def ignore(tail: Dropped) -> None:
    """For who only reads."""


class Frame(msgspec.Struct, frozen=True):
    """A frame as it was read: its number, where it ends, its commits."""

    number: int
    end: int
    commits: Commits


def encode_commit(changes: Sequence[Change | Carried]) -> bytes:
    """One commit of a batch."""
    return _encoder.encode([to_record(change) for change in changes])


def to_record(change: Change | Carried) -> Record:
    """A change as it is written."""
    if not isinstance(change, Put):
        assert not isinstance(change, Expect), "it changes nothing"
        return change
    document = msgspec.Raw(_encoder.encode(change.document))
    return Stored(NAMES[type(change.document)], document, change.rev)


def to_change(record: Record) -> Change | Carried:
    """A change as it was asked for."""
    if not isinstance(record, Stored):
        return record
    return Put(_documents[record.kind].decode(record.document), record.rev)


def encode_frame(number: int, commits: Sequence[bytes]) -> bytes:
    """A batch as it stands in the file."""
    payload = b"[" + b",".join(commits) + b"]"
    head = b"F %016d %09d %08x " % (number, len(payload), zlib.crc32(payload))
    return b"%s%08x\n%s\n" % (head, zlib.crc32(head), payload)


def read_base(path: Path) -> int | None:
    """The number of the file's first frame; ``None`` when not even the first line is whole."""
    with path.open("rb") as file:
        line = file.read(FIRST_LINE)
        if _first_line.fullmatch(line):
            return int(line[len(MAGIC) :])
        begun = (line + file.read()).rstrip(b"\0")
    whole = MAGIC + b"0" * (FIRST_LINE - len(MAGIC))
    if len(begun) >= FIRST_LINE or not _first_line.fullmatch(
        begun + whole[len(begun) : -1] + b"\n"
    ):
        raise damage(path, 0, "not a journal of this format")
    return None


def read_frames(path: Path, base: int, until: int | None, dropped: Tell) -> Iterator[Frame]:
    """The frames in order, below a number; stops at what is to be dropped, raises Damaged at
    anything else."""
    whole = path.read_bytes()
    data = whole.rstrip(b"\0")
    at, number = FIRST_LINE, base
    while at < len(data):
        fault = "a later journal begins with its number" if number == until else None
        fault = fault or why_torn(data, at)
        if fault:
            dropped(Dropped(path, at, whole[at:], fault))
            return
        if (header := read_header(data, at)) is None:
            raise damage(path, at, "a frame's header does not match its checksum")
        found, end, payload_crc = header
        if found != number:
            raise damage(path, at, f"frame {found} where {number} should be")
        payload = data[at + HEADER : end]
        yield Frame(number, end, read_payload(path, at + HEADER, payload, payload_crc))
        at, number = end, number + 1
    if at < len(whole):
        dropped(Dropped(path, at, whole[at:], "nothing but zero bytes"))


def why_torn(data: bytes, at: int) -> str | None:
    """Why the frame here, if it is the last one, cannot have been written whole."""
    if (header := read_header(data, at)) is None:
        if len(data) < at + HEADER:
            return ENDS_INSIDE
        last = _header.search(data, at + 1) is None
        return NEVER_WRITTEN if last and has_hole(data, at, len(data)) else None
    _, end, payload_crc = header
    if len(data) < end:
        return ENDS_INSIDE
    start, last = at + HEADER, len(data) == end
    fits = not last or zlib.crc32(data[start : end - 1]) == payload_crc
    return None if fits or not has_hole(data, start, end) else NEVER_WRITTEN


def has_hole(data: bytes, at: int, end: int) -> bool:
    """Whether a block, as far as it lies in here, is nothing but zero bytes."""
    blocks = range(at - at % BLOCK, end, BLOCK)
    return any(not data[max(at, one) : min(end, one + BLOCK)].strip(b"\0") for one in blocks)


def read_header(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Number of a frame, where it ends, checksum of its payload; ``None`` where there is none."""
    header = _header.match(data, at)
    if header is None or b"%08x" % zlib.crc32(header[1]) != header[5]:
        return None
    return int(header[2]), at + HEADER + int(header[3]) + 1, int(header[4], 16)


def read_payload(path: Path, at: int, payload: bytes, crc: int) -> Commits:
    """The commits of a frame that is all there."""
    if zlib.crc32(payload[:-1]) != crc or payload[-1:] != b"\n":
        raise damage(path, at, "a frame does not match its checksum")
    try:
        return [[to_change(record) for record in commit] for commit in _decoder.decode(payload)]
    except (msgspec.DecodeError, KeyError) as error:
        raise damage(path, at, f"a frame makes no sense: {error}") from None


def journals(directory: Path) -> list[Path]:
    """The journal files, oldest first."""
    return sorted(directory.glob(f"*{SUFFIX}"))


def replay(directory: Path, dropped: Tell = ignore) -> Iterator[Frame]:
    """Every frame that counts, oldest first, across all files."""
    begun = [(path, read_base(path)) for path in journals(directory)]
    number: int | None = None
    for index, (path, base) in enumerate(begun):
        if base is None:
            dropped(Dropped(path, 0, path.read_bytes(), "its first line is not whole"))
            continue
        if number is not None and base > number:
            raise damage(path, 0, f"begins with frame {base} where {number} should be")
        number = base
        until = next((later for _, later in begun[index + 1 :] if later is not None), None)
        for frame in read_frames(path, base, until, dropped):
            yield frame
            number = frame.number + 1


def next_number(directory: Path) -> int:
    """The highest number that a file begins with: nothing below it is given again."""
    return max((read_base(path) or 1 for path in journals(directory)), default=1)


def bases(directory: Path) -> list[int]:
    """The numbers of the first frames of the files that have one."""
    found = []
    for path in journals(directory):
        base = read_base(path)
        with path.open("rb") as file:
            begun = file.read(FIRST_LINE + HEADER)
        if base is not None and begun.startswith(b"F %016d " % base, FIRST_LINE):
            found.append(base)
    return found


class HalfMade(OSError):
    """A new journal has its name or has it not, perhaps not for long: its number is not to be given
    to a frame of the one before it any more."""


class Journal:
    """The file that frames are appended to. A file whose sync failed is never trusted again."""

    def __init__(
        self, directory: Path, base: int, *, sync: bool, carried: Sequence[bytes] = ()
    ) -> None:
        serial = max((int(path.stem) for path in journals(directory)), default=0) + 1
        self.path = directory / f"{serial:08d}.log"
        self.base = base
        self.next = base
        self.size = 0
        self._sync = sync
        self._beside = self.path.with_suffix(".new")
        filesystem.remove(self._beside)
        self._descriptor = filesystem.create(self._beside)
        try:
            self._write(MAGIC + b"%016d\n" % base + encode_frame(base, carried))
        except OSError:
            self.close()
            with suppress(OSError):
                filesystem.remove(self._beside)
            raise
        self.next += 1

    def settle(self) -> None:
        """Gives it its name, for good: before that, nothing is appended to it. Can be repeated
        when it fails."""
        if self._beside.exists():
            filesystem.rename(self._beside, self.path)
        if self._sync:
            filesystem.sync_directory(self.path.parent)

    def append(self, commits: Sequence[bytes]) -> None:
        """Makes a batch durable; waits for the disk, so it is called in a native thread.

        What fails is cut off again as far as the disk lets us, so that a commit that was refused
        does not come back after a crash before the next file makes its frame void.
        """
        try:
            self._write(encode_frame(self.next, commits))
        except OSError:
            with suppress(OSError):
                filesystem.truncate(self._descriptor, self.size)
            raise
        self.next += 1

    def close(self) -> None:
        """No longer appended to; what was synced is there whatever closing says."""
        with suppress(OSError):
            filesystem.close(self._descriptor)

    def _write(self, data: bytes) -> None:
        filesystem.write_all(self._descriptor, data)
        if self._sync:
            filesystem.sync(self._descriptor)
        self.size += len(data)
