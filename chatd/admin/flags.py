"""The options that every verb takes, wherever they stand before a text."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

Format = Literal["auto", "json", "jsonl", "csv", "quiet"]
LONGEST_WAIT = 86_400.0


class UsageError(Exception):
    """The words make no sense; the text says what is allowed."""


class Options(Struct, frozen=True):
    """What holds for every verb. ``alone``: the one verb of a command line, so that stdin is its
    own; in a script or a shell stdin holds the next commands."""

    format: Format = "auto"
    alone: bool = False
    help: bool = False
    if_needed: bool = False
    yes: bool = False
    keep_going: bool = False
    password_stdin: bool = False
    socket: str | None = None
    timeout: float = 10.0


class Flag(Struct, frozen=True):
    """Sets a field to a value, or to the word behind it."""

    name: str
    field: str
    help: str
    value: Any = True
    takes: str = ""


ALL = (
    Flag("--json", "format", "one JSON object", "json"),
    Flag("--jsonl", "format", "a line of JSON per row; streams too", "jsonl"),
    Flag("--csv", "format", "rows for a spreadsheet, under their names", "csv"),
    Flag("--quiet", "format", "ids only; also -q", "quiet"),
    Flag("--if-needed", "if_needed", "what is done already is no failure"),
    Flag("--yes", "yes", "sure of it: for ALL, and where it is asked for"),
    Flag("--keep-going", "keep_going", "a script goes on behind a failure"),
    Flag("--password-stdin", "password_stdin", "a password is the first line of stdin"),
    Flag("--socket", "socket", "the daemon's admin socket (command line only)", takes="PATH"),
    Flag("--timeout", "timeout", "wait so long for an answer (command line only)", takes="SECONDS"),
    Flag("--help", "help", "what the verb is, its words and options; also -h"),
)
SHORT = {"-q": "--quiet", "-h": "--help"}
TABLE = {flag.name: flag for flag in ALL}
HELP = TABLE["--help"]


def flag_named(word: str) -> Flag | None:
    """The flag that a word is, ``--name=VALUE`` too; ``_`` is as good as ``-``."""
    name = word.partition("=")[0].replace("_", "-")
    return TABLE.get(SHORT.get(word, name))


def with_flag(options: Options, flag: Flag, value: str) -> Options:
    """The options with one more; ``value`` is the word behind it, where it takes one."""
    if not flag.takes:
        return replace(options, **{flag.field: flag.value})
    if not options.alone:
        raise UsageError(f"{flag.name} belongs on the command line")
    return replace(options, **{flag.field: seconds(value) if flag.name == "--timeout" else value})


def seconds(text: str) -> float:
    """A number of seconds that one can wait."""
    try:
        wanted = float(text)
    except ValueError:
        wanted = 0.0
    if 0 < wanted <= LONGEST_WAIT:
        return wanted
    raise UsageError(f"--timeout is a number of seconds up to {LONGEST_WAIT:.0f}, not {text!r}")
