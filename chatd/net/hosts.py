"""Which names the daemon answers to: a page that makes its own name point here is none of ours."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from chatd.config.loading import split_address
from chatd.config.settings import Config
from chatd.domain.authorities import authority, is_origin
from chatd.errors import ChatdError, Malformed
from chatd.net.address import is_address

ANY = "*"


class Misdirected(ChatdError):
    """Asked under a name that is none of ours."""

    code, status = "misdirected", 421
    reason = "host"


def name_in(host: str) -> str:
    """The name or address in ``NAME:PORT``, small; nothing for what is no host."""
    found = authority(host)
    return found.name.rstrip(".") if found else ""


def check_form(environ: Mapping[str, Any]) -> ChatdError | None:
    """Malformed for a Host or an Origin that is none."""
    origin, host = environ.get("HTTP_ORIGIN"), environ.get("HTTP_HOST")
    if host is not None and not authority(host):
        return Malformed("Host is NAME:PORT")
    if origin is not None and not is_origin(origin):
        return Malformed("Origin is SCHEME://NAME:PORT, or null")
    return None


def is_ours(name: str, config: Config) -> bool:
    """Whether this is an address, this machine, or named in the configuration."""
    if is_address(name) or name == "localhost" or name.endswith(".localhost"):
        return True
    ours = own_names(config)
    return name in ours or ANY in ours


@lru_cache(maxsize=4)
def names_of(hosts: tuple[str, ...], origins: tuple[str, ...], listen: str) -> frozenset[str]:
    """All names that the configuration and the machine give."""
    machine = socket.gethostname().lower()
    named = {name_in(origin.partition("://")[2].rstrip("/")) for origin in origins}
    written = {host.lower() for host in hosts}
    listening = split_address(listen)[0].lower()
    return frozenset((named | written | {machine, f"{machine}.local", listening}) - {""})


def own_names(config: Config) -> frozenset[str]:
    """The same, of a whole configuration."""
    origins = tuple(one for site in config.sites.values() for one in site.origins if "://" in one)
    return names_of(config.server.hosts, origins, config.server.listen)


def refuse_name(name: str) -> Misdirected:
    """The refusal; it says what to do."""
    return Misdirected(
        f"{name[:100]!r} is no name of this daemon; whoever operates it may add it to server.hosts",
        host=name[:100],
    )
