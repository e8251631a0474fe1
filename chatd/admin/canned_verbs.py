"""The verbs about canned answers: a part of the table in :mod:`chatd.admin.verbs`."""

from __future__ import annotations

from chatd.admin.verb import PAGES, Column, Fields, Option, Param, Verb
from chatd.protocol import canned

NAME = Param("name", "what is typed behind '/' to pick it")
SITE = Option("--site", "site", "of one site; else of all")
VERSION = Option("--version", "version", "only if this is still its version; 0: if it is new")


def say_written(fields: Fields, result: Fields) -> str:
    """``wrote /thanks for shop, version 2``."""
    answer = result["answer"]
    return (
        f"wrote /{answer['name']} for {answer['site'] or 'all sites'}, version {answer['version']}"
    )


VERBS = (
    Verb(
        name="canned list",
        help="Canned answers; those without a version are said by the configuration",
        command=canned.ListCanned,
        options=(Option("--site", "site", "of one site, and of all"), *PAGES),
        rows="canned",
        paged="cursor",
        columns=(
            Column("NAME", "name"),
            Column("SITE", "site"),
            Column("VERSION", "version", "count"),
            Column("BY", "by"),
            Column("CHANGED", "updated_at", "since"),
            Column("TEXT", "text"),
        ),
        empty="No canned answers.",
    ),
    Verb(
        name="canned set",
        help="Write a canned answer, with {customer}, {operator}, {ticket} for what is filled in",
        command=canned.PutCanned,
        params=(NAME, Param("text", "the text", rest=True)),
        options=(SITE, Option("--new-name", "new_name", "call it so from now on"), VERSION),
        done=say_written,
        acts=True,
    ),
    Verb(
        name="canned remove",
        help="Remove a canned answer",
        command=canned.RemoveCanned,
        params=(NAME,),
        options=(SITE, VERSION),
        done=lambda fields, result: f"removed /{result['name']}",
        acts=True,
    ),
)
