"""The falcon application: every route a resource, every error an envelope."""

from __future__ import annotations

from typing import Any

import falcon

from chatd.context import Services
from chatd.dispatch import Dispatcher
from chatd.domain.origins import allowed_sites
from chatd.errors import ChatdError, Malformed, NotFound
from chatd.net.http import health, openapi, pages
from chatd.net.http.request import COOKIE, body_of, caller_of
from chatd.net.http.routes import ROUTES, Route
from chatd.net.http.views import rendered
from chatd.protocol.commands import Command
from chatd.protocol.envelope import convert, encode_json

JSON = "application/json"


class MethodNotAllowed(ChatdError):
    """The path exists, but not for this method."""

    code, status = "method_not_allowed", 405


class Resource:
    """All methods of one path."""

    def __init__(self, dispatcher: Dispatcher, services: Services, routes: list[Route]) -> None:
        self._dispatcher = dispatcher
        self._services = services
        for route in routes:
            setattr(self, f"on_{route.method.lower()}", self._responder(route))

    def _responder(self, route: Route) -> Any:
        def respond(request: falcon.Request, response: falcon.Response, **path_fields: str) -> None:
            result = self._result(route, request, response, path_fields)
            response.status = route.status
            response.data = encode_json({"success": True, "data": chosen(route, rendered(result))})

        return respond

    def _result(
        self,
        route: Route,
        request: falcon.Request,
        response: falcon.Response,
        path_fields: dict[str, str],
    ) -> Any:
        services = self._services
        body = body_of(services, request) if request.method == "POST" else {}
        if route.action:
            return route.action(self._dispatcher, services, request, body)
        wants_cookie = body.pop("cookie", False) is True if route.cookie == "begin" else True
        command = command_of(route, request, body, path_fields)
        result = self._dispatcher.carry_out(caller_of(services, request), command)
        if route.cookie and wants_cookie:
            keep_session(services, request, response, result.get("token"))
        return result


def command_of(
    route: Route, request: falcon.Request, body: dict[str, Any], path_fields: dict[str, str]
) -> Command:
    """A request as its command: path, query and body are its fields."""
    if request.method != "POST":
        query = {name: value for name, value in request.params.items() if isinstance(value, str)}
        return convert(route.command, query | path_fields | route.fixed, strict=False)
    fields = body | path_fields | route.fixed
    if "ticket_id" in fields and route.command.about == "dialog_id":
        fields["dialog_id"] = fields.pop("ticket_id")
    return convert(route.command, fields)


def chosen(route: Route, result: Any) -> Any:
    """The data of the envelope."""
    if not route.takes:
        return result
    if route.takes[0].startswith("*"):
        return result[route.takes[0][1:]]
    return {name: result[name] for name in route.takes}


def keep_session(
    services: Services, request: falcon.Request, response: falcon.Response, token: str | None
) -> None:
    """The console's session as a cookie that no script reads and no foreign page sends; or none."""
    seconds = services.config.tokens.operator_hours * 3600 if token else 0
    response.set_cookie(
        COOKIE,
        token or "",
        max_age=seconds,
        path="/",
        secure=request.forwarded_scheme == "https",
        http_only=True,
        same_site="Strict",
    )


class Headers:
    """Headers of every answer, cross-origin ones included, and answers to preflights."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def process_request(self, request: falcon.Request, response: falcon.Response) -> None:
        """A preflight is answered here."""
        origin = request.get_header("Origin")
        if origin is None:
            return
        host = request.get_header("Host") or ""
        if not allowed_sites(self._services.config.sites, origin, host):
            return
        response.set_header("Access-Control-Allow-Origin", origin)
        response.set_header("Vary", "Origin")
        if request.method == "OPTIONS":
            response.set_header("Access-Control-Allow-Methods", "GET, POST")
            response.set_header("Access-Control-Allow-Headers", "Authorization, Content-Type")
            response.set_header("Access-Control-Max-Age", "600")
            response.status = 204
            response.complete = True

    def process_response(
        self,
        request: falcon.Request,
        response: falcon.Response,
        resource: object,
        succeeded: bool,
    ) -> None:
        """What keeps browsers careful."""
        response.set_header("X-Content-Type-Options", "nosniff")
        response.set_header("Referrer-Policy", "same-origin")
        if response.get_header("Cache-Control") is None:
            response.set_header("Cache-Control", "no-store")


def refuse(
    request: falcon.Request, response: falcon.Response, error: ChatdError, params: Any
) -> None:
    """An error of ours as the failure envelope."""
    response.status = error.status
    response.data = encode_json({"success": False, "error": error.as_dict()})
    response.content_type = JSON
    if "retry_after" in error.details:
        response.set_header("Retry-After", str(error.details["retry_after"]))


def refuse_falcons(
    request: falcon.Request, response: falcon.Response, error: falcon.HTTPError, params: Any
) -> None:
    """falcon's own refusals, in our envelope."""
    kinds = {404: NotFound("no such path"), 405: MethodNotAllowed("not for this method")}
    ours = kinds.get(error.status_code) or Malformed(error.description or error.title or "refused")
    for name, value in (error.headers or {}).items() if isinstance(error.headers, dict) else ():
        response.set_header(name, value)
    refuse(request, response, ours, params)


def make_http_app(dispatcher: Dispatcher, services: Services) -> falcon.App[Any, Any]:
    """The WSGI application."""
    app = falcon.App(middleware=[Headers(services)], media_type=JSON)
    app.req_options.strip_url_path_trailing_slash = True
    app.req_options.keep_blank_qs_values = True
    app.req_options.auto_parse_qs_csv = False
    app.add_error_handler(ChatdError, refuse)
    app.add_error_handler(falcon.HTTPError, refuse_falcons)
    paths: dict[str, list[Route]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, []).append(route)
    for path, routes in paths.items():
        app.add_route(path, Resource(dispatcher, services, routes))
    app.add_route("/openapi.json", openapi.Document())
    health.add_routes(app, services)
    pages.add_routes(app, services)
    return app
