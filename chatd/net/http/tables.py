"""A list over HTTP as comma-separated values, written while it is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import falcon
import msgspec

from chatd.domain.tables import csv_lines

CSV = "text/csv"


def is_wanted(request: falcon.Request) -> bool:
    """Whether somebody wants that rather than JSON."""
    if CSV not in request.accept:
        return False
    return request.client_prefers(("application/json", CSV)) == CSV


def answer(response: falcon.Response, pages: Iterator[Any], rows: str) -> None:
    """All pages, one after the other."""
    response.content_type = f"{CSV}; charset=utf-8"
    response.set_headers({"Content-Disposition": 'attachment; filename="report.csv"'})
    told = (msgspec.to_builtins(row) for page in pages for row in getattr(page, rows))
    response.stream = (written.encode() for written in csv_lines(told))
