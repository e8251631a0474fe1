"""What may stand at the cursor: verbs, options, and ids that the daemon has right now. One answer
for the interactive shell and for bash, zsh and fish."""

from __future__ import annotations

from collections.abc import Sequence

from chatd.admin import running, words
from chatd.admin.client import AdminClient, Failure
from chatd.admin.running import FLAGS, OPEN
from chatd.admin.verb import Complete, Verb
from chatd.admin.verbs import TABLE
from chatd.admin.words import UsageError

SOURCES: dict[Complete, tuple[str, str, str]] = {
    "room": ("rooms", "rooms", "id"),
    "operator": ("operator list", "operators", "username"),
    "connection": ("connections", "connections", "id"),
    "ban": ("bans", "bans", "id"),
}
AREAS = ("all", "connections", "rooms", "tickets", "calls", "storage", "admin", "http")


def choices(client: AdminClient, before: Sequence[str], current: str) -> list[str]:
    """The words that go on from ``current``, behind the words ``before`` it."""
    done = [word for word in before if word not in FLAGS]
    if done[:1] == ["help"]:
        found = verbs(done[1:])
    else:
        found = following(client, done, current)
    return [word for word in found if word.lower().startswith(current.lower())]


def following(client: AdminClient, done: list[str], current: str) -> list[str]:
    """What may follow these words."""
    try:
        verb, rest = words.find(done)
    except (UsageError, IndexError):
        return flags() if current.startswith("-") else verbs(done)
    option = next((one for one in verb.options if rest and one.name == rest[-1]), None)
    if option:
        return live(client, option.complete)
    options = [one.name for one in verb.options]
    return (
        options + flags() if current.startswith("-") else live(client, wanted(verb, rest)) + options
    )


def verbs(done: Sequence[str]) -> list[str]:
    """The verbs that begin with these words, without them."""
    prefix = "".join(f"{word} " for word in done)
    return [name[len(prefix) :] for name in (*TABLE, "help") if name.startswith(prefix)]


def flags() -> list[str]:
    """The options that every verb has."""
    return [flag for flag in FLAGS if flag.startswith("--")]


def wanted(verb: Verb, rest: Sequence[str]) -> Complete:
    """What kind of word comes next."""
    given = len(positional(verb, rest))
    if not verb.params:
        return ""
    last = verb.params[-1]
    if given < len(verb.params):
        return verb.params[given].complete
    return last.complete if last.many else ""


def positional(verb: Verb, rest: Sequence[str]) -> list[str]:
    """The words that are neither options nor their values."""
    try:
        return words.split(verb, list(rest))[0]
    except UsageError:
        return list(rest)


def live(client: AdminClient, what: Complete) -> list[str]:
    """The ids of a kind; none when the daemon cannot be asked."""
    try:
        if what in ("ticket", "closed"):
            return running.tickets(client, OPEN if what == "ticket" else ("closed",), pages=1)
        if what == "watch":
            return ["queue", "events", *live(client, "room"), *live(client, "ticket")]
        if what == "area":
            return list(AREAS)
        if what in SOURCES:
            verb, rows, key = SOURCES[what]
            return [row[key] for row in client.ask(verb, {})["result"][rows]]
    except Failure:
        return []
    return []
