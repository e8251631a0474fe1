"""The command line: words in, words out; starts the daemon, talks to it, or opens the client."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from chatd import __version__
from chatd.admin import moving, offline
from chatd.admin.offline import CONFIG_HELP
from chatd.assistants.command import mcp
from chatd.runtime import streams
from chatd.terminal import clients
from chatd.terminal.clients import demand

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from chatd.admin.client import AdminClient

ADMIN_EPILOG = """
\b
Examples:
  chatd admin queue
  chatd admin accept TKT-1730053200 --as artem
  chatd admin close TKT-1730053200 TKT-1730053201
  chatd admin tickets --status waiting -q | chatd admin close -
  chatd admin watch queue
  chatd admin operator add artem --name Артём --role admin
\b
Output: a table on a terminal, tab-separated rows in a pipe; --json, --jsonl, -q (ids only).
\b
Exit status: 0 done, 1 failed, 2 usage, 3 daemon not reachable, 4 not permitted,
5 no such ticket, room or operator, 6 conflict (--if-needed makes it 0), 7 timeout.
"""


class Commands(click.Group):
    """The commands, on whatever streams they are given."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Ends with a status and words, never with a traceback of a stream."""
        streams.prepare()
        streams.guard(lambda: super(Commands, self).main(*args, **extra))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="chatd")
def main() -> None:
    """A chat daemon: rooms where you watch each other type, and support tickets with a queue."""


@main.command()
@click.option("--config", "config_file", metavar="FILE", help=CONFIG_HELP)
@click.option("--listen", metavar="HOST:PORT", help="Where to listen; port 0 takes a free one.")
@click.option("--data-dir", metavar="DIR", help="Where everything is kept.")
@click.option("--socket", "socket_path", metavar="PATH", help="The admin socket.")
@click.option("--metrics-listen", metavar="HOST:PORT", help="Where figures are told, too.")
@click.option("--processes", type=click.IntRange(1, 64), default=1, help="So many, as if one.")
def start(
    config_file: str | None,
    listen: str | None,
    data_dir: str | None,
    socket_path: str | None,
    metrics_listen: str | None,
    processes: int,
) -> None:
    """Run the daemon in the foreground.

    Prints one line 'ready: …' on stdout when it serves. SIGTERM and SIGINT stop it gently, SIGHUP
    reads the configuration again. Without any configuration it serves with sane defaults.

    With --processes they are several on one socket, which needs PostgreSQL and store.shared = true;
    one that dies is started again.

    \b
    Exit status: 0 stopped as asked, 1 could not start, 2 bad configuration.
    """
    overrides = {
        "server__listen": listen,
        "data_dir": data_dir,
        "admin__socket": socket_path,
        "server__metrics_listen": metrics_listen,
    }
    if processes > 1:
        from chatd.daemon import processes as several

        sys.exit(several.run(config_file, overrides, processes))
    from chatd.daemon import entry

    sys.exit(entry.run(config_file, overrides))


@main.command("check-config")
@click.argument("file", required=False)
def check_config(file: str | None) -> None:
    """Check a configuration without starting anything.

    Names the file, the key and what is allowed when something is wrong; exit status 2 then.
    """
    from chatd.admin.strangers import strangers
    from chatd.config import loading
    from chatd.errors import ConfigError

    try:
        path = loading.find_config(file)
        checked = loading.load(path)
    except ConfigError as error:
        click.echo(f"chatd: {error}", err=True)
        sys.exit(2)
    for warning in strangers(checked.admin):
        click.echo(f"chatd: warning: {warning}", err=True)
    rooms, sites = ", ".join(checked.rooms), ", ".join(checked.sites)
    click.echo(f"OK: {path or 'the defaults'}: rooms {rooms}; sites {sites}", err=True)


