"""A request's header fields: read within bounds, taken strictly, in the form pywsgi asks for.

The library parses them as e-mail: leniently, and with more work than all the rest of a handshake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

HEAD_BYTES = 32_768
MAX_FIELDS = 100
NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
ENDS = (b"\r\n", b"\n")
APART = frozenset({"content-type", "content-length"})
ONCE = frozenset({"content-length", "host", "origin", "authorization"})


class Fields:
    """Header fields by lower-case name; what was sent several times is joined with commas."""

    status = ""

    def __init__(self, rfile: Any) -> None:
        self._values: dict[str, str] = {}
        left = HEAD_BYTES
        while (line := rfile.readline(left + 1)) not in ENDS:
            left -= len(line)
            if left < 0 or len(self._values) > MAX_FIELDS:
                raise ValueError("headers too large")
            self._take(line)

    def _take(self, line: bytes) -> None:
        name, colon, value = line.partition(b":")
        if not colon or not NAME.fullmatch(name) or not line.endswith(b"\n"):
            raise ValueError("a header field is NAME: VALUE on one line")
        key, text = name.decode("ascii").lower(), value.strip().decode("latin-1")
        before = self._values.get(key)
        if before is not None and key in ONCE:
            raise ValueError(f"{key} stands there twice")
        joint = "; " if key == "cookie" else ","
        self._values[key] = text if before is None else f"{before}{joint}{text}"

    def get(self, name: str, default: str | None = None) -> str | None:
        """A field's value."""
        return self._values.get(name.lower(), default)

    getheader = get

    @property
    def typeheader(self) -> str | None:
        """What the body is."""
        return self._values.get("content-type")

    def __delitem__(self, name: str) -> None:
        del self._values[name]

    def environ(self) -> Iterator[tuple[str, str]]:
        """The fields under their WSGI names. One with an underscore in its name could pass for
        another and is left out."""
        for name, value in self._values.items():
            if name not in APART and "_" not in name:
                yield "HTTP_" + name.upper().replace("-", "_"), value
