"""The commands for a data directory that no daemon has: verify, restore, repair, migrate."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from chatd.errors import ChatdError, ConfigError, in_words
from chatd.locale.counting import count_of

if TYPE_CHECKING:
    from chatd.config.settings import Config

CONFIG_HELP = "The configuration; else $CHATD_CONFIG, ./etc/chatd.toml, /etc/chatd/chatd.toml."


@click.command()
@click.argument("directory", required=False)
@click.option("--config", "config_file", metavar="FILE", help=CONFIG_HELP)
def verify(directory: str | None, config_file: str | None) -> None:
    """Check every file of a backup, or of a data directory while no daemon runs on it.

    Names the first file and offset that does not add up; exit status 1 then.
    """
    from chatd.audit import chain
    from chatd.store.tiny import checking

    path = data_directory(directory, config_file)
    try:
        report: dict[str, Any] = checking.verify(path)
        report["audit_entries"] = chain.verify(path)
    except (ChatdError, ValueError, OSError) as error:
        fail(in_words(error))
    found = ", ".join(f"{value} {name.replace('_', ' ')}" for name, value in report.items())
    click.echo(f"OK: {path}: {found}", err=True)


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False))
@click.option("--data-dir", metavar="DIR", help="Where to; else the configuration's.")
@click.option("--config", "config_file", metavar="FILE", help=CONFIG_HELP)
@click.option("--force", is_flag=True, help="Keep what is there beside it, under another name.")
@click.option("--damaged", is_flag=True, help="Even when files of it are; they are out of service.")
def restore(
    directory: str, data_dir: str | None, config_file: str | None, force: bool, damaged: bool
) -> None:
    """Put a backup in the place of the data directory; the daemon must not run."""
    from chatd.audit import chain
    from chatd.store.tiny import copying

    target = data_directory(data_dir, config_file)
    try:
        chain.verify(Path(directory))
        report = copying.restore(Path(directory), target, force=force, damaged=damaged)
    except (ChatdError, ValueError, OSError) as error:
        fail(in_words(error))
    kept = f"; what was there is in {report['kept']}" if report["kept"] else ""
    click.echo(f"OK: restored {count_of(report['files'], 'file')} to {target}{kept}", err=True)


@click.command()
@click.argument("directory", required=False)
@click.option("--config", "config_file", metavar="FILE", help=CONFIG_HELP)
def reindex(directory: str | None, config_file: str | None) -> None:
    """Remove the index that searches use; the next start makes it anew from all messages.

    Where the configured store is a database, and no directory is named, it is the one in there.
    Where a daemon runs, 'chatd admin reindex' does it there.
    """
    config = None if directory else load_config(config_file)
    place = "the database"
    try:
        if config and config.store.backend == "postgres":
            from chatd.search import stored

            stored.queue_all(config.store.dsn)
        else:
            place = directory or str(data_directory(None, config_file))
            remove_index(Path(place))
    except (ChatdError, OSError) as error:
        fail(in_words(error))
    click.echo(f"OK: {place}: the next start makes the index anew", err=True)


def remove_index(path: Path) -> None:
    """That of a data directory which no daemon has."""
    from chatd.search import embedded
    from chatd.store.tiny.lock import DirectoryLock

    held = DirectoryLock(path)
    try:
        embedded.remove(path / embedded.PLACE)
    finally:
        held.release()


@click.command()
@click.argument("directory", required=False)
@click.option("--config", "config_file", metavar="FILE", help=CONFIG_HELP)
@click.option("--dry-run", is_flag=True, help="Only say what would be cut.")
@click.option("--yes", is_flag=True, help="Cut it without asking.")
def repair(directory: str | None, config_file: str | None, dry_run: bool, yes: bool) -> None:
    """Cut the last frame of the last journal, where the start refuses because it is damaged.

    Says what it held, which may have been acknowledged, and keeps a copy of it in the directory
    'journal'. Other damage is not cut: that takes a backup.

    \b
    Exit status: 0 cut, or nothing to cut; 1 failed; 2 neither --yes nor somebody to ask;
    5 no data directory; 6 something else is damaged, or a backup is needed.
    """
    from chatd.store.tiny import repairing

    path = data_directory(directory, config_file)
    try:
        found = repairing.look(path)
        if found is None:
            click.echo(f"OK: {path}: the journal is in order, nothing is cut", err=True)
        elif dry_run:
            click.echo(f"would cut {found}", err=True)
        elif yes or sure(str(found)):
            done = repairing.repair(path)
            click.echo(f"OK: cut {found}; a copy is in {done and done.kept}", err=True)
        else:
            fail("nothing was cut")
    except ChatdError as error:
        fail(str(error), error.exit_code)
    except OSError as error:
        fail(in_words(error))


@click.command()
@click.argument("directory", required=False)
@click.option("--config", "config_file", metavar="FILE", help=CONFIG_HELP)
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--damaged", is_flag=True, help="Even when files are; they are out of service.")
def migrate(directory: str | None, config_file: str | None, dry_run: bool, damaged: bool) -> None:
    """Bring an older data directory to this version's format, as the start does by itself.

    What is new is written beside, read again, and only then put in place: where that fails, the
    directory stays as it was.

    \b
    Exit status: 0 done, or nothing to do; 1 failed, also where files are damaged;
    5 no data directory; 6 a format so old that a dry run can tell nothing.
    """
    from chatd.config.settings import StoreSettings
    from chatd.store.tiny import maintenance

    path, messages = data_directory(directory, config_file), StoreSettings().segment_messages
    try:
        done = maintenance.bring_up(path, messages, dry_run=dry_run, damaged=damaged)
    except ChatdError as error:
        fail(str(error), error.exit_code)
    except OSError as error:
        fail(in_words(error))
    click.echo(f"OK: {path}: {done}", err=True)


def sure(what: str) -> bool:
    """Asks; where nobody can be asked, says what is missing."""
    if not sys.stdin.isatty():
        fail(f"this cuts {what}: add --yes to do it", 2)
    return click.confirm(f"This cuts {what}. Do it?", err=True)


def data_directory(given: str | None, config_file: str | None) -> Path:
    """The directory that was named, else the configuration's."""
    return Path(given) if given else load_config(config_file).data_path()


def load_config(config_file: str | None) -> Config:
    """The configuration; without one that can be read, there is nothing to do."""
    from chatd.config import loading

    try:
        return loading.load(loading.find_config(config_file))
    except ConfigError as error:
        fail(str(error), 2)


def fail(text: str, status: int = 1) -> NoReturn:
    """Says why, and ends."""
    click.echo(f"chatd: {text}", err=True)
    sys.exit(status)
