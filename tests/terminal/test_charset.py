"""A terminal that does not speak UTF-8: nothing shifts, everything can be read, one can type."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from chatd.locale.reader import language
from chatd.terminal.ui.charset import fitting
from tests.conftest import Connect
from tests.daemon import PASSWORD, Daemon
from tests.terminal.terminal import Terminal, Terminals

TRANSCODER = Path(__file__).with_name("transcoder.py")
MANY = "— «Привет» 🙂 👨\u200d👩\u200d👧 1️⃣ … 世界 café"


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[Terminals]:
    """tmux."""
    running = Terminals(tmp_path)
    yield running
    running.close()


def opened(terminals: Terminals, encoding: str, *words: str, **environ: str) -> Terminal:
    """``chatd …`` on a screen of 80 by 24 that has this encoding."""
    told = {"PYTHONIOENCODING": encoding, "LC_ALL": "ru_RU.UTF-8", **environ}
    named = [f"{key}={value}" for key, value in told.items()]
    program = shlex.join(["env", *named, sys.executable, "-m", "chatd", *words])
    relay = [sys.executable, str(TRANSCODER), encoding, "sh", "-c"]
    shell = shlex.join([*relay, f"stty cols 80 rows 24; exec {program}"])
    return terminals.shell(encoding, shell)


def is_straight(shown: str) -> bool:
    """Whether the line between the conversation and what is beside it stands in one column."""
    middle = [line for line in shown.splitlines() if "|" in line]
    return len(middle) > 15 and len({line.rindex("|") for line in middle}) == 1


@pytest.mark.parametrize(
    ("encoding", "says", "shown"),
    [
        ("koi8-r", "привет", '- "Привет" ?? ?? 1  . ???? cafe'),
        ("ascii", "hello", '- "Priwet" ?? ?? 1  . ???? cafe'),
        ("cp1251", "привет", "— «Привет» ?? ?? 1  … ???? cafe"),
    ],
)
def test_the_room_is_drawn_in_the_letters_that_there_are(
    terminals: Terminals, daemon: Daemon, connect: Connect, encoding: str, says: str, shown: str
) -> None:
    anna = connect("Анна")
    anna.join("lobby")
    anna.say("lobby", MANY)
    url = ("--url", f"http://{daemon.address}")
    boris = opened(terminals, encoding, "chat", "--name", "Boris", "lobby", *url)
    screen = boris.sees("# Lobby", "* Boris", shown)
    assert is_straight(screen) and "\\u" not in screen, screen
    boris.says(says)
    anna.expect("message:new", content=says)
    assert is_straight(boris.sees(f"Boris {says}"))
    boris.press("C-q")
    boris.sees("status 0")


def test_the_console_is_too(terminals: Terminals, daemon: Daemon) -> None:
    daemon.add_operator("artem", "Артём")
    body = {"message": MANY, "name": "Вера", "request_operator": True}
    daemon.http("POST", "/api/support/send-message", body)
    words = ("console", "--url", f"http://{daemon.address}", "--login", "artem")
    artem = opened(terminals, "koi8-r", *words, CHATD_PASSWORD=PASSWORD)
    screen = artem.sees("* на связи", "Артём", "1 Вера", '- "Привет" ??')
    assert "\\u" not in screen and is_straight(screen), screen


def test_a_byte_that_is_no_utf8_does_not_end_the_client(
    terminals: Terminals, daemon: Daemon
) -> None:
    anna = terminals.open("Anna", "lobby", "--url", f"http://{daemon.address}")
    anna.sees("# Lobby", "● Anna")
    terminals.run("send-keys", "-t", "Anna", "-H", "e9")
    anna.types("after")
    anna.sees("\ufffdafter")


@given(st.text(), st.sampled_from(("koi8-r", "ascii", "cp1251", "latin-1", "euc_jp", "gbk")))
def test_whatever_it_is_it_is_as_wide_and_can_be_said(text: str, encoding: str) -> None:
    visible = "".join(char for char in text if char.isprintable())
    fit = fitting(visible, encoding)
    fit.encode(encoding)
    assert cell_len(fit) == cell_len(visible)


def test_a_terminal_without_russian_letters_is_spoken_to_in_english(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spoken = {}
    for encoding in ("ascii", "latin-1", "koi8-r", "utf-8"):
        with Path("/dev/null").open("w", encoding=encoding) as stream:
            monkeypatch.setattr(sys, "__stderr__", stream)
            spoken[encoding] = (
                language(None, {"LANG": "ru_RU"}),
                language("ru", {}),
            )
    assert spoken == {
        "ascii": ("en", "ru"),
        "latin-1": ("en", "ru"),
        "koi8-r": ("ru", "ru"),
        "utf-8": ("ru", "ru"),
    }
