"""The commands of the terminal clients: their words, and which daemon they are for."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from chatd.config.extras import Extra

CHAT_EPILOG = """
\b
Examples:
  chatd chat
  chatd chat tea --name Аня
  chatd chat lobby --url https://chat.example
  chatd chat @boris
  echo "The backup is done" | chatd chat lobby --plain --name backup
\b
One is who has logged in ('chatd login'); $CHATD_TOKEN is somebody else's token, --name a new
visitor. $CHATD_URL stands for --url; NO_COLOR is respected.
\b
Exit status: 0 done, 1 failed, 2 usage, 3 daemon not reachable, 4 not permitted (kicked,
banned, not logged in), 5 no such room, dialog or person, 6 replaced by another connection.
"""
LOGIN_EPILOG = """
\b
Examples:
  chatd login anna
  chatd login --url https://chat.example anna
  pass show chat | chatd login anna --password-stdin
\b
The login is kept in the user's state directory, readable by nobody else, one for each daemon;
'chatd logout' ends it.
\b
Exit status: 0 done, 1 failed (too many tries), 2 usage, 3 daemon not reachable, 4 wrong name
or password.
"""
CONSOLE_EPILOG = """
\b
Examples:
  chatd console --login artem
  chatd console --login artem --remember
  chatd console --login artem --second-factor
  chatd console --url https://chat.example
\b
The password is asked for without showing it. $CHATD_URL stands for --url, $CHATD_PASSWORD
for what would be typed, $CHATD_TOKEN for a session of one's own; NO_COLOR is respected.
With --remember the session is kept in the user's state directory, readable by nobody else;
without it, it ends with the console. A code is asked for where an account has a second
factor; --second-factor begins one, shown as a QR code.
\b
Exit status: 0 done, 2 usage, 3 daemon not reachable, 4 not permitted.
"""
URL_HELP = "The daemon; else the one that one has logged in to, else the configured."


@click.command(epilog=CHAT_EPILOG)
@click.argument("place", metavar="[ROOM|DIALOG|@USERNAME]", required=False, default="")
@click.option("--url", envvar="CHATD_URL", metavar="URL", help=URL_HELP)
@click.option("--name", metavar="NAME", help="Come as somebody new of that name.")
@click.option("--plain", is_flag=True, help="A line per message: for pipes and screen readers.")
@click.option("--password-env", metavar="VARIABLE", help="What has the ROOM's password.")
@click.option("--light", is_flag=True, help="Begin with the light theme; F3 changes it.")
@click.option("--language", type=click.Choice(["ru", "en"]), help="Else the locale's.")
def chat(place: str, url: str | None, password_env: str | None, **options: Any) -> None:
    """Enter a ROOM in this terminal, where everybody sees everybody type.

    Who has logged in (see 'chatd login') opens a DIALOG by its id, too, or the one with @USERNAME.
    """
    from chatd.terminal.rooms import opening

    token = os.environ.get("CHATD_TOKEN") or None
    new = options["name"] or token
    url = url or (configured_url() if new else client_url(options["language"]))
    password = variable(password_env) if password_env else None
    try:
        options |= {"token": token, "password": password}
        sys.exit(opening.chat(place, opening.Options(url, **options)))
    except ValueError as error:
        raise click.UsageError(str(error)) from None


@click.command(epilog=LOGIN_EPILOG)
@click.argument("username", required=False)
@click.option("--url", envvar="CHATD_URL", metavar="URL", help="The daemon; else the configured.")
@click.option("--password-stdin", is_flag=True, help="The password is the first line of stdin.")
@click.option("--language", type=click.Choice(["ru", "en"]), help="Else the locale's.")
def login(url: str | None, **options: Any) -> None:
    """Be USERNAME at a daemon: 'chatd chat' opens your dialogs from then on.

    The password is asked for without showing it. Whoever runs the daemon makes accounts, with
    'chatd admin user add'.
    """
    from chatd.terminal.rooms import account

    try:
        sys.exit(account.login(account.Options(url or configured_url(), **options)))
    except ValueError as error:
        raise click.UsageError(str(error)) from None


@click.command()
@click.option("--url", envvar="CHATD_URL", metavar="URL", help=URL_HELP)
@click.option("--forget", is_flag=True, help="Even if the daemon cannot be told.")
@click.option("--language", type=click.Choice(["ru", "en"]), help="Else the locale's.")
def logout(url: str | None, forget: bool, language: str | None) -> None:
    """End the login of 'chatd login', at the daemon and here.

    \b
    Exit status: 0 done, 1 nobody is logged in, 2 usage, 3 daemon not reachable.
    """
    from chatd.terminal.rooms import account

    try:
        options = account.Options(url or client_url(language), language=language)
        sys.exit(account.logout(options, forget=forget))
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def client_url(language: str | None) -> str:
    """The only daemon that one has logged in to, else the configured one."""
    from chatd.terminal.rooms import opening

    try:
        return opening.only_url(language) or configured_url()
    except ValueError as error:
        raise click.UsageError(str(error)) from None


@click.command(epilog=CONSOLE_EPILOG)
@click.option("--url", envvar="CHATD_URL", metavar="URL", help="The daemon; else the configured.")
@click.option("--login", metavar="LOGIN", help="The operator's name; else it is asked for.")
@click.option("--token", metavar="TOKEN", help="A session's; better in CHATD_TOKEN.")
@click.option("--remember", is_flag=True, help="Keep the session for the next time.")
@click.option("--second-factor", is_flag=True, help="Begin one of one's own, by an app.")
@click.option("--light", is_flag=True, help="Begin with the light theme; F3 changes it.")
@click.option("--language", type=click.Choice(["ru", "en"]), help="Else the locale's.")
def console(url: str | None, **options: Any) -> None:
    """Answer customers in this terminal, and watch them type."""
    demand("terminal")
    from chatd.terminal.console import opening

    try:
        sys.exit(opening.console(opening.Options(url or configured_url(), **options)))
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def variable(name: str) -> str:
    """What a variable of the environment has; it is a fault where that is nothing."""
    if found := os.environ.get(name):
        return found
    raise click.UsageError(f"--password-env: the environment has no {name}")


def demand(extra: Extra) -> None:
    """Ends with what to type where something is not installed that only some want."""
    from chatd.config.extras import missing

    if lacks := missing(extra):
        click.echo(f"chatd: {lacks}", err=True)
        sys.exit(2)


def configured_url() -> str:
    """Where the configured daemon listens, as seen from this machine."""
    from chatd.config import loading
    from chatd.errors import ConfigError

    try:
        listen = loading.load(loading.find_config(None)).server.listen
    except ConfigError as error:
        click.echo(f"chatd: {error}", err=True)
        sys.exit(2)
    host, _, port = listen.rpartition(":")
    return f"http://{'127.0.0.1' if host in ('', '0.0.0.0', '[::]') else host}:{port}"
