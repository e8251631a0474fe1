"""Files over HTTP: by a short link, or by who one is; whole, or a range; never as a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import falcon

from chatd.domain.file import File
from chatd.errors import ChatdError, NotFound, nobody
from chatd.net.address import client_address
from chatd.net.http.identity import caller_of
from chatd.service import attachments, avatars
from chatd.service.context import Services

# What a browser shows in its place; everything else it saves.
SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
PLAYED = ("audio/", "video/")
POLICY = (
    "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; "
    "frame-ancestors 'none'"
)
RANGE = re.compile(r"bytes=(\d{0,16})-(\d{0,16})\Z")
KEPT = "private, max-age=31536000, immutable"
# What is made of a file, and its type; of one there is one of them at most.
MADE = {"preview": "image/webp", "m4a": "audio/mp4"}


class NoSuchRange(ChatdError):
    """A part that begins behind the end."""

    code, status = "range_not_satisfiable", 416


class Content:
    """``/api/files/ID/content``, ``preview``, ``m4a``, with or without a link's proof, and name."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def on_get(
        self,
        request: falcon.Request,
        response: falcon.Response,
        file_id: str,
        what: str,
        signed: str = "",
        name: str = "",
    ) -> None:
        """All of the bytes, or the part that is asked for."""
        file, max_age = self._find(request, file_id, what, signed)
        digest, size, kind = self._choose(file, what)
        etag = f'"{digest}"'
        saved = "save" in request.params
        tell_kind(response, file, what, kind, max_age, saved=saved)
        response.set_header("ETag", etag)
        response.set_header("Accept-Ranges", "bytes")
        if request.get_header("If-None-Match") == etag:
            response.status = 304
            response.content_type = None
            return
        begin, end = 0, size
        if (part := range_of(request, size, etag)) is not None:
            begin, end = part
            response.status = 206
            response.set_header("Content-Range", f"bytes {begin}-{end - 1}/{size}")
        response.content_length = end - begin
        if request.method == "GET":
            address = client_address(request.env, self._services.config.server.trusted_proxies)
            limiter = self._services.limiter
            limiter.hit("file_reads_per_address", address, end - begin)
            response.stream = self._read(digest, begin, end - begin)

    on_head = on_get

    def _find(
        self, request: falcon.Request, id: str, what: str, signed: str
    ) -> tuple[File, int | None]:
        """The file, if who asks may have it, and how long they may keep it. A link opens it for
        whom nobody knows; who is known has to be one who may."""
        services = self._services
        caller = caller_of(services, request)
        if caller.principal.kind != "anonymous":
            return attachments.find_visible(services, caller.principal, id)[0], None
        if not signed:
            raise nobody()
        until = attachments.check_link(services, id, what, signed)
        file = services.store.get(File, id)
        if file is None:
            raise NotFound("no such file")
        return file, max(0, until - int(services.now()))

    def _choose(self, file: File, what: str) -> tuple[str, int, str]:
        """Which bytes, how many, and what they are."""
        if file.state != "ready" or what not in ("content", *MADE):
            raise NotFound("no such file")
        if what == "content":
            return file.sha256, file.size, file.type
        digest = getattr(file, what)
        if not digest:
            raise NotFound(f"this file has no {what}")
        return digest, file.kept - file.size, MADE[what]

    def _read(self, digest: str, offset: int, size: int) -> Iterator[bytes]:
        pieces = self._services.bytes.pieces(digest, offset, size)
        first = next(pieces, b"")  # what is not there is told before anything of it is

        def rest() -> Iterator[bytes]:
            yield first
            yield from pieces

        return rest()


class Avatar:
    """``/api/avatars/ID``: somebody's picture, for whoever was told its path."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def on_get(self, request: falcon.Request, response: falcon.Response, file_id: str) -> None:
        """All of it; it never changes."""
        services, file = self._services, avatars.find(self._services, file_id)
        tell_kind(response, file, "content", file.type, None, saved=False)
        response.set_header("Cache-Control", KEPT)
        response.content_length = file.size
        if request.method == "GET":
            address = client_address(request.env, services.config.server.trusted_proxies)
            services.limiter.hit("file_reads_per_address", address, file.size)
            response.data = b"".join(services.bytes.pieces(file.sha256, 0, file.size))

    on_head = on_get


def tell_kind(
    response: falcon.Response,
    file: File,
    what: str,
    kind: str,
    max_age: int | None,
    *,
    saved: bool,
) -> None:
    """What it is, and that it is nothing that runs. ``saved``: not to be shown in any case."""
    text = kind.startswith("text/")
    response.content_type = "text/plain; charset=utf-8" if text else kind
    shown = not saved and (kind in SHOWN or kind.startswith(PLAYED))
    way = "inline" if shown else "attachment"
    name = f"{file.name}.m4a" if what == "m4a" else file.name
    plain = "".join(char if char.isascii() and char not in '"\\%' else "_" for char in name)
    disposition = f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    cached = "private, no-cache" if max_age is None else f"private, max-age={max_age}"
    response.set_headers(
        {
            "Content-Security-Policy": POLICY,
            "Content-Disposition": disposition,
            "Cache-Control": cached,
        }
    )


def range_of(request: falcon.Request, size: int, etag: str) -> tuple[int, int] | None:
    """From where to where, where one part is asked for and the file is the one that it is asked
    of; NoSuchRange for one behind its end. Several are answered with all of it."""
    asked = RANGE.match(request.get_header("Range") or "")
    if asked is None or (request.get_header("If-Range") or etag) != etag:
        return None
    first, last = asked.groups()
    if not first and not last:
        return None
    begin = int(first) if first else max(0, size - int(last))
    end = min(int(last) + 1, size) if first and last else size
    if begin >= size:
        raise NoSuchRange(f"this file has {size} bytes", size=size)
    return (begin, end) if begin < end else None
