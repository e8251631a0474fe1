"""A client of rooms without a screen, at the ends of its pipes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import IO

from tests.daemon import eventually
from tests.forks import Forked

Line = Callable[..., "Talker"]


class Talker:
    """The client between two pipes."""

    def __init__(self, *words: str) -> None:
        self.process = Forked(
            [sys.executable, "-m", "chatd", "chat", "--plain", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="surrogateescape",
            env={**os.environ, "LC_ALL": "ru_RU.UTF-8", "TZ": "UTC"},
        )
        self.lines: list[str] = []
        assert self.process.stdout
        self.reader = threading.Thread(target=self.read, args=(self.process.stdout,), daemon=True)
        self.reader.start()

    def read(self, stdout: IO[str]) -> None:
        """Keeps every line."""
        for line in stdout:
            self.lines.append(line.rstrip("\n"))

    def says(self, text: str) -> None:
        """A line of input."""
        assert self.process.stdin
        self.process.stdin.write(f"{text}\n")
        self.process.stdin.flush()

    def hears(self, text: str) -> str:
        """The line with this in it, as soon as it comes."""
        found = eventually(lambda: [line for line in self.lines if text in line], 20)
        return str(found[0])

    def ends(self) -> int:
        """Closes the input; the exit status."""
        assert self.process.stdin
        self.process.stdin.close()
        status = self.process.wait(20)
        self.reader.join(20)
        return status

    def complaint(self) -> str:
        """What stood on stderr."""
        assert self.process.stderr
        return self.process.stderr.read()
