"""The access log: a line per HTTP request; and which proxies come without being trusted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from loguru import logger

from chatd.net.address import client_address, is_trusted, plain
from chatd.service.context import Services

LOG = logger.bind(area="http")
FORWARDING = frozenset({"HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP"})
LONGEST = 200
MOST_PEERS = 64


class Access:
    """``strangers``: how many requests came from which peer with the headers of a proxy, without
    its being a trusted one; of MOST_PEERS peers, who come first."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.strangers: Counter[str] = Counter()

    def on_answer(
        self, environ: Mapping[str, Any], status: int, length: int, seconds: float
    ) -> None:
        """A request is answered: at info where the configuration wants an access log."""
        self.on_request(environ)
        config = self._services.config
        LOG.log(
            "INFO" if config.log.access else "DEBUG",
            "{request} {status}",
            request=f"{environ['REQUEST_METHOD']} {environ['PATH_INFO'][:LONGEST]}",
            status=status,
            address=client_address(environ, config.server.trusted_proxies),
            bytes=length,
            ms=round(seconds * 1e3, 1),
            agent=environ.get("HTTP_USER_AGENT", "")[:LONGEST],
            origin=environ.get("HTTP_ORIGIN", "")[:LONGEST],
        )

    def on_request(self, environ: Mapping[str, Any]) -> None:
        """Notes a proxy that is not trusted: without that, all behind it are one address."""
        if FORWARDING.isdisjoint(environ):
            return
        peer = plain(environ.get("REMOTE_ADDR") or "unknown")
        if is_trusted(peer, self._services.config.server.trusted_proxies):
            return
        if peer not in self.strangers and len(self.strangers) < MOST_PEERS:
            LOG.warning(
                "{peer} sends the headers of a proxy, but server.trusted_proxies does not name it: "
                "who comes through it counts as {peer}",
                peer=peer,
            )
            self.strangers[peer] = 0
        if peer in self.strangers:
            self.strangers[peer] += 1
