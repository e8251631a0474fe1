"""The interactive shell: history, completion of verbs and live ids, help, a prompt that knows."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from chatd.admin import running, words
from chatd.admin.client import AdminClient, Failure
from chatd.admin.running import Options
from chatd.admin.verbs import Complete, Verb
from chatd.admin.words import UsageError

GOODBYES = frozenset({"exit", "quit", "bye", "q"})
SOURCES: dict[Complete, tuple[str, str, str]] = {
    "room": ("rooms", "rooms", "id"),
    "operator": ("operator list", "operators", "username"),
    "connection": ("connections", "connections", "id"),
    "ban": ("bans", "bans", "id"),
}
AREAS = ("all", "connections", "rooms", "tickets", "calls", "storage", "admin", "http")


class Words(Completer):
    """Completes verbs, options, and ids that the daemon has right now."""

    def __init__(self, client: AdminClient) -> None:
        self._client = client

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterable[Completion]:
        """What may stand at the cursor."""
        before = document.text_before_cursor.split(" ")
        current, done = before[-1], [word for word in before[:-1] if word]
        for choice in self._choices(done):
            if choice.lower().startswith(current.lower()):
                yield Completion(choice, start_position=-len(current))

    def _choices(self, done: list[str]) -> list[str]:
        try:
            verb, rest = words.find(done)
        except (UsageError, IndexError):
            prefix = " ".join(done) + " " if done else ""
            return [name[len(prefix) :] for name in running.verbs() if name.startswith(prefix)]
        options = [option.name for option in verb.options]
        last = next((one for one in verb.options if rest and one.name == rest[-1]), None)
        if last:
            return self._live(last.complete)
        return self._live(self._wanted(verb, rest)) + options

    def _wanted(self, verb: Verb, rest: list[str]) -> Complete:
        params = verb.params
        if not params:
            return ""
        index = min(len(rest), len(params) - 1)
        return params[index].complete if params[index].many or len(rest) < len(params) else ""

    def _live(self, what: Complete) -> list[str]:
        try:
            if what in ("ticket", "closed"):
                return self._tickets(closed=what == "closed")
            if what == "watch":
                return ["queue", "events", *self._live("room"), *self._tickets(closed=False)]
            if what == "area":
                return list(AREAS)
            if what in SOURCES:
                verb, rows, key = SOURCES[what]
                return [row[key] for row in self._client.ask(verb, {})["result"][rows]]
        except Failure:
            return []
        return []

    def _tickets(self, *, closed: bool) -> list[str]:
        if not closed:
            return running.open_tickets(self._client)
        page = self._client.ask("tickets", {"status": "closed", "limit": 50})
        return [ticket["id"] for ticket in page["result"]["tickets"]]


def history() -> History:
    """A file that only its owner reads; ``$CHATD_HISTORY`` names another, /dev/null none."""
    default = Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state").expanduser()
    path = Path(os.environ.get("CHATD_HISTORY") or default / "chatd" / "history")
    if path == Path(os.devnull):
        return InMemoryHistory()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)
    return FileHistory(str(path))


def interact(client: AdminClient, options: Options) -> int:
    """Reads and carries out lines until goodbye; always ends well."""
    session: PromptSession[str] = PromptSession(
        history=history(), completer=Words(client), complete_while_typing=False
    )
    print("chatd admin shell: 'help' lists the verbs, TAB completes, Ctrl-D leaves.")
    while True:
        try:
            line = session.prompt(prompt(client))
        except KeyboardInterrupt:
            continue
        except EOFError:
            return 0
        if line.strip().lower() in GOODBYES:
            return 0
        try:
            given = shlex.split(line, comments=True)
        except ValueError as error:
            print(f"? {error}")
            continue
        if given:
            running.run(client, given, options)


def prompt(client: AdminClient) -> str:
    """Says whether the daemon is there."""
    try:
        client.ask("ping", {})
    except Failure:
        return "chatd (not connected)> "
    return "chatd> "
