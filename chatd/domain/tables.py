"""Rows as comma-separated values (RFC 4180), for who goes on with them in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def flatten(row: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Names and values; a member's members are ``wait_median_s``."""
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{name}_")
        else:
            yield f"{prefix}{name}", value


def cell(value: Any) -> str:
    """A value that no spreadsheet carries out; nothing is empty, truth is true."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)


def csv_lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Lines with their ends, the first of which names the columns; none of no rows."""
    names: list[str] = []
    for row in rows:
        flat = dict(flatten(row))
        if not names:
            names = [*flat]
            yield line(names)
        yield line(cell(flat.get(name)) for name in names)


def line(cells: Iterable[str]) -> str:
    """Cells in their quotes, where they need any."""
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()
