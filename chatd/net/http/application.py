"""The falcon application: every route a resource, each request a command, its result enveloped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import falcon
from msgspec.structs import replace

from chatd.dispatch.dispatcher import Dispatcher
from chatd.domain.person import AVATARS_PATH
from chatd.errors import Forbidden, Invalid, nobody
from chatd.net.http import downloads, health, openapi, pages, tables, transcripts, tus, upgrading
from chatd.net.http.bodies import body_of
from chatd.net.http.headers import Headers
from chatd.net.http.identity import caller_of, is_meant, keep_session, wants_cookie
from chatd.net.http.refusals import JSON, add_error_handlers
from chatd.net.http.route import Route
from chatd.net.http.routes import ROUTES
from chatd.net.http.views import render
from chatd.protocol.commands import Command
from chatd.protocol.envelope import convert, encode_json
from chatd.service import attachments, people
from chatd.service.context import Caller, Services

DESK = "/api/admin/"
IN_COOKIES = ("token", "asked_by")


class Resource:
    """All methods of one path."""

    def __init__(self, dispatcher: Dispatcher, services: Services, routes: list[Route]) -> None:
        self._dispatcher = dispatcher
        self._services = services
        for route in routes:
            respond = self._responder(route)
            setattr(self, f"on_{route.method.lower()}", respond)
            if route.method == "GET":
                self.on_head = respond

    def _responder(self, route: Route) -> Any:
        def respond(request: falcon.Request, response: falcon.Response, **path_fields: str) -> None:
            if route.written and (kind := transcripts.kind_for(request)):
                pages = self._pages(route, request, path_fields)
                transcripts.answer(response, kind, pages, path_fields["ticket_id"])
                return
            if route.table and tables.is_wanted(request):
                tables.answer(response, self._pages(route, request, path_fields), route.table)
                return
            result = self._result(route, request, response, path_fields)
            response.status = route.status
            response.data = encode_json({"success": True, "data": choose_data(route, result)})

        return respond

    def _pages(
        self, route: Route, request: falcon.Request, path_fields: dict[str, str]
    ) -> Iterator[Any]:
        """All pages behind each other; what is refused is refused before anything is written."""
        caller = self._caller(route, request)
        command: Any = command_of(route, request, {}, path_fields)
        first: Any = self._dispatcher.carry_out(caller, command)

        def pages() -> Iterator[Any]:
            page = first
            while page.cursor:
                yield page
                page = self._dispatcher.carry_out(caller, replace(command, cursor=page.cursor))
            yield page

        return pages()

    def _result(
        self,
        route: Route,
        request: falcon.Request,
        response: falcon.Response,
        path_fields: dict[str, str],
    ) -> dict[str, Any]:
        services = self._services
        caller = self._caller(route, request)
        body = body_of(services, request, route.command) if route.method == "POST" else {}
        if route.action:
            return render(route.action(self._dispatcher, services, caller, body))
        asked = route.cookie == "begin" and wants_cookie(request, body)
        command = command_of(route, request, body, path_fields)
        try:
            result = self._dispatcher.carry_out(caller, command)
        except Invalid as error:
            raise in_words_of(route, error) from None
        if asked or route.cookie in ("end", "ask"):
            keep_session(services, request, response, result)
            return {name: value for name, value in render(result).items() if name not in IN_COOKIES}
        return render(result)

    def _caller(self, route: Route, request: falcon.Request) -> Caller:
        """Who asks. Nothing that they sent is read before they are somebody, where only somebody
        may ask."""
        cookie = route.method == "GET" or not route.open
        caller = caller_of(self._services, request, cookie=cookie)
        if not route.open and caller.principal.kind == "anonymous":
            raise nobody()
        if route.path.startswith(DESK) and caller.principal.kind == "visitor":
            raise Forbidden(f"{DESK}… is for operators: customers have /api/support/…")
        return caller


def command_of(
    route: Route, request: falcon.Request, body: dict[str, Any], path_fields: dict[str, str]
) -> Command:
    """A request as its command: path, query and body are its fields. What a path implies is done
    for who means it: a picture in a foreign page, or HEAD, has no effect."""
    if route.method == "GET":
        meant = is_meant(request) and request.method == "GET"
        implied = route.fixed if meant else dict.fromkeys(route.fixed, False)
        fields = query_of(request) | path_fields | implied
    else:
        fields = body | path_fields | route.fixed
    for field, name in route.renamed.items():
        if name in fields:
            fields[field] = fields.pop(name)
    try:
        return convert(route.command, fields, strict=route.method != "GET")
    except Invalid as error:
        raise in_words_of(route, error) from None


def in_words_of(route: Route, error: Invalid) -> Invalid:
    """An error that names a field as this path has it."""
    field = error.details.get("field", "")
    if name := route.renamed.get(field):
        text = error.message.replace(f"'{field}'", f"'{name}'")
        return type(error)(text, **{**error.details, "field": name})
    return error


def query_of(request: falcon.Request) -> dict[str, Any]:
    """The query's fields; Invalid for one that is given twice."""
    for name, value in request.params.items():
        if not isinstance(value, str):
            raise Invalid(f"'{name[:64]}' is given twice", field=name[:64])
    return dict(request.params)


def choose_data(route: Route, result: dict[str, Any]) -> Any:
    """The data of the envelope."""
    return result[route.takes] if route.takes else result


def make_http_app(dispatcher: Dispatcher, services: Services) -> falcon.App[Any, Any]:
    app = falcon.App(middleware=[Headers(services)], media_type=JSON)
    app.req_options.strip_url_path_trailing_slash = True
    app.req_options.keep_blank_qs_values = True
    app.req_options.auto_parse_qs_csv = False
    add_error_handlers(app, services)
    paths: dict[str, list[Route]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, []).append(route)
    for path, routes in paths.items():
        app.add_route(path, Resource(dispatcher, services, routes))
    app.add_route("/openapi.json", openapi.Document())
    app.add_route("/ws", upgrading.WebSocketOnly())
    app.add_route(attachments.PATH, tus.Uploads(dispatcher, services))
    app.add_route(f"{attachments.PATH}/{{file_id}}", tus.Upload(dispatcher, services))
    for rest in ("", "/{signed}", "/{signed}/{name}"):
        path = f"{attachments.PATH}/{{file_id}}/{{what}}{rest}"
        app.add_route(path, downloads.Content(services))
    app.add_route(f"{AVATARS_PATH}/{{file_id}}", downloads.Avatar(services))
    health.add_routes(app, services)
    pages.add_routes(app, lambda: services.config, inhabited=lambda: people.has_any(services))
    return app
