"""What one does at the screen, and what one sees there of the others: real screens, real daemon."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.conftest import Connect
from tests.daemon import Daemon
from tests.terminal.stage import Stage, entered, play


def join_texts(daemon: Daemon, scene: Callable[[Stage, Stage], Awaitable[None]]) -> None:
    """Anna and Boris in the lobby."""

    async def both() -> None:
        async with (
            entered(daemon.address, "Анна") as anna,
            entered(daemon.address, "Борис") as boris,
        ):
            await scene(anna, boris)

    play(both)


def alone(
    daemon: Daemon,
    scene: Callable[[Stage], Awaitable[None]],
    room: str = "lobby",
    size: tuple[int, int] = (80, 24),
) -> None:
    """Anna at the screen."""

    async def one() -> None:
        async with entered(daemon.address, "Анна", room, size) as anna:
            await scene(anna)

    play(one)


def test_each_sees_the_other_type_with_caret_and_corrections(daemon: Daemon) -> None:
    async def scene(anna: Stage, boris: Stage) -> None:
        await anna.types("Привет, мир")
        await boris.sees("✎   Анна Привет, мир▏")
        await anna.pilot.press("left", "left", "left", "backspace", "X")
        await boris.sees("✎   Анна Привет,X▏мир")
        await boris.types("и тебе")
        await anna.sees("✎   Борис и тебе▏")
        await anna.pilot.press("enter")
        await boris.sees("Анна Привет,Xмир")
        await boris.misses("✎   Анна")
        await anna.sees("✎   Борис и тебе▏")

    join_texts(daemon, scene)


def test_a_draft_becomes_its_message_in_place(daemon: Daemon) -> None:
    async def scene(anna: Stage, boris: Stage) -> None:
        await anna.types("на месте")
        await boris.sees("Анна на месте▏")
        row = boris.text().splitlines().index(boris.line("на месте▏"))
        await anna.pilot.press("enter")
        await boris.until(lambda: ":" in boris.line("Анна на месте") and "▏" not in middle(boris))
        rows = boris.text().splitlines()
        assert "на месте" in rows[row]

    def middle(stage: Stage) -> str:
        return stage.line("на месте")[16:62]

    join_texts(daemon, scene)


def test_paste_undo_and_redo_are_seen(daemon: Daemon) -> None:
    from textual.events import Paste

    async def scene(anna: Stage, boris: Stage) -> None:
        anna.app.post_message(Paste("вставка 👨\u200d👩\u200d👧 из буфера"))
        await boris.sees("вставка", "из буфера▏")
        await anna.pilot.press("ctrl+z")
        await boris.misses("из буфера")
        await anna.pilot.press("ctrl+y")
        await boris.sees("из буфера")

    join_texts(daemon, scene)


def test_who_joins_sees_what_is_half_written(daemon: Daemon, connect: Connect) -> None:
    boris = connect("Борис")
    boris.join("lobby")
    boris.ask("draft:edit", dialog_id="lobby", seq=1, reset="уже наполови")

    async def scene(anna: Stage) -> None:
        await anna.sees("Борис уже наполови▏")
        boris.ask("draft:edit", dialog_id="lobby", seq=2, ops=[["i", "ну"]])
        await anna.sees("Борис уже наполовину▏")
        boris.ws.close()
        await anna.misses("наполовину")
        await anna.misses("Борис")

    alone(daemon, scene)


def test_who_leaves_takes_the_draft_along(daemon: Daemon) -> None:
    async def scene(anna: Stage, boris: Stage) -> None:
        await boris.types("недопис")
        await anna.sees("недопис▏")
        await boris.pilot.press("ctrl+q")
        await anna.misses("недопис")
        await anna.misses("Борис")

    join_texts(daemon, scene)


def test_f2_hides_the_draft_and_shows_it_again(daemon: Daemon) -> None:
    async def scene(anna: Stage, boris: Stage) -> None:
        await anna.sees("видно каждую букву", "черновик виден")
        await anna.types("тайное")
        await boris.sees("тайное▏")
        await anna.pilot.press("f2")
        await anna.sees("черновик скрыт")
        await boris.sees("Анна печатает…")
        await boris.misses("тайное")
        await anna.types("слово")
        await anna.pilot.press("f2")
        await boris.sees("тайноеслово▏")
        await boris.misses("печатает")

    join_texts(daemon, scene)


def test_the_rooms_policy_is_shown_and_kept(daemon: Daemon, connect: Connect) -> None:
    boris = connect("Борис")
    boris.join("hush")
    boris.join("mute")

    async def scene(anna: Stage) -> None:
        await anna.sees("# Тихая", "видно только «печатает…»")
        await anna.types("ш")
        boris.expect("typing:start", dialog_id="hush")
        await anna.pilot.press("backspace")
        boris.expect("typing:stop", dialog_id="hush")
        await anna.says("/join mute")
        await anna.sees("# Немая", "набор не виден")
        await anna.types("шшш")
        await anna.says("")
        boris.expect("message:new", dialog_id="mute")
        assert not [one for one in boris.settle() if one["event"].startswith(("draft", "typing"))]

    alone(daemon, scene, "hush")


def test_keys_that_come_in_one_burst_are_carried_out_in_order(daemon: Daemon) -> None:
    from textual.events import Key

    async def scene(anna: Stage, boris: Stage) -> None:
        for key in ("a", "b", "left", "backspace", "c", "enter", "n", "e", "x", "t"):
            anna.app.post_message(Key(key, key if len(key) == 1 else None))
        await boris.sees("Анна cb", "✎   Анна next▏")
        assert anna.app.field.text == "next"

    join_texts(daemon, scene)


def test_what_is_written_right_behind_a_message_is_seen_from_its_first_letter(
    daemon: Daemon,
) -> None:
    async def scene(anna: Stage, boris: Stage) -> None:
        for turn in range(15):
            await anna.types(f"m{turn}\nследом{turn}")
            await boris.sees(f"✎   Анна следом{turn}▏")
            await anna.pilot.press("ctrl+u")

    join_texts(daemon, scene)


def test_rooms_with_news_carry_a_count_and_a_line(daemon: Daemon, connect: Connect) -> None:
    boris = connect("Борис")
    boris.join("lobby")

    async def scene(anna: Stage) -> None:
        await anna.says("/join tea")
        await anna.sees("# Чайная", "Обо всём")
        boris.say("lobby", "раз")
        boris.say("lobby", "два")
        await anna.sees("Lobby  2 ")
        await anna.pilot.press("tab")
        await anna.sees("# Lobby", "─ новое ─", "Борис раз", "Борис два")
        await anna.misses("Lobby  2 ")
        boris.expect("receipt:update", read=2)

    alone(daemon, scene)


def test_a_room_is_chosen_with_the_mouse(daemon: Daemon) -> None:
    async def scene(anna: Stage) -> None:
        rows = anna.text().splitlines()
        row = next(number for number, line in enumerate(rows) if "Чайная" in line)
        await anna.pilot.click(offset=(3, row))
        await anna.sees("# Чайная")
        await anna.types("сразу в поле")
        assert anna.app.field.text == "сразу в поле"

    alone(daemon, scene)


def test_each_room_keeps_its_unsent_text(daemon: Daemon) -> None:
    async def scene(anna: Stage) -> None:
        await anna.types("для lobby")
        await anna.pilot.press("alt+down")
        await anna.until(lambda: anna.app.dialog and anna.app.dialog.id != "lobby")
        assert anna.app.field.text == ""
        await anna.pilot.press("alt+up")
        await anna.sees("# Lobby")
        assert anna.app.field.text == "для lobby"

    alone(daemon, scene)


def test_older_messages_come_by_scrolling_up_and_the_place_is_kept(
    daemon: Daemon, connect: Connect
) -> None:
    boris = connect("Борис")
    boris.join("lobby")
    lines = ({"dialog_id": "lobby", "content": f"строка {number}."} for number in range(1, 251))
    boris.ask_all("message:send", lines)

    async def scene(anna: Stage) -> None:
        await anna.sees("строка 250.")
        dialog = anna.app.dialog
        assert dialog is not None
        assert dialog.messages[0].seq == 151
        while anna.line(" строка 1.") == "":
            before = anna.app.conversation.scroll_offset.y
            await anna.pilot.press("pageup")
            await anna.until(lambda y=before: anna.app.conversation.scroll_offset.y != y)
        seqs = [one.seq for one in dialog.messages]
        assert seqs == list(range(1, 251))
        boris.say("lobby", "новая внизу")
        await anna.sees("ниже новое: 1")
        assert " строка 1." in anna.text()
        await anna.pilot.press("ctrl+end")
        await anna.sees("новая внизу")
        await anna.misses("ниже новое")

    alone(daemon, scene)


def test_up_in_an_empty_field_brings_the_last_message_back_to_be_corrected(daemon: Daemon) -> None:
    async def scene(anna: Stage) -> None:
        await anna.says("ошипка")
        await anna.sees_stored("Анна ошипка")
        await anna.pilot.press("up")
        assert anna.app.field.text == "/edit ошипка"
        await anna.pilot.press("backspace", "backspace", "backspace")
        await anna.says("бка")
        await anna.sees("Анна ошибка ✎")

    alone(daemon, scene)


def test_several_lines(daemon: Daemon) -> None:
    async def scene(anna: Stage, boris: Stage) -> None:
        await anna.types("раз")
        await anna.pilot.press("ctrl+j")
        await anna.types("два")
        await boris.sees("Анна раз", "два▏")
        await anna.pilot.press("enter")
        await boris.sees(" Анна раз")
        await boris.misses("два▏")
        assert boris.app.dialog is not None
        assert boris.app.dialog.messages[-1].content == "раз\nдва"

    join_texts(daemon, scene)


def test_the_screen_follows_its_size(daemon: Daemon, connect: Connect) -> None:
    connect("Борис").join("lobby")

    async def scene(anna: Stage) -> None:
        await anna.says("слово " * 9)
        await anna.sees("● Борис", "Чайная")
        await anna.pilot.resize_terminal(60, 20)
        await anna.misses("● Борис")
        await anna.sees("Чайная")
        await anna.pilot.resize_terminal(40, 12)
        await anna.misses("Чайная")
        await anna.sees("Анна слово")
        await anna.pilot.resize_terminal(20, 5)
        await anna.pilot.resize_terminal(120, 36)
        await anna.sees("● Борис", "Чайная", "Анна " + "слово " * 8)

    alone(daemon, scene)


def test_the_theme_changes_and_the_help_opens_and_closes(daemon: Daemon) -> None:
    async def scene(anna: Stage) -> None:
        dark = anna.app.screen.styles.background
        await anna.pilot.press("f3")
        await anna.until(lambda: anna.app.screen.styles.background != dark)
        await anna.pilot.press("f3", "f1")
        await anna.sees("Клавиши и команды", "PgUp, PgDn", "/join ROOM")
        await anna.pilot.press("escape")
        await anna.misses("Клавиши и команды")
        await anna.types("дальше")
        assert anna.app.field.text == "дальше"

    alone(daemon, scene)


def test_a_kicked_client_says_so_and_stays_readable(daemon: Daemon) -> None:
    async def scene(anna: Stage) -> None:
        await anna.says("было")
        await anna.sees("Анна было")
        for one in daemon.admin_json("connections")["connections"]:
            daemon.admin("kick", one["id"])
        await anna.sees("отключено", "Анна было")

    alone(daemon, scene)


def test_hostile_names_and_texts_leave_the_screen_whole(daemon: Daemon, connect: Connect) -> None:
    eve = connect("\x1b[31mEve\u202e\n" + "e\u0301" * 20)
    eve.join("lobby")
    eve.say("lobby", "\x1b[2J\x1b[H\x1b]0;x\x07\u202eтекст\u202c" + "z" + "\u0335" * 200)
    eve.ask("draft:edit", dialog_id="lobby", seq=1, reset="\x9b2J\r\b\x07черновик\u2066")

    async def scene(anna: Stage) -> None:
        await anna.sees("[2J[H]0;xтекстz", "2Jчерновик▏", "# Lobby", "на связи", "Люди · 2")
        assert not set(anna.text()) & set("\x1b\x9b\x07\r\b\u202e\u2066")
        assert len(anna.text().splitlines()) == 24

    alone(daemon, scene)
