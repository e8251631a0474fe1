"""``/healthz`` (the process answers), ``/readyz`` (it can serve), ``/metrics`` (Prometheus)."""

from __future__ import annotations

from typing import Any

import falcon
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from chatd.context import Services
from chatd.errors import Unavailable
from chatd.protocol.envelope import encode_json


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
        impaired = self._services.control.impaired()
        data = {"status": "degraded", "impaired": impaired} if impaired else {"status": "ready"}
        response.data = encode_json({"success": True, "data": data})

    on_head = on_get


class Metrics:
    """The text that Prometheus reads."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """→ the figures."""
        response.content_type = CONTENT_TYPE_LATEST
        response.data = generate_latest(self._services.metrics.registry)

    on_head = on_get


def add_routes(app: falcon.App[Any, Any], services: Services) -> None:
    """Adds the three."""
    app.add_route("/healthz", Alive())
    app.add_route("/readyz", Ready(services))
    app.add_route("/metrics", Metrics(services))
