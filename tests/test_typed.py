"""What README and docs give to be typed at a shell, typed."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.admin.terminal import Terminal
from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import PASSWORD, Daemon
from tests.terminal.terminal import Terminals

ROOT = Path(__file__).parents[1]
ROOMS: dict[str, dict[str, str]] = {"lobby": {}, "tea": {}}
NO_COMMENT = re.compile(r"\s{2,}# .*$", re.M)


def block(page: str, part: str) -> str:
    """The block of commands that has this in it."""
    text = (ROOT / page).read_text("utf-8")
    found = [one for one in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S) if part in one]
    assert len(found) == 1, (page, part, found)
    return found[0]


class House:
    """A daemon that is the one of this machine for whatever is typed, in a directory of its own."""

    def __init__(self, daemon: Daemon, home: Path) -> None:
        self.daemon, self.home = daemon, home
        (home / "bin").mkdir(parents=True)
        chatd = home / "bin" / "chatd"
        chatd.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m chatd "$@"\n')
        chatd.chmod(0o755)
        daemon.write_config(
            {
                "data_dir": str(daemon.data),
                "server": {"listen": daemon.address},
                "admin": {"socket": str(daemon.socket)},
                "rooms": ROOMS,
            }
        )
        self.environ = {
            "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
            "CHATD_CONFIG": str(daemon.config_file),
            "CHATD_URL": f"http://{daemon.address}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(home),
        }

    def types(self, text: str, **changed: str) -> str:
        """The output of commands, typed one after the other; each must succeed."""
        for place, here in {"127.0.0.1:8080": self.daemon.address, **changed}.items():
            text = text.replace(place, here)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            env={**os.environ, **self.environ},
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, (text, done.stdout, done.stderr)
        return done.stdout + done.stderr


@pytest.fixture
def house(make_daemon: MakeDaemon, tmp_path: Path) -> House:
    """With the rooms that the pages name."""
    return House(make_daemon({"rooms": ROOMS}), tmp_path / "house")


def test_the_first_five_minutes_of_the_readme(house: House) -> None:
    added = block("README.md", "operator add").splitlines()[-1]
    with Terminal(*shlex.split(added)[1:], **house.environ) as terminal:
        for prompt in ("Password: ", "Again: "):
            terminal.shows(prompt)
            terminal.types(f"{PASSWORD}\n")
        assert terminal.ends()[0] == 0
    *lines, shell = block("README.md", "send-message").strip().splitlines()
    said = house.types("\n".join(lines))
    assert "OK: accepted TKT-" in said and "(operator artem)" in said and "OK: posted TKT-" in said
    with Terminal(*shlex.split(NO_COMMENT.sub("", shell))[1:], **house.environ) as terminal:
        terminal.shows("Ctrl-D leaves")
        terminal.types("help\r")
        terminal.shows("accept")
        terminal.shows("admin.sock>")
        terminal.types("\x04")
        assert terminal.ends()[0] == 0


def test_any_websocket_client_as_the_readme_says(house: House) -> None:
    command, *frames = block("README.md", "python -m websockets").splitlines()
    address = house.daemon.address
    words = [sys.executable, *shlex.split(command.replace("127.0.0.1:8080", address))[1:]]
    with (
        Client(address) as boris,
        subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        ) as typed,
    ):
        boris.hello(name="Борис")
        boris.join("lobby")
        assert typed.stdin
        typed.stdin.write("".join(f"{frame}\n" for frame in frames))
        typed.stdin.flush()
        try:
            assert boris.expect("message:new")["content"] == "Привет!"
        finally:
            typed.kill()


def test_the_shells_page(house: House) -> None:
    (house.home / "invoice.pdf").write_bytes(b"%PDF-1.7\n%%EOF\n")
    house.daemon.add_operator("artem", "Артём")
    made = [
        house.daemon.http("POST", "/api/support/send-message", {"message": "?"})[1]["data"]
        for _ in range(2)
    ]
    one, two = (each["ticket_id"] for each in made)
    tickets = {"TKT-1": one, "TKT-2": two}
    house.types(block("docs/shell.md", "Don't worry"), **tickets)
    messages = [each["content"] for each in house.daemon.admin_json("show", one)["messages"]]
    assert "Don't worry, it is order #4711" in messages
    assert "the option is called --as" in messages
    said = house.daemon.admin_json("history", "lobby")["messages"][-1]["content"]
    assert said == "don't worry, see https://shop.example/faq#returns"
    # What is behind `#` in a script is no comment of the words that take no text.
    done = block("docs/shell.md", "answered by phone").splitlines()
    house.types(done[1], **tickets)
    assert house.daemon.admin_json("show", two)["ticket"]["status"] == "closed"
    house.daemon.http("POST", "/api/support/send-message", {"message": "?"})
    assert "OK: closed TKT-" in house.types(done[0], **tickets)
    (house.home / ".local/share/bash-completion/completions").mkdir(parents=True)
    house.types(block("docs/shell.md", "completion bash"))
    assert "complete" in (house.home / ".local/share/bash-completion/completions/chatd").read_text()


def test_rooms_at_a_terminal(house: House, tmp_path: Path) -> None:
    first, tea, piped = block("docs/terminal.md", "chatd chat tea").strip().splitlines()
    house.types(piped)
    said = house.daemon.admin_json("history", "lobby")["messages"][-1]
    assert (said["sender_name"], said["content"]) == ("backup", "The backup is done")
    terminals = Terminals(tmp_path)
    environ = " ".join(f"{key}={shlex.quote(value)}" for key, value in house.environ.items())
    try:
        for name, line, shown in (("one", first, "# lobby"), ("two", tea, "# tea")):
            typed = NO_COMMENT.sub("", line).replace("https://chat.example", "$CHATD_URL")
            terminals.shell(name, f"export {environ}; {typed} --language en").sees(shown, "on line")
        login = block("docs/terminal.md", "console --login").splitlines()[0]
        house.daemon.add_operator("artem", "Артём")
        console = terminals.shell("console", f"export {environ}; {login} --language en")
        console.sees("Password")
        console.says(PASSWORD)
        console.sees("QUEUE")
    finally:
        terminals.close()


def test_a_backup_is_made_read_and_restored(house: House, tmp_path: Path) -> None:
    backup, verify, restore = block("docs/operating.md", "chatd verify").strip().splitlines()
    place = {"/var/backups/chatd": str(tmp_path / "backups")}
    (tmp_path / "backups").mkdir()
    assert house.daemon.admin("say", "lobby", "kept").returncode == 0
    house.types(f"{backup}\n{verify}", **place)
    assert house.daemon.stop() == 0
    house.types(f"{NO_COMMENT.sub('', restore)} --force", **place)
    house.daemon.start()
    assert house.daemon.admin_json("history", "lobby")["messages"][-1]["content"] == "kept"


def test_what_is_read_in_the_night(house: House) -> None:
    line = block("docs/monitoring.md", "log-level").strip().splitlines()[-1]
    assert "OK: tickets logs at debug" in house.types(line)
