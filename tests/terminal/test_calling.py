"""Who is named or answered where they do not look hears the bell and sees a count; in a real
terminal, too, whose title comes back."""

from __future__ import annotations

import time
from functools import partial

import pytest
from textual.events import AppBlur, AppFocus

from chatd.domain.message import Message
from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.heard import Heard, calls
from chatd.terminal.core.shapes import Place
from chatd.terminal.rooms import chat
from chatd.terminal.ui.calling import STROKES
from tests.admin.terminal import Terminal
from tests.client import Client
from tests.conftest import Connect
from tests.daemon import Daemon, eventually
from tests.terminal import stage
from tests.terminal.stage import entered, play


class Audible(chat.ChatApp):
    """Its bell is heard by a test."""

    rung = 0

    def bell(self) -> None:
        self.rung += 1


def test_who_is_named_or_answered_and_does_not_look_is_called(
    daemon: Daemon, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "ChatApp", Audible)
    boris = connect("Борис")
    for room in ("lobby", "tea"):
        boris.join(room)

    async def scene() -> None:
        async with entered(daemon.address, "Анна", size=(110, 24)) as anna:
            app = anna.app

            async def rung(strokes: int) -> None:
                await anna.until(lambda: app.rung == strokes)
                await anna.until(lambda: time.monotonic() > app.calling.strikes.until)
                assert app.rung == strokes

            await anna.says("моё слово")
            await anna.sees_stored("Анна моё слово")
            boris.say("lobby", "@Анна, смотрите")
            await anna.sees("@Анна, смотрите")
            assert app.rung == 0, "she looks"
            await anna.says("/join tea")
            await anna.sees("# Чайная")
            boris.say("lobby", "просто так")
            boris.say("tea", "и тут")
            await anna.sees("Борис и тут")
            assert app.rung == 0, "nobody named her"
            boris.say("lobby", "отвечаю", reply_to=1)
            await rung(STROKES["named"])
            assert app.calling.wanting == 1 and "@2" in anna.line("Lobby")
            app.post_message(AppBlur())
            await anna.until(lambda: not app.app_focus)
            boris.say("tea", "и вас, @анна!")
            await rung(2 * STROKES["named"])
            assert app.calling.wanting == 2
            app.post_message(AppFocus())
            await anna.until(lambda: app.calling.wanting == 1)
            await anna.says("/join lobby")
            await anna.until(lambda: app.calling.wanting == 0)

    play(scene)


def message(seq: int, content: str, sender: str = "b", **meta: object) -> Message:
    """One that somebody wrote."""
    return Message(
        dialog_id="lobby",
        seq=seq,
        sender_type="member",
        sender_id=sender,
        sender_name=sender,
        content=content,
        created_at="2026-01-01T00:00:00.000Z",
        meta=meta,
    )


@pytest.mark.parametrize(
    ("one", "called"),
    [
        (message(9, "@anna?"), True),
        (message(9, "@annabel?"), False),
        (message(9, "anna@anna.example"), False),
        (message(9, "@anna", sender="a"), False),
        (message(9, "да", reply_to={"seq": 1, "name": "anna"}), True),
        (message(9, "да", reply_to={"seq": 2, "name": "anna"}), False),
        (message(9, "да", reply_to={"seq": 77, "name": "anna"}), True),
        (message(9, "да", reply_to="seq"), False),
    ],
)
def test_a_message_calls_whom_it_names_or_answers(one: Message, called: bool) -> None:
    dialog = Dialog(Place("lobby"))
    dialog.messages = [message(1, "я", sender="a"), message(2, "тёзка", sender="c")]
    assert calls(one, dialog, "a", "anna") == called


def test_what_stood_there_when_a_room_was_opened_is_no_news_and_all_else_is_once() -> None:
    heard, dialog = Heard(), Dialog(Place("lobby"))
    for seq in (1, 2):
        dialog.append(message(seq, "раньше"))
    assert heard.fresh(dialog, {"lobby"}) == []
    for seq in (3, 4):
        dialog.append(message(seq, "теперь"))
    assert [one.seq for one in heard.fresh(dialog, {"lobby"})] == [3, 4]
    assert heard.fresh(dialog, {"lobby"}) == []
    heard.fresh(Dialog(Place("tea")), {"tea"})
    assert set(heard.upto) == {"tea"}, "what was left is forgotten"


def is_unread(terminal: Terminal, writer: Client) -> bool:
    """Whether what somebody says stays unread there: the terminal is not looked at."""
    writer.say("lobby", "эй")
    try:
        return bool(terminal.shows("new below", seconds=1.0))
    except AssertionError:
        return False


def test_a_real_terminal_rings_counts_and_has_its_title_back(
    daemon: Daemon, connect: Connect
) -> None:
    boris = connect("Борис")
    boris.join("lobby")
    words = ("chat", "--url", f"http://{daemon.address}", "--name", "Анна")
    with Terminal(*words, LC_ALL="C.UTF-8") as anna:
        anna.shows("\x1b[22;2t\x1b]2;chatd\x1b\\")
        anna.shows("Lobby")
        anna.types("\x1b[O")
        eventually(partial(is_unread, anna, boris))
        boris.say("lobby", "@Анна, вы тут?")
        anna.shows("\a")
        anna.shows("\x1b]2;(1) chatd\x1b\\")
        anna.types("\x1b[I")
        anna.shows("\x1b]2;chatd\x1b\\")
        anna.types("\x11")
        anna.shows("\x1b[23;2t")
        assert anna.ends()[0] == 0
