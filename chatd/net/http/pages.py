"""The pages and scripts that the daemon serves: files of ``chatd/web``, read and packed once."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import lru_cache
from pathlib import Path
from typing import Any

import falcon
from msgspec import Struct

from chatd.config import WebSettings
from chatd.context import Services
from chatd.errors import NotFound

WEB = Path(__file__).parents[2] / "web"
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".woff2": "font/woff2"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; "
    "connect-src 'self' ws: wss:; font-src 'self'; media-src 'self' data:; manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class File(Struct, frozen=True):
    """A file as it is sent."""

    type: str
    etag: str
    plain: bytes
    packed: bytes


@lru_cache(maxsize=512)
def load(name: str) -> File | None:
    """A file below ``chatd/web``; nothing for a path that leads out of it."""
    path = (WEB / name).resolve()
    if not path.is_relative_to(WEB) or not path.is_file() or path.suffix == ".py":
        return None
    data = path.read_bytes()
    guessed = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    kind = guessed or "application/octet-stream"
    text = kind.startswith("text/") or kind in ("application/json", "image/svg+xml")
    etag = f'"{hashlib.sha256(data).hexdigest()[:20]}"'
    packed = gzip.compress(data, 9, mtime=0) if text and len(data) > 500 else b""
    return File(f"{kind}; charset=utf-8" if text else kind, etag, data, packed)


def send(request: falcon.Request, response: falcon.Response, name: str) -> None:
    """Answers with a file, or with 304 to who has it."""
    file = load(name)
    if file is None:
        raise NotFound("no such path")
    response.set_header("ETag", file.etag)
    response.set_header("Cache-Control", "no-cache")
    response.set_header("Vary", "Accept-Encoding")
    response.set_header("Content-Security-Policy", POLICY)
    response.content_type = file.type
    if file.etag in (request.get_header("If-None-Match") or ""):
        response.status = 304
        return
    if file.packed and "gzip" in (request.get_header("Accept-Encoding") or ""):
        response.set_header("Content-Encoding", "gzip")
        response.data = file.packed
    else:
        response.data = file.plain


class Page:
    """One file under one path, while the configuration allows it."""

    def __init__(self, services: Services, name: str, switch: str = "") -> None:
        self._services = services
        self._name = name
        self._switch = switch

    def on_get(self, request: falcon.Request, response: falcon.Response, **path: str) -> None:
        """→ the file."""
        settings: WebSettings = self._services.config.web
        if self._switch and not getattr(settings, self._switch):
            raise NotFound("no such path")
        send(request, response, self._name)


class Assets:
    """Everything else below ``chatd/web``."""

    def on_get(self, request: falcon.Request, response: falcon.Response, path: str) -> None:
        """→ the file."""
        send(request, response, path)
        if path.startswith(("widget/", "shared/", "vendor/")):
            response.set_header("Access-Control-Allow-Origin", "*")


def add_routes(app: falcon.App[Any, Any], services: Services) -> None:
    """Adds the pages."""
    app.add_route("/", Page(services, "landing/index.html", "landing"))
    app.add_route("/console", Page(services, "console/index.html", "console"))
    app.add_route("/r/{room}", Page(services, "rooms/index.html", "rooms"))
    app.add_route("/widget.js", Page(services, "widget/widget.js"))
    app.add_route("/assets/{path:path}", Assets())
