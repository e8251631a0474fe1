"""Writes the parts of the documentation that the code already says: commands, events,
configuration, manual pages; and the types that the pages' scripts are checked with.

``python docs/generate.py`` rewrites docs/commands.md, docs/events.md, docs/configuration.md, the
table of paths in docs/http.md, of permissions in docs/roles.md, of verbs in docs/shell.md, the
manual pages in docs/man and chatd/web/shared/protocol.d.ts; a test runs it and compares.
"""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from chatd.admin.verbs import TABLE
from chatd.admin.words import usage
from chatd.config.settings import Config, WebhookSettings
from chatd.domain import policy
from chatd.domain.roles import MORE, OF_OPERATORS, PERMISSIONS
from chatd.net.http.routes import ROUTES
from chatd.protocol.envelope import COMMANDS

PAGED = " [--limit LIMIT] [--cursor CURSOR]"  # of every list
HERE = Path(__file__).parent
SHIPPED = HERE.parent / "etc" / "chatd.toml"
GENERATED = "<!-- Written by docs/generate.py; change the code, not this file. -->\n"


def commands() -> str:
    """Every command with its fields and who may give it."""
    lines = ["# Commands", "", GENERATED]
    lines.append(
        'Over WebSocket as `{"event", "id", "data"}`; what each does is told in '
        "[protocol.md](protocol.md). A field without a default is required. What is shown in the "
        "answers is in [events.md](events.md); a member with a `?` is left out where it was not "
        "asked for, or is not for its reader.\n"
    )
    for name, command in COMMANDS.items():
        lines += [f"## `{name}`", "", one_line(command.__doc__), ""]
        lines += [f"- {field}" for field in fields(command)]
        lines += WIRE["answer"](command)
        lines += [f"- *for:* {', '.join(sorted(policy.RULES[name]))}", ""]
    return "\n".join(lines).rstrip() + "\n"


def one_line(docstring: str | None) -> str:
    """A docstring as one paragraph."""
    return " ".join((docstring or "").split()).replace("``", "`")


def fields(command: type[Any]) -> list[str]:
    """A command's fields with types and defaults."""
    _, components = msgspec.json.schema_components([command], ref_template="{name}")
    properties = components[command.__name__]["properties"]
    required = components[command.__name__].get("required", [])
    found = []
    for name, one in properties.items():
        default = (
            ""
            if name in required
            else f", default `{msgspec.json.encode(one.get('default')).decode()}`"
        )
        found.append(f"`{name}`: {kind(one)}{default}")
    return found


def kind(one: dict[str, Any]) -> str:
    """A JSON schema in a few words."""
    if "anyOf" in one:
        return " or ".join(kind(choice) for choice in one["anyOf"])
    if "enum" in one:
        return " \\| ".join(f"`{value}`" for value in one["enum"])
    words = [str(one.get("type", "any"))]
    limits = {"minLength": "at least {} long", "maxLength": "at most {} long"}
    limits |= {"minimum": "from {}", "maximum": "to {}", "pattern": "like `{}`"}
    words += [text.format(one[key]) for key, text in limits.items() if key in one]
    return ", ".join(words).replace(r"\Z", "$")


