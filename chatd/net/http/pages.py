"""The pages and scripts that the daemon serves: the files of ``chatd/web``, packed when asked for.

Which files there are is found out once, so that no path of a request ever reaches the disk. What
was built of them is read once, too: an update beside a running daemon changes nothing for it.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import falcon
from msgspec import Struct

from chatd.config.settings import Config
from chatd.errors import ChatdError, NotFound
from chatd.net.http import built
from chatd.net.http.trimming import trim

WEB = Path(__file__).parents[2] / "web"
TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}
EMBEDDED = ("widget/", "shared/", "vendor/", f"{built.DIRECTORY}/")
# What has its content in its name is never asked for again; the loader, which has not, is taken
# from the browser's cache and looked after behind that.
NAMED = re.compile(rf"{built.DIRECTORY}/.+-[A-Z0-9]{{8}}\.(js|css)\Z")
LOADER = f"{built.DIRECTORY}/widget.js"
FOREVER = "public, max-age=31536000, immutable"
BEHIND = "public, max-age=60, stale-while-revalidate=604800"
WORTH_PACKING = 500
# A file as a page names it.
ASSET = re.compile(r"(?<=assets/)[\w/-]+\.(js|css)\b")
NOTHING: Mapping[str, str] = {}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; "
    "connect-src 'self' ws://{host} wss://{host}; font-src 'self'; media-src 'self' data: blob:; "
    "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


class File(Struct, frozen=True):
    """A file as it is sent; ``packed`` empty when that would gain nothing."""

    changed: int
    type: str
    etag: str
    plain: bytes
    packed: bytes
    cache: str = "no-cache"


class Files:
    """All files below a directory by their relative names; those asked for are kept in memory."""

    def __init__(self, root: Path) -> None:
        self._paths = {
            path.relative_to(root).as_posix(): path
            for path in root.rglob("*")
            if path.is_file() and is_public(path.relative_to(root))
        }
        self._instead = built.find(root).files
        self._built = {
            name: load(path, 0, cache_of(name))
            for path in (built.beside(root).iterdir() if self._instead else ())
            for name in [f"{built.DIRECTORY}/{path.name}"]
        }
        self._loaded: dict[str, File] = {}

    def find(self, name: str) -> File:
        """A file as it is now; NotFound for what was not there when the daemon started."""
        made = self._built.get(self._instead.get(name, name))
        if made is not None:
            return made
        path = self._paths.get(name)
        if path is None:
            raise NotFound("no such path")
        try:
            return self._current(name, path)
        except OSError:
            raise NotFound("no such path any more") from None

    def _current(self, name: str, path: Path) -> File:
        changed = path.stat().st_mtime_ns
        file = self._loaded.get(name)
        if file is None or file.changed != changed:
            file = self._loaded[name] = load(path, changed, instead=self._instead)
        return file


def is_public(path: Path) -> bool:
    """Whether a file is for browsers: no hidden one, no Python."""
    hidden = any(part.startswith((".", "__")) for part in path.parts)
    return not hidden and path.suffix not in (".py", ".ts")


def cache_of(name: str) -> str:
    """For how long a browser keeps what was built."""
    return FOREVER if NAMED.match(name) else BEHIND if name == LOADER else "no-cache"


def load(
    path: Path, changed: int, cache: str = "no-cache", instead: Mapping[str, str] = NOTHING
) -> File:
    """A file, read and packed; a page names what was built in place of its own."""
    data = path.read_bytes()
    guessed = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    kind = guessed or "application/octet-stream"
    text = kind.startswith("text/") or kind in ("application/json", "image/svg+xml")
    if text:
        sent = trim(path, data.decode())
        if path.suffix == ".html":
            sent = ASSET.sub(lambda found: instead.get(found[0], found[0]), sent)
        data = sent.encode()
    packed = gzip.compress(data, 9, mtime=0) if text and len(data) > WORTH_PACKING else b""
    etag = f'"{hashlib.sha256(data).hexdigest()[:20]}"'
    return File(changed, f"{kind}; charset=utf-8" if text else kind, etag, data, packed, cache)


def send(request: falcon.Request, response: falcon.Response, file: File) -> None:
    """Answers with a file, or with 304 to who has it."""
    response.set_header("ETag", file.etag)
    response.set_header("Cache-Control", file.cache)
    response.append_header("Vary", "Accept-Encoding")
    if file.type.startswith("text/html"):
        host = request.get_header("Host") or "localhost"
        response.set_header("Content-Security-Policy", POLICY.format(host=host))
    if has_already(request, file):
        response.status = 304
        return
    response.content_type = file.type
    if file.packed and takes_gzip(request.get_header("Accept-Encoding") or ""):
        response.set_header("Content-Encoding", "gzip")
        response.data = file.packed
    else:
        response.data = file.plain


def has_already(request: falcon.Request, file: File) -> bool:
    """Whether the request names the very file that would be sent (RFC 9110, 13.1.2)."""
    named = request.get_header("If-None-Match") or ""
    tags = {tag.strip().removeprefix("W/") for tag in named.split(",")}
    return bool(tags & {"*", file.etag})


def takes_gzip(accepted: str) -> bool:
    """Whether a list like ``gzip, br;q=0.8`` has gzip in it, and not to refuse it."""
    for one in accepted.split(","):
        coding, _, weight = one.replace(" ", "").lower().partition(";q=")
        if coding in ("gzip", "*"):
            return weight.strip("0.") != "" or not weight
    return False


def allow_embedding(response: falcon.Response) -> None:
    """Pages of other origins may load this as a module, isolated ones (COEP) as well."""
    response.set_header("Access-Control-Allow-Origin", "*")
    response.set_header("Cross-Origin-Resource-Policy", "cross-origin")
    response.set_header("Access-Control-Expose-Headers", "ETag")


class Page:
    """One file under one path, while the configuration allows it."""

    def __init__(self, files: Files, name: str, allowed: Callable[[], bool]) -> None:
        self._files = files
        self._name = name
        self._allowed = allowed

    def on_get(self, request: falcon.Request, response: falcon.Response, **path: str) -> None:
        """→ the file."""
        if not self._allowed():
            raise NotFound("no such path")
        if request.env["PATH_INFO"][1:].endswith("/"):
            raise falcon.HTTPPermanentRedirect(without_slash(request))
        send(request, response, self._files.find(self._name))
        if self._name.startswith(EMBEDDED):
            allow_embedding(response)

    on_head = on_get


def without_slash(request: falcon.Request) -> str:
    """The same address without its last slash, below which a page's own addresses would not lead
    to its files; relative, for a proxy may show it below a path that is not known here."""
    name = quote(request.path.rpartition("/")[2], safe="")
    return f"../{name}?{request.query_string}" if request.query_string else f"../{name}"


class Assets:
    """Everything else below the directory."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def on_get(self, request: falcon.Request, response: falcon.Response, path: str) -> None:
        """→ the file."""
        send(request, response, self._files.find(path))
        if path.startswith(EMBEDDED):
            allow_embedding(response)

    on_head = on_get


