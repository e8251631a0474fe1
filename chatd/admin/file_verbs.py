"""The verbs about what people have sent: a part of the table in :mod:`chatd.admin.verbs`."""

from __future__ import annotations

from chatd.admin.person_verbs import say_counts
from chatd.admin.verb import PAGES, Column, Fields, Option, Param, Verb
from chatd.protocol import erasing, files


def say_erased(fields: Fields, result: Fields) -> str:
    """What went, or would go."""
    held = say_counts(result, "message", "file")
    if result["gone"]:
        return f"removed {result['dialog_id']}: {held}"
    return (
        f"would remove {result['dialog_id']}: {held}; nothing was removed, --yes does it for good"
    )


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
    Verb(
        name="upload begin",
        help="Begin a file for a dialog, piece by piece; 'reply --file' does all of it",
        command=files.CreateFile,
        params=(
            Param("dialog_id", "the dialog's id", "dialog"),
            Param("size", "its bytes"),
            Param("name", "its name", rest=True),
        ),
        group="daemon",
    ),
    Verb(
        name="upload write",
        help="Give a file that was begun its next bytes",
        command=files.WriteFile,
        params=(
            Param("file_id", "the file's id"),
            Param("offset", "where they go"),
            Param("data", "the bytes, in base64"),
        ),
        group="daemon",
    ),
    Verb(
        name="remove",
        help="Remove a closed ticket, or a dialog of people, with all that was said and sent in it;"
        " without --yes a dry run",
        command=erasing.EraseConversation,
        params=(Param("what", "TKT-… or dlg-…"),),
        sure="sure",
        rehearses=True,
        done=say_erased,
        acts=True,
        group="daemon",
    ),
)
