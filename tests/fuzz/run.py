"""``python -m tests.fuzz.run TARGET CORPUS [libFuzzer options]``: feeds a reader with what explores
it; anything but the reader's own refusals is a crash. What was found worth keeping lies in
tests/fuzz/corpus; new finds are added by running a target on that very directory for longer."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["chatd"]):
    from chatd.errors import Damaged
    from chatd.net.frames import Assembler, Limits, Violation
    from chatd.protocol import envelope
    from chatd.protocol.envelope import BadCommand
    from chatd.store.tiny import journal

LIMITS = Limits(max_message=2_000, max_fragments=20)


def frames(data: bytes) -> None:
    """The frame parser, fed in two pieces: what it gives is bounded, what it refuses is coded."""
    cut = data[0] if data else 0
    whole = Assembler(LIMITS)
    try:
        for piece in (data[1 : cut + 1], data[cut + 1 :]):
            whole.feed(piece)
            while (item := whole.take()) is not None:
                assert len(item[1]) <= LIMITS.max_message
    except Violation as violation:
        assert violation.code in (1002, 1007, 1009)


def commands(data: bytes) -> None:
    """The envelope: a typed command, or an error that can be told."""
    try:
        _, command = envelope.decode(data)
    except BadCommand as bad:
        assert envelope.refusal(bad.caller_id, bad.error)
    else:
        assert command.event in envelope.COMMANDS


def records(data: bytes) -> None:
    """The journal reader: frames, a torn end, or damage with an offset that is in the file."""
    path = Path(f"/dev/shm/fuzzed-{os.getpid()}.log")
    path.write_bytes(data)
    dropped: list[journal.Dropped] = []
    try:
        base = journal.read_base(path)
        if base is not None:
            for number, frame in enumerate(
                journal.read_frames(path, base, None, dropped.append), base
            ):
                assert frame.number == number and frame.end <= len(data)
            assert all(tail.data == data[tail.offset :] for tail in dropped)
    except Damaged as damage:
        assert 0 <= damage.details["offset"] <= len(data)
    finally:
        path.unlink()


TARGETS: dict[str, Callable[[bytes], None]] = {
    "frames": frames,
    "envelope": commands,
    "journal": records,
}

if __name__ == "__main__":
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
