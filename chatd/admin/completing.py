"""What may stand at the cursor: verbs, options, and ids that the daemon has right now. One answer
for the interactive shell and for bash, zsh and fish."""

from __future__ import annotations

from collections.abc import Sequence

from chatd.admin import flags, running, words
from chatd.admin.client import AdminClient, Failure
from chatd.admin.flags import Options, UsageError, flag_named
from chatd.admin.lexing import Argv
from chatd.admin.verb import Complete, Verb
from chatd.admin.verbs import TABLE
from chatd.domain.ticket import OPEN
from chatd.log.areas import AREAS

SOURCES: dict[Complete, tuple[str, str, str]] = {
    "room": ("rooms", "rooms", "id"),
    "department": ("queue", "departments", "name"),
    "operator": ("operator list", "operators", "username"),
    "user": ("user list", "people", "username"),
    "connection": ("connections", "connections", "id"),
    "ban": ("bans", "bans", "id"),
}


def choices(client: AdminClient, before: Sequence[str], current: str) -> list[str]:
    """The words that go on from ``current``, behind the words ``before`` it."""
    done = [word for word in before if not flag_named(word)]
    if done[:1] == ["help"]:
        found = verbs(done[1:])
    else:
        found = following(client, done, current)
    return [word for word in found if word.lower().startswith(current.lower())]


def following(client: AdminClient, done: list[str], current: str) -> list[str]:
    """What may follow these words."""
    reader = words.Reader(Argv(done), Options())
    try:
        verb = words.find(reader.word() or "", reader)
    except UsageError:
        return every_flag() if current.startswith("-") else verbs(done)
    rest = done[len(verb.name.split()) :]
    option = next((one for one in verb.options if rest and one.name == rest[-1]), None)
    if option:
        return list_ids(client, option.complete)
    given = len(positional(verb, rest))
    if verb.takes_text and given >= len(verb.params):
        return []
    options = [one.name for one in verb.options]
    if current.startswith("-"):
        return options + every_flag()
    return list_ids(client, next_kind(verb, given)) + options


def verbs(done: Sequence[str]) -> list[str]:
    """The verbs that begin with these words, without them."""
    prefix = "".join(f"{word} " for word in done)
    return [name[len(prefix) :] for name in (*TABLE, "help") if name.startswith(prefix)]


def every_flag() -> list[str]:
    """The options that every verb has."""
    return [flag.name for flag in flags.ALL]


def next_kind(verb: Verb, given: int) -> Complete:
    """What kind of word comes next."""
    if given < len(verb.params):
        return verb.params[given].complete
    return verb.params[-1].complete if verb.params and verb.params[-1].many else ""


def positional(verb: Verb, rest: Sequence[str]) -> list[str]:
    """The words that are neither options nor their values."""
    reader = words.Reader(Argv(rest), Options(alone=True), verb)
    try:
        reader.words()
    except UsageError:
        return list(rest)
    return reader.positional


def list_ids(client: AdminClient, what: Complete) -> list[str]:
    """The ids of a kind; none when the daemon cannot be asked."""
    try:
        if what in ("ticket", "closed"):
            return running.tickets(client, OPEN if what == "ticket" else ("closed",), pages=1)
        if what == "watch":
            return ["queue", "events", *list_ids(client, "dialog")]
        if what == "dialog":
            return [*list_ids(client, "room"), *list_ids(client, "ticket")]
        if what == "area":
            return ["all", *AREAS]
        if what in SOURCES:
            verb, rows, key = SOURCES[what]
            return [row[key] for row in client.ask(verb, {})["result"].get(rows, ())]
    except Failure:
        return []
    return []
