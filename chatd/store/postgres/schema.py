"""The tables and their version: made, brought up, or refused."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

from loguru import logger

from chatd.errors import Unavailable
from chatd.store.postgres.connecting import GreenConnection

ONE_AT_A_TIME = 0x63686174  # two that start at once: the second finds what the first has made


def steps() -> list[str]:
    """What brings each version to the next, from nothing on."""
    here = resources.files("chatd.store.postgres")
    names = sorted(one.name for one in here.iterdir() if one.name.endswith(".sql"))
    return [(here / name).read_text("utf-8") for name in names]


def bring_up(connection: GreenConnection, steps: Sequence[str]) -> None:
    """To the version of the last step, in one transaction; Unavailable where it is newer, or where
    the database cannot keep every text. That takes as long as there is much to bring up."""
    connection.patience_s = None
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (ONE_AT_A_TIME,))
        check_encoding(connection)
        found = version_of(connection)
        if found > len(steps):
            raise Unavailable(
                f"the database has format {found}, this chatd knows {len(steps)} and older ones: "
                f"start the chatd that wrote it, or a newer one"
            )
        for number, step in enumerate(steps[found:], found + 1):
            if number == 1:
                connection.execute("CREATE SCHEMA IF NOT EXISTS chatd")
            connection.execute(step.encode())
            connection.execute(
                "INSERT INTO chatd.about (version) VALUES (%s)"
                " ON CONFLICT (single) DO UPDATE SET version = excluded.version",
                (number,),
            )
            logger.bind(area="storage").info("the database has format {} now", number)


def refuse_half_copied(connection: GreenConnection) -> None:
    """What was interrupted while it was copied is nothing to start from."""
    row = connection.execute("SELECT copied_from FROM chatd.about").fetchone()
    if row and row[0]:
        raise Unavailable(
            f"the database is an interrupted copy of {row[0]}, and not whole: finish it with "
            f"'chatd store copy', or take an empty one"
        )


def check_encoding(connection: GreenConnection) -> None:
    """Anything else than UTF-8 has no place for what people write."""
    row = connection.execute("SHOW server_encoding").fetchone()
    assert row
    if row[0] != "UTF8":
        raise Unavailable(f"the database has the encoding {row[0]}: chatd needs one with UTF8")


def version_of(connection: GreenConnection) -> int:
    """The version of what is there; 0: nothing."""
    there = connection.execute("SELECT to_regclass('chatd.about') IS NOT NULL").fetchone()
    if not there or not there[0]:
        return 0
    row = connection.execute("SELECT version FROM chatd.about").fetchone()
    return int(row[0]) if row else 0
