"""Results as people and programs read them: table, tab-separated, JSON, JSON lines, ids only."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from chatd.admin.fitting import widths
from chatd.admin.flags import Format
from chatd.admin.verb import Column, Verb
from chatd.config.extras import missing
from chatd.domain.sizes import spell_bytes
from chatd.domain.tables import csv_lines
from chatd.locale import render_sender, render_words
from chatd.locale.reader import language

JOINER = "\u200d"
BROKEN = "\ufffd"
LONGEST_SHOWN = 200
# The columns whose words stay whole; a terminal of fewer columns is narrow.
WHOLE = frozenset({"id", "dialog_id", "outcome"})
NARROW = 100
EMPTY = frozenset({"", "-"})
NAMES = {"people": "name", "ids": "id"}  # of what a list is of, in a column of it


def show(verb: Verb, result: dict[str, Any], format: Format) -> None:
    """Writes a result to stdout."""
    if format == "json":
        out(json_line(result))
    elif format == "jsonl":
        for row in rows_of(verb, result):
            out(json_line(row))
    elif format == "csv":
        for line in csv_lines(rows_of(verb, result)):
            out(clean(line.removesuffix("\r\n")))
    elif format == "quiet":
        for row in rows_of(verb, result):
            out(clean(id_of(verb, row)))
    elif verb.rows or verb.written:
        show_rows(verb, result)
    elif verb.done is None:
        show_figures(result)


def rows_of(verb: Verb, result: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a list; of anything else, the one thing that it is about."""
    if verb.rows:
        return list(result[verb.rows])
    things = [value for value in result.values() if isinstance(value, dict)]
    return things[:1] or [result]


def id_of(verb: Verb, row: dict[str, Any]) -> str:
    """By what a row is known: its id, else the first of its columns that says something."""
    if known := row.get("id") or row.get("username"):
        return str(known)
    said = (field(row, one) for one in verb.columns if value(row, one.key) is not None)
    return next(said, "") if verb.columns else machine(next(iter(row.values()), ""))


def show_rows(verb: Verb, result: dict[str, Any]) -> None:
    """As it is written for people, else a table on a terminal, tab-separated rows into a pipe."""
    rows = rows_of(verb, result)
    if not rows:
        say(verb.empty)
    if verb.written:
        for line in verb.written(result).split("\n"):
            out(clean(line))
        return
    if not on_terminal():
        for row in rows:
            out("\t".join(clean(field(row, column)) for column in verb.columns))
        return
    if "ticket" in result:
        ticket = result["ticket"]
        operator = ticket.get("operator") or "nobody"
        out(f"{ticket['id']}  {ticket['status']}  {ticket['customer_name']} → {operator}\n")
    for name, columns in verb.above:
        if above := value(result, name) or result.get("ticket", {}).get(name):
            show_table(columns, above if isinstance(above, list) else [above])
            out("")
    if rows:
        show_table(verb.columns, rows)


def show_table(columns: Sequence[Column], rows: Iterable[dict[str, Any]]) -> None:
    """A table, or the same without what draws one."""
    if lacks := missing("terminal"):
        say(f"chatd admin: no table: {lacks}")
        plain(columns, rows)
    else:
        table(columns, rows)


def show_figures(result: dict[str, Any]) -> None:
    """Names and values, a line each; those of other nodes below."""
    own = {name: figure for name, figure in result.items() if name != "nodes"}
    width = max(map(len, own), default=0) if on_terminal() else 0
    for other in result.get("nodes", ()):
        if other["result"] is not None:
            out(f"--- {clean(other['node'])}")
            show_figures(other["result"])
    if "nodes" in result:
        out("--- this node")
    for name, figure in own.items():
        gap = " " * (width - len(name) + 2) if width else "\t"
        out(f"{name}{gap}{machine(figure)}")


def plain(columns: Sequence[Column], rows: Iterable[dict[str, Any]]) -> None:
    """For people, where there is nothing to draw a table with."""
    out("\t".join(column.title for column in columns))
    for row in rows:
        out("\t".join(cell(row, column) for column in columns))


def table(columns: Iterable[Column], rows: Iterable[dict[str, Any]]) -> None:
    """For people, without the columns in which there is nothing; the only place that needs rich."""
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    narrow = console.width < NARROW
    rows = list(rows)
    written = [(column, [cell(row, column) for row in rows]) for column in columns]
    shown = [one for at, one in enumerate(written) if not at or set(one[1]) - EMPTY]
    drawn = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=narrow)
    space = console.width - (len(shown) - 1) * (1 if narrow else 2)
    wide = widths(
        [[column.title, *cells] for column, cells in shown],
        [column.key in WHOLE for column, _ in shown],
        space,
        cell_len,
    )
    for (column, _), width in zip(shown, wide, strict=True):
        right = column.kind in ("count", "age")
        drawn.add_column(
            column.title, justify="right" if right else "left", width=width, overflow="fold"
        )
    for texts in zip(*(cells for _, cells in shown), strict=True):
        drawn.add_row(*map(Text, texts))
    console.print(drawn)


