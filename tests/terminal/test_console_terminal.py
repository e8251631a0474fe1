"""The real command in a real terminal: logging in, a customer in mid-word, the bell, no colours."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest

from chatd.terminal.ui.calling import STROKES
from tests.admin import terminal
from tests.daemon import PASSWORD, Daemon, eventually
from tests.terminal.seat import Customer
from tests.terminal.terminal import Terminal, Terminals

COMMAND = [sys.executable, "-m", "chatd", "console"]
SEEN = 20.0
PASSWORD_ENV = f"CHATD_PASSWORD={PASSWORD!r}"
WAITS = STROKES["waiting"]  # so often the bell rings for one who waits
GREYS = {"0", "7", "8", "15", "16", "59", "102", "145", "188", "231"} | {
    str(number) for number in range(232, 256)
}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    running = Daemon(tmp_path_factory.mktemp("console")).start()
    running.add_operator("artem", "Артём", "admin")
    yield running
    assert running.stop() == 0


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[Terminals]:
    running = Terminals(tmp_path)
    yield running
    running.close()


def sit(
    terminals: Terminals, daemon: Daemon, *words: str, env: str = "", size: str = "80x24"
) -> Terminal:
    """``chatd console …`` in a terminal; its status stays on the screen."""
    command = shlex.join([*COMMAND, "--url", f"http://{daemon.address}", *words])
    state = terminals.socket.parent / "state"
    shell = f"env XDG_STATE_HOME={state} {env} {command}; echo status $?; exec cat"
    width, height = size.split("x")
    terminals.run("new-session", "-d", "-s", "console", "-x", width, "-y", height, shell)
    return Terminal(terminals, "console")


def test_the_password_is_asked_for_unseen_and_the_session_kept_only_when_asked(
    terminals: Terminals, daemon: Daemon, tmp_path: Path
) -> None:
    console = sit(terminals, daemon, "--remember")
    console.sees("Имя оператора")
    console.says("artem")
    console.sees("Пароль для artem")
    console.says("mistyped")
    console.sees("неверное имя или пароль")
    console.says(PASSWORD)
    console.sees("на связи · Артём", "ОЧЕРЕДЬ · 0")
    console.press("C-q")
    shown = console.sees("status 0")
    assert "mistyped" not in shown and PASSWORD not in shown
    kept = sorted((tmp_path / "state" / "chatd").iterdir())
    assert [one.name.partition("-")[0] for one in kept] == ["device", "session"]
    assert [one.stat().st_mode & 0o777 for one in kept] == [0o600] * 2
    terminals.run("kill-session", "-t", "console")
    again = sit(terminals, daemon)
    again.sees("на связи · Артём")


def test_a_second_factor_is_begun_at_the_terminal_and_asked_for(
    terminals: Terminals, daemon: Daemon
) -> None:
    daemon.add_operator("vera", "Вера")
    console = sit(
        terminals, daemon, "--login", "vera", "--second-factor", size="100x45", env=PASSWORD_ENV
    )
    shown = console.sees("Код из приложения:", "█▄▄▄█")
    secret = re.findall("вручную: ([A-Z2-7 ]+)", shown)[0].replace(" ", "")
    console.says("000000")
    console.sees("код неверен")
    console.says(pyotp.TOTP(secret).now())
    codes = re.findall(r"^  ([a-z2-9-]{19})$", console.sees("Enter, когда они сохранены"), re.M)
    assert len(codes) == 10
    console.says("")
    console.sees("на связи · Вера")
    console.press("C-q")
    console.sees("status 0")
    terminals.run("kill-session", "-t", "console")
    again = sit(terminals, daemon, "--login", "vera", env=PASSWORD_ENV)
    again.sees("Код из приложения или запасной код:")
    again.says(codes[0])
    again.sees("на связи · Вера")


def test_without_remember_no_session_is_kept(
    terminals: Terminals, daemon: Daemon, tmp_path: Path
) -> None:
    console = sit(terminals, daemon, "--login", "artem", env=f"CHATD_PASSWORD={PASSWORD!r}")
    console.sees("на связи · Артём")
    console.press("C-q")
    console.sees("status 0")
    (kept,) = (tmp_path / "state" / "chatd").iterdir()
    assert kept.name.startswith("device-artem@") and kept.stat().st_mode & 0o777 == 0o600
    assert daemon.http("GET", "/api/rooms", token=kept.read_text().strip())[0] == 401


@pytest.mark.parametrize(
    ("words", "env", "status", "told"),
    [
        (["--token", "s-1.nonsense"], {}, 4, "сессия закончилась"),
        ([], {"CHATD_TOKEN": "x", "LC_ALL": "en_US.UTF-8"}, 4, "this session has ended"),
        (["--login", "artem"], {}, 2, "CHATD_PASSWORD"),
        (["--login", "artem"], {"CHATD_PASSWORD": PASSWORD}, 2, "консоли нужен терминал"),
        (["--url", "127.0.0.1:1", "--token", "x"], {}, 3, "не удаётся соединиться"),
        (["--url", "ftp://x"], {}, 2, "is not a daemon's address"),
    ],
)
def test_who_may_not_in_is_told_why(
    words: list[str], env: dict[str, str], status: int, told: str, daemon: Daemon, tmp_path: Path
) -> None:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("CHATD_")}
    clean |= {"CHATD_URL": daemon.address, "XDG_STATE_HOME": str(tmp_path), "LC_ALL": "ru_RU.UTF-8"}
    done = subprocess.run(
        [*COMMAND, *words],
        env=clean | env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    assert told in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(("login", "password"), [("artem", "wrong"), ("nobody", PASSWORD)])
def test_who_mistypes_is_told_so(daemon: Daemon, login: str, password: str) -> None:
    environ = {"CHATD_URL": daemon.address, "CHATD_PASSWORD": password, "LC_ALL": "ru_RU.UTF-8"}
    with terminal.Terminal("console", "--login", login, **environ) as door:
        assert door.ends() == (4, "chatd: неверное имя или пароль\r\n")


def test_a_customers_token_opens_nothing(daemon: Daemon) -> None:
    anna = Customer(daemon, "Анна", "Где заказ?")
    done = subprocess.run(
        [*COMMAND, "--url", daemon.address, "--token", anna.client.token],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "LC_ALL": "ru_RU.UTF-8"},
    )
    assert (done.returncode, done.stderr) == (4, "chatd: это не сессия оператора\n")
    anna.leaves()
    daemon.admin("close", anna.ticket)


def test_the_customer_is_seen_in_mid_word(terminals: Terminals, daemon: Daemon) -> None:
    token = daemon.login("artem")
    console = sit(terminals, daemon, env=f"CHATD_TOKEN={token} NO_COLOR=1")
    console.sees("на связи · Артём", "никто не ждёт")
    raw = terminals.socket.parent / "raw"
    terminals.run("pipe-pane", "-t", "console", f"cat > {shlex.quote(str(raw))}")
    anna = Customer(daemon, "Анна", "Где заказ?")
    console.sees(" 1 Анна", "ждут 1")
    eventually(lambda: raw.read_text("utf-8", "replace").count("\a") == WAITS, SEEN)
    console.press("F5")
    console.sees("▶ Анна", "МОИ · 1", "ждут 0")
    for letter in "здравств":
        anna.types(["i", letter])
    console.sees("✎   Анна здравств▏")
    anna.types(["e", 3, 8], ["i", "\x1b[2J\u202e"])
    console.sees("✎   Анна здрав[2J▏")
    console.types("Ответ на полусл")
    console.press("M-Enter")
    console.types("вторая строка")
    console.sees("▕ Ответ на полусл", "▕ вторая строка")
    assert "▕ Ответ · " not in console.text(), "nothing was sent"
    assert anna.client.expect("typing:start", SEEN)["name"] == "Артём"
    hues = set(re.findall(r"[34]8;5;(\d+)", raw.read_text("utf-8", "replace")))
    assert hues and hues <= GREYS, "NO_COLOR"
    console.press("C-q")
    console.sees("не отправлено (Анна):", "Ответ на полусл", "вторая строка", "status 1")
    assert raw.read_text("utf-8", "replace").count("\a") == WAITS, "silent since it was taken"
    anna.leaves()


def test_it_begins_soon_and_without_what_the_daemon_needs() -> None:
    check = "import sys, chatd.terminal.console.console; print(*({'gevent'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
