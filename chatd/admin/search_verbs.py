"""The verbs that find messages: a part of the table in :mod:`chatd.admin.verbs`."""

from __future__ import annotations

from chatd.admin.verb import PAGES, Column, Option, Param, Verb, one_of
from chatd.locale.counting import count_of
from chatd.protocol import searching

VERBS = (
    Verb(
        name="search",
        help="Messages by their words in any form, newest first",
        command=searching.SearchMessages,
        params=(Param("query", 'words, "a phrase", begin*, -not', rest=True),),
        options=(
            Option("--in", "dialog_id", "in this conversation", complete="dialog"),
            Option("--site", "site", "in tickets of this site"),
            Option("--kind", "kind", one_of("room", "ticket", "notes")),
            Option("--operator", "operator", "what they wrote", complete="operator"),
            Option("--since", "since", "written from then on: 2024-10-27, 2024-10-27T18:20:00Z"),
            Option("--until", "until", "written before"),
            *PAGES,
        ),
        rows="found",
        paged="cursor",
        columns=(
            Column("MESSAGE", "message_id"),
            Column("AT", "created_at"),
            Column("SITE", "site"),
            Column("NAME", "sender_name"),
            Column("SAYS", "excerpt"),
        ),
        empty="Nothing was found.",
    ),
    Verb(
        name="reindex",
        help="Make the index that searches use anew",
        command=searching.RebuildSearch,
        done=lambda fields, result: f"{count_of(result['messages'], 'message')} can be found",
        acts=True,
        group="daemon",
    ),
)
