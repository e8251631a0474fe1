"""What a verb is: its words, what it shows, and what is said when it is done."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal

from msgspec import Struct

from chatd.domain.written import as_text, in_utc, name_of
from chatd.locale.counting import count_of
from chatd.protocol.commands import Command

Fields = dict[str, Any]
SPAN = re.compile(r"(\d{1,9})([smhd]?)", re.ASCII)
UNITS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
Complete = Literal[
    "",
    "ticket",
    "closed",
    "room",
    "operator",
    "department",
    "user",
    "connection",
    "ban",
    "dialog",
    "watch",
    "area",
]


class Param(Struct, frozen=True):
    """A word after the verb. ``many``: one or more; ``rest``: the last, all that is left as one
    text, to the letter; ``read``: what it means."""

    name: str
    help: str
    complete: Complete = ""
    many: bool = False
    rest: bool = False
    optional: bool = False
    read: Callable[[str], str | None] = str


class Option(Struct, frozen=True):
    """``--name VALUE``, for the field of the command; a flag takes no value but has its own.
    ``many``: may be given again, each time with one more; ``brings``: the path of a file at this
    end, which is uploaded first. ``read``: what its value means; ValueError says what is allowed.
    """

    name: str
    field: str
    help: str
    flag: bool = False
    value: Any = True
    many: bool = False
    brings: bool = False
    complete: Complete = ""
    read: Callable[[str], Any] | None = None


class Column(Struct, frozen=True):
    """A column: its title, the member of the row it shows, and how a table writes it."""

    title: str
    key: str
    kind: Literal[
        "text", "age", "since", "count", "texts", "words", "files", "people", "mark", "due", "ids"
    ] = "text"


class Verb(Struct, frozen=True, kw_only=True):
    """``fields`` turns the words into the command's; ``done`` is said of the result on stderr.

    ``rows``: the member of the result that is a list, with its ``columns``; ``above``: others that
    people see over these, a list or one thing each, with theirs; ``paged``: the field that asks for
    the page behind one; ``most``: a list without pages, of which the daemon gives the newest so
    many, and where ``older`` ones are. ``bare``: the verb that it is with too few words.
    ``written``: its rows as people read them, all of them, where there is no table; with
    ``single`` only the one row that this field asks for.
    ``acts``: goes into the audit log and is not for read-only users. ``secret``: asks for
    a password. ``local``: more of it is done at this end of the socket. ``sure``: the field that
    ``--yes`` sets; ``rehearses``: without it is only said what would be done.
    """

    name: str
    help: str
    command: type[Command]
    params: tuple[Param, ...] = ()
    options: tuple[Option, ...] = ()
    fixed: Fields = {}
    rows: str = ""
    paged: str = ""
    most: int = 0
    older: str = ""
    bare: str = ""
    single: str = ""
    written: Callable[[Fields], str] | None = None
    columns: tuple[Column, ...] = ()
    above: tuple[tuple[str, tuple[Column, ...]], ...] = ()
    empty: str = ""
    done: Callable[[Fields, Fields], str] | None = None
    acts: bool = False
    secret: bool = False
    stream: bool = False
    local: bool = False
    sure: str = ""
    rehearses: bool = False
    group: str = "tickets"

    @property
    def takes_text(self) -> bool:
        """Whether its last word is free text."""
        return bool(self.params) and self.params[-1].rest

    def spell(self, field: str) -> str:
        """A field as who types it knows it: ``--limit``, ``TICKET_ID``."""
        option = next((one.name for one in self.options if one.field == field), None)
        return option or field.upper()


PAGES = (
    Option("--limit", "limit", "at most so many; else a page on a terminal, all in a pipe"),
    Option("--cursor", "cursor", "go on behind this row"),
)


def say_of_ticket(what: str) -> Callable[[Fields, Fields], str]:
    """``closed TKT-1 (operator Артём)``."""

    def sentence(fields: Fields, result: Fields) -> str:
        operator = result["ticket"]["operator"]
        return f"{what} {fields['ticket_id']}" + (f" (operator {operator})" if operator else "")

    return sentence


def say_transfer(fields: Fields, result: Fields) -> str:
    """``transferred TKT-1 (operator boris), who is off line: it waits again in 60 s unless they
    come``."""
    done = say_of_ticket("transferred")(fields, result)
    if (seconds := result["returns_in_s"]) is None:
        return done
    return f"{done}, who is off line: it waits again in {seconds:g} s unless they come"


def say_close(fields: Fields, result: Fields) -> str:
    """``closed TKT-1``."""
    return f"closed {fields['ticket_id']}"


def say_post(fields: Fields, result: Fields) -> str:
    """``posted TKT-1:4``."""
    return f"posted {result['message']['id']}"


def say_ban(fields: Fields, result: Fields) -> str:
    """``banned p-1 and 192.0.2.7; ended 2 connections``."""
    ended = result["ended"]
    whom = " and ".join([result["ban"]["id"], *result["ban"]["networks"]])
    return f"banned {whom}" + (f"; ended {ended} connection{'s' * (ended > 1)}" if ended else "")


def read_span(text: str) -> int:
    """``90``, ``15m``, ``2h``, ``7d`` in seconds."""
    found = SPAN.fullmatch(text)
    if not found or not int(found[1]):
        raise ValueError(f"a time like 90 (seconds), 15m, 2h or 7d, not {text!r}")
    return int(found[1]) * UNITS[found[2]]


def say_muted(fields: Fields, result: Fields) -> str:
    """``muted Anna in lobby until 2030-01-31T08:00:00.000Z``."""
    until = f" until {result['until']}" if fields.get("seconds") else ""
    return f"muted {result['name']} in {result['dialog_id']}{until}"


def say_reload(fields: Fields, result: Fields) -> str:
    """What a reload did, in a sentence."""
    applied = ", ".join(result["applied"]) or "nothing"
    waits = ", ".join(result["needs_restart"])
    apart = "; ".join(result.get("not_in_force", ()))
    said = f"applied {applied}" + (f"; needs a restart: {waits}" if waits else "")
    return said + (f"; set while it runs and not in force: {apart}" if apart else "")


def say_backup(fields: Fields, result: Fields) -> str:
    """What a backup holds, in a sentence, and what in it is damaged."""
    done = f"backed up {count_of(result['files'], 'file')} to {result['directory']}"
    damaged = ", ".join(result["damaged"])
    return done + (f"; DAMAGED, there as here: {damaged}" if damaged else "")


def write_transcript(result: Fields) -> str:
    """What was said, as it is written down."""
    language = result["language"]
    said = (
        as_text(
            name_of(language, line["sender_name"], note=line["note"]),
            in_utc(line["created_at"]),
            line["text"],
        )
        for line in result["lines"]
    )
    return "\n\n".join([f"{result['title']}\n{result['about']}", *said])


def one_of(*words: str) -> str:
    """``bot, waiting, active or closed``."""
    return f"{', '.join(words[:-1])} or {words[-1]}"
