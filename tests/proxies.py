"""The recipes of docs/proxies.md, word for word, carried out by the real programs."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import ports
from tests.daemon import Daemon, eventually

RECIPES = (Path(__file__).parents[1] / "docs" / "proxies.md").read_text("utf-8")
HERE = "127.0.0.1"


def recipe(language: str, *, path: bool) -> str:
    """The configuration of a proxy; ``path``: with its part that shows chatd below ``/chat/``."""
    blocks = re.findall(rf"^```{language}( path)?\n(.*?)^```", RECIPES, re.M | re.S)
    whole, below = (block for _, block in blocks)
    if not path:
        return whole
    replaced = {
        "nginx": r"    location / \{.*?\n    \}\n",
        "caddy": r"    reverse_proxy .*?\n",
        "haproxy": r"    default_backend .*?\nbackend chatd\n",
    }[language]
    changed, count = re.subn(replaced, lambda _: below, whole, count=1, flags=re.S)
    assert count == 1
    return changed


def make_certificate(directory: Path, whose: str = "DNS:chat.example") -> Path:
    """``chat.example.pem``, ``.key``, ``.both.pem`` in a directory; the path without ending."""
    place = directory / "chat.example"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "30", "-subj", "/CN=chat.example"),
            *("-addext", f"subjectAltName={whose}"),
            *("-keyout", f"{place}.key", "-out", f"{place}.pem"),
        ],
        check=True,
        capture_output=True,
    )
    both = Path(f"{place}.pem").read_text() + Path(f"{place}.key").read_text()
    Path(f"{place}.both.pem").write_text(both)
    return place


def nginx(text: str, home: Path) -> list[str]:
    """nginx with a file of its conf.d."""
    kept = " ".join(
        f"{name}_temp_path {home}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    frame = f"pid {home}/pid; error_log stderr; events {{}}\nhttp {{ access_log off; {kept}\n"
    (home / "conf").write_text(f"daemon off; {frame}{text}}}\n")
    return ["nginx", "-p", str(home), "-c", str(home / "conf"), "-e", "stderr"]


def caddy(text: str, home: Path) -> list[str]:
    """Caddy with a file; it opens no port of its own beside."""
    (home / "conf").write_text(f"{{\n admin off\n auto_https disable_redirects\n}}\n{text}")
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(home / "conf")]


def haproxy(text: str, home: Path) -> list[str]:
    """HAProxy with a file."""
    (home / "conf").write_text(text)
    return ["haproxy", "-db", "-f", str(home / "conf")]


PROXIES: dict[str, Callable[[str, Path], list[str]]] = {
    "nginx": nginx,
    "caddy": caddy,
    "haproxy": haproxy,
}


@contextmanager
def proxy(language: str, daemon: Daemon, certificate: Path, *, path: bool) -> Iterator[int]:
    """A running proxy in front of a daemon; its port."""
    port, home = next(ports.FREE), daemon.home / "proxy"
    home.mkdir()
    text = recipe(language, path=path)
    port_of = {
        "nginx": ("listen 443", f"listen {HERE}:{port}"),
        "caddy": ("chat.example {", f"chat.example:{port} {{\n    bind {HERE}"),
        "haproxy": ("bind :443", f"bind {HERE}:{port}"),
    }[language]
    for old, new in (
        port_of,
        (f"{HERE}:8080", daemon.address),
        ("/etc/ssl/chat.example", str(certificate)),
    ):
        assert old in text
        text = text.replace(old, new)
    program = PROXIES[language](text, home)
    assert shutil.which(program[0]), f"{program[0]} is not here: 'make test' installs it"
    with (home / "log").open("w") as log:
        running = subprocess.Popen(
            program, stdout=log, stderr=log, env={"HOME": str(home), "PATH": "/usr/sbin:/usr/bin"}
        )
    try:
        eventually(lambda: running.poll() is not None or reachable(port))
        assert running.poll() is None, (home / "log").read_text()
        yield port
    finally:
        running.terminate()
        running.wait(20)


def reachable(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex((HERE, port)) == 0
