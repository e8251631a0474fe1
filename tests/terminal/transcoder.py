"""Stands between a program whose terminal has an encoding of old and one that speaks UTF-8."""

from __future__ import annotations

import codecs
import os
import pty
import sys
from collections.abc import Callable

AT_ONCE = 4096


def turned(source: str, target: str) -> Callable[[int], bytes]:
    """Reads from a descriptor in one encoding what it gives in another."""
    decode = codecs.getincrementaldecoder(source)("replace").decode

    def read(descriptor: int) -> bytes:
        while data := os.read(descriptor, AT_ONCE):
            if text := decode(data):
                return text.encode(target, "replace")
        return b""

    return read


def main(encoding: str, *command: str) -> int:
    """Runs the command until it ends; its exit status."""
    return os.waitstatus_to_exitcode(
        pty.spawn(command, turned(encoding, "utf-8"), turned("utf-8", encoding))
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
