"""The real client in a real terminal against the real daemon: what people see of each other."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Connect
from tests.daemon import Daemon, eventually
from tests.meanwhile import change, three
from tests.terminal.garbling import GARBAGE, garbled
from tests.terminal.relay import Relay
from tests.terminal.terminal import PATIENCE, Terminal, Terminals


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[Terminals]:
    """tmux."""
    running = Terminals(tmp_path)
    yield running
    running.close()


@pytest.fixture
def pair(daemon: Daemon, terminals: Terminals) -> tuple[Terminal, Terminal]:
    """Anna and Boris in the lobby."""
    anna = terminals.open("Анна", "--url", f"http://{daemon.address}")
    boris = terminals.open("Борис", "lobby", "--url", f"http://{daemon.address}")
    for one in (boris, anna):
        one.sees("# Lobby", "на связи")
        one.sees("● Анна", "● Борис")
    return anna, boris


def test_two_watch_each_other_type_in_mid_word(
    pair: tuple[Terminal, Terminal], connect: Connect
) -> None:
    anna, boris = pair
    anna.types("Здравств")
    boris.sees("✎   Анна Здравств▏")
    boris.types("И вам не бо")
    anna.sees("✎   Борис И вам не бо▏")
    assert "✎   Анна Здравств▏" in boris.text()
    anna.press("Left", "Left", "Left", "Left", "Left", "Left", "BSpace", "!")
    boris.sees("✎   Анна З!▏равств")
    boris.types("лейте 👨\u200d👩\u200d👧")
    anna.sees("Борис И вам не болейте 👨")
    vera = connect("Вера")
    whole = "И вам не болейте 👨\u200d👩\u200d👧"
    eventually(lambda: whole in [one["text"] for one in vera.join("lobby")["drafts"]])
    anna.press("Enter")
    assert "Анна З!равств" in boris.sees(":", "Анна З!равств")
    boris.misses("✎   Анна")
    boris.press("C-u")
    anna.misses("И вам")


def test_a_draft_and_its_message_have_the_colour_of_their_writer(
    pair: tuple[Terminal, Terminal],
) -> None:
    anna, boris = pair
    anna.types("цветной")
    boris.sees("цветной▏")
    typed = colour_before(boris.text(styled=True), "цветной")
    anna.press("Enter")
    boris.misses("цветной▏")
    assert typed
    eventually(lambda: typed in boris.text(styled=True), PATIENCE)


def colour_before(styled: str, text: str) -> str:
    """The sequence of the colour that a text is drawn in."""
    line = next(line for line in styled.splitlines() if text in line)
    return (
        next(
            (part for part in reversed(line.partition(text)[0].split("\x1b[")) if "38;" in part), ""
        )
        .partition("38;")[2]
        .rstrip("m")
    )


def test_written_while_the_daemon_was_dead_arrives_once(
    daemon: Daemon, pair: tuple[Terminal, Terminal]
) -> None:
    anna, boris = pair
    anna.says("до смерти")
    boris.sees("Анна до смерти")
    anna.misses("⋯")
    daemon.stop(signal.SIGKILL)
    anna.sees("нет связи, попытка через")
    anna.says("между жизнями")
    anna.sees("⋯   Анна между жизнями", "не отправлено: 1")
    anna.types("недописан")
    daemon.start()
    boris.sees("на связи", "Анна между жизнями", "✎   Анна недописан▏")
    anna.sees("на связи")
    anna.misses("⋯")
    boris.says("снова тут")
    shown = anna.sees("Борис снова тут")
    assert shown.count("между жизнями") == 1
    assert boris.text().count("между жизнями") == 1


def test_sent_at_the_moment_of_death_arrives_once(
    daemon: Daemon, pair: tuple[Terminal, Terminal], connect: Connect
) -> None:
    anna, boris = pair
    for turn in range(3):
        anna.types(f"раз {turn}")
        anna.press("Enter")
        daemon.stop(signal.SIGKILL)
        daemon.start()
        boris.sees(f"Анна раз {turn}", "на связи")
        anna.sees("на связи")
        anna.misses("⋯")
    watcher = connect("Вера")
    written = [one["content"] for one in watcher.join("lobby")["messages"]]
    assert written == ["раз 0", "раз 1", "раз 2"]


def test_a_terminal_shows_what_changed_meanwhile(
    relay: Relay, terminals: Terminals, connect: Connect
) -> None:
    boris = connect("Борис")
    ids = three(boris, "lobby")
    anna = terminals.open("Анна", "--url", f"http://{relay.address}")
    anna.sees("на связи", "Борис раз", "Борис два", "Борис три")
    relay.cut()
    anna.sees("нет связи")
    anna.says("своё")
    anna.types("недописано")
    anna.sees("⋯   Анна своё", "недописано")
    change(boris, "lobby", ids)
    relay.mend()
    screen = anna.sees("раз! ✎", "👍 1", "четыре", "сообщение удалено", "недописано")
    assert "два" not in screen
    anna.misses("⋯")
    assert [anna.text().count(text) for text in ("раз!", "четыре", "своё")] == [1, 1, 1]


def test_garbage_for_one_harms_neither_that_one_nor_the_others(
    daemon: Daemon, terminals: Terminals, pair: tuple[Terminal, Terminal]
) -> None:
    anna, boris = pair
    with garbled(daemon.address) as (garbler, address):
        vera = terminals.open("Вера", "--url", f"http://{address}")
        vera.sees("● Анна", "● Борис", "● Вера")
        turn = 0
        while garbler.sent < len(GARBAGE):
            turn += 1
            anna.types(f"ход {turn}")
            vera.sees(f"Анна ход {turn}▏")
            boris.sees(f"Анна ход {turn}▏")
            anna.press("Enter")
            vera.sees(f":{turn:02d}"[:1], f"Анна ход {turn} ")
        vera.says("жива")
        for one in (anna, boris):
            one.sees("Вера жива")
        shown = vera.sees("# Lobby", "на связи · Вера", "Вера жива")
        assert len(shown.splitlines()) == 24
        assert "\x1b[2J" not in vera.text(styled=True)


def test_control_sequences_of_others_do_nothing(
    daemon: Daemon, connect: Connect, pair: tuple[Terminal, Terminal]
) -> None:
    anna, boris = pair
    eve = connect("\x1b[41mЕва\x1b[0m\u202e")
    eve.join("lobby")
    eve.ask("draft:edit", dialog_id="lobby", seq=1, reset="\x1b[2J\x1b[Hпишет\x9b2J\u202e")
    anna.sees("[2J[Hпишет2J▏", "Ева")
    eve.say("lobby", "\x1b]0;украдено\x07\x1b[?1049l\x1bc" + "о" + "\u0335" * 50 + "\u202e сказано")
    for one in (anna, boris):
        lines = one.sees("сказано", "# Lobby", "Люди · 3", "на связи").splitlines()
        assert len(lines) == 24
    title = boris.terminals.run("display-message", "-p", "-t", "Борис", "#{pane_title}")
    assert "украдено" not in title


def test_small_colourless_and_resized_it_is_still_of_use(
    daemon: Daemon, terminals: Terminals, pair: tuple[Terminal, Terminal]
) -> None:
    anna, _ = pair
    grey = terminals.open(
        "Серый", "--url", f"http://{daemon.address}", size=(40, 10), env="NO_COLOR=1"
    )
    anna.types("видно ли")
    grey.sees("Анна видно ли▏")
    assert "38;2;" not in hues_only(grey.text(styled=True))
    anna.resize(120, 36)
    anna.sees("видно ли", "● Серый")
    anna.resize(30, 8)
    anna.types(" тут")
    eventually(lambda: anna.line("видно ли тут").strip() == "видно ли тут", PATIENCE)
    anna.resize(80, 24)
    anna.sees("● Борис", "видно ли")


def hues_only(styled: str) -> str:
    """The same without its shades of grey."""
    parts = styled.split("\x1b[")
    return "\x1b[".join(part for part in parts if not grey_only(part))


def grey_only(part: str) -> bool:
    """Whether a sequence names no colour but greys."""
    numbers = part.partition("m")[0].split(";")
    colours = [
        numbers[at + 2 : at + 5]
        for at in range(len(numbers) - 4)
        if numbers[at : at + 2] in (["38", "2"], ["48", "2"])
    ]
    return all(len(set(colour)) == 1 for colour in colours)


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("нет-такой",), 5, "нет комнаты «нет-такой»; есть: lobby"),
        (("--url", "http://127.0.0.1:9"), 3, "не удаётся соединиться с ws://127.0.0.1:9/ws"),
        (("--url", "ftp://x"), 2, "'ftp://x' is not a daemon's address"),
    ],
)
def test_what_cannot_be_opened_is_told_on_a_clean_screen(
    daemon: Daemon, terminals: Terminals, words: tuple[str, ...], status: int, told: str
) -> None:
    one = terminals.open("Анна", "--url", f"http://{daemon.address}", *words, size=(120, 24))
    shown = one.sees(f"status {status}", told)
    assert "Traceback" not in shown
    assert "Люди" not in shown


def test_it_ends_when_asked_and_leaves_the_terminal_as_it_was(
    pair: tuple[Terminal, Terminal],
) -> None:
    anna, boris = pair
    anna.says("/quit")
    assert "Люди" not in anna.sees("status 0")
    boris.press("C-d")
    boris.sees("status 0")
    eventually(lambda: boris.text().strip() == "status 0")
