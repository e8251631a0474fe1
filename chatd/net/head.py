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
FIELD = re.compile(r"^([!#$%&'*+.^`|~0-9A-Za-z-]++):([\t\x20-\x7e\x80-\xff]*+)\r\n", re.M)
LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([!-~\x80-\xff]+) HTTP/(1\.[01])\r\n")
ABSOLUTE = re.compile(r"https?://([^/?]*)(.*)", re.IGNORECASE)
LENGTH = re.compile(r"[0-9]{1,15}")
ONCE = frozenset({"content-length", "host", "origin", "authorization", "transfer-encoding"})


class NotImplementedHere(ValueError):
    """What HTTP knows and this server does not: 501."""


def read_fields(reader: Reader) -> dict[str, str]:
    """Header fields by lower-case name; what was sent several times is joined with commas."""
    head = reader.read_head(HEAD_BYTES)
    if head is None:
        raise ValueError("headers too large, or not all of them")
    pairs: list[tuple[str, str]] = FIELD.findall(head.decode("latin-1"))
    if len(pairs) != head.count(b"\n"):
        raise ValueError(
            "a header field is NAME: VALUE on one line, without '_' in its name and without "
            "control characters"
        )
    fields: dict[str, str] = {}
    for name, value in pairs:
        key, text = name.lower(), value.strip(" \t")
        fields[key] = join(key, fields[key], text) if key in fields else text
    if len(fields) > MAX_FIELDS:
        raise ValueError("headers too large")
    return fields


def join(name: str, before: str, value: str) -> str:
    """What was sent several times, as one; ValueError where that could mean two things."""
    if name in ONCE:
        raise ValueError(f"{name} stands there twice")
    return f"{before}{'; ' if name == 'cookie' else ','}{value}"


def wsgi_name(name: str) -> str:
    """The WSGI name of a field."""
    return "HTTP_" + name.upper().replace("-", "_")


def lines_of(fields: dict[str, str]) -> Iterator[str]:
    """Header fields as they could have been sent, none longer than it was."""
    return (f"{name}:{value}\r\n" for name, value in fields.items())


def environ_of(fields: dict[str, str]) -> dict[str, str]:
    """Header fields under their WSGI names."""
    return {COMMON.get(name) or wsgi_name(name): value for name, value in fields.items()}


COMMON = {
    name: wsgi_name(name)
    for name in (
        *("host", "user-agent", "origin", "cookie", "authorization", "referer", "connection"),
        *("accept", "accept-encoding", "accept-language", "cache-control", "pragma", "upgrade"),
        *("sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions"),
        *("sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "x-forwarded-for"),
    )
} | {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


@lru_cache(maxsize=64)
def first_line(line: str) -> tuple[str, str, str]:
    """Method, target and version (``1.1``)."""
    parts = LINE.fullmatch(line)
    if parts is None:
        raise ValueError("a request begins with METHOD TARGET HTTP/1.1")
    if line.count("&") > MAX_QUERY_FIELDS:
        raise ValueError(f"a query has at most {MAX_QUERY_FIELDS} fields")
    method, target, version = parts.groups()
    return method, target, version


def target_of(target: str, fields: dict[str, str]) -> str:
    """A target as a path; of one in absolute form the authority is the Host (RFC 9112, 3.2.2)."""
    if absolute := ABSOLUTE.fullmatch(target):
        fields["host"] = absolute[1]
        return absolute[2] if absolute[2].startswith("/") else f"/{absolute[2]}"
    return target


def framing(fields: dict[str, str], version: str) -> tuple[int | None, bool]:
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


def check_host(fields: dict[str, str], version: str) -> None:
    """ValueError for HTTP/1.1 without Host."""
    if version == "1.1" and "host" not in fields:
        raise ValueError("HTTP/1.1 needs Host")
