"""``/healthz`` (the process answers), ``/readyz`` (it can serve), ``/metrics`` (Prometheus)."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import falcon
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from chatd.errors import Forbidden, Unavailable
from chatd.net.address import HERE, is_address, plain
from chatd.protocol.envelope import encode_json
from chatd.service.context import Services


class Alive:
    """The event loop runs and answers: that is all that is claimed."""

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """→ 200."""
        response.data = encode_json({"success": True, "data": {"status": "alive"}})

    on_head = on_get


class Ready:
    """The journal can be written and the daemon does not drain; else 503 says what is wrong.
    ``degraded``: it serves, but for what is named."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """→ 200; Unavailable (503) says what is wrong."""
        problem = self._services.control.problem()
        if problem is not None:
            raise Unavailable(problem)
        impaired = self._services.control.list_impairments()
        data = {"status": "degraded", "impaired": impaired} if impaired else {"status": "ready"}
        response.data = encode_json({"success": True, "data": data})

    on_head = on_get


APART = "chatd.apart"
FORWARDED = (  # what the headers begin with that proxies add
    *("HTTP_X_FORWARDED", "HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP", "HTTP_X_CLIENT_IP"),
    *("HTTP_X_ORIGINAL", "HTTP_TRUE_CLIENT_IP", "HTTP_CF_", "HTTP_CDN_LOOP"),
)


def is_here(environ: dict[str, Any]) -> bool:
    """Whether a program on this machine asks, itself and no proxy for somebody else."""
    peer = plain(environ.get("REMOTE_ADDR") or HERE)
    proxied = any(name.startswith(FORWARDED) for name in environ)
    return is_address(peer) and ip_address(peer).is_loopback and not proxied


class Metrics:
    """The text that Prometheus reads; for who is on this machine, or asks the listener for it."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """→ the figures; Forbidden from elsewhere."""
        if not request.env.get(APART) and not is_here(request.env):
            raise Forbidden("the figures are told on this machine, and at server.metrics_listen")
        response.content_type = CONTENT_TYPE_LATEST
        response.data = generate_latest(self._services.metrics.registry)

    on_head = on_get


def add_routes(app: falcon.App[Any, Any], services: Services) -> None:
    app.add_route("/healthz", Alive())
    app.add_route("/readyz", Ready(services))
    app.add_route("/metrics", Metrics(services))
