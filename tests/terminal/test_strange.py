"""Terminals that are given what no daemon should have stored: one message hides no other."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatd.admin.rendering import BROKEN as SHELL_BROKEN
from chatd.admin.rendering import human
from chatd.admin.verb import Column
from chatd.terminal.console import rows
from chatd.terminal.console.board import Board
from chatd.terminal.console.board import row as console_row
from chatd.terminal.core import shapes
from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.fence import faults, fence
from chatd.terminal.core.session import Session
from chatd.terminal.core.text import REPLACEMENT
from chatd.terminal.core.texts import Texts
from chatd.terminal.ui import leftover
from chatd.terminal.ui.conversation import Lines
from tests.conftest import Connect
from tests.daemon import Daemon
from tests.seed import SEED
from tests.strange import FIRST, LAST, TEXTS, TIMES
from tests.terminal.seat import Customer, seated
from tests.terminal.stage import entered, play
from tests.terminal.terminal import PATIENCE, Terminals
from tests.terminal.test_plain import Talker


def store(daemon: Daemon, dialog_id: str) -> int:
    """Strange messages into the files of a daemon that is off meanwhile; the seed."""
    assert daemon.stop() == 0
    words = [sys.executable, "-m", "tests.strange", str(daemon.data), dialog_id, str(SEED)]
    subprocess.run(words, check=True, timeout=60)
    daemon.start()
    return SEED


@pytest.fixture
def strange(daemon: Daemon) -> int:
    """Strange messages in the lobby; the seed."""
    return store(daemon, "lobby")


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[Terminals]:
    running = Terminals(tmp_path)
    yield running
    running.close()


def test_a_screen_goes_from_the_last_strange_message_to_the_first(
    strange: int, daemon: Daemon, terminals: Terminals
) -> None:
    anna = terminals.open("Анна", "lobby", "--url", f"http://{daemon.address}")
    anna.sees("# Lobby", LAST)
    deadline = time.monotonic() + 2 * PATIENCE
    while FIRST not in anna.text():
        assert time.monotonic() < deadline, anna.text()
        anna.press("PageUp")
    anna.says("Я тоже здесь")
    assert "status" not in anna.sees("Я тоже здесь"), strange


def test_plain_lines_tell_the_messages_around_the_strange_ones(
    strange: int, daemon: Daemon, connect: Connect
) -> None:
    anna = Talker("--url", f"http://{daemon.address}", "--name", "Анна", "lobby")
    anna.hears("Lobby")
    boris = connect("Борис")
    boris.join("lobby")
    said = boris.say("lobby", "Слышно?")
    boris.say("lobby", "Ответ", reply_to=said["seq"])
    anna.hears("Борис: Слышно?")
    anna.hears("Борис: › Борис: Слышно?")
    assert anna.ends() == 0, (strange, anna.complaint())


def test_the_shell_shows_every_strange_message(strange: int, daemon: Daemon) -> None:
    done = daemon.admin("--json", "history", "lobby")
    assert done.returncode == 0 and FIRST in done.stdout and LAST in done.stdout, strange
    done = daemon.admin("history", "lobby")
    assert done.returncode == 0 and "\x1b" not in done.stdout and "\x07" not in done.stdout


def test_a_message_that_cannot_be_read_stands_for_itself_only() -> None:
    good = {
        "dialog_id": "lobby", "seq": 1, "sender_type": "member", "sender_id": "p", "content": "да",
        "sender_name": "Аня", "created_at": "2026-11-20T10:00:00Z",
    }  # fmt: skip
    bad = {**good, "seq": 2, "sender_name": {"a": 1}, "sender_type": "moderator"}
    page = shapes.page({"messages": [good, bad, {**good, "seq": 3}], "more": True}, shapes.Page)
    assert [one.content for one in page.messages] == ["да", REPLACEMENT, "да"] and page.more
    assert [one.seq for one in page.messages] == [1, 2, 3]


BROKEN: Lines = []


def test_what_fails_while_it_is_drawn_is_replaced() -> None:
    def fails() -> Lines:
        raise KeyError("anything")

    assert fence(fails, BROKEN) is BROKEN and any("anything" in one for one in faults())


def test_what_could_not_be_drawn_is_told_when_the_client_ends(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails() -> Lines:
        raise ValueError("\x1b[2Jthis one")

    assert fence(fails, BROKEN) is fence(fails, BROKEN) is BROKEN
    assert leftover.tell_left(Session("http://127.0.0.1:1"), Texts("en"), []) == 0
    told = [line for line in capsys.readouterr().err.splitlines() if "this one" in line]
    assert len(told) == 1 and "could not be shown" in told[0] and "\x1b" not in told[0]


def test_what_its_writer_has_deleted_is_not_unread_and_not_quoted() -> None:
    good = {
        "dialog_id": "lobby", "seq": 1, "sender_type": "member", "sender_id": "p", "content": "да",
        "sender_name": "Аня", "created_at": "2026-11-20T10:00:00Z",
    }  # fmt: skip
    quote = {"reply_to": {"seq": 1, "name": "Аня", "text": "да"}}
    dialog = Dialog(shapes.Place(id="lobby"))
    for raw in (good, {**good, "seq": 2, "content": "нет", "meta": quote}):
        dialog.take(shapes.message(raw))
    assert dialog.unread("me") == 2
    gone = {**good, "content": "", "deleted_at": "2026-11-20T10:01:00Z", "version": 1}
    assert dialog.update(gone) and dialog.unread("me") == 1
    assert dialog.messages[1].meta["reply_to"] == {"seq": 1, "name": "Аня", "deleted": True}
    older = {"dialog_id": "lobby", "seq": 0, "content": "x", "sender_name": "Аня"}
    assert not dialog.update(older), "nobody here quotes it"


def test_a_ticket_that_is_none_hides_no_other_in_the_queue() -> None:
    good = {"id": "TKT-1", "customer_name": "Анна", "requested_at": "9999-99-99"}
    bad = [{**good, "id": "TKT-2", "customer_name": {"toString": 1}}, {}, None, [good], "TKT-3"]
    board = Board()
    board.begin([*bad, good], [{**good, "id": "TKT-4", "last_message": 7}], 1)
    assert sorted(board.rows) == ["TKT-1", "TKT-2", "TKT-4"], "as much as can be read"
    assert board.rows["TKT-2"].customer_name == "" and board.rows["TKT-4"].last_message is None


@pytest.mark.parametrize("text", TEXTS)
def test_whatever_a_customer_is_called_the_row_is_two_lines_of_the_width(text: str) -> None:
    last, ru = {"text": text, "sender_name": text}, Texts("ru")
    for since in TIMES:
        view = {"id": "TKT-1", "customer_name": text, "site": text, "requested_at": since}
        one = console_row({**view, "last_message": last})
        line = rows.waiting(one, 1, ru, now=1.8e9, me=None, dark=True, width=24)
        assert line.plain.count("\n") == 1 and "\x1b" not in line.plain
        said = rows.news(one, None, ru)
        assert rows.own(one, 3, said, shown=True, width=24).plain.count("\n") == 1


def test_a_value_that_cannot_be_shown_hides_no_other_row_of_the_shell() -> None:
    columns = [Column("ID", "id"), Column("WAITS", "at", "since"), Column("AGE", "age", "age")]
    odd = [{"id": "x", "at": at, "age": at} for at in ("yesterday", {"a": 1}, [None], "2026-01-01")]
    odd.append({"id": "x", "age": float("nan")})
    shown = [[human(row.get(one.key), one) for one in columns] for row in odd]
    assert [row[0] for row in shown] == ["x"] * 5 and shown[0][1:] == [SHELL_BROKEN] * 2
    texts = Column("TEXTS", "t", "texts")
    assert human([{"content": 1}], texts) == SHELL_BROKEN == human(3, texts)


def test_the_operators_console_goes_from_the_last_strange_message_to_the_first(
    daemon: Daemon,
) -> None:
    token = daemon.add_operator("artem", "Артём")
    anna = Customer(daemon, "\u202eАнна[/]", "Где заказ?")
    anna.leaves()
    seed = store(daemon, anna.ticket)

    async def scene() -> None:
        async with seated(daemon, token) as console:
            await console.press("f5")
            await console.sees("· ваш", LAST)
            for _ in range(60):
                if FIRST in console.text:
                    break
                await console.press("pageup")
                await console.pilot.pause(0.05)
            await console.sees(FIRST)
            await console.says("Ищу ваш заказ")
            await console.sees("Ищу ваш заказ")

    asyncio.run(scene())
    assert "incident" not in daemon.logged(), seed


def test_a_wide_name_is_one_line_of_the_list_of_people(daemon: Daemon, connect: Connect) -> None:
    connect("漢字" * 32).join("lobby")

    async def scene() -> None:
        async with entered(daemon.address, "Анна") as anna:
            await anna.sees("Люди · 2", "● Анна")
            beside = [line.rpartition("▏")[2].strip() for line in anna.text().splitlines()]

            assert sum("漢" in row for row in beside) == 1, beside

    play(scene)
