"""``/socket.io/`` by plain HTTP: polls and what is posted, over the sessions of Engine.IO."""

from __future__ import annotations

from typing import Any

import falcon

from chatd.errors import ChatdError
from chatd.net.address import client_address
from chatd.net.http.bodies import read_body
from chatd.net.http.refusals import JSON, RETRY_SECONDS
from chatd.net.socketio.engine import PATH, Engine
from chatd.net.socketio.refused import describe
from chatd.protocol.envelope import encode_json
from chatd.service.context import Services

TEXT = "text/plain; charset=UTF-8"


class Polling:
    """Engine.IO's own answers: text, and errors by number."""

    def __init__(self, engine: Engine, services: Services) -> None:
        self._engine = engine
        self._services = services

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        address = client_address(request.env, self._services.config.server.trusted_proxies)
        response.content_type = TEXT
        try:
            response.data = self._engine.respond(
                request.method, request.env, address, lambda limit: read_body(request, limit)
            )
        except ChatdError as error:
            self._services.refusals.note(error, address)
            response.status = error.status
            response.content_type = JSON
            response.data = encode_json(describe(error))
            if error.status in (429, 503):
                wait = error.details.get("retry_after", RETRY_SECONDS)
                response.set_header("Retry-After", str(wait))

    on_post = on_put = on_patch = on_delete = on_head = on_get


def add_route(app: falcon.App[Any, Any], engine: Engine, services: Services) -> None:
    """Without the slash at its end, which the application takes away."""
    app.add_route(PATH.rstrip("/"), Polling(engine, services))
