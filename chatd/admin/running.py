"""Carrying out words: one shot, or a script line by line; what is said, and the exit status."""

from __future__ import annotations

import getpass
import shlex
import sys
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, TextIO

import msgspec
from msgspec import Struct

from chatd.admin import rendering, words
from chatd.admin.client import EXIT_FAILED, EXIT_UNREACHABLE, EXIT_USAGE, AdminClient, Failure
from chatd.admin.rendering import Format, say
from chatd.admin.words import Request, UsageError

CONFLICT = 6
PER_PAGE = 200
OPEN = ("bot", "waiting", "active")


class Options(Struct):
    """What holds for every verb. ``alone``: the one verb of a command line, so that stdin is its
    own; in a script or a shell stdin holds the next commands."""

    format: Format = "auto"
    alone: bool = False
    help: bool = False
    if_needed: bool = False
    yes: bool = False
    keep_going: bool = False
    password_stdin: bool = False


FLAGS: dict[str, tuple[str, Any]] = {
    "--json": ("format", "json"),
    "--jsonl": ("format", "jsonl"),
    "-q": ("format", "quiet"),
    "--quiet": ("format", "quiet"),
    "--if-needed": ("if_needed", True),
    "--yes": ("yes", True),
    "--keep-going": ("keep_going", True),
    "--password-stdin": ("password_stdin", True),
    "--help": ("help", True),
    "-h": ("help", True),
}


def take_flags(given: Sequence[str], options: Options) -> tuple[list[str], Options]:
    """The words without the general flags, which may stand anywhere before ``--``."""
    rest: list[str] = []
    taken = msgspec.structs.replace(options)
    for index, word in enumerate(given):
        if word == "--":
            return rest + list(given[index:]), taken
        flag = word.replace("_", "-")
        if flag in FLAGS:
            setattr(taken, *FLAGS[flag])
        else:
            rest.append(word)
    return rest, taken


def run(client: AdminClient, given: Sequence[str], options: Options) -> int:
    """One verb with its words; the exit status."""
    rest, taken = take_flags(given, options)
    try:
        if not rest or rest[0] == "help":
            rendering.out(words.help_text(rest[1:]))
            return 0
        if taken.help:
            rendering.out(words.help_text(rest[:2]))
            return 0
        request = words.parse(rest)
        if request.many:
            return run_many(client, request, taken)
        return run_one(client, request, taken)
    except UsageError as error:
        say(f"chatd admin: {error}")
        return EXIT_USAGE
    except Failure as failure:
        return report(failure, taken)
    finally:
        warn_if_foreign(client)


def warn_if_foreign(client: AdminClient) -> None:
    """Says once that the daemon is of another version."""
    if client.foreign:
        say(f"chatd admin: warning: the daemon is chatd {client.greeting.get('chatd')}, not this")
        client.greeting = {}


def run_many(client: AdminClient, request: Request, options: Options) -> int:
    """The same for each target; all are tried, the first failure's status counts."""
    status, tried = 0, False
    name = next(param.name for param in request.verb.params if param.many)
    for target in targets(client, request, options):
        tried = True
        one = Request(request.verb, {**request.fields, name: target}, [])
        try:
            done = run_one(client, one, options)
        except Failure as failure:
            done = report(failure, options)
            if failure.exit_status not in (5, CONFLICT):
                return done
        status = status or done
    if not tried:
        say(f"OK: nothing to {request.verb.name}")
    return status


def targets(client: AdminClient, request: Request, options: Options) -> Iterator[str]:
    """The ids given, those on stdin for ``-``, every fitting ticket for ``ALL`` with ``--yes``."""
    verb = request.verb
    closed = any(param.complete == "closed" for param in verb.params)
    for word in request.many:
        if word == "-":
            if not options.alone:
                raise UsageError("'-' reads ids from stdin, which holds the commands here")
            yield from (line.strip() for line in sys.stdin if line.strip())
        elif word == "ALL":
            if not options.yes:
                which = "closed" if closed else "open"
                raise UsageError(f"{verb.name} ALL means every {which} ticket: add --yes")
            yield from tickets(client, ("closed",) if closed else OPEN)
        else:
            yield word


def tickets(client: AdminClient, statuses: Sequence[str], pages: int | None = None) -> list[str]:
    """The ids of the tickets that are in one of these, of the newest so many pages each."""
    found: list[str] = []
    for status in statuses:
        fields: dict[str, Any] = {"status": status, "limit": PER_PAGE}
        for _ in count() if pages is None else range(pages):
            page = client.ask("tickets", fields)["result"]
            found += [ticket["id"] for ticket in page["tickets"]]
            if page["cursor"] is None:
                break
            fields["cursor"] = page["cursor"]
    return found


def run_one(client: AdminClient, request: Request, options: Options) -> int:
    """One request, whole."""
    verb, fields = request.verb, dict(request.fields)
    if verb.secret:
        fields["password"] = password(options)
        if verb.name == "operator add":
            fields.setdefault("display_name", fields["username"])
    answer = client.ask(verb.name, fields)
    if verb.stream:
        return stream(client, answer)
    rendering.show(verb, answer["result"], options.format)
    rejected = bool(answer["result"].get("rejected"))
    if answer["said"] and options.format != "quiet":
        say(f"{'chatd admin' if rejected else 'OK'}: {answer['said']}")
    return EXIT_FAILED if rejected else 0


def password(options: Options) -> str:
    """Typed twice without echo, or the first line of stdin; never from the command line."""
    if options.password_stdin and not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise UsageError("a password is typed at a terminal, or read with --password-stdin")
    try:
        first, again = getpass.getpass("Password: "), getpass.getpass("Again: ")
    except EOFError:
        raise UsageError("no password was typed") from None
    if first != again:
        raise UsageError("the two passwords differ")
    return first


def stream(client: AdminClient, answer: dict[str, Any]) -> int:
    """Events as lines, until Ctrl-C or the daemon's end."""
    try:
        say(f"OK: {answer['said']}; Ctrl-C ends")
        for line in client.events():
            rendering.out(rendering.harmless(line.decode()))
            sys.stdout.flush()
    except KeyboardInterrupt:
        return 0
    finally:
        client.close()
    say("chatd admin: the daemon has gone")
    return EXIT_UNREACHABLE


def report(failure: Failure, options: Options) -> int:
    """Says why; a conflict is none where it was only asked for if needed."""
    if failure.exit_status == CONFLICT and options.if_needed:
        say(f"OK: nothing to do: {failure}")
        return 0
    if options.format == "json":
        body = {"ok": False, "error": failure.error, "exit": failure.exit_status}
        rendering.out(rendering.json_line(body))
    say(f"chatd admin: {failure}")
    return failure.exit_status


def script(client: AdminClient, lines: TextIO, options: Options) -> int:
    """Lines of a script: blank ones and ``#`` comments are skipped; stops at the first failure,
    unless told to keep going."""
    status = 0
    for number, line in enumerate(lines, 1):
        try:
            given = shlex.split(line, comments=True)
        except ValueError as error:
            say(f"chatd admin: line {number}: {error}")
            given, done = [], EXIT_USAGE
        else:
            done = run(client, given, options) if given else 0
        status = status or done
        if done and not options.keep_going:
            say(f"chatd admin: stopped at line {number}: {line.strip()}")
            return done
    return status
