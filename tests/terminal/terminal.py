"""The real client in a real terminal: tmux, its keys and what stands on its screen."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

from tests.daemon import eventually

PATIENCE = 30.0
QUIET = (
    *("NO_COLOR", "COLORTERM", "TMUX", "TMUX_PANE", "CHATD_URL", "CHATD_TOKEN"),
    *("LANGUAGE", "LC_ALL", "LC_MESSAGES"),
)


# Of a locale that this machine need not have; for LC_ALL the shell would complain of it.
RUSSIAN = {"LANG": "ru_RU.UTF-8", "LC_CTYPE": "C.UTF-8"}


class Terminals:
    """A tmux server of its own, ended with the test."""

    def __init__(self, home: Path) -> None:
        self.socket = home / "tmux"

    def run(self, *words: str) -> str:
        """A tmux command; what it printed."""
        env = {key: value for key, value in os.environ.items() if key not in QUIET}
        return subprocess.run(
            ["tmux", "-u", "-f", "/dev/null", "-S", str(self.socket), *words],
            env={**env, **RUSSIAN, "TERM": "xterm-256color"},
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        ).stdout

    def open(
        self, name: str, *words: str, size: tuple[int, int] = (80, 24), env: str = ""
    ) -> Terminal:
        """``chatd chat …`` in a new terminal; when it has ended, its status stays on the screen."""
        command = shlex.join([sys.executable, "-m", "chatd", "chat", "--name", name, *words])
        return self.shell(name, f"env {env} {command}", size)

    def shell(self, name: str, line: str, size: tuple[int, int] = (80, 24)) -> Terminal:
        """A line of a shell in a new terminal."""
        width, height = map(str, size)
        line = f"{line}; echo status $?; exec cat"
        self.run("new-session", "-d", "-s", name, "-x", width, "-y", height, line)
        return Terminal(self, name)

    def close(self) -> None:
        """Ends everything that runs in them."""
        subprocess.run(["tmux", "-S", str(self.socket), "kill-server"], capture_output=True)


class Terminal:
    """One of them."""

    def __init__(self, terminals: Terminals, name: str) -> None:
        self.terminals = terminals
        self.name = name

    def types(self, text: str) -> None:
        """The keys of these letters."""
        self.terminals.run("send-keys", "-t", self.name, "-l", text)

    def press(self, *keys: str) -> None:
        """Keys by tmux's names for them."""
        self.terminals.run("send-keys", "-t", self.name, *keys)

    def says(self, text: str) -> None:
        """A line, sent."""
        self.types(text)
        self.press("Enter")

    def text(self, *, styled: bool = False) -> str:
        """The screen; ``styled`` with the sequences that make it look so."""
        return self.terminals.run("capture-pane", "-p", *["-e"] * styled, "-t", self.name)

    def line(self, part: str) -> str:
        """The first line of the screen that has this in it."""
        return next((line for line in self.text().splitlines() if part in line), "")

    def sees(self, *texts: str) -> str:
        """The screen, as soon as all of these stand on it."""

        def found() -> str:
            shown = self.text()
            return shown if all(text in shown for text in texts) else ""

        try:
            return str(eventually(found, PATIENCE))
        except AssertionError:
            raise AssertionError(f"{texts} not on {self.name}'s screen:\n{self.text()}") from None

    def misses(self, text: str) -> None:
        """Waits until this is no longer on the screen."""
        try:
            eventually(lambda: text not in self.text(), PATIENCE)
        except AssertionError:
            raise AssertionError(f"{text} stays on {self.name}'s:\n{self.text()}") from None

    def resize(self, width: int, height: int) -> None:
        """Another size."""
        self.terminals.run("resize-window", "-t", self.name, "-x", str(width), "-y", str(height))
