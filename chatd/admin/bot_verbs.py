"""The verbs that try a bot, and have it write for an operator."""

from __future__ import annotations

from chatd.admin.verb import Fields, Option, Param, Verb
from chatd.protocol import assisting

TICKET = Param("ticket_id", "the ticket's id", "ticket")


def write_text(result: Fields) -> str:
    """What was written, and what it was made with."""
    return "\n".join([result["text"], *map(write_source, result["sources"])])


def write_source(source: Fields) -> str:
    """``[Delivery, https://shop.example/delivery]``."""
    return f"[{', '.join(filter(None, (source['title'], source.get('url'))))}]"


def write_asked(result: Fields) -> str:
    """The passages, the answer, and what would become of the ticket."""
    found = [
        f"{one['id']}  {one['title']}  {one['url']}".rstrip()
        + "\n    "
        + " ".join(one["text"].split())[:200]
        for one in result["passages"]
    ]
    sources = " ".join(map(write_source, result["sources"]))
    lines = [
        *(found or ["No passages."]),
        "",
        f"says:     {result['say'] or '-'}",
        f"action:   {result['action']}",
        f"reason:   {result['failed'] or result['reason'] or '-'}",
        f"sources:  {sources or '-'}",
    ]
    return "\n".join(lines)


VERBS = (
    Verb(
        name="bot ask",
        help="Try a site's bot: the passages that a question finds, its answer, what it would do",
        command=assisting.AskBot,
        params=(Param("site", "the site"), Param("question", "the question", rest=True)),
        written=write_asked,
        acts=True,
        group="daemon",
    ),
    Verb(
        name="draft",
        help="Have an answer to a ticket drafted; it is sent to nobody",
        command=assisting.DraftAnswer,
        params=(TICKET,),
        written=write_text,
        acts=True,
    ),
    Verb(
        name="summary",
        help="Have what was said in a ticket summed up",
        command=assisting.Summarize,
        params=(TICKET,),
        options=(Option("--language", "language", "ru or en, else the site's"),),
        written=write_text,
        acts=True,
    ),
)
