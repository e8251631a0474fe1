"""``chatd chat --plain``: a line per event, for pipes and screen readers."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import signal
import subprocess
import sys
import termios
from array import array
from collections.abc import Iterator
from functools import partial

import pytest

from chatd.terminal.core.outbox import MOST
from tests.client import Client
from tests.conftest import Connect, MakeDaemon
from tests.daemon import Daemon, eventually
from tests.meanwhile import change, three
from tests.terminal.relay import Relay
from tests.terminal.talker import Line, Talker


@pytest.fixture
def talker(daemon: Daemon) -> Iterator[Line]:
    """Clients of the daemon."""
    talkers: list[Talker] = []

    def make(name: str, *words: str) -> Talker:
        talkers.append(Talker("--name", name, "--url", f"http://{daemon.address}", *words))
        return talkers[-1]

    yield make
    for one in talkers:
        one.process.kill()
        one.process.wait()


def test_people_talk_through_pipes(talker: Line) -> None:
    anna = talker("Анна")
    assert anna.hears("на связи") == "— на связи, имя Анна"
    anna.hears("— Lobby: здесь 1")
    boris = talker("Борис")
    assert anna.hears("→") == "→ Борис"
    boris.hears("— Lobby: здесь 2")
    anna.says("привет")
    assert boris.hears("Анна: привет").endswith(" Анна: привет")
    boris.says("/me кивает")
    anna.hears("Борис кивает")
    boris.says("/who")
    boris.hears("Здесь 2: Анна, Борис")
    assert boris.ends() == 0
    assert anna.hears("←") == "← Борис"
    assert anna.ends() == 0
    assert anna.complaint() == boris.complaint() == ""


def test_a_line_from_a_script_is_sent_before_the_end_and_nothing_is_lost(
    talker: Line, connect: Connect
) -> None:
    watcher = connect("Вера")
    watcher.join("lobby")
    script = talker("backup")
    for number in range(300):
        script.says(f"строка {number}")
    assert script.ends() == 0
    written = [one["content"] for one in connect("Павел").join("lobby", limit=200)["messages"]]
    assert written == [f"строка {number}" for number in range(100, 300)]


def test_other_rooms_are_named_and_history_is_told(talker: Line, connect: Connect) -> None:
    vera = connect("Вера")
    vera.join("lobby")
    vera.join("tea")
    vera.say("lobby", "раньше")
    anna = talker("Анна")
    anna.hears("Вера: раньше")
    anna.says("/join tea")
    anna.hears("— Чайная")
    vera.say("lobby", "раз\nдва")
    assert "[lobby] Вера: раз" in anna.hears("раз")
    assert anna.hears("два") == "    два"
    vera.say("tea", "здесь")
    assert "[" not in anna.hears("Вера: здесь")


def test_messages_are_found_a_line_each(talker: Line, connect: Connect) -> None:
    boris = connect("Борис")
    boris.join("tea")
    first = boris.say("tea", "красный\nчайник")["seq"]
    boris.say("tea", "чайники и чашки")
    anna = talker("Анна")
    anna.hears("— Lobby")
    anna.says("/search чайником")
    assert f"tea:{first} " in (line := anna.hears("красный чайник")) and " Борис: " in line
    anna.hears("чайники и чашки")
    anna.says("/search-here чайником")
    anna.hears("ничего не нашлось")
    anna.says("/search")
    anna.hears("что искать")
    assert anna.ends() == 0


def test_lines_behind_a_join_go_to_that_room(talker: Line, connect: Connect) -> None:
    vera = connect("Вера")
    script = talker("script")
    for line in ("/join tea", "в чайную", "/join lobby", "в лобби"):
        script.says(line)
    assert script.ends() == 0
    written = {room: vera.join(room)["messages"] for room in ("tea", "lobby")}
    assert [one["content"] for one in written["tea"]] == ["в чайную"]
    assert [one["content"] for one in written["lobby"]] == ["в лобби"]


def test_quit_and_being_sent_away_end_it_though_its_input_stays_open(
    daemon: Daemon, talker: Line
) -> None:
    anna, boris = talker("Анна"), talker("Борис")
    for one in (anna, boris):
        one.hears("— Lobby")
    anna.says("/quit")
    assert anna.process.wait(20) == 0
    assert anna.complaint() == ""
    for one in daemon.admin_json("connections")["connections"]:
        daemon.admin("kick", one["id"])
    eve = talker("Ева")
    eve.hears("— Lobby")
    (one,) = [
        one
        for one in daemon.admin_json("connections")["connections"]
        if one["name"] == "Ева" and "lobby" in one["dialogs"]
    ]
    assert daemon.admin("ban", one["participant"]).returncode == 0
    for sent_away, why in (
        (boris, "Оператор закрыл это подключение"),
        (eve, "Вас сюда не пускают"),
    ):
        assert sent_away.process.wait(20) == 4
        assert sent_away.complaint() == f"chatd: отключено: {why}\n"


def test_corrections_are_told_and_drafts_are_not(talker: Line, connect: Connect) -> None:
    vera = connect("Вера")
    vera.join("lobby")
    anna = talker("Анна")
    anna.hears("— Lobby")
    vera.ask("draft:edit", dialog_id="lobby", seq=1, reset="тайный черновик")
    message = vera.say("lobby", "ошипка")
    vera.ask("message:edit", message_id=message["id"], content="ошибка")
    assert anna.hears("ошибка").endswith("Вера: ошибка ✎")
    vera.ask("message:delete", message_id=message["id"])
    assert anna.hears("удалено").endswith("Вера: сообщение удалено")
    assert not [line for line in anna.lines if "тайный" in line]


def test_control_sequences_do_not_reach_the_terminal(talker: Line, connect: Connect) -> None:
    eve = connect("\x1b[31mЕва")
    eve.join("lobby")
    anna = talker("Анна")
    anna.hears("— Lobby")
    eve.say("lobby", "\x1b]0;x\x07\r\x9b2J\u202eвот")
    anna.hears("вот")
    assert not set("".join(anna.lines)) & set("\x1b\x9b\x07\r\u202e")


def test_it_comes_back_by_itself_and_sends_what_waited(
    daemon: Daemon, talker: Line, connect: Connect
) -> None:
    anna = talker("Анна")
    anna.hears("— Lobby")
    daemon.stop()
    anna.hears("— нет связи")
    anna.says("без связи")
    daemon.start()
    assert anna.hears("Анна: без связи")
    assert anna.ends() == 0
    written = [one["content"] for one in connect("Вера").join("lobby")["messages"]]
    assert written == ["без связи"]


def test_there_is_a_line_for_everything_that_changed_meanwhile(
    relay: Relay, talker: Line, connect: Connect
) -> None:
    boris = connect("Борис")
    ids = three(boris, "lobby")
    anna = talker("Анна", "--url", f"http://{relay.address}")
    anna.hears("Борис: три")
    boris.ask("message:react", message_id=ids[0], emoji="🎉")
    assert anna.hears("🎉").endswith(" Борис: раз  🎉 1")
    relay.cut()
    anna.hears("— нет связи")
    told = len(anna.lines)
    change(boris, "lobby", ids)
    relay.mend()
    anna.hears("Борис: четыре")
    assert sorted(line[6:] for line in anna.lines[told:] if ": " in line) == [
        "Борис: раз! ✎  🎉 1",
        "Борис: сообщение удалено",
        "Борис: три  👍 1",
        "Борис: четыре",
    ]
    assert anna.ends() == 0


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("nowhere",), 5, "chatd: нет комнаты «nowhere»; есть: lobby, tea, hush, mute\n"),
        (("nowhere", "--language", "en"), 5, "chatd: no such room: nowhere; there are lobby"),
        (("--url", "http://127.0.0.1:9"), 3, "chatd: не удаётся соединиться с ws://127.0.0.1:9"),
        (("--url", "gopher://x"), 2, "is not a daemon's address: http://HOST:PORT"),
        (("--name", "x" * 65), 2, "chatd: "),
    ],
)
def test_what_cannot_be_done_is_told_on_stderr_and_by_the_status(
    talker: Line, words: tuple[str, ...], status: int, told: str
) -> None:
    one = talker("Анна", *words)
    assert one.ends() == status
    complaint = one.complaint()
    assert told in complaint
    assert "Traceback" not in complaint


@pytest.mark.parametrize(
    ("language", "gone", "full", "wrong", "often"),
    [
        (
            "ru",
            "Такого нет или уже нет",
            "Комната заполнена: мест в ней 1",
            "Не подходит: реакция (нужен один эмодзи)",
            r"Слишком часто: повторите через \d+ с",
        ),
        (
            "en",
            "There is no such thing, or not any more",
            "The room is full: it holds 1",
            "This will not do: the reaction (a reaction is an emoji)",
            r"Too often: try again in \d+ s",
        ),
    ],
)
def test_what_the_daemon_refuses_is_told_in_the_readers_language(
    make_daemon: MakeDaemon,
    talker: Line,
    language: str,
    gone: str,
    full: str,
    wrong: str,
    often: str,
) -> None:
    rooms = {"lobby": {}, "nook": {"capacity": 1}}
    limits = {"commands_per_connection": "40/hour"}
    daemon = make_daemon({"rooms": rooms, "limits": limits})
    words = ("--url", f"http://{daemon.address}", "--language", language)
    anna, boris = (talker(name, *words) for name in ("Анна", "Борис"))
    for line in ("/join nook", "/join lobby", "привет"):
        boris.says(line)
    anna.hears("Борис: привет")
    for line in ("/join nowhere", "/join nook", "/react smile", *["/away"] * 40):
        anna.says(line)
    anna.hears(often.split(":")[0])
    told = [line for line in anna.lines if line in (gone, full, wrong) or re.fullmatch(often, line)]
    assert told[:3] == [gone, full, wrong]
    assert re.fullmatch(often, told[3])


def test_what_is_refused_in_a_script_is_no_success(talker: Line) -> None:
    anna = talker("Анна")
    anna.says("раз")
    anna.says("\u200b\u2060")
    anna.says("два")
    assert anna.ends() == 1
    anna.hears("Анна: два")
    assert anna.complaint() == "chatd: не отправлено (Lobby):\n\n"


def test_what_the_system_has_no_letters_for_ends_nobody(talker: Line) -> None:
    anna = talker("Ан\udcff")
    for line in ("price \udcff list", "/nick Б\udcff", "second"):
        anna.says(line)
    anna.hears("Б?: second")
    anna.hears("Ан?: price ? list")
    assert anna.ends() == 0
    assert talker("Вера", "lob\udcff").ends() == 5


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP])
def test_who_is_ended_from_outside_tells_what_was_not_sent(
    talker: Line, relay: Relay, signum: signal.Signals
) -> None:
    anna = talker("Анна", "--url", f"http://{relay.address}")
    anna.hears("на связи")
    anna.says("раз")
    anna.hears("Анна: раз")
    relay.cut()
    anna.hears("нет связи")
    lines = [f"строка {number}" for number in range(MOST + 20)]
    for line in lines:
        anna.says(line)
    eventually(lambda: fed(anna), 20)
    anna.process.send_signal(signum)
    assert anna.process.wait(20) == 128 + signum
    told = anna.complaint()
    assert [line for line in lines if f"\n{line}\n" in told] == lines
    assert "раз\n" not in told and told.count("не отправлено (Lobby):") == len(lines)


def fed(anna: Talker) -> bool:
    """Whether its input was read."""
    assert anna.process.stdin
    waiting = array("i", [0])
    fcntl.ioctl(anna.process.stdin.fileno(), termios.FIONREAD, waiting)
    return not waiting[0]


def test_a_reader_that_stops_reading_ends_it_quietly(daemon: Daemon) -> None:
    command = f"{sys.executable} -m chatd chat --plain --url http://{daemon.address} | head -1"
    done = subprocess.run(
        ["sh", "-c", f"(echo раз; sleep 0.2; echo два; echo /who) | {command}"],
        capture_output=True,
        text=True,
        timeout=30,
        env={**os.environ, "LC_ALL": "ru_RU.UTF-8"},
    )
    assert done.stdout.startswith("— на связи")
    assert done.stderr == ""


def test_of_a_crowd_it_is_told_how_many_and_afterwards_who(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"rooms": {"square": {"title": "Square", "crowd": 6}}})
    with contextlib.ExitStack() as house:
        line = ("--url", f"http://{daemon.address}", "--language", "en", "square")
        anna = Talker("--name", "Anna", *line)
        house.callback(anna.process.kill)
        anna.hears("Square: 1 here")
        came = [house.enter_context(Client(daemon.address)) for _ in range(7)]
        for number, one in enumerate(came):
            one.hello(name=f"Passer {number}")
            one.join("square")
            if number < 5:
                anna.hears(f"→ Passer {number}")
        eventually(lambda: "People · 8" in asked(anna, "/who"))
        assert len([line for line in anna.lines if line.startswith("— Square: ")]) == 2
        late = Talker("--name", "Late", *line)
        house.callback(late.process.kill)
        late.hears("Square: 9 here")
        eventually(lambda: "People · 9" in asked(late, "/who"))
        for one in came[3:]:
            one.ask("dialog:leave", dialog_id="square")
        names = "5 here: Anna, Late, Passer 0, Passer 1, Passer 2"
        for one in (anna, late):
            eventually(partial(lambda one: names in asked(one, "/who"), one))
        came[0].ask("dialog:leave", dialog_id="square")
        anna.hears("← Passer 0"), late.hears("← Passer 0")
        arrivals = [line for line in anna.lines + late.lines if line[:1] in "→←"]
        assert arrivals == [*(f"→ Passer {n}" for n in range(5)), "← Passer 0", "← Passer 0"]


def asked(talker: Talker, command: str) -> str:
    """What is told of a command."""
    before = len(talker.lines)
    talker.says(command)
    eventually(lambda: len(talker.lines) > before)
    return talker.lines[-1]
