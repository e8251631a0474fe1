"""What the checks ask of the machine they run in, of systemd and of chatd."""

from __future__ import annotations

import json
import pwd
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.client import Client

CHECKOUT = Path(__file__).parents[2]
SERVICE, SOCKET = "chatd.service", "chatd.socket"
ADDRESS = "127.0.0.1:8080"
CONFIG = Path("/etc/chatd/chatd.toml")
DROP_INS = Path("/run/systemd/system/chatd.service.d")
DATA = Path("/var/lib/chatd")
BACKUPS = Path("/var/backups/chatd")
PAGES = (
    *("/console", "/r/lobby", "/widget.js", "/assets/vendor/preact.js", "/api/rooms"),
    *("/readyz", "/metrics"),
)
PATIENCE_S = 300.0
PORT = Path("/dev/ttyS1")


def tell(text: str) -> None:
    """To whoever booted this machine."""
    with PORT.open("w") as port:
        port.write(text + "\n")


def sh(*words: str, status: int | None = 0, stdin: str = "", cwd: Path = Path("/")) -> str:
    """What a command says, typed anywhere; it must end with this status."""
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=PATIENCE_S, cwd=cwd, input=stdin
    )
    said = (done.stdout + done.stderr).strip()
    if status is not None:
        assert done.returncode == status, f"{' '.join(words)}: {done.returncode}, {said[-600:]}"
    return said


def blocks(title: str) -> list[str]:
    """The commands of a section of docs/operating.md, block by block."""
    text = (CHECKOUT / "docs" / "operating.md").read_text("utf-8")
    section = re.split(r"^#+ ", text.split(f"# {title}\n", 1)[1], maxsplit=1, flags=re.M)[0]
    return re.findall(r"^```sh\n(.*?)^```", section, re.M | re.S)


def typed(title: str) -> str:
    """The commands of a section that has one block of them."""
    (block,) = blocks(title)
    return block


def show(name: str, unit: str = SERVICE) -> str:
    """A property of a unit."""
    return sh("systemctl", "show", "--value", "--property", name, unit)


def pid() -> int:
    """The daemon's process."""
    return int(show("MainPID"))


def until(check: Callable[[], Any], what: str, seconds: float = PATIENCE_S) -> Any:
    """The first true answer."""
    deadline = time.monotonic() + seconds
    while not (answer := check()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.1)
    return answer


def active() -> bool:
    """Whether systemd was told that it serves."""
    return show("ActiveState") == "active" and show("SubState") == "running"


def serving() -> None:
    """Waits until it does."""
    until(active, "chatd.service is active")


def journal(since: str = "", *more: str) -> str:
    """What the unit and systemd said about it."""
    after = [f"--after-cursor={since}"] if since else []
    return sh("journalctl", "--no-pager", "-o", "cat", "-u", SERVICE, "-u", SOCKET, *after, *more)


def cursor() -> str:
    """This moment in the journal."""
    sh("journalctl", "--sync")
    last = sh("journalctl", "--no-pager", "-n", "1", "-o", "json")
    mark: str = json.loads(last)["__CURSOR"]
    return mark


@contextmanager
def drop_in(text: str) -> Iterator[None]:
    """The service, restarted with these directives added; afterwards without them again."""
    path = DROP_INS / "trial.conf"
    DROP_INS.mkdir(parents=True, exist_ok=True)
    path.write_text(f"[Service]\n{text}\n")
    sh("systemctl", "daemon-reload")
    try:
        sh("systemctl", "restart", SERVICE)
        yield
    finally:
        path.unlink()
        sh("systemctl", "daemon-reload")
        sh("systemctl", "restart", SERVICE)


@contextmanager
def configured(text: str) -> Iterator[None]:
    """Another configuration file; afterwards the old one."""
    before = CONFIG.read_text("utf-8")
    CONFIG.write_text(text, "utf-8")
    try:
        yield
    finally:
        CONFIG.write_text(before, "utf-8")


def admin(*words: str, user: str = "root", status: int = 0, stdin: str = "") -> str:
    """``chatd admin …`` as somebody types it."""
    command = ("runuser", "-u", user, "--", "chatd", "admin", *words)
    return sh(*command, status=status, stdin=stdin)


def connected() -> Client:
    """A connection. It may have to wait for the service to start, but it is never refused."""

    def attempt() -> Client | None:
        try:
            return Client(ADDRESS)
        except TimeoutError:
            return None

    client: Client = until(attempt, "a WebSocket is accepted")
    return client


def person(name: str) -> Client:
    """Somebody who said hello."""
    client = connected()
    client.hello(name=name)
    return client


def say(text: str) -> None:
    """In the lobby."""
    with person("Анна") as anna:
        anna.join("lobby")
        anna.say("lobby", text)


def said(text: str) -> bool:
    """Whether it is in the lobby."""
    with person("Борис") as boris:
        return text in [message["content"] for message in boris.join("lobby")["messages"]]


def get(path: str, status: int = 200) -> str:
    """A page, with curl."""
    asked = ("curl", "-sS", "--max-time", "60", "-w", r"\n%{http_code}", f"http://{ADDRESS}{path}")
    body, _, code = sh(*asked).rpartition("\n")
    assert int(code) == status, (path, code, body[:300])
    return body


@contextmanager
def restarted(text: str) -> Iterator[None]:
    """The service, restarted with this configuration; afterwards with the old one again."""
    with configured(text):
        sh("systemctl", "restart", SERVICE)
        yield
    sh("systemctl", "restart", SERVICE)


def owner() -> int:
    """The daemon's user."""
    return pwd.getpwnam("chatd").pw_uid


def add_operator(name: str) -> None:
    """With a password, and a log-in."""
    password = "correct horse battery"
    added = ("operator", "add", name, "--name", name, "--password-stdin")
    admin(*added, stdin=f"{password}\n")
    body = json.dumps({"username": name, "password": password})
    kind = "Content-Type: application/json"
    answer = sh("curl", "-sS", "-H", kind, "-d", body, f"http://{ADDRESS}/manager/auth")
    assert "token" in answer, answer


class Completions(BaseHTTPRequestHandler):
    """A language model that repeats the key it was shown."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        told = {"role": "assistant", "content": f"key {self.headers['Authorization']}"}
        choice = {"index": 0, "message": told, "finish_reason": "stop"}
        answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
        data = json.dumps({**answer, "choices": [choice]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *words: object) -> None:
        """Silent."""
