"""The recipes of docs/proxies.md show pages, sockets and where people come from."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import eventually
from tests.proxies import HERE, PROXIES, make_certificate, proxy

ELSEWHERE = "127.0.0.9"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"))


class Visitor:
    """A browser's part: looks the name up by itself, and comes from an address of its own."""

    def __init__(self, port: int, certificate: Path, path: str) -> None:
        self.trust = ssl.create_default_context(cafile=f"{certificate}.pem")
        self._certificate, self._port, self._path = certificate, port, path

    def line(self) -> socket.socket:
        """A connection to the proxy."""
        return socket.create_connection((HERE, self._port), 20, (ELSEWHERE, 0))

    def get(self, path: str) -> tuple[int, str]:
        """Status and body."""
        with self.trust.wrap_socket(self.line(), server_hostname="chat.example") as line:
            head = f"GET {self._path}{path} HTTP/1.1\r\nHost: chat.example:{self._port}\r\n"
            line.sendall(f"{head}Connection: close\r\n\r\n".encode())
            answer = b"".join(iter(lambda: line.recv(65_536), b"")).decode()
        return int(answer.split(" ", 2)[1]), answer

    @contextmanager
    def client(self) -> Iterator[Client]:
        """A page's WebSocket, in the browser's manner.

        openssl does the TLS: that of Python must not be read and written by two threads at once,
        as the client does, and stands still for ever when it is.
        """
        here, there = socket.socketpair()
        tls = subprocess.Popen(
            [
                *("openssl", "s_client", "-quiet", "-verify_return_error"),
                *("-CAfile", f"{self._certificate}.pem", "-servername", "chat.example"),
                *("-bind", ELSEWHERE, "-connect", f"{HERE}:{self._port}"),
            ],
            stdin=there,
            stdout=there,
            stderr=subprocess.DEVNULL,
        )
        there.close()
        try:
            with Client(
                f"ws://chat.example:{self._port}{self._path}",
                origin=f"https://chat.example:{self._port}",
                sock=here,
            ) as client:
                yield client
        finally:
            tls.kill()
            tls.wait(20)


@pytest.mark.parametrize("path", ["", "/chat"])
@pytest.mark.parametrize("language", PROXIES)
def test_a_recipe_shows_pages_sockets_and_where_people_come_from(
    make_daemon: MakeDaemon, certificate: Path, language: str, path: str
) -> None:
    names = {"sites": {"default": {"origins": ["self", "https://chat.example"]}}}
    daemon = make_daemon({"server": {"trusted_proxies": [HERE]}, **names})
    with proxy(language, daemon, certificate, path=bool(path)) as port:
        visitor = Visitor(port, certificate, path)
        status, page = eventually(lambda: (got := visitor.get("/console"))[0] == 200 and got)
        script = re.search(r'script type="module" src="([^"]+)"', page)
        assert status == 200 and script and not script[1].startswith("/")
        assert visitor.get(f"/{script[1]}")[0] == 200
        assert visitor.get("/ws")[0] == 426
        with visitor.client() as one, visitor.client() as other:
            one.hello(name="Аня")
            other.hello(name="Боря")
            one.join("lobby")
            other.join("lobby")
            one.say("lobby", "привет")
            assert other.expect("message:new")["content"] == "привет"
        if path:
            redirected = Visitor(port, certificate, "").get("/chat")
            assert redirected[0] in (301, 302) and "/chat/" in redirected[1]
        with visitor.client() as one:
            one.hello(name="Вера")
            (shown,) = daemon.admin_json("connections")["connections"]
            assert shown["address"] == ELSEWHERE
