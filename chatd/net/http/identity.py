"""Who asks: by bearer token, or by the console's cookie when our own page proves to be asking."""

from __future__ import annotations

from typing import Any

import falcon

from chatd.domain.origins import allowed_sites
from chatd.domain.principal import ANONYMOUS, Principal
from chatd.domain.versions import rerun
from chatd.errors import Forbidden, Unauthenticated, foreign_token, strange_page
from chatd.net.address import came_by_https, client_address
from chatd.protocol.passkeys import PasskeyAsked
from chatd.protocol.results import LoggedIn, Result
from chatd.service import identity, presence
from chatd.service.context import Caller, Services

COOKIE = "chatd_session"
DEVICE = "chatd_device"
ASKED_BY = "chatd_passkey"
COOKIES_S = 365 * 86_400
CSRF_HEADER = "X-Chatd-Csrf"
CONSOLE_HEADER = "X-Chatd-Console"
MOST_COOKIES = 200
LONGEST_AGENT = 200
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def caller_of(services: Services, request: falcon.Request, *, cookie: bool = True) -> Caller:
    """Who asks; Unauthenticated for a token that is not good, Forbidden for a foreign page.

    ``cookie`` false: what visitors ask, where an operator's session has no say, although the
    browser sends its cookie along.
    """
    sites = sites_of(services, request)
    address = client_address(request.env, services.config.server.trusted_proxies)
    services.bans.check(address, "", services.now())
    token = token_of(request, cookie=cookie)
    principal = whose(services, token, address) if token else ANONYMOUS
    if principal.kind == "visitor" and sites is not None and principal.site not in sites:
        raise foreign_token()
    own = is_own(request.env)
    caller = Caller(
        principal,
        address,
        sites=sites,
        token=token,
        own=own,
        device=cookie_of(request.env, DEVICE) if own else None,
        page=(request.get_header("Origin") or "").lower() if own else "",
        asked_by=(cookie_of(request.env, ASKED_BY) or "") if own else "",
        agent=(request.get_header("User-Agent") or "")[:LONGEST_AGENT],
    )
    identity.refuse_foreign(principal, caller)
    if principal.id:
        services.connections.note_seen(principal.id, address, services.now())
    if principal.operator and not principal.must_enrol and is_meant(request):
        presence.note_operator(services, principal.operator)
    return caller


def whose(services: Services, token: str, address: str) -> Principal:
    """Whose token this is; Unauthenticated where that is sure, whatever is on its way to the disk
    and never comes to be."""

    def identify() -> Principal:
        try:
            return identity.identify(services, token, address)
        except Unauthenticated:
            services.store.confirm()
            raise

    return rerun(identify)


def is_meant(request: falcon.Request) -> bool:
    """Whether more than a link or a picture in somebody's page asks: who has a token in hand, our
    own page, or a script that may set headers."""
    named = ("Authorization", CSRF_HEADER, CONSOLE_HEADER)
    return is_own(request.env) or any(request.get_header(name) for name in named)


def sites_of(services: Services, request: falcon.Request) -> tuple[str, ...] | None:
    """The sites that the page behind a request may speak for; Forbidden for a foreign page.

    Our own pages may always ask, if only for operators: those belong to no site.
    """
    origin = request.get_header("Origin")
    if origin is None:
        return None
    sites = tuple(allowed_sites(services.config.sites, origin, request.get_header("Host") or ""))
    if not sites and not is_own(request.env):
        raise strange_page(origin)
    return sites


def token_of(request: falcon.Request, *, cookie: bool) -> str | None:
    """The bearer token, else the console's session."""
    header = request.get_header("Authorization")
    if header is None:
        return session_of(request) if cookie else None
    scheme, _, bearer = header.partition(" ")
    if scheme.lower() != "bearer" or not bearer.strip():
        raise Unauthenticated("Authorization is 'Bearer TOKEN'")
    return bearer.strip()


def session_of(request: falcon.Request) -> str | None:
    """The session in the console's cookie; to change things needs proof that our page asks."""
    token, own = cookie_of(request.env), is_own(request.env)
    if not token or request.method in SAFE:
        return token if own or request.get_header("Origin") is None else None
    if not own:
        raise Forbidden("a session by cookie changes things only for pages of this very origin")
    if not request.get_header(CSRF_HEADER):
        raise Forbidden(f"a session by cookie changes things only with the header {CSRF_HEADER}")
    return token


def cookie_of(environ: dict[str, Any], wanted: str = COOKIE) -> str | None:
    """The console's session, or what else a cookie holds; ``None`` where there are two of them."""
    said: str = environ.get("HTTP_COOKIE", "")
    pairs = (pair.strip().partition("=") for pair in said.split(";", MOST_COOKIES))
    values = [value.strip('"') for name, _, value in pairs if name == wanted]
    return values[0] if len(values) == 1 and values[0] else None


def is_own(environ: dict[str, Any]) -> bool:
    """Whether the browser says that a page of this very origin asks."""
    origin: str | None = environ.get("HTTP_ORIGIN")
    if origin is None:
        return environ.get("HTTP_SEC_FETCH_SITE") == "same-origin"
    host: str = environ.get("HTTP_HOST", "")
    return origin.partition("://")[2].lower() == host.lower() != ""


def wants_cookie(request: falcon.Request, body: dict[str, Any]) -> bool:
    """Whether who logs in is our console, which asks for a cookie; takes that out of the body."""
    asked = body.pop("cookie", False) is True
    return asked or request.get_header(CONSOLE_HEADER) is not None


def keep_session(
    services: Services,
    request: falcon.Request,
    response: falcon.Response,
    result: Result,
) -> None:
    """The console's session, and that it was opened in this browser, as cookies that no script
    reads and no foreign page sends; without a token the session's goes. How long a session lasts
    is not the browser's to know. Where a passkey is asked for, which browser that was is kept as
    long as it may answer."""
    kept, lasts_s = list[tuple[str, str]](), COOKIES_S
    if isinstance(result, LoggedIn):
        kept = [(DEVICE, result.device), (COOKIE, result.token)]
    elif isinstance(result, PasskeyAsked):
        kept, lasts_s = [(ASKED_BY, result.asked_by)], result.seconds
    else:
        response.unset_cookie(COOKIE, path="/", samesite="Strict")
    for name, value in kept:
        response.set_cookie(
            name,
            value,
            max_age=lasts_s,
            path="/",
            secure=came_by_https(request.env, services.config.server.trusted_proxies),
            http_only=True,
            same_site="Strict",
        )
