"""Every error of a request as the failure envelope; faults of ours are logged, never shown."""

from __future__ import annotations

import secrets
from typing import Any

import falcon
from loguru import logger

from chatd.errors import ChatdError, Malformed, NotFound, fault_of_ours
from chatd.net.address import client_address
from chatd.protocol.envelope import encode_json
from chatd.service.context import Services

JSON = "application/json"
RETRY_SECONDS = 1
# The header that an error has besides, by its status: what is in it is told in the body, too, or
# stands here.
HEADERS: dict[int, tuple[str, str, dict[str, object]]] = {
    401: ("WWW-Authenticate", "Bearer", {}),
    412: ("Tus-Version", "{version}", {}),
    416: ("Content-Range", "bytes */{size}", {}),
    429: ("Retry-After", "{retry_after}", {"retry_after": RETRY_SECONDS}),
    503: ("Retry-After", "{retry_after}", {"retry_after": RETRY_SECONDS}),
}


class MethodNotAllowed(ChatdError):
    """The path exists, but not for this method."""

    code, status = "method_not_allowed", 405


def refuse(
    request: falcon.Request, response: falcon.Response, error: ChatdError, params: Any
) -> None:
    """An error of ours as the failure envelope."""
    response.status = error.status
    response.data = encode_json({"success": False, "error": error.for_peers().as_dict()})
    response.content_type = JSON
    if header := HEADERS.get(error.status):
        name, value, otherwise = header
        response.set_header(name, value.format_map({**otherwise, **error.details}))


def refuse_falcons(
    request: falcon.Request, response: falcon.Response, error: falcon.HTTPError, params: Any
) -> None:
    """falcon's own refusals, in our envelope."""
    kinds = {404: NotFound("no such path"), 405: MethodNotAllowed("not for this method")}
    ours = kinds.get(error.status_code) or Malformed(error.description or error.title or "refused")
    if isinstance(error, falcon.HTTPMethodNotAllowed) and isinstance(error.headers, dict):
        response.set_header("Allow", error.headers["Allow"])
    refuse(request, response, ours, params)


def add_error_handlers(app: falcon.App[Any, Any], services: Services) -> None:
    """Adds these, and the fence around what goes wrong outside of dispatch."""

    def ours(
        request: falcon.Request, response: falcon.Response, error: ChatdError, params: Any
    ) -> None:
        proxies = services.config.server.trusted_proxies
        services.refusals.note(error, client_address(request.env, proxies))
        refuse(request, response, error, params)

    def fault(
        request: falcon.Request, response: falcon.Response, error: Exception, params: Any
    ) -> None:
        incident = secrets.token_hex(4)
        services.metrics.incidents.inc()
        log = logger.bind(area="http").opt(exception=error)
        log.error("incident {}: {} {!r} failed", incident, request.method, request.path)
        told = fault_of_ours(incident)
        refuse(request, response, told, params)

    app.add_error_handler(Exception, fault)
    app.add_error_handler(falcon.HTTPError, refuse_falcons)
    app.add_error_handler(ChatdError, ours)
