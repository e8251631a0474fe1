"""A program on a terminal of its own: what it shows, and what is typed."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from types import TracebackType


class Terminal:
    """``chatd …`` on a pseudo-terminal, wide enough for tables."""

    def __init__(self, *words: str, **environ: str) -> None:
        self._master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (40, 160))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "chatd", *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={
                **os.environ,
                "COLUMNS": "160",
                "TERM": "xterm",
                "PROMPT_TOOLKIT_NO_CPR": "1",
                **environ,
            },
        )
        os.close(slave)
        self.seen = ""
        self._rest = b""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        os.close(self._master)

    def shows(self, *texts: str, seconds: float = 30.0) -> str:
        """Waits until one of these is shown; everything up to then, which is not looked at
        again."""
        deadline = time.monotonic() + seconds
        while not (found := [text for text in texts if text in self.seen]):
            left = deadline - time.monotonic()
            assert left > 0 and self._more(left), f"never shown: {texts!r}; shown: {self.seen!r}"
        before, _, self.seen = self.seen.partition(found[0])
        return before + found[0]

    def types(self, text: str) -> None:
        """As if at the keyboard."""
        os.write(self._master, text.encode())

    def interrupts(self) -> None:
        """Ctrl-C, as the terminal would send it to the program."""
        self.process.send_signal(signal.SIGINT)

    def ends(self) -> tuple[int, str]:
        """The exit status, and all that was shown and not looked at yet."""
        while self._more(15.0):
            continue
        return self.process.wait(15), self.seen

    def _more(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._master, 65_536)
        except OSError:
            return False
        self.seen += data.decode("utf-8", "replace")
        return bool(data)
