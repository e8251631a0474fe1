"""A real daemon in a process of its own, and what tests ask of it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests import forks, ports
from tests.forks import Forked

READY = re.compile(r"^ready: http://(\S+), admin socket (.+), data (.+)$")
PASSWORD = "correct horse battery"
RELAXED = {
    "limits": {
        "commands_per_connection": "100000/second",
        "messages_per_participant": "100000/second",
        "messages_per_address": "100000/second",
        "drafts_per_connection": "100000/second",
        "spread_per_participant": "1000000000/second",
        "spread_per_address": "1000000000/second",
        "changes_per_participant": "100000/second",
        "changes_per_address": "100000/second",
        "drafts_per_address": "100000/second",
        "signs_per_participant": "100000/second",
        "signs_per_address": "100000/second",
        "receipts_per_participant": "100000/second",
        "receipts_per_address": "100000/second",
        "joins_per_participant": "100000/second",
        "joins_per_address": "100000/second",
        "renames_per_participant": "100000/second",
        "renames_per_address": "100000/second",
        "read_bytes_per_participant": "10000000000/second",
        "read_bytes_per_address": "10000000000/second",
        "files_per_participant": "100000/second",
        "files_per_address": "100000/second",
        "file_bytes_per_participant": "100000000000/day",
        "file_bytes_per_address": "100000000000/day",
        "file_reads_per_address": "100000000000/day",
        "connections_per_address": "100000/second",
        "requests_per_address": "100000/second",
        "liveness_per_address": "100000/second",
        "visitors_per_address": "100000/second",
        "old_tokens_per_address": "100000/second",
        "old_tokens_first_per_address": "100000/second",
        "old_tokens_first": "100000/second",
        "old_tokens": "100000/second",
        "tickets_per_address": "100000/second",
        "mails_per_participant": "100000/second",
        "mails_per_address": "100000/second",
        "mails_per_recipient": "100000/second",
        "bytes_per_address": "100000000000/day",
        "logins_per_account": "100000/second",
        "logins_per_account_anywhere": "100000/second",
        "logins_per_address": "100000/second",
        "registrations_per_address": "100000/second",
        "dialogs_per_participant": "100000/second",
        "companions_per_participant": "100000/second",
        "dialogs_per_address": "100000/second",
    }
}


class Daemon:
    """``python -m chatd start`` on a port of its own, with its own directories below ``home``."""

    def __init__(self, home: Path, config: dict[str, Any] | None = None) -> None:
        self.home = home
        self.data = home / "data"
        self.socket = home / "admin.sock"
        self.config_file = home / "chatd.toml"
        self.write_config(config or {})
        self.process: subprocess.Popen[str] | None = None
        self.address = f"127.0.0.1:{next(ports.FREE)}"
        self.log = home / "log"
        self._began = 0
        self.command = [sys.executable, "-m", "chatd"]

    def write_config(self, config: dict[str, Any]) -> None:
        """The configuration file, with limits that do not get in a test's way."""
        self.config_file.write_text(toml({**RELAXED, **config}), "utf-8")

    def start(
        self, descriptors: int | None = None, fault: str | None = None, *, anew: bool = False
    ) -> Daemon:
        """Until it serves; keeps the port over restarts. ``descriptors``: may open only so many;
        ``fault``: with this fault of :mod:`tests.faulty` built in; ``anew``: as a user starts it,
        and with passwords that take their time."""
        limit = ["prlimit", f"--nofile={descriptors}:{descriptors}"] if descriptors else []
        faulty = [sys.executable, "-m", "tests.faulty", fault or "", str(self.home), self.address]
        with self.log.open("a") as log:
            self._began = log.tell()
            self.process = (subprocess.Popen if anew else Forked)(
                faulty
                if fault
                else [
                    *limit,
                    *(*self.command, "start", "--config", str(self.config_file)),
                    *("--listen", self.address, "--data-dir", str(self.data)),
                    *("--socket", str(self.socket)),
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        ready = READY.match(line)
        assert ready, f"not ready: {line!r}; log: {self.log.read_text()[-3000:]}"
        self.address = ready[1]
        return self

    @property
    def pid(self) -> int:
        """The process."""
        assert self.process is not None
        return self.process.pid

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Sends a signal and waits for the end; the exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(30)
        if self.process.stdout:
            self.process.stdout.close()
        return status

    def admin(self, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """``chatd admin …`` as a user types it."""
        return forks.run(
            [*self.command, "admin", "--socket", str(self.socket), "--timeout", "50", *words],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "COLUMNS": "120"},
        )

    def admin_json(self, *words: str) -> Any:
        """The result of a verb."""
        done = self.admin("--json", *words)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def add_operator(self, username: str, name: str, role: str = "operator") -> str:
        """A new operator; the token of a session."""
        done = self.admin(
            *("operator", "add", username, "--name", name, "--role", role, "--password-stdin"),
            stdin=f"{PASSWORD}\n",
        )
        assert done.returncode == 0, done.stderr
        return self.login(username)

    def signature(self, username: str) -> str:
        """What an operator's messages are signed with."""
        operators = self.admin_json("operator", "list")["operators"]
        found: str = next(one["id"] for one in operators if one["username"] == username)
        return found

    def login(self, username: str, password: str = PASSWORD) -> str:
        """A session of an operator."""
        status, body = self.http(
            "POST", "/manager/auth", {"username": username, "password": password}
        )
        assert status == 200, body
        token: str = body["data"]["token"]
        return token

    def http(
        self,
        method: str,
        path: str,
        body: Any = None,
        token: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Status and decoded body; ``body`` as bytes goes out as it is."""
        status, _, content = self.http_full(method, path, body, token, headers)
        return status, json.loads(content) if content[:1] in (b"{", b"[") else content

    def http_full(
        self,
        method: str,
        path: str,
        body: Any = None,
        token: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers, body as they came."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} if data is not None else {}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(
            f"http://{self.address}{path}", data, {**sent, **(headers or {})}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, named(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, named(error.headers), error.read()

    def logged(self, *, this_life: bool = False) -> str:
        """What the daemon has logged so far, in whole lines; or only since it was started last."""
        logged = self.log.read_bytes()[self._began if this_life else 0 :]
        return logged[: logged.rfind(b"\n") + 1].decode()


def named(headers: Any) -> dict[str, str]:
    """Headers under their usual spelling, whatever case they came in."""
    return {name.title(): value for name, value in headers.items()}


def inline(value: Any) -> str:
    """A value on one line; tables in lists, too."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {inline(one)}' for key, one in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(inline, value))}]"
    return json.dumps(value, ensure_ascii=False)


def toml(tables: dict[str, Any], prefix: str = "") -> str:
    """Tables as TOML, as far as these tests need it."""
    lines = [
        f"{json.dumps(key)} = {inline(value)}"
        for key, value in tables.items()
        if not isinstance(value, dict)
    ]
    for key, value in tables.items():
        if isinstance(value, dict):
            name = f"{prefix}{json.dumps(key)}"
            lines += [f"[{name}]", toml(value, f"{name}.")]
    return "\n".join(lines)


def eventually(check: Callable[[], Any], seconds: float = 30.0) -> Any:
    """The first true answer of a check; fails with its last answer at the deadline."""
    deadline = time.monotonic() + seconds
    while not (answer := check()):
        assert time.monotonic() < deadline, f"never true within {seconds} s: {answer!r}"
        time.sleep(0.01)
    return answer
