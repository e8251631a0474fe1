"""A request's first line and header fields: read within bounds, taken strictly, in the form pywsgi
asks for. What two readers could take for two different things is refused (RFC 9112).

The library parses fields as e-mail: leniently, and with more work than all the rest of a handshake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatd.net.reader import Reader

HEAD_BYTES = 32_768
MAX_FIELDS = 100
MAX_QUERY_FIELDS = 100
# Tried once a line, and without going back: no head makes it slow.
FIELD = re.compile(r"^([!#$%&'*+.^`|~0-9A-Za-z-]++):([\t\x20-\x7e\x80-\xff]*+)\r\n", re.M)
LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([!-~\x80-\xff]+) HTTP/(1\.[01])\r\n")
ABSOLUTE = re.compile(r"https?://([^/?]*)(.*)", re.IGNORECASE)
LENGTH = re.compile(r"[0-9]{1,15}")
APART = frozenset({"content-type", "content-length"})
ONCE = frozenset({"content-length", "host", "origin", "authorization", "transfer-encoding"})


class NotImplementedHere(ValueError):
    """What HTTP knows and this server does not: 501."""


class Fields:
    """Header fields, their ``values`` by lower-case name; what was sent several times is joined
    with commas."""

    status = ""

    def __init__(self, reader: Reader) -> None:
        self.values: dict[str, str] = {}
        head = reader.read_head(HEAD_BYTES)
        if head is None:
            raise ValueError("headers too large, or not all of them")
        pairs: list[tuple[str, str]] = FIELD.findall(head.decode("latin-1"))
        if len(pairs) != head.count(b"\n"):
            raise ValueError(
                "a header field is NAME: VALUE on one line, without '_' in its name and without "
                "control characters"
            )
        values = self.values
        for name, value in pairs:
            key, text = name.lower(), value.strip(" \t")
            values[key] = join(key, values[key], text) if key in values else text
        if len(values) > MAX_FIELDS:
            raise ValueError("headers too large")

    def get(self, name: str, default: str | None = None) -> str | None:
        return self.values.get(name.lower(), default)

    getheader = get

    @property
    def typeheader(self) -> str | None:
        """What the body is."""
        return self.values.get("content-type")

    def __setitem__(self, name: str, value: str) -> None:
        self.values[name.lower()] = value

    def __delitem__(self, name: str) -> None:
        del self.values[name]

    def lines(self) -> Iterator[str]:
        """The fields as they could have been sent, none longer than it was."""
        return (f"{name}:{value}\r\n" for name, value in self._values.items())

    def environ(self) -> Iterator[tuple[str, str]]:
        """The fields under their WSGI names."""
        for name, value in self.values.items():
            if name not in APART:
                yield COMMON.get(name) or wsgi_name(name), value


def join(name: str, before: str, value: str) -> str:
    """What was sent several times, as one; ValueError where that could mean two things."""
    if name in ONCE:
        raise ValueError(f"{name} stands there twice")
    return f"{before}{'; ' if name == 'cookie' else ','}{value}"


def wsgi_name(name: str) -> str:
    """The WSGI name of a field."""
    return "HTTP_" + name.upper().replace("-", "_")


COMMON = {
    name: wsgi_name(name)
    for name in (
        *("host", "user-agent", "origin", "cookie", "authorization", "referer", "connection"),
        *("accept", "accept-encoding", "accept-language", "cache-control", "pragma", "upgrade"),
        *("sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions"),
        *("sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "x-forwarded-for"),
    )
}


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
    length, coding = fields.values.get("content-length"), fields.values.get("transfer-encoding")
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
    if version == "1.1" and "host" not in fields.values:
        raise ValueError("HTTP/1.1 needs Host")
