"""``chatd mcp``: its words, and whose token it asks with."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import click

from chatd.terminal.clients import configured_url, demand

EPILOG = """
\b
Examples:
  chatd admin token add helper --scope tickets:read --scope tickets:note
  CHATD_TOKEN=s-… chatd mcp --url https://chat.example
  chatd mcp --url https://chat.example --token-file ~/.config/chatd/helper.token
\b
A client (Claude Desktop, Claude Code, any other) starts it and talks to it over stdin and stdout:
see docs/assistants.md. What it is for is what the token is good for: without the scope tickets:send
nothing is sent to anybody.
\b
Exit status: 0 the client has closed it, 2 usage.
"""


@click.command(epilog=EPILOG)
@click.option("--url", envvar="CHATD_URL", metavar="URL", help="The daemon; else the configured.")
@click.option("--token-file", metavar="FILE", help="What has the token; else $CHATD_TOKEN is it.")
def mcp(url: str | None, token_file: str | None) -> None:
    """Serve an assistant: the desk's tools by the Model Context Protocol, on stdin and stdout.

    It reads tickets, drafts and sums up, and asks the running daemon with a program's token.
    """
    demand("mcp")
    from chatd.assistants.desk import DaemonClient

    token = read_token(token_file)
    try:
        desk = DaemonClient(url or configured_url(), token)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if desk.is_plain:
        click.echo(f"chatd: warning: {desk.url}: the token goes over the net in clear", err=True)
    if sys.stdin.isatty():
        click.echo("chatd: MCP on stdin and stdout: a client is to start this", err=True)
    import anyio

    from chatd.assistants.serving import serve

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # what reads the input cannot be woken
    anyio.run(serve, desk)


def read_token(file: str | None) -> str:
    """The token, out of a file or the environment, never off the command line; UsageError where
    there is none."""
    if file is None:
        token, where = os.environ.get("CHATD_TOKEN", ""), "CHATD_TOKEN"
    else:
        where = file
        try:
            with Path(file).open(encoding="utf-8") as opened:
                token = opened.read(4_096)
        except (OSError, ValueError) as error:
            raise click.UsageError(f"--token-file: {error}") from None
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise click.UsageError(
            f"{where} has no token: make one with 'chatd admin token add NAME --scope tickets:read'"
        )
    return token
