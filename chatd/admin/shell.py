"""The interactive shell: history, completion of verbs and live ids, help, a prompt that knows."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from chatd.admin import completing, running
from chatd.admin.client import AdminClient, Failure
from chatd.admin.flags import Options
from chatd.admin.lexing import Line
from chatd.admin.rendering import say
from chatd.errors import in_words

GOODBYES = frozenset({"exit", "quit", "bye", "q"})


class Words(Completer):
    """Completes verbs, options, and ids that the daemon has right now."""

    def __init__(self, client: AdminClient) -> None:
        self._client = client

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterable[Completion]:
        """What may stand at the cursor."""
        *before, current = document.text_before_cursor.split(" ")
        for choice in completing.choices(self._client, [word for word in before if word], current):
            yield Completion(choice, start_position=-len(current))


def history() -> History:
    """A file that only its owner reads; ``$CHATD_HISTORY`` names another, /dev/null none."""
    try:
        path = history_path()
        if path == Path(os.devnull):
            return InMemoryHistory()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.chmod(0o600)
    except (OSError, RuntimeError) as error:
        say(f"chatd admin: no history is kept: {in_words(error)}")
        return InMemoryHistory()
    return FileHistory(str(path))


def history_path() -> Path:
    """Where the history is; RuntimeError when this user has no home."""
    if named := os.environ.get("CHATD_HISTORY"):
        return Path(named)
    base = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(base).expanduser() / "chatd" / "history"


def interact(client: AdminClient, options: Options) -> int:
    """Reads and carries out lines until goodbye; always ends well."""
    session: PromptSession[str] = PromptSession(
        history=history(), completer=Words(client), complete_while_typing=False
    )
    say("chatd admin shell: 'help' lists the verbs, TAB completes, Ctrl-D leaves.")
    while True:
        try:
            line = session.prompt(prompt(client))
        except KeyboardInterrupt:
            continue
        except EOFError:
            return 0
        if line.strip().lower() in GOODBYES:
            return 0
        carry_out(client, line, options)


def carry_out(client: AdminClient, line: str, options: Options) -> None:
    """One line; Ctrl-C gives up waiting for it, not the shell."""
    try:
        if Line(line).ahead() is not None:
            running.run(client, Line(line), options)
    except KeyboardInterrupt:
        client.close()
        say("chatd admin: interrupted; what was asked for may have been done")


def prompt(client: AdminClient) -> str:
    """Says which daemon this is, and whether it is there."""
    try:
        client.ask("ping", {})
    except Failure:
        return f"chatd {short(client.path)} (not connected)> "
    return f"chatd {short(client.path)}> "


def short(path: Path) -> str:
    """A path with the home directory as ``~``."""
    home = os.environ.get("HOME", "")
    inside = home not in ("", "/") and path.is_relative_to(home)
    return f"~/{path.relative_to(home)}" if inside else str(path)
