"""Headers of every answer: what keeps browsers careful, and which foreign pages may read it."""

from __future__ import annotations

import falcon

from chatd.domain.origins import allowed_sites
from chatd.errors import strange_page
from chatd.net.http.identity import is_own
from chatd.service.context import Services

DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
SITE = "/api/site"
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "600",
}


FILES = "/api/files"
UPLOADING = {
    **PREFLIGHT,
    "Access-Control-Allow-Methods": "GET, POST, HEAD, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Tus-Resumable, Upload-Length, "
    "Upload-Offset, Upload-Metadata, Upload-Checksum, Upload-Defer-Length, X-Requested-With",
}
EXPOSED = (
    "Retry-After, Location, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, "
    "Upload-Offset, Upload-Length, Upload-Expires, Content-Range"
)


class Headers:
    """Middleware: the headers of every answer, and who of other origins may read it."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def process_request(self, request: falcon.Request, response: falcon.Response) -> None:
        """Says which foreign pages may read the answer; a preflight is answered here."""
        origin = request.get_header("Origin")
        if origin is not None:
            self._cross_origin(request, response, origin, request.get_header("Host") or "")

    def _cross_origin(
        self, request: falcon.Request, response: falcon.Response, origin: str, host: str
    ) -> None:
        preflight = request.method == "OPTIONS"
        if not allowed_sites(self._services.config.sites, origin, host):
            if preflight and not is_own(request.env):
                raise strange_page(origin)
            # A page may read that it is not let in: there is nothing else in such an answer.
            if request.path == SITE:
                response.set_header("Access-Control-Allow-Origin", origin)
            return
        response.set_header("Access-Control-Allow-Origin", origin)
        files = request.path.startswith(FILES)
        exposed = EXPOSED if files else "Retry-After"
        response.set_header("Access-Control-Expose-Headers", exposed)
        if preflight:
            response.set_headers(UPLOADING if files else PREFLIGHT)
            response.status = 204
            response.complete = True

    def process_response(
        self,
        request: falcon.Request,
        response: falcon.Response,
        resource: object,
        succeeded: bool,
    ) -> None:
        """What keeps browsers careful; a page has set a policy of its own."""
        response.set_header("X-Content-Type-Options", "nosniff")
        response.set_header("Referrer-Policy", "same-origin")
        response.append_header("Vary", "Origin")
        if response.get_header("Content-Security-Policy") is None:
            response.set_header("Content-Security-Policy", DATA_POLICY)
        if response.get_header("Cache-Control") is None:
            response.set_header("Cache-Control", "no-store")
