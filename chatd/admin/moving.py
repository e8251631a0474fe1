"""``chatd store copy``: from files into PostgreSQL, and back."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatd.admin.offline import CONFIG_HELP, fail
from chatd.errors import ChatdError, ConfigError, in_words

if TYPE_CHECKING:
    from chatd.config.settings import Config
    from chatd.store.moving import Source, Target

COPY_EPILOG = """
\b
Examples:
  chatd store copy --to postgresql://chatd@db.example/chatd
  chatd store copy --to /var/lib/chatd-files
\b
Exit status: 0 done, 1 failed, 2 bad configuration, 6 what is there already is not empty.
"""


@click.group()
def store() -> None:
    """Where the data is: copy it to another kind of store."""


@store.command(epilog=COPY_EPILOG)
@click.option("--to", required=True, metavar="DSN|DIRECTORY", help="Where to: an empty one.")
@click.option("--config", "config_file", metavar="FILE", help=CONFIG_HELP)
def copy(to: str, config_file: str | None) -> None:
    """Copy all data of the configured store to a database or a directory, while no daemon runs.

    Counts and compares all of it afterwards. What was interrupted goes on when it is called again.
    The audit log stays where it is, and the configuration too: name the new store there. Files that
    people sent go along into a directory; beside a database they stay in the data directory.
    """
    from chatd.config import loading
    from chatd.config.extras import missing

    try:
        config = loading.load(loading.find_config(config_file))
    except ConfigError as error:
        fail(str(error), 2)
    if is_dsn(to) and (lacks := missing("postgres")):
        fail(lacks, 2)
    try:
        counted = carry(config, to)
    except ChatdError as error:
        fail(str(error), error.exit_code)
    except OSError as error:
        fail(in_words(error))
    found = ", ".join(f"{count} {name}" for name, count in counted.items())
    click.echo(f"OK: {'the database' if is_dsn(to) else to}: {found}", err=True)


def carry(config: Config, to: str) -> dict[str, int]:
    """How many there are of each."""
    from chatd.store import moving

    with ExitStack() as held:
        counted = moving.copy(
            held.enter_context(source_of(config)), held.enter_context(target_of(config, to))
        )
        if is_dsn(to):
            from chatd.search import stored

            stored.fill(to)
        else:
            from chatd.store.tiny import copying

            copying.copy_attached(config.data_path(), Path(to))
        return counted


def source_of(config: Config) -> AbstractContextManager[Source]:
    if config.store.backend == "postgres":
        from chatd.store.postgres import moving as postgres

        return postgres.reading(config.store.dsn)
    from chatd.store.tiny import moving as tiny

    return tiny.reading(config.data_path(), config.store)


def target_of(config: Config, to: str) -> AbstractContextManager[Target]:
    if is_dsn(to):
        from chatd.store.postgres import moving as postgres

        return postgres.filling(to)
    from chatd.store.tiny import moving as tiny

    return tiny.filling(Path(to), config.store)


def is_dsn(to: str) -> bool:
    """Whether this names a database: as a URL, or in words like ``host=/run dbname=chatd``."""
    return to.startswith(("postgresql://", "postgres://")) or "dbname=" in to
