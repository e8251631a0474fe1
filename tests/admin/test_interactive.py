"""The interactive shell on a terminal: it helps, completes, streams, and outlives its daemon."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatd.admin import completing
from chatd.admin.client import AdminClient
from chatd.admin.flags import ALL
from chatd.admin.verbs import TABLE
from tests.admin.terminal import Terminal
from tests.admin.test_shell import ticket
from tests.conftest import MakeDaemon
from tests.daemon import PASSWORD, Daemon


@pytest.fixture
def shell(daemon: Daemon, tmp_path: Path) -> Iterator[Terminal]:
    environ = {"CHATD_HISTORY": str(tmp_path / "history"), "HOME": str(daemon.home)}
    with Terminal("admin", "--socket", str(daemon.socket), **environ) as opened:
        opened.shows("chatd ~/admin.sock>")
        yield opened


def ask(shell: Terminal, line: str, expected: str) -> None:
    """Types a line, waits until it is answered so, and for the next prompt."""
    shell.types(f"{line}\r")
    shell.shows(expected)
    shell.shows("sock>")


def test_it_helps_suggests_and_does(shell: Terminal, daemon: Daemon, tmp_path: Path) -> None:
    id = ticket(daemon)
    ask(shell, "help accept", "usage: accept")
    ask(shell, "acept x", "did you mean 'accept'")
    ask(shell, f"show {id}", "help me")
    ask(shell, f"close {id}", f"OK: closed {id}")
    ask(shell, "say lobby it's #1", "OK: posted lobby:")
    ask(shell, "show 'half", "no second half")
    ask(shell, "close -", "holds the commands")
    shell.types("\x04")
    assert shell.ends()[0] == 0
    history = tmp_path / "history"
    assert oct(history.stat().st_mode & 0o777) == "0o600" and "help accept" in history.read_text()


def test_a_stream_ends_with_ctrl_c_and_the_next_verb_is_answered(
    shell: Terminal, daemon: Daemon
) -> None:
    shell.types("watch queue\r")
    shell.shows("OK: watching queue")
    id = ticket(daemon)
    shell.shows(id)
    ticket(daemon)
    shell.interrupts()
    shell.shows("sock>")
    ask(shell, "ping", "OK: the daemon answers")
    ask(shell, "queue -q", id)


def test_a_deleted_message_is_called_so(shell: Terminal, daemon: Daemon) -> None:
    ask(shell, "say lobby one too many", "OK: posted lobby:")
    (message,) = daemon.admin_json("history", "lobby", "--limit", "1")["messages"]
    ask(shell, f"delete {message['id']}", "OK: deleted lobby:")
    ask(shell, "history lobby --limit 1", "(deleted)")


def test_passwords_are_asked_for_without_echo(shell: Terminal, daemon: Daemon) -> None:
    shell.types("operator add vera --password-stdin\r")
    shell.shows("Password: ")
    shell.types(f"{PASSWORD}\r")
    between = shell.shows("Again: ")
    shell.types(f"{PASSWORD}\r")
    between += shell.shows("OK: added operator vera")
    assert PASSWORD not in between
    assert daemon.login("vera")


def test_it_outlives_its_daemon(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    environ = {"CHATD_HISTORY": "/dev/null", "HOME": str(daemon.home)}
    with Terminal("admin", "--socket", str(daemon.socket), **environ) as shell:
        shell.shows("admin.sock>")
        daemon.stop()
        shell.types("rooms -q\r")
        shell.shows("no daemon at")
        shell.shows("(not connected)>")
        daemon.start()
        shell.types("\r")
        shell.shows("admin.sock>")
        ask(shell, "rooms -q", "lobby")


def test_a_daemon_that_restarted_is_no_failure(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    client = AdminClient(daemon.socket, 10.0, stay=True)
    assert client.ask("ping", {})["ok"]
    daemon.stop()
    daemon.start()
    assert client.ask("ping", {})["ok"], "the old connection had ended: there was nothing to lose"
    client.close()


def test_without_a_home_there_is_a_shell_without_history(daemon: Daemon) -> None:
    environ = {"CHATD_HISTORY": "/proc/nowhere/history"}
    with Terminal("admin", "--socket", str(daemon.socket), **environ) as shell:
        shell.shows("no history is kept")
        shell.shows("sock>")
        ask(shell, "rooms -q", "lobby")


@pytest.fixture
def client(daemon: Daemon) -> Iterator[AdminClient]:
    asking = AdminClient(daemon.socket, 10.0)
    yield asking
    asking.close()


def test_verbs_and_flags_are_completed(client: AdminClient) -> None:
    def found(line: str) -> list[str]:
        *before, current = line.split(" ")
        return completing.choices(client, before, current)

    assert found("sho") == ["show"] and "operator add" in found("oper")
    assert set(found("")) == {*TABLE, "help"}
    assert found("operator passw") == ["passwd"] and found("help acc") == ["accept"]
    assert "--as" in found("accept TKT-1 ") and "--as" not in found("queue ")
    assert set(found("stats --")) == {flag.name for flag in ALL}
    assert "storage" in found("log-level ") and "queue" in found("--json watch ")


def test_live_ids_are_completed(client: AdminClient, daemon: Daemon) -> None:
    daemon.add_operator("zoya", "Зоя")
    id = ticket(daemon)

    def found(*before: str) -> list[str]:
        return completing.choices(client, before, "")

    assert id in found("accept") and id in found("close", "TKT-1") and id in found("watch")
    assert "zoya" in found("transfer", id) and "zoya" in found("accept", id, "--as")
    assert "zoya" in found("operator", "disable") and "lobby" in found("say")
    assert id not in found("reopen")
    assert daemon.admin("close", id).returncode == 0
    assert id in found("reopen") and id not in found("close")


def test_completion_is_quiet_where_no_daemon_is(tmp_path: Path) -> None:
    client = AdminClient(tmp_path / "none.sock", 1.0)
    assert completing.choices(client, ["accept"], "") == ["--as"]


def test_other_shells_complete_the_same(daemon: Daemon) -> None:
    def completed(*words: str) -> list[str]:
        given = ["chatd", "admin", "--socket", str(daemon.socket), *words]
        done = subprocess.run(
            [sys.executable, "-m", "chatd"],
            capture_output=True,
            text=True,
            env={
                "_CHATD_COMPLETE": "bash_complete",
                "COMP_WORDS": " ".join(given),
                "COMP_CWORD": str(len(given) - 1),
            },
        )
        assert done.stderr == ""
        return [line.partition(",")[2] for line in done.stdout.splitlines()]

    assert completed("sho") == ["show"]
    assert "lobby" in completed("say", "")
    assert {"--as", "--json"} <= set(completed("accept", "TKT-1", "--"))
