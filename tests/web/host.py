"""A web server of somebody else's: pages under names below .test, with headers as asked for."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import NamedTuple


class Served(NamedTuple):
    """A page as it is sent."""

    body: bytes
    headers: dict[str, str]


class Host:
    """Serves what was put under a path, to whatever name it is asked by."""

    def __init__(self) -> None:
        self._pages: dict[str, Served] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.port = self._server.server_port

    def __enter__(self) -> Host:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def origin(self, name: str) -> str:
        """The origin of this server's pages under a name like ``shop.test``."""
        return f"http://{name}:{self.port}"

    def put(self, path: str, html: str, headers: dict[str, str] | None = None) -> None:
        """A page from now on."""
        self._pages[path] = Served(html.encode(), headers or {})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        pages = self._pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = pages.get(self.path.partition("?")[0])
                found = page or Served(b"", {})
                self.send_response(200 if page else 204)
                self.send_header("Content-Length", str(len(found.body)))
                usual = {"Content-Type": "text/html; charset=utf-8"}
                for name, value in (usual | found.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(found.body)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        return Handler