class Admin(click.Command):
    """Behind its first word, ``chatd admin`` completes what the interactive shell would."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """What bash, zsh and fish offer for a word that begins with a dash."""
        if ctx.params.get("given"):
            return complete_admin(ctx, self.params[-1], incomplete)
        return super().shell_complete(ctx, incomplete)


def complete_admin(
    context: click.Context, param: click.Parameter, current: str
) -> list[CompletionItem]:
    """Verbs, options and live ids; nothing where no daemon answers."""
    from click.shell_completion import CompletionItem

    from chatd.admin import completing

    before = list(context.params.get("given") or ())
    path = context.params.get("socket_path")
    client = admin_client(path, context.params.get("config_file"), 1.0)
    return [CompletionItem(choice) for choice in completing.choices(client, before, current)]


@main.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what makes a shell complete chatd's commands and live ids.

    \b
    bash: chatd completion bash > ~/.local/share/bash-completion/completions/chatd
    zsh:  chatd completion zsh > ~/.zfunc/_chatd     (with ~/.zfunc in fpath)
    fish: chatd completion fish > ~/.config/fish/completions/chatd.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(main, {}, "chatd", "_CHATD_COMPLETE").source())


@main.command(
    cls=Admin,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog=ADMIN_EPILOG,
)
@click.option("--socket", "socket_path", metavar="PATH", help="The daemon's admin socket.")
@click.option("--config", "config_file", metavar="FILE", help=CONFIG_HELP)
@click.option("--timeout", default="10", metavar="SECONDS", help="Wait so long for an answer: 10.")
@click.argument(
    "given", metavar="[VERB ...]", nargs=-1, type=click.UNPROCESSED, shell_complete=complete_admin
)
def admin(
    socket_path: str | None, config_file: str | None, timeout: str, given: tuple[str, ...]
) -> None:
    """Talk to the running daemon: one VERB, or a shell, or a script on stdin.

    Without a verb: on a terminal an interactive shell, else commands line by line from stdin,
    stopping at the first failure unless --keep-going. 'chatd admin help' lists the verbs.
    """
    from chatd.admin import running, words
    from chatd.admin.flags import Options, UsageError, seconds
    from chatd.admin.lexing import Argv

    try:
        options = Options(alone=bool(given), socket=socket_path, timeout=seconds(timeout))
        request = words.parse(Argv(given), options)
    except UsageError as error:
        click.echo(f"chatd admin: {error}", err=True)
        sys.exit(2)
    options = request.options
    once = request.verb is not None or options.help
    client = admin_client(options.socket, config_file, options.timeout, stay=not once)
    try:
        if once:
            status = running.carry_out(client, request)
        elif sys.stdin.isatty() and sys.stdout.isatty():
            demand("terminal")
            from chatd.admin import shell

            status = shell.interact(client, replace(options, alone=False))
        else:
            status = running.script(client, sys.stdin, replace(options, alone=False))
        sys.stdout.flush()
    except BrokenPipeError:
        streams.forget(sys.stdout)
        status = 0
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)


def admin_client(
    given: str | None, config_file: str | None, timeout: float, *, stay: bool = False
) -> AdminClient:
    """A client of the socket that was named, else of the configuration's."""
    from chatd.admin.client import AdminClient

    if given:
        return AdminClient(Path(given), timeout, stay=stay)
    from chatd.config import loading, ownership
    from chatd.errors import ConfigError

    try:
        path = loading.find_config(config_file)
        settings = loading.load(path)
    except ConfigError as error:
        click.echo(f"chatd: {error}", err=True)
        sys.exit(2)
    socket = settings.socket_path()
    if path == loading.HERE and not config_file and (problem := ownership.distrust_socket(socket)):
        click.echo(f"chatd: {socket}: not asked: {problem}; name it with --socket", err=True)
        sys.exit(2)
    named_by = str(path.absolute()) if path else "the defaults: there is no configuration file"
    return AdminClient(socket, timeout, stay=stay, named_by=named_by, config=settings)


@main.command()
@click.argument("directory", type=click.Path(file_okay=False))
@click.option("--socket", "socket_path", metavar="PATH", help="The daemon's admin socket.")
@click.option("--config", "config_file", metavar="FILE", help=CONFIG_HELP)
def backup(directory: str, socket_path: str | None, config_file: str | None) -> None:
    """Copy the running daemon's data to a new or empty DIRECTORY, consistently."""
    from chatd.admin import running
    from chatd.admin.flags import Options
    from chatd.admin.lexing import Argv

    client = admin_client(socket_path, config_file, 600.0)
    words = Argv(["backup", "--", str(Path(directory).absolute())])
    sys.exit(running.run(client, words, Options()))


@main.command()
def helper() -> None:
    """Parse what strangers sent, without any rights: the daemon starts this itself."""
    from chatd.helper import jobs, worker

    if not stat.S_ISSOCK(os.fstat(0).st_mode):
        click.echo("chatd helper: its standard input is no socket: the daemon starts it", err=True)
        sys.exit(2)
    worker.serve(jobs.JOBS)


main.add_command(moving.store)
for command in (clients.chat, clients.console, clients.login, clients.logout, mcp):
    main.add_command(command)
for command in (offline.verify, offline.restore, offline.repair, offline.migrate, offline.reindex):
    main.add_command(command)
