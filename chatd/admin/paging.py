"""Lists page by page: whole for programs, the first page for people, who are told of how many."""

from __future__ import annotations

from collections.abc import Iterator

from chatd.admin.client import AdminClient
from chatd.admin.verb import Fields, Verb

PER_PAGE = 200


def answers(client: AdminClient, verb: Verb, fields: Fields, *, whole: bool) -> Iterator[Fields]:
    """The answers to a verb: one, or as many as its list has pages, when it is wanted whole or
    ``limit`` is more than one of them holds, which are bounded in bytes as well."""
    limit = limit_of(fields)
    if verb.most and whole and limit is None:
        fields = {**fields, "limit": verb.most}
    if not verb.paged or limit == 0 or (limit is None and not whole):
        yield client.ask(verb.name, ask_count(verb, fields))
        return
    asking, left = beginning(client, verb, ask_count(verb, fields), limit), limit
    while True:
        asking["limit"] = min(left or PER_PAGE, PER_PAGE)
        answer = client.ask(verb.name, asking)
        yield answer
        rows, result = answer["result"][verb.rows], answer["result"]
        left = None if left is None else left - len(rows)
        further = result["cursor"] if verb.paged == "cursor" else result["more"] and last_seq(rows)
        if not further or left == 0:
            return
        asking[verb.paged] = further
        asking.pop("count", None)


def limit_of(fields: Fields) -> int | None:
    """How many rows are wanted; ``None``: that is not said; 0: what is no number, which is for the
    daemon to refuse."""
    given = str(fields.get("limit", ""))
    return int(given) if given.isascii() and given.isdigit() else 0 if given else None


def ask_count(verb: Verb, fields: Fields) -> Fields:
    """With the wish to know how long the whole list is."""
    return {**fields, "count": True} if verb.paged == "cursor" else fields


def beginning(client: AdminClient, verb: Verb, fields: Fields, limit: int | None) -> Fields:
    """What asks for the first page: a conversation is told from its first message on, or from
    where so many are left."""
    if verb.paged == "cursor" or verb.paged in fields:
        return dict(fields)
    newest = client.ask(verb.name, {**fields, "limit": 1})["result"][verb.rows] if limit else []
    return {**fields, verb.paged: max(0, last_seq(newest) - (limit or 0))}


def last_seq(rows: list[Fields]) -> int:
    """The number of the last message."""
    return int(rows[-1]["seq"]) if rows else 0


def say_shortened(verb: Verb, fields: Fields, result: Fields) -> str:
    """``50 of 1,018``, where a page is not the whole list; empty where it is."""
    rows = result[verb.rows]
    if verb.most:
        more = result["total"] > len(rows)
        return f"{len(rows):,} of {result['total']:,}; {verb.older}" if more else ""
    if verb.paged == "cursor":
        more, total = bool(result["cursor"]), result.get("total")
    else:
        more, total = result["more"], None if verb.paged in fields else last_seq(rows)
    if not more:
        return ""
    of = f"{len(rows):,} of {total:,}" if total else f"{len(rows):,}, and there are more"
    return f"{of}; --limit N or a pipe shows more"
