"""The verb about what people have sent: a part of the table in :mod:`chatd.admin.verbs`."""

from __future__ import annotations

from chatd.admin.verb import PAGES, Column, Option, Verb
from chatd.protocol import files

VERBS = (
    Verb(
        name="files",
        help="What the files of dialogs take up, by site, the largest first",
        command=files.GetFileUsage,
        options=(Option("--site", "site", "of one site"), *PAGES),
        rows="dialogs",
        paged="cursor",
        columns=(
            Column("SITE", "site"),
            Column("DIALOG", "dialog_id"),
            Column("FILES", "files", "count"),
            Column("BYTES", "bytes", "count"),
        ),
        empty="Nobody has sent a file.",
        group="daemon",
    ),
)
