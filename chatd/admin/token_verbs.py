"""The verbs about programs' tokens: a part of the table in :mod:`chatd.admin.verbs`."""

from __future__ import annotations

from chatd.admin.verb import PAGES, Column, Fields, Option, Param, Verb, one_of, read_span
from chatd.domain.scopes import NAMES
from chatd.protocol import programs

NAME = Param("name", "the program's name: lower-case letters, digits, . _ -")


def say_made(fields: Fields, result: Fields) -> str:
    """``token crm for tickets:read until …, shown this once: s-…``."""
    made = result["made"]
    scopes = ", ".join(made["scopes"])
    until = made["expires_at"]
    return f"token {made['name']} for {scopes} until {until}, shown this once: {result['token']}"


VERBS = (
    Verb(
        name="token add",
        help="A token with which a program may ask, shown this once",
        command=programs.CreateToken,
        params=(NAME,),
        options=(
            Option("--scope", "scopes", f"{one_of(*NAMES)}; again for another", many=True),
            Option("--site", "sites", "for this site; again for another; else all", many=True),
            Option("--expires", "seconds", "good for so long: 12h, 365d; else 90d", read=read_span),
        ),
        done=say_made,
        acts=True,
        group="operators",
    ),
    Verb(
        name="token list",
        help="The programs' tokens, what they are good for, and when they were used",
        command=programs.ListTokens,
        options=PAGES,
        rows="tokens",
        paged="cursor",
        columns=(
            Column("NAME", "name"),
            Column("SCOPES", "scopes"),
            Column("SITES", "sites"),
            Column("BY", "by"),
            Column("MADE", "created_at", "since"),
            Column("UNTIL", "expires_at"),
            Column("USED", "used_at", "since"),
        ),
        empty="No tokens: add one with 'token add'.",
        group="operators",
    ),
    Verb(
        name="token revoke",
        help="Take a program's token back; its connections end",
        command=programs.RevokeToken,
        params=(NAME,),
        done=lambda fields, result: f"revoked token {result['name']}",
        acts=True,
        group="operators",
    ),
)
