"""Carrying out words: one shot, or a script line by line; what is said, and the exit status."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, TextIO

from msgspec.structs import replace

from chatd.admin import paging, rendering, words
from chatd.admin.client import EXIT_UNREACHABLE, EXIT_USAGE, AdminClient, Failure
from chatd.admin.flags import Options, UsageError
from chatd.admin.lexing import Line, Source
from chatd.admin.paging import PER_PAGE
from chatd.admin.rendering import say
from chatd.admin.verb import Verb
from chatd.admin.words import Request
from chatd.domain.password import unfit
from chatd.domain.ticket import OPEN

CONFLICT = 6
MARK = "\ufeff"  # how some editors begin a file


def run(client: AdminClient, source: Source, options: Options) -> int:
    """One verb with its words; the exit status."""
    try:
        request = words.parse(source, options)
    except UsageError as error:
        say(f"chatd admin: {error}")
        return EXIT_USAGE
    return carry_out(client, request)


def carry_out(client: AdminClient, request: Request) -> int:
    """One request, or its help; the exit status."""
    try:
        if request.wants_help or request.verb is None:
            rendering.out(words.help_text(request.topic))
            return 0
        if request.many:
            return run_many(client, request.verb, request)
        return run_one(client, request.verb, request.fields, request.options)
    except UsageError as error:
        say(f"chatd admin: {error}")
        return EXIT_USAGE
    except Failure as failure:
        return report(failure, request.options)
    finally:
        warn_if_foreign(client)


def warn_if_foreign(client: AdminClient) -> None:
    """Says once that the daemon is of another version."""
    if client.foreign:
        say(f"chatd admin: warning: the daemon is chatd {client.greeting.get('chatd')}, not this")
        client.greeting = {}


def run_many(client: AdminClient, verb: Verb, request: Request) -> int:
    """The same for each target; all are tried, the first failure's status counts."""
    status, tried = 0, False
    name = next(param.name for param in verb.params if param.many)
    for target in targets(client, verb, request):
        tried = True
        try:
            done = run_one(client, verb, {**request.fields, name: target}, request.options)
        except Failure as failure:
            done = report(failure, request.options)
            if failure.exit_status not in (5, CONFLICT):
                return done
        status = status or done
    if not tried:
        say(f"OK: nothing to {verb.name}")
    return status


def targets(client: AdminClient, verb: Verb, request: Request) -> Iterator[str]:
    """The ids given, those on stdin for ``-``, every fitting ticket for ``ALL`` with ``--yes``."""
    closed = any(param.complete == "closed" for param in verb.params)
    for word in request.many:
        if word == "-":
            if not request.options.alone:
                raise UsageError("'-' reads ids from stdin, which holds the commands here")
            yield from (line.strip() for line in sys.stdin if line.strip())
        elif word == "ALL":
            if not request.options.yes:
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


def run_one(client: AdminClient, verb: Verb, given: dict[str, Any], options: Options) -> int:
    fields = dict(given)
    if verb.secret:
        fields["password"] = password(options)
        if verb.name == "operator add":
            fields.setdefault("display_name", fields["username"])
    if verb.sure and options.yes:
        fields[verb.sure] = True
    if any(option.brings for option in verb.options):
        from chatd.admin import uploading

        fields = uploading.bring(client, verb, fields)
    if verb.stream:
        return stream(client, client.ask(verb.name, fields))
    if verb.local and verb.rows:
        from chatd.admin import examination

        return examination.run(client, verb, fields, options)
    if verb.rows:
        return run_list(client, verb, fields, options)
    answer = client.ask(verb.name, fields)
    if verb.local:
        answer["result"] |= {"asked": f"{client.path}, named by {client.named_by}"}
    rendering.show(verb, answer["result"], options.format)
    if answer["said"] and options.format != "quiet":
        rehearsed = verb.rehearses and not fields.get(verb.sure)
        say(answer["said"] if rehearsed else f"OK: {answer['said']}")
    return say_failed(answer["result"])


def say_failed(result: dict[str, Any]) -> int:
    """Which nodes did not do the same, or did not say in time; the status is then 1."""
    failed = [one for one in result.get("nodes", ()) if one["error"]]
    failed += [
        {"node": node, "error": "did not answer in time"} for node in result.get("silent", ())
    ]
    for one in failed:
        say(f"chatd admin: {one['node']}: {one['error']}")
    return 1 if failed else 0


def run_list(client: AdminClient, verb: Verb, fields: dict[str, Any], options: Options) -> int:
    """A list: whole for programs; on a terminal it is said when it is not."""
    if verb.single and verb.single not in fields:
        verb = replace(verb, written=None)
    for_people = options.format == "auto" and rendering.on_terminal() and not verb.written
    pages = [
        answer["result"] for answer in paging.answers(client, verb, fields, whole=not for_people)
    ]
    result = {**pages[0], verb.rows: [row for page in pages for row in page[verb.rows]]}
    if len(pages) > 1:
        result |= {key: pages[-1][key] for key in ("cursor", "more") if key in result}
    rendering.show(verb, result, options.format)
    told = (for_people and verb.paged) or (verb.most and options.format in ("auto", "quiet"))
    if told and (said := paging.say_shortened(verb, fields, result)):
        say(said)
    return say_failed(result)


def password(options: Options) -> str:
    """Typed twice without echo, or the first line of stdin; never from the command line."""
    if options.password_stdin and not sys.stdin.isatty():
        return fitting(sys.stdin.readline().rstrip("\n"))
    if not sys.stdin.isatty():
        raise UsageError("a password is typed at a terminal, or read with --password-stdin")
    try:
        first = fitting(getpass.getpass("Password: "))
        again = getpass.getpass("Again: ")
    except EOFError:
        raise UsageError("no password was typed") from None
    if first != again:
        raise UsageError("the two passwords differ")
    return first


def fitting(typed: str) -> str:
    """A password that can be one; else it is said why not, before it is asked for again."""
    if why := unfit(typed):
        raise UsageError(why)
    return typed


def stream(client: AdminClient, answer: dict[str, Any]) -> int:
    """Events as lines, until Ctrl-C or the daemon's end."""
    try:
        say(f"OK: {answer['said']}; Ctrl-C ends")
        for line in client.events():
            rendering.out(rendering.escape_json(line.decode()))
            sys.stdout.flush()
    except KeyboardInterrupt:
        if sys.stderr.isatty():
            say("")  # what follows does not stand behind the terminal's ^C
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
    for number, given in enumerate(lines, 1):
        line = given.removeprefix(MARK) if number == 1 else given
        if Line(line).ahead() is None:
            continue
        done = run(client, Line(line), options)
        status = status or done
        if done and not options.keep_going:
            say(f"chatd admin: stopped at line {number}: {rendering.short(line.strip())}")
            return done
    return status
