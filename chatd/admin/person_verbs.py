"""The verbs about what there is of one person: a part of the table in :mod:`chatd.admin.verbs`."""

from __future__ import annotations

from chatd.admin.verb import Fields, Option, Param, Verb
from chatd.locale.counting import count_of
from chatd.protocol import belongings


def say_found(fields: Fields, result: Fields) -> str:
    """``p-1: 2 tickets, 0 dialogs, 1 file of 5 bytes``."""
    people = ", ".join(result["participants"]) + (" and more" if result["more"] else "")
    people += f" ({', '.join(result['subjects'])})" if result["subjects"] else ""
    people += say_earlier(result)
    return f"{people}: {say_counts(result, 'ticket', 'dialog', 'file')}"


def say_counts(result: Fields, *nouns: str) -> str:
    """``2 tickets, 1 file of 5 bytes``."""
    counted = ", ".join(count_of(result[f"{noun}s"], noun) for noun in nouns)
    return f"{counted} of {count_of(result['bytes'], 'byte')}"


def say_earlier(result: Fields) -> str:
    """``, p-2 before``, of whom their site named later."""
    return f", {' '.join(result['earlier'])} before" if result["earlier"] else ""


def say_exported(fields: Fields, result: Fields) -> str:
    """What was written, and what could not be."""
    counted = say_counts(result, "message", "file")
    done = f"exported {result['participant_id']}: {counted} to {result['directory']}"
    missing = ", ".join(result["missing"])
    return done + (f"; NOT THERE: {missing}" if missing else "")


def say_forgotten(fields: Fields, result: Fields) -> str:
    """What is gone, or would be; and where it still is."""
    counted = say_counts(result, "ticket", "dialog", "message", "file")
    told = f"{result['participant_id']}{say_earlier(result)}: {counted}"
    backups = ", ".join(result["backups"])
    kept = f"; NOT out of these backups: {backups}" if backups else ""
    if result["gone"]:
        return f"forgot {told}{kept}"
    return f"would forget {told}{kept}; nothing was removed, --yes does it for good"


VERBS = (
    Verb(
        name="person",
        help="What there is of somebody: who they are, and how many tickets, dialogs and files",
        command=belongings.ShowPerson,
        params=(Param("who", "p-…, a user name, a ticket, SITE/SUBJECT, or a mail address"),),
        done=say_found,
        group="people",
    ),
    Verb(
        name="export",
        help="Write all that is somebody's down, for people and for programs",
        command=belongings.ExportPerson,
        params=(
            Param("participant_id", "p-…, a user name, SITE/SUBJECT, or a ticket of theirs"),
            Param("directory", "a new or empty directory on the daemon's machine"),
        ),
        options=(Option("--notes", "notes", "with operators' notes in their tickets", flag=True),),
        done=say_exported,
        acts=True,
        group="people",
    ),
    Verb(
        name="forget",
        help="Remove all that is somebody's: account, tickets, files, and what they said anywhere;"
        " without --yes a dry run",
        command=belongings.ForgetPerson,
        params=(Param("participant_id", "p-…, as 'person' tells"),),
        sure="sure",
        rehearses=True,
        done=say_forgotten,
        acts=True,
        group="people",
    ),
)
