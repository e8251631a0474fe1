"""Hosts with ports, and origins (RFC 6454), as browsers write them: what is none is told."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import NamedTuple
from unicodedata import category

LONGEST_NAME, LONGEST_LABEL, LAST_PORT = 253, 63, 65_535
LONGEST = LONGEST_NAME + len(".:65535")
AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,254})(?::(0|[1-9][0-9]{0,4}))?")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,31}")
NUMBER = re.compile(r"[0-9]+|0[Xx][0-9A-Fa-f]*")
ENCODED = "xn--"
OPAQUE = "null"
NO_TEXT = frozenset({"Cc", "Cs", "Co"})  # control characters, halves of characters, private ones


class Authority(NamedTuple):
    """A name or address without brackets, small; and a port where one is said."""

    name: str
    port: int | None


@lru_cache(maxsize=64)
def authority(text: str) -> Authority | None:
    """``NAME:PORT`` taken apart, or nothing for what is none."""
    return taken_apart(text) if len(text) <= LONGEST else None


@lru_cache(maxsize=256)
def taken_apart(text: str) -> Authority | None:
    """The same; most who come ask for the same few names."""
    parts = AUTHORITY.fullmatch(text)
    if parts is None:
        return None
    name, port = parts[1].lower(), None if parts[2] is None else int(parts[2])
    good = is_ipv6(name[1:-1]) if name.startswith("[") else is_name(name)
    return Authority(name.strip("[]"), port) if good and (port or 0) <= LAST_PORT else None


def is_origin(text: str) -> bool:
    """Whether a browser could say this of a page; an opaque origin is one."""
    scheme, colon, host = text.partition("://")
    if not colon or not SCHEME.fullmatch(scheme):
        return text == OPAQUE
    if scheme.lower() == "file" and not host:
        return True  # pages inside of apps
    found = authority(host)
    return found is not None and (host.startswith("[") or not is_odd_number(found.name))


def is_name(name: str) -> bool:
    """Whether a small name is made of labels that there can be; one dot may end it."""
    labels = name.removesuffix(".").split(".")
    return len(name.removesuffix(".")) <= LONGEST_NAME and all(map(is_label, labels))


def is_label(label: str) -> bool:
    """Whether this can stand between two dots: what is encoded (RFC 3492) decodes to a text that
    needs it."""
    if not 0 < len(label) <= LONGEST_LABEL:
        return False
    return not label.startswith(ENCODED) or is_encoded(label.removeprefix(ENCODED))


def is_encoded(code: str) -> bool:
    """Whether this stands for a text, and is the one way to write it."""
    with suppress(UnicodeError):
        text = code.encode("ascii").decode("punycode")
        ours = text.encode("punycode").decode("ascii") == code
        return ours and not text.isascii() and NO_TEXT.isdisjoint(map(category, text))
    return False


def is_odd_number(name: str) -> bool:
    """Whether browsers take this for an IPv4 address that it is not, or is not as they write it."""
    if not NUMBER.fullmatch(name.removesuffix(".").rpartition(".")[2]):
        return False
    with suppress(AddressValueError):
        IPv4Address(name)
        return False
    return True


def is_ipv6(text: str) -> bool:
    """Whether this is an IPv6 address."""
    with suppress(AddressValueError):
        IPv6Address(text)
        return True
    return False
