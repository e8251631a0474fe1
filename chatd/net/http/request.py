"""What a request brings: who asks, from which site, and a body that is all right."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Any

import falcon
import gevent
import msgspec

from chatd.context import Caller, Services
from chatd.domain.origins import allowed_sites
from chatd.domain.principal import ANONYMOUS
from chatd.errors import ChatdError, Forbidden, Malformed, TooLarge, Unauthenticated
from chatd.handlers import identity
from chatd.net.address import client_address
from chatd.protocol.envelope import invalid

COOKIE = "chatd_session"
CSRF_HEADER = "X-CHATD-CSRF"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
BODY_SECONDS = 15.0


class UnsupportedMedia(ChatdError):
    """A body that is not JSON."""

    code, status = "unsupported_media_type", 415


def caller_of(services: Services, request: falcon.Request) -> Caller:
    """Who asks; Unauthenticated for a token that is not good, Forbidden for a foreign page."""
    sites = sites_of(services, request)
    address = client_address(request.env, services.config.server.trusted_proxies)
    token = token_of(request, sites)
    principal = identity.identify(services, token) if token else ANONYMOUS
    if principal.kind == "visitor" and sites is not None and principal.site not in sites:
        raise Forbidden("this token belongs to another site")
    if principal.operator:
        services.operators.saw(principal.operator, services.now())
    return Caller(principal, address, None, sites, token)


def sites_of(services: Services, request: falcon.Request) -> tuple[str, ...] | None:
    """The sites that the page behind a request may speak for; Forbidden when there is none."""
    origin = request.get_header("Origin")
    if origin is None:
        return None
    sites = tuple(allowed_sites(services.config.sites, origin, request.get_header("Host") or ""))
    if not sites:
        raise Forbidden("this page's origin may not ask")
    return sites


def token_of(request: falcon.Request, sites: tuple[str, ...] | None) -> str | None:
    """The bearer token, or the console's cookie with the proof that our own page asks."""
    header = request.get_header("Authorization")
    if header is not None:
        scheme, _, bearer = header.partition(" ")
        if scheme.lower() != "bearer" or not bearer.strip():
            raise Unauthenticated("Authorization is 'Bearer TOKEN'")
        return bearer.strip()
    token = cookie_of(request.env)
    if token and request.method not in SAFE and not request.get_header(CSRF_HEADER):
        raise Forbidden(f"a session by cookie changes things only with the header {CSRF_HEADER}")
    return token


def cookie_of(environ: dict[str, Any]) -> str | None:
    """The session in the console's cookie; only a page of our own origin may use it."""
    try:
        cookie = SimpleCookie(environ.get("HTTP_COOKIE", "")).get(COOKIE)
    except CookieError:
        return None
    origin = environ.get("HTTP_ORIGIN")
    own = origin is None or origin.partition("://")[2] == environ.get("HTTP_HOST")
    return cookie.value if cookie and own else None


def body_of(services: Services, request: falcon.Request) -> dict[str, Any]:
    """The JSON object in the body; nothing is read that is too long."""
    limit = services.config.server.max_body_bytes
    if (request.content_length or 0) > limit:
        raise TooLarge(f"a body holds at most {limit} bytes", limit=limit)
    with gevent.Timeout(BODY_SECONDS, Malformed(f"the body took over {BODY_SECONDS:.0f} s")):
        data = request.bounded_stream.read(limit + 1)
    if len(data) > limit:
        raise TooLarge(f"a body holds at most {limit} bytes", limit=limit)
    if not data:
        return {}
    if (request.content_type or "").partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMedia("a body is application/json")
    try:
        body = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Malformed(f"the body is not JSON: {str(error)[:200]}") from None
    if not isinstance(body, dict):
        raise Malformed("the body is a JSON object")
    return body


def form(fields: dict[str, Any], type: Any, where: str) -> Any:
    """Fields as a typed form; Invalid names the field."""
    try:
        return msgspec.convert(fields, type)
    except msgspec.ValidationError as error:
        raise invalid(error, where) from None
