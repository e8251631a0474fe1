"""The manual pages, written from what the program itself knows: commands, verbs, configuration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from chatd import __version__
from chatd.admin import flags, words
from chatd.admin.verb import Verb
from chatd.admin.verbs import VERBS
from chatd.cli import ADMIN_EPILOG, main

TITLE = '.TH "{}" "{}" "" "chatd {}" "{}"'
MADE = '.\\" Written by docs/generate.py; change the code, not this file.'
FILES = {
    "./etc/chatd.toml, /etc/chatd/chatd.toml": "The configuration, where none is named: see "
    "chatd.toml(5). It is obeyed only if it is root's or one's own, and others cannot write it.",
    "~/.local/share/chatd": "The data, where nothing says where it is.",
    "~/.local/state/chatd/person-*": "The logins of chatd login, one for each daemon.",
    "~/.local/state/chatd/history": "The history of the interactive shell.",
}
ENVIRONMENT = {
    "CHATD_CONFIG": "The configuration, for --config.",
    "CHATD_URL": "The daemon, for --url of chat, console and mcp.",
    "CHATD_TOKEN": "Who one is, in chat and console; the program's token of mcp.",
    "CHATD_PASSWORD": "What would be typed at the console's door.",
    "CHATD_HISTORY": "The shell's history; /dev/null keeps none.",
    "NO_COLOR": "No colours.",
    "LISTEN_FDS, NOTIFY_SOCKET, STATE_DIRECTORY, JOURNAL_STREAM": "As systemd sets them.",
}


def chatd() -> str:
    """chatd(1): every command of the command line."""
    lines = [*head("CHATD", 1, "a chat daemon: rooms, support tickets, a queue"), ".SH COMMANDS"]
    for name, command in sorted(main.commands.items()):
        lines += command_section(name, command)
    lines += [".SH FILES", *items(FILES), ".SH ENVIRONMENT", *items(ENVIRONMENT)]
    return page([*lines, ".SH SEE ALSO", "chatd\\-admin(1), chatd.toml(5)"])


def admin() -> str:
    """chatd-admin(1): every verb of the shell."""
    lines = head("CHATD-ADMIN", 1, "talk to a running chatd: one verb, a shell, or a script")
    command = main.commands["admin"]
    lines += [".SH DESCRIPTION", *paragraphs(command.help or ""), ".SH OPTIONS"]
    lines += options(command)
    lines += [".SH OPTIONS OF EVERY VERB"]
    lines += items({f"{one.name} {one.takes}".strip(): one.help for one in flags.ALL})
    lines += [".SH TEXT", *paragraphs(words.TO_THE_LETTER)]
    for group in dict.fromkeys(verb.group for verb in VERBS):
        lines.append(f".SH VERBS ABOUT {group.upper()}")
        for verb in VERBS:
            lines += verb_item(verb) if verb.group == group else []
    lines += [".SH NOTES", *paragraphs(ADMIN_EPILOG)]
    return page([*lines, ".SH SEE ALSO", "chatd(1), chatd.toml(5)"])


def configuration(tables: Iterable[tuple[str, Iterable[tuple[str, str, str]]]]) -> str:
    """chatd.toml(5): every table with its keys, their defaults and what they are."""
    lines = [*head("CHATD.TOML", 5, "the configuration of chatd"), ".SH DESCRIPTION"]
    lines += paragraphs(
        "One TOML file. What is left out has its default; an unknown key is refused. 'chatd "
        "check-config' checks it, 'chatd admin reload' applies it without dropping a connection."
    )
    for table, keys in tables:
        lines.append(f'.SH "{safe(f"[{table}]" if table else "AT THE TOP")}"')
        broken = ((key, default.replace('","', '", "'), said) for key, default, said in keys)
        lines += items({f"{key} = {default}": said or " " for key, default, said in broken})
    return page([*lines, ".SH SEE ALSO", "chatd(1), chatd\\-admin(1)"])


def head(title: str, section: int, said: str) -> list[str]:
    """How a page begins."""
    name = title.lower()
    kind = "User commands" if section == 1 else "File formats"
    lines = [MADE, TITLE.format(title, section, __version__, kind)]
    lines += [".SH NAME", f"{safe(name)} \\- {safe(said)}"]
    if section == 1:
        lines += [".SH SYNOPSIS", f".B {safe(name.replace('-', ' '))}"]
        lines.append("[OPTIONS] [VERB ...]" if name == "chatd-admin" else "COMMAND [OPTIONS]")
    return lines


def command_section(name: str, command: click.Command) -> list[str]:
    """One command with its words and options."""
    context = click.Context(command, info_name=f"chatd {name}")
    usage = " ".join([f"chatd {name}", *command.collect_usage_pieces(context)])
    return [f'.SS "{safe(usage)}"', *paragraphs(command.help or ""), *options(command)]


def options(command: click.Command) -> list[str]:
    """The options of a command."""
    context = click.Context(command)
    records = (param.get_help_record(context) for param in command.params)
    return items({term: said for term, said in filter(None, records) if said})


def verb_item(verb: Verb) -> Iterator[str]:
    """A verb with its words and options."""
    yield from items({words.usage(verb).removeprefix("usage: "): f"{verb.help}."})
    told = {param.name.upper(): param.help for param in verb.params}
    told |= {option.name: option.help for option in verb.options}
    if told:
        yield ".RS"
        yield from items(told)
        yield ".RE"


def items(found: dict[str, str]) -> list[str]:
    """Words, each with what it means."""
    return [part for term, said in found.items() for part in (".TP", bold(term), safe(said))]


def bold(term: str) -> str:
    """A term as it is typed."""
    return f"\\fB{safe(term)}\\fR"


def paragraphs(text: str) -> list[str]:
    """Paragraphs; what click must not wrap stays as it is."""
    lines: list[str] = []
    for block in text.strip("\n").replace("\b\n", "\n\n\b").split("\n\n"):
        if block.startswith("\b"):
            kept = block.removeprefix("\b").strip("\n").split("\n")
            lines += [".PP", ".nf", *map(safe, kept), ".fi"]
        elif block.strip():
            lines += [".PP", safe(" ".join(block.split()))]
    return lines


def safe(text: str) -> str:
    """Text in which nothing is a request of roff's."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    spelled = "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in plain)
    return f"\\&{spelled}" if spelled.startswith((".", "'")) else spelled


def page(lines: Iterable[str]) -> str:
    """A page, which ends with a line."""
    return "\n".join(lines) + "\n"