class Logos:
    """The logos of the sites, under the names that ``/api/site`` tells."""

    def __init__(self, config: Callable[[], Config]) -> None:
        self._config = config

    def on_get(self, request: falcon.Request, response: falcon.Response, name: str) -> None:
        """→ the picture."""
        known = {logo.name: logo for logo in self._config().logos.values()}
        if name not in known:
            raise NotFound("no such path")
        logo = known[name]
        response.set_header("Cache-Control", FOREVER)
        response.content_type = logo.type
        response.data = logo.data
        allow_embedding(response)

    on_head = on_get


class Front(Page):
    """The page at the daemon's own address: that of its people, the landing page while there can be
    none."""

    def __init__(
        self, files: Files, config: Callable[[], Config], inhabited: Callable[[], bool]
    ) -> None:
        super().__init__(files, "people/index.html", lambda: config().web.people)
        self._config = config
        self._inhabited = inhabited
        self._was_inhabited = False  # asked until it is so: there may be very many
        self._landing = Page(files, "landing/index.html", lambda: config().web.landing)

    def _is_theirs(self) -> bool:
        """Whether anybody has an account, or may make one."""
        now = self._config()
        opened = any(one.registration != "closed" for one in now.sites.values())
        with suppress(ChatdError):  # a page is there whether or not the store is
            self._was_inhabited = self._was_inhabited or self._inhabited()
        return now.web.people and (opened or self._was_inhabited)

    def on_get(self, request: falcon.Request, response: falcon.Response, **path: str) -> None:
        """→ the file."""
        if self._is_theirs():
            super().on_get(request, response, **path)
        else:
            self._landing.on_get(request, response, **path)

    on_head = on_get


def add_routes(
    app: falcon.App[Any, Any],
    config: Callable[[], Config],
    root: Path = WEB,
    inhabited: Callable[[], bool] = bool,
) -> None:
    """Adds the pages; ``config`` says at any moment which of them are switched on, ``inhabited``
    whether anybody has an account."""
    files = Files(root)
    pages: dict[str, tuple[str, Callable[[], bool]]] = {
        "/start": ("landing/index.html", lambda: config().web.landing),
        "/d/{dialog}": ("people/inside.html", lambda: config().web.people),
        "/invite/{code}": ("people/inside.html", lambda: config().web.people),
        "/console": ("console/index.html", lambda: config().web.console),
        "/r/{room}": ("rooms/index.html", lambda: config().web.rooms),
        "/widget.js": ("widget/widget.js", lambda: True),
        "/push-worker.js": ("shared/push-worker.js", lambda: True),
        "/console.webmanifest": ("console/console.webmanifest", lambda: config().web.console),
    }
    for path, (name, allowed) in pages.items():
        app.add_route(path, Page(files, name, allowed))
    app.add_route("/", Front(files, config, inhabited))
    app.add_route("/logo/{name}", Logos(config))
    app.add_route("/assets/{path:path}", Assets(files))
