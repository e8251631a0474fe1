"""A request's first line and header fields: read within bounds, taken strictly, in the form pywsgi
asks for. What two readers could take for two different things is refused (RFC 9112).

The library parses fields as e-mail: leniently, and with more work than all the rest of a handshake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from chatd.net.reader import Reader

HEAD_BYTES = 32_768
MAX_FIELDS = 100
MAX_QUERY_FIELDS = 100
# Tried once a line, and without going back: no head makes it slow.
FIELD = re.compile(rb"^([!#$%&'*+.^`|~0-9A-Za-z-]++):([\t\x20-\x7e\x80-\xff]*+)\r\n", re.M)
LONG_NAME = 40  # nobody makes us remember such
LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([!-~\x80-\xff]+) HTTP/(1\.[01])\r\n")
ABSOLUTE = re.compile(r"https?://([^/?]*)(.*)", re.IGNORECASE)
LENGTH = re.compile(r"[0-9]{1,15}")
APART = frozenset({"content-type", "content-length"})
ONCE = frozenset({"content-length", "host", "origin", "authorization", "transfer-encoding"})


class NotImplementedHere(ValueError):
    """What HTTP knows and this server does not: 501."""


class Fields:
    """Header fields by lower-case name; what was sent several times is joined with commas."""

    status = ""

    def __init__(self, reader: Reader) -> None:
        self._values: dict[str, str] = {}
        head = reader.read_head(HEAD_BYTES)
        if head is None:
            raise ValueError("headers too large, or not all of them")
        pairs: list[tuple[bytes, bytes]] = FIELD.findall(head)
        if sum([len(name) + len(value) + 3 for name, value in pairs]) != len(head):
            raise ValueError(
                "a header field is NAME: VALUE on one line, without '_' in its name and without "
                "control characters"
            )
        for name, value in pairs:
            self._take(name, value)

    def _take(self, name: bytes, value: bytes) -> None:
        key = lower_name(name) if len(name) < LONG_NAME else name.decode("ascii").lower()
        text, before = value.strip(b" \t").decode("latin-1"), self._values.get(key)
        if before is not None:
            if key in ONCE:
                raise ValueError(f"{key} stands there twice")
            text = f"{before}{'; ' if key == 'cookie' else ','}{text}"
        elif len(self._values) >= MAX_FIELDS:
            raise ValueError("headers too large")
        self._values[key] = text

    def get(self, name: str, default: str | None = None) -> str | None:
        return self._values.get(name.lower(), default)

    getheader = get

    @property
    def typeheader(self) -> str | None:
        """What the body is."""
        return self._values.get("content-type")

    def __setitem__(self, name: str, value: str) -> None:
        self._values[name.lower()] = value

    def __delitem__(self, name: str) -> None:
        del self._values[name]

    def lines(self) -> Iterator[str]:
        """The fields as they could have been sent, none longer than it was."""
        return (f"{name}:{value}\r\n" for name, value in self._values.items())

    def environ(self) -> Iterator[tuple[str, str]]:
        """The fields under their WSGI names."""
        for name, value in self._values.items():
            if name not in APART:
                yield wsgi_name(name) if len(name) < LONG_NAME else in_wsgi(name), value


@lru_cache(maxsize=256)
def lower_name(name: bytes) -> str:
    """A field's name as it is looked for."""
    return name.decode("ascii").lower()


def in_wsgi(name: str) -> str:
    """The WSGI name of a field."""
    return "HTTP_" + name.upper().replace("-", "_")


wsgi_name = lru_cache(maxsize=256)(in_wsgi)


def first_line(line: str) -> tuple[str, str, str]:
    """Method, target and version (``1.1``)."""
    parts = LINE.fullmatch(line)
    if parts is None:
        raise ValueError("a request begins with METHOD TARGET HTTP/1.1")
    if line.count("&") > MAX_QUERY_FIELDS:
        raise ValueError(f"a query has at most {MAX_QUERY_FIELDS} fields")
    method, target, version = parts.groups()
    return method, target, version


def target_of(target: str, fields: Fields) -> str:
    """A target as a path; of one in absolute form the authority is the Host (RFC 9112, 3.2.2)."""
    if absolute := ABSOLUTE.fullmatch(target):
        fields["host"] = absolute[1]
        return absolute[2] if absolute[2].startswith("/") else f"/{absolute[2]}"
    return target


def framing(fields: Fields, version: str) -> tuple[int | None, bool]:
    """How long the body is, and whether it comes in chunks; ValueError where that could be read in
    two ways (RFC 9112, 6.3)."""
    length, coding = fields.get("content-length"), fields.get("transfer-encoding")
    if coding is not None:
        if length is not None or version != "1.1":
            raise ValueError("Transfer-Encoding with Content-Length, or in HTTP/1.0")
        if coding.lower() != "chunked":
            raise NotImplementedHere("a Transfer-Encoding is 'chunked', or there is none")
        return None, True
    if length is None:
        return None, False
    if not LENGTH.fullmatch(length):
        raise ValueError("Content-Length is a number")
    return int(length), False


def check_host(fields: Fields, version: str) -> None:
    """ValueError for HTTP/1.1 without Host."""
    if version == "1.1" and fields.get("host") is None:
        raise ValueError("HTTP/1.1 needs Host")