def configuration() -> str:
    """Every key with its default and what the shipped file says of it."""
    lines = ["# Configuration", "", GENERATED]
    lines.append(INTRODUCTION)
    for table, keys in tables():
        lines += [f"## [{table}]" if table else "## At the top", ""]
        lines += ["| key | default | |", "| --- | --- | --- |"]
        for key, default, said in keys:
            comment = said.replace("|", "\\|")
            lines.append(f"| `{key}` | `{default}` | {comment} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def tables() -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Every table of the configuration: its keys, their defaults, and what the shipped file says
    of them."""
    comments = shipped_comments()
    example = WebhookSettings(url="", secret_env="")
    defaults = msgspec.to_builtins(Config(webhooks={"example": example}))
    for table, keys in {"": {"data_dir": ""}, **defaults}.items():
        if table == "data_dir":
            continue
        tables = {table: keys}
        if table in NAMED:
            tables = split(f"{table}.NAME", next(iter(keys.values())))
        for named, members in tables.items():
            found = [
                (key, msgspec.json.encode(default).decode(), comments.get((table, key), ""))
                for key, default in members.items()
            ]
            yield named, found


def split(name: str, keys: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A table of the configuration, and each that it holds, by their names."""
    below = {key: one for key, one in keys.items() if isinstance(one, dict) and one}
    own = {key: one for key, one in keys.items() if key not in below}
    return {name: own, **{f"{name}.{key}": one for key, one in below.items()}}


NAMED = frozenset({"rooms", "sites", "webhooks"})
INTRODUCTION = """One TOML file; [etc/chatd.toml](../etc/chatd.toml) has every key with its default.
It is looked for in `--config`, `$CHATD_CONFIG`, `./etc/chatd.toml`, `/etc/chatd/chatd.toml`;
without any, chatd serves with the defaults. Options of `chatd start` beat the file.

- `chatd check-config FILE` names file, key and what is allowed when something is wrong.
- `chatd admin reload` (or SIGHUP) applies `[rooms]`, `[sites]`, `[limits]`, `[log]`, `[tickets]`,
  `[sla]`, `[tokens]`, `[keep]`, `[web]`, `[errands]`, `[webhooks]`, `[mail]`, `[calls]` and
  `[turn]` without dropping a connection, and says key by key what was applied and what needs a
  restart. A file that is refused changes nothing.
"""


def shipped_comments() -> dict[tuple[str, str], str]:
    """The comments behind the keys of the shipped file."""
    table, found = "", {}
    for line in re.sub(r"^# ", "", SHIPPED.read_text("utf-8"), flags=re.M).splitlines():
        if header := re.match(r"\[(\w+)", line):
            table = header[1]
        elif pair := re.match(r"(\w+) = .*?\s{2,}# (.*)$", line):
            found.setdefault((table, pair[1]), pair[2])
    return found


PATHS = "<!-- paths: written by docs/generate.py -->\n", "<!-- /paths -->\n"


def http() -> str:
    """The page of HTTP with every path that is a command, as the table of routes has them."""
    begins, ends = PATHS
    before, _, rest = (HERE / "http.md").read_text("utf-8").partition(begins)
    rows = [f"| `{one.method} {one.path}` | {one.summary} |\n" for one in ROUTES]
    table = "".join(("\n| request | what |\n", "| --- | --- |\n", *rows, "\n"))
    return f"{before}{begins}{table}{ends}{rest.partition(ends)[2]}"


def roles() -> str:
    """The page of roles with every permission, as the policy has them."""
    begins, ends = "<!-- permissions: written by docs/generate.py -->\n", "<!-- /permissions -->\n"
    before, _, rest = (HERE / "roles.md").read_text("utf-8").partition(begins)
    lines = ["", "| permission | an operator has it | what for |", "| --- | --- | --- |"]
    for name in sorted(PERMISSIONS):
        what = MORE.get(name) or one_line(COMMANDS[name].__doc__)
        lines.append(f"| `{name}` | {'yes' if name in OF_OPERATORS else ''} | {what} |")
    return before + begins + "\n".join([*lines, "", ""]) + ends + rest.partition(ends)[2]


def verbs() -> str:
    """The page of the shell with every verb, in the order of its help."""
    begins, ends = "<!-- verbs: written by docs/generate.py -->\n", "<!-- /verbs -->\n"
    before, _, rest = (HERE / "shell.md").read_text("utf-8").partition(begins)
    lines = []
    for group in dict.fromkeys(verb.group for verb in TABLE.values()):
        lines += ["", f"| {group} | |", "| --- | --- |"]
        for verb in TABLE.values():
            if verb.group == group:
                how = usage(verb).removeprefix("usage: ").replace(PAGED, "")
                lines.append(f"| `{how}` | {verb.help} |")
    return before + begins + "\n".join([*lines, "", ""]) + ends + rest.partition(ends)[2]


MANUAL = runpy.run_path(str(HERE / "manual.py"))
WIRE = runpy.run_path(str(HERE / "wire.py"))
PAGES = {
    "commands.md": commands,
    "configuration.md": configuration,
    "events.md": WIRE["page"],
    "http.md": http,
    "roles.md": roles,
    "shell.md": verbs,
    "../chatd/web/shared/protocol.d.ts": WIRE["typescript"],
    "man/chatd.1": MANUAL["chatd"],
    "man/chatd-admin.1": MANUAL["admin"],
    "man/chatd.toml.5": lambda: MANUAL["configuration"](tables()),
}

if __name__ == "__main__":
    for name, write in PAGES.items():
        (HERE / name).write_text(write(), "utf-8")
