"""A terminal client that is ended from outside: told, put aside, and taken up by the next one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatd.domain.ticket import NOTES
from chatd.terminal.console.console import ConsoleApp
from chatd.terminal.console.session import ConsoleSession
from chatd.terminal.core.aside import MOST_FILES, Aside
from chatd.terminal.core.outbox import Unsent
from chatd.terminal.core.texts import Texts
from tests.daemon import Daemon, eventually
from tests.terminal.seat import Customer, seated
from tests.terminal.terminal import Terminal, Terminals

URL = "http://chat.example"


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[Terminals]:
    """tmux."""
    running = Terminals(tmp_path)
    yield running
    running.close()


def enter(terminals: Terminals, daemon: Daemon, name: str) -> Terminal:
    """Somebody in the lobby, whose state is kept with the test."""
    state = f"XDG_STATE_HOME={terminals.socket.parent / 'state'}"
    one = terminals.open(name, "--url", f"http://{daemon.address}", env=state)
    one.sees("на связи")
    return one


def client_of(terminals: Terminals, name: str) -> int:
    """The process of a client."""
    shell = terminals.run("display", "-p", "-t", f"={name}:", "#{pane_pid}").strip()
    found = subprocess.run(["pgrep", "-P", shell], capture_output=True, text=True, check=True)
    return int(found.stdout.split()[0])


def is_over(pid: int) -> bool:
    """Whether a process has ended."""
    with contextlib.suppress(OSError):
        os.kill(pid, 0)
        return False
    return True


def unsent(terminals: Terminals) -> list[str]:
    """What is put aside."""
    return [one.read_text("utf-8") for one in terminals.socket.parent.glob("state/chatd/unsent-*")]


def test_who_is_ended_leaves_the_terminal_as_it_was_and_says_what_was_not_sent(
    daemon: Daemon, terminals: Terminals
) -> None:
    anna = enter(terminals, daemon, "Анна")
    anna.types("недописано")
    anna.sees("недописано")
    os.kill(client_of(terminals, "Анна"), signal.SIGTERM)
    shown = anna.sees("status 143")
    assert "не отправлено (Lobby):\nнедописано" in shown and "▕" not in shown
    assert not unsent(terminals)


def test_what_stood_in_a_terminal_that_was_closed_is_in_the_next_one(
    daemon: Daemon, terminals: Terminals
) -> None:
    anna = enter(terminals, daemon, "Анна")
    anna.says("/join tea")
    anna.sees("# Чайная")
    anna.types("в чайную")
    anna.press("C-p")
    anna.sees("# Lobby")
    anna.types("в лобби")
    anna.sees("в лобби")
    enter(terminals, daemon, "Вера")
    pid = client_of(terminals, "Анна")
    terminals.run("kill-session", "-t", "=Анна")
    eventually(lambda: is_over(pid), 20)
    assert len(unsent(terminals)) == 1
    again = enter(terminals, daemon, "Снова")
    again.sees("снова в поле", "в лобби", "Чайная")
    assert not unsent(terminals)
    again.says("")
    again.sees("Снова в лобби")
    again.says("/join tea")
    again.sees("# Чайная", " в чайную")
    again.press("C-q")
    assert "в чайную" in again.sees("status 1")


def test_a_hang_up_of_a_terminal_that_is_still_there_says_it_too(
    daemon: Daemon, terminals: Terminals
) -> None:
    anna = enter(terminals, daemon, "Анна")
    anna.types("недописано")
    anna.sees("недописано")
    os.kill(client_of(terminals, "Анна"), signal.SIGHUP)
    anna.sees("status 129", "не отправлено (Lobby):\nнедописано")
    assert unsent(terminals) == ['[["lobby","недописано"]]']


def test_a_note_that_was_put_aside_is_no_answer_afterwards(
    daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    token = daemon.add_operator("artem", "Артём")
    anna = Customer(daemon, "Анна", "Где заказ?")

    async def before() -> None:
        async with seated(daemon, token) as seat:
            await seat.accepts("Анна")
            await seat.press("f4")
            await seat.types("врёт")
            seat.app.leaving.put_aside(seat.app.leaving.leftovers())

    async def after() -> None:
        async with seated(daemon, token) as seat:
            await seat.sees("Анна · ваш", "врёт")
            assert seat.app.notes_mode and seat.app.field.text == "врёт"
            seat.app.take_back(Unsent(anna.ticket, "Здравствуйте"))
            assert seat.app.notes_mode, "with a note in it, it is for no customer"
            seat.app.field.clear()
            seat.app.take_back(Unsent(anna.ticket, "Здравствуйте"))
            assert not seat.app.notes_mode
            seat.app.take_back(Unsent(f"{anna.ticket}{NOTES}", "врёт"))
            assert seat.app.notes_mode

    asyncio.run(before())
    asyncio.run(after())


def test_an_operators_texts_are_for_no_other() -> None:
    console = ConsoleSession(URL, "token")
    app = ConsoleApp(console, Texts("ru"))
    console.me.username = "artem"
    assert app.kept_for == "console-artem"


def test_each_text_is_taken_once_and_nothing_else_is_taken(tmp_path: Path) -> None:
    here = {"XDG_STATE_HOME": str(tmp_path)}
    ours, other = Aside(URL, "chat", here), Aside(URL, "chat", here)
    assert ours.take() == []
    ours.put([("lobby", "раз")])
    ours.put([("lobby", "раз"), ("tea", "два")])
    other.put([("lobby", "три")])
    Aside("http://other.example", "chat", here).put([("lobby", "чужое")])
    Aside(URL, "console-artem", here).put([("TKT-1", "чужое")])
    assert sorted(Aside(URL, "chat", here).take()) == [
        ("lobby", "раз"),
        ("lobby", "три"),
        ("tea", "два"),
    ]
    assert Aside(URL, "chat", here).take() == []
    ours.put([("lobby", "раз")])
    ours.put([])
    assert len(list((tmp_path / "chatd").iterdir())) == 2


def test_what_is_put_aside_is_for_nobody_elses_eyes_and_believed_of_nobody_else(
    tmp_path: Path,
) -> None:
    here = {"XDG_STATE_HOME": str(tmp_path)}
    Aside(URL, "chat", here).put([("lobby", "раз")])
    (file,) = (tmp_path / "chatd").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    assert Aside(URL, "chat", here).take() == []
    for number in range(MOST_FILES + 1):
        Aside(URL, "chat", here).put([("lobby", str(number))])
    min((tmp_path / "chatd").iterdir()).write_bytes(b"{")
    assert len(Aside(URL, "chat", here).take()) == MOST_FILES - 1


def test_without_a_place_to_put_it_nothing_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    assert Aside(URL, "chat", {}).take() == []
    with pytest.raises(OSError, match="no home"):
        Aside(URL, "chat", {}).put([("lobby", "раз")])
