"""The one way out: POST to an address that is nobody's secret, in bounded time, without detours."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import SplitResult, urlsplit

import gevent
from msgspec import Struct

from chatd.config.settings import ErrandSettings
from chatd.errands.base import Failed

PORTS = {"https": 443, "http": 80}
MOST_BYTES = 4_096  # as much of an answer as is read
NAT64 = IPv6Network("64:ff9b::/96")
Address = IPv4Address | IPv6Address


class Answer(Struct, frozen=True):
    """What was said on the other side: the status, the headers, the beginning of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Dialer:
    """Resolves a name once, connects to an address that it may, and asks whoever is there to prove
    by a certificate that they are who was meant. Follows no redirect and uses no proxy."""

    def __init__(self, settings: Callable[[], ErrandSettings]) -> None:
        self._settings = settings

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """The answer; Failed where there was none."""
        seconds = self._settings().timeout_seconds
        deadline = gevent.Timeout(seconds)
        try:
            with deadline:
                return self._post(urlsplit(url), body, headers)
        except gevent.Timeout as late:
            if late is not deadline:
                raise
            raise Failed(f"no answer in {seconds:g} s") from None
        except (OSError, HTTPException, UnicodeError) as error:
            raise Failed(explain(error)) from None

    def _post(self, url: SplitResult, body: bytes, headers: Mapping[str, str]) -> Answer:
        if url.scheme == "http" and not self._settings().plain_http:
            raise Failed("http without TLS is not allowed: errands.plain_http = true does")
        host, port = url.hostname or "", url.port or PORTS[url.scheme]
        connection = HTTPConnection(host, port)
        connection.sock = self._connect(host, port)
        try:
            if url.scheme == "https":
                connection.sock = self._tls.wrap_socket(connection.sock, server_hostname=host)
            path = (url.path or "/") + (f"?{url.query}" if url.query else "")
            sent = {"Host": url.netloc.rpartition("@")[2], "Connection": "close", **headers}
            connection.request("POST", path, body, sent)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read(MOST_BYTES))
        finally:
            connection.close()

    def _connect(self, host: str, port: int) -> socket.socket:
        found = dict.fromkeys(str(one[4][0]) for one in resolve(host, port))
        allowed = [address for address in found if self.may_reach(address)]
        if not allowed:
            raise Failed(
                f"{host} is {', '.join(found)}: no address of the outside; "
                "errands.private_networks allows others"
            )
        error: OSError | None = None
        for address in allowed:
            try:
                return socket.create_connection((address, port))
            except OSError as refused:
                error = refused
        assert error is not None
        raise error

    def may_name(self, url: str) -> bool:
        """Whether an address may be kept to be called: one in numbers is judged at once, a name
        each time that it is called."""
        host = urlsplit(url).hostname or ""
        try:
            ip_address(host.partition("%")[0])
        except ValueError:
            return bool(host)
        return self.may_reach(host)

    def may_reach(self, address: str) -> bool:
        """Whether an address is the outside's, or allowed by name."""
        found = actual_address(ip_address(address.partition("%")[0]))
        private = map(ip_network, self._settings().private_networks)
        return is_outside(found) or any(found in network for network in private)


def resolve(host: str, port: int) -> Iterable[tuple[Any, ...]]:
    """What a name stands for, at this moment."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def actual_address(address: Address) -> Address:
    """The address that is reached: many of IPv6 are another's of IPv4 written differently."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address


def is_outside(address: Address) -> bool:
    """Whether it is on the Internet: not loopback, private, link-local, carrier-grade NAT …"""
    return address.is_global and not address.is_multicast


def explain(error: Exception) -> str:
    """What went wrong, in words for operators."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"no TLS: {error.reason or 'it broke off'}"
    if isinstance(error, UnicodeError):
        return "its name is none"
    if isinstance(error, socket.gaierror):
        return f"its name is not known: {error.strerror}"
    if isinstance(error, OSError) and not isinstance(error, HTTPException):
        return error.strerror or type(error).__name__
    return f"no HTTP: {type(error).__name__}"