def value(row: dict[str, Any], key: str) -> Any:
    """A member, or a member's member: ``last_message.text``."""
    found: Any = row
    for name in key.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def cell(row: dict[str, Any], column: Column) -> str:
    """What a table shows: of a message that was deleted, that it was; what the house said, in the
    reader's language."""
    if column.key == "content" and row.get("deleted_at"):
        return "(deleted)"
    meta = row.get("meta")
    if column.key == "content" and isinstance(meta, dict):
        return human(render_words(language(None), row["content"], meta), column)
    if column.key == "sender_name" and isinstance(meta, dict):
        who = render_sender(language(None), str(row.get("sender_type")), row["sender_name"], meta)
        return human(who, column)
    return human(value(row, column.key), column)


def field(row: dict[str, Any], column: Column) -> str:
    """What stands in a pipe."""
    found = value(row, column.key)
    if column.kind in NAMES and found:
        return machine([one[NAMES[column.kind]] for one in found])
    return spell_files(found) if column.kind == "files" and found else machine(found)


def spell_files(files: Iterable[dict[str, Any]]) -> str:
    """``notes.txt (12 bytes, text/plain)``, of each."""
    return "; ".join(f"{one['name']} ({spell_bytes(one['size'])}, {one['type']})" for one in files)


def machine(value: Any) -> str:
    """A value for programs: nothing is empty, truth is true, words are joined by commas."""
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ",".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def human(value: Any, column: Column) -> str:
    """A value for people; what cannot be shown hides no other value and no other row."""
    try:
        return format_value(value, column)
    except (TypeError, ValueError, LookupError, OverflowError):
        return BROKEN


def format_value(value: Any, column: Column) -> str:
    """Ages instead of times, nothing that moves the cursor."""
    if value is None:
        return "-"
    if column.kind == "age":
        return age(float(value))
    if column.kind == "texts":
        return " ← ".join(clean(one["content"]) for one in reversed(value))
    if column.kind == "files":
        return clean(spell_files(value))
    if column.kind in NAMES:
        return clean(", ".join(one[NAMES[column.kind]] for one in value)) or "-"
    if column.kind == "words":
        return clean(", ".join(value)) or "-"
    if column.kind == "since":
        return age((datetime.now(UTC) - datetime.fromisoformat(value)).total_seconds())
    if column.kind == "due":
        return due(value)
    if isinstance(value, bool):
        return "yes" if value else "-" if column.kind == "mark" else "no"
    return clean(machine(value)) or "-"


def due(targets: dict[str, dict[str, str]]) -> str:
    """``answer in 5m00s``, ``resolution late 2h05m``: what is next of what was promised."""
    runs = [
        (one["by"], name)
        for name, one in targets.items()
        if one["state"] in ("due", "soon", "overdue")
    ]
    if not runs:
        return "paused" if "paused" in [one["state"] for one in targets.values()] else "-"
    by, name = min(runs, key=lambda one: one[0])
    left = (datetime.fromisoformat(by) - datetime.now(UTC)).total_seconds()
    what = {"response": "answer"}.get(name, clean(name))
    return f"{what} in {age(left)}" if left > 0 else f"{what} late {age(-left)}"


def age(seconds: float) -> str:
    """``3m12s``, ``2h05m``, ``4d03h``."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    if whole < 86_400:
        return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
    return f"{whole // 86_400}d{whole % 86_400 // 3600:02d}h"


def clean(text: str) -> str:
    """On one line, in one field; what other people wrote cannot move the cursor. The joiner that
    makes one emoji of several is let through."""
    return "".join(char if char.isprintable() or char == JOINER else " " for char in text)


def short(text: str) -> str:
    """What somebody has written, as far as it helps to know it again."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def json_line(value: Any) -> str:
    """JSON on one line, the same for programs, in which nothing can move a terminal's cursor."""
    return escape_json(msgspec.json.encode(value).decode())


def escape_json(json: str) -> str:
    """JSON with what does not print escaped; it can only stand inside strings."""
    return json if json.isprintable() else "".join(map(escape_char, json))


def escape_char(char: str) -> str:
    """A character as JSON writes it, escaped if it does not print."""
    if char.isprintable() or char == JOINER:
        return char
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def on_terminal() -> bool:
    """Whether people read what is written."""
    return sys.stdout.isatty()


def out(text: str) -> None:
    """A line on stdout."""
    sys.stdout.write(f"{text}\n")


def say(text: str) -> None:
    """Words, on stderr; what was written elsewhere and is told again moves no cursor."""
    sys.stderr.write(f"{clean(text)}\n")
