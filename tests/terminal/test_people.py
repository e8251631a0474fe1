"""``chatd chat`` of who has an account: the list of their dialogs, and what is done with these."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator

import pytest

from chatd.terminal.core.listing import Listing
from chatd.terminal.core.shapes import Listed, News, ReceiptUpdate, Typing
from chatd.terminal.core.texts import Texts
from chatd.terminal.rooms.chat import ChatApp
from chatd.terminal.rooms.session import ChatSession
from tests.client import Client, Refused
from tests.daemon import PASSWORD, Daemon, eventually
from tests.terminal.relay import Relay, relayed
from tests.terminal.stage import Stage, play
from tests.terminal.talker import Talker

NAMES = ("anna", "boris", "vera")


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with three people."""
    made = Daemon(tmp_path_factory.mktemp("daemon")).start()
    for username in NAMES:
        words = ("user", "add", username, "--name", username.title(), "--password-stdin")
        assert made.admin(*words, stdin=PASSWORD).returncode == 0
    yield made
    assert made.stop() == 0, made.logged()
    assert "incident" not in made.logged(), made.logged()


@pytest.fixture
def tokens(daemon: Daemon) -> Iterator[dict[str, str]]:
    """A session of each; what groups they made is gone at the end."""
    found = {}
    for username in NAMES:
        body = {"username": username, "password": PASSWORD}
        found[username] = daemon.http("POST", "/api/auth/login", body)[1]["data"]["token"]
    yield found
    for token in found.values():
        with Client(daemon.address) as one:
            one.hello(token=token)
            for dialog in one.ask("dialog:list")["dialogs"]:
                if dialog["kind"] == "group":
                    one.ask("dialog:quit", dialog_id=dialog["id"])


@pytest.fixture
def boris(daemon: Daemon, tokens: dict[str, str]) -> Iterator[Client]:
    """At another client, in a dialog with anna that has been read."""
    with Client(daemon.address) as client:
        client.hello(token=tokens["boris"])
        yield client


@contextlib.asynccontextmanager
async def at(address: str, token: str, place: str = "lobby") -> AsyncIterator[Stage]:
    """Somebody at the screen, with their list whole."""
    app = ChatApp(ChatSession(f"http://{address}", token=token), Texts("ru"), place)
    async with app.run_test(size=(100, 24), notifications=True) as pilot:
        stage = Stage(app, pilot)
        await stage.until(lambda: app.dialog is not None and app.session.listing.whole)
        yield stage


def test_the_list_tells_of_dialogs_that_are_not_open(
    daemon: Daemon, tokens: dict[str, str], boris: Client
) -> None:
    direct = boris.ask("dialog:create", kind="direct", **{"with": ["anna"]})["dialog"]["id"]
    boris.join(direct)

    async def scene() -> None:
        async with at(daemon.address, tokens["anna"]) as anna:
            await anna.sees("Комнаты", "Диалоги", "Boris")
            boris.ask("typing:start", dialog_id=direct)
            await anna.sees("✎ печатает…")
            first = boris.say(direct, "раз")
            boris.say(direct, "два")
            await anna.until(lambda: "@2" in anna.line("Boris"))
            await anna.sees(" два")
            await anna.misses("печатает…")
            boris.ask("message:edit", message_id=first["id"], content="раз!")
            boris.say(direct, "три")
            await anna.until(lambda: "@3" in anna.line("Boris"))
            assert anna.app.calling.title == "(1) chatd"
            await anna.pilot.press("tab")
            await anna.sees("@ Boris", "новое", "Boris раз! ✎", "Boris три")
            await anna.until(lambda: anna.app.session.listing.rows[direct].fresh == 0)
            await anna.until(lambda: anna.app.calling.title == "chatd")

    play(scene)


def test_after_a_lost_line_the_list_is_exact(
    daemon: Daemon, tokens: dict[str, str], boris: Client
) -> None:
    group = boris.ask("dialog:create", kind="group", title="Поход", **{"with": ["anna"]})
    other = boris.ask("dialog:create", kind="group", title="Обед", **{"with": ["anna"]})

    async def scene(relay: Relay) -> None:
        async with at(relay.address, tokens["anna"]) as anna:
            await anna.sees("Поход", "Обед")
            relay.cut()
            await anna.sees("нет связи")
            boris.join(group["dialog"]["id"])
            boris.say(group["dialog"]["id"], "пропущено")
            boris.ask("dialog:remove", dialog_id=other["dialog"]["id"], who="anna")
            boris.ask("dialog:create", kind="group", title="Ужин", **{"with": ["anna"]})
            relay.mend()
            anna.app.session.hurry()
            await anna.sees("на связи", "Boris: пропущено", "Ужин")
            await anna.misses("Обед")
            await anna.until(lambda: "1" in anna.line("Поход"))

    with relayed(daemon.address) as relay:
        play(lambda: scene(relay))


def test_groups_are_made_joined_and_left_by_commands(
    daemon: Daemon, tokens: dict[str, str], boris: Client
) -> None:
    async def scene() -> None:
        async with at(daemon.address, tokens["anna"]) as anna:
            await anna.says("/new @Boris")
            await anna.sees("@ Boris")
            await anna.says("/leave")
            await anna.sees("«Boris» больше нет в вашем списке")
            await anna.says("/new @boris")
            await anna.sees("@ Boris")
            await anna.says("/owner @boris")
            await anna.sees("Это для групп, а здесь вас двое")
            await anna.says("/join lobby")
            await anna.sees("# Lobby")
            await anna.says("/invite @boris")
            await anna.sees("Это для диалогов между людьми")
            await anna.says("/new @nobody")
            await anna.sees("такого собеседника нет: @nobody")
            assert anna.app.field.text == "/new @nobody"
            await anna.pilot.press("ctrl+u")
            await anna.says("/new @boris Поход в горы")
            await anna.sees("# Поход в горы")
            (dialog,) = [
                one for one in boris.ask("dialog:list")["dialogs"] if one["kind"] == "group"
            ]
            assert dialog["title"] == "Поход в горы" and dialog["people"] == 2
            await anna.types("/invite @b")
            await anna.sees("/invite [@NAME]")
            await anna.pilot.press("tab")
            assert anna.app.field.text == "/invite @boris"
            await anna.pilot.press("ctrl+u")
            await anna.says("/invite @Vera")
            await anna.sees("@vera теперь в группе")
            await anna.says("/mute")
            await anna.until(lambda: "∅" in anna.line("Поход в горы ∅"))
            await anna.says("/mute")
            await anna.sees("снова вас зовёт")
            await anna.says("/invite")
            await anna.sees("Приглашение", f"http://{daemon.address}/invite/dlg-")
            await anna.types("/mute quietly")
            await anna.pilot.press("f1")
            await anna.misses("Приглашение")
            assert anna.app.field.text == "", "what is typed above it is for nobody"
            await anna.types("недописано")
            await anna.pilot.press("f1", "x", "backspace", "escape")
            await anna.until(lambda: anna.app.field.text == "недописано")
            await anna.pilot.press("ctrl+u")
            said = boris.ask("history:get", dialog_id=dialog["id"])["messages"]
            assert said == [], "nothing of it was said"
            await anna.says("/leave")
            await anna.sees("ещё раз /leave")
            assert anna.app.dialog and anna.app.dialog.id == dialog["id"]
            await anna.says("/leave")
            await anna.sees("Вас больше нет в «Поход в горы»")
            await anna.until(lambda: anna.app.dialog and anna.app.dialog.id != dialog["id"])
            assert dialog["id"] not in anna.app.session.listing.rows

    play(scene)


def test_a_link_lets_in_and_who_is_put_out_goes_on_with_the_next_dialog(
    daemon: Daemon, tokens: dict[str, str], boris: Client
) -> None:
    made = boris.ask("dialog:create", kind="group", title="Поход", **{"with": []})["dialog"]
    code = boris.ask("dialog:link", dialog_id=made["id"])["code"]

    async def scene() -> None:
        async with at(daemon.address, tokens["vera"]) as vera:
            await vera.says(f"/join https://chat.example/invite/{code}")
            await vera.sees("# Поход")
            await vera.says("/invite @anna")
            await vera.sees("Вам это не разрешено")
            await vera.pilot.press("ctrl+u")
            await vera.types("недописано")
            boris.ask("dialog:remove", dialog_id=made["id"], who="vera")
            await vera.sees("Вас больше нет в «Поход»")
            await vera.until(lambda: vera.app.dialog and vera.app.dialog.id != made["id"])
            assert "недописано" in dict(vera.app.leaving.leftovers()).values()

    play(scene)


def test_a_person_with_no_place_to_be_begins_one(
    daemon: Daemon, tokens: dict[str, str], boris: Client
) -> None:
    app = ChatApp(ChatSession(f"http://{daemon.address}", token=tokens["vera"]), Texts("en"), "")

    async def scene() -> None:
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            vera = Stage(app, pilot)
            await vera.sees("Dialogs")
            await vera.until(lambda: vera.app.dialog)
            await vera.says("/new @boris @anna")
            await vera.sees("# boris, anna")

    play(scene)


def test_in_a_room_an_operator_keeps_somebody_from_writing_and_lets_them_again(
    daemon: Daemon, boris: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATD_TOKEN", daemon.add_operator("boss", "Босс"))
    boris.join("lobby")
    boss = Talker("--url", f"http://{daemon.address}", "lobby")
    boss.hears("— ")
    boss.says("/silence Никто")
    boss.hears("здесь нет никого с таким именем: Никто")
    boss.says("/silence Boris 30 не шуми")
    boss.hears("Boris больше не может здесь писать; вернуть: /silence")
    with pytest.raises(Refused) as refused:
        boris.say("lobby", "А?")
    assert refused.value.error["why"] == "не шуми"
    boss.says("/silence Boris")
    boss.hears("Boris снова может здесь писать")
    boris.say("lobby", "Спасибо")
    boss.ends()


def test_in_pipes_who_is_put_out_is_told_and_ends(
    daemon: Daemon, tokens: dict[str, str], boris: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATD_TOKEN", tokens["vera"])
    made = boris.ask("dialog:create", kind="group", title="Поход", **{"with": ["vera"]})["dialog"]
    boris.join(made["id"])
    vera = Talker("--url", f"http://{daemon.address}", made["id"])
    vera.hears("— Поход")
    vera.says("здесь")
    assert boris.expect("message:new")["content"] == "здесь"
    boris.ask("dialog:remove", dialog_id=made["id"], who="vera")
    vera.hears("— Вас больше нет в «Поход»")
    assert vera.process.wait(60) == 5
    assert "отключено: Вас больше нет в «Поход»" in vera.complaint()


def test_in_pipes_who_leaves_is_told_that_and_not_that_nobody_is_there(
    daemon: Daemon, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATD_TOKEN", tokens["vera"])
    vera = Talker("--url", f"http://{daemon.address}", "@boris")
    vera.hears("— ")
    vera.says("/leave")
    vera.hears("— «Boris» больше нет в вашем списке")
    assert vera.process.wait(60) == 0
    assert vera.complaint() == ""
    more = Talker("--url", f"http://{daemon.address}", "@boris")
    more.hears("— ")
    more.says("/leave\nо чём это")
    assert more.process.wait(60) not in (0, None), "what nobody was told is told here"
    assert "о чём это" in more.complaint()


def test_the_owner_renames_hands_over_and_removes_by_commands(
    daemon: Daemon, tokens: dict[str, str], boris: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATD_TOKEN", tokens["vera"])
    invited = {"with": ["vera", "anna"]}
    group = boris.ask("dialog:create", kind="group", title="Поход", **invited)["dialog"]["id"]
    vera = Talker("--url", f"http://{daemon.address}", group)
    vera.hears("— Поход")
    for refused in ("/rename Моё", "/remove @anna"):
        vera.says(refused)
    vera.says("/who")
    vera.hears("Здесь 1: ")
    assert sum("не разрешено" in line for line in vera.lines) == 2
    boris.ask("dialog:hand_over", dialog_id=group, who="vera")
    vera.says("/rename Поход в горы")
    vera.hears("Группа теперь называется «Поход в горы»")
    vera.says("/remove @nobody")
    vera.hears("такого собеседника нет: @nobody")
    vera.says("/remove @Anna")
    vera.hears("@anna больше нет в группе")
    vera.says("/owner @boris")
    vera.hears("«Поход в горы» будет принадлежать @boris")
    vera.says("/owner @boris")
    vera.hears("@boris теперь владелец группы")
    (row,) = (one for one in boris.ask("dialog:list")["dialogs"] if one["id"] == group)
    assert row["title"] == "Поход в горы" and row["people"] == 2
    boris.ask("dialog:rename", dialog_id=group, title="Снова мой")
    assert vera.ends() == 0


def test_what_is_for_groups_is_refused_at_once_where_there_is_none_or_it_is_not_ones_own(
    daemon: Daemon, tokens: dict[str, str], boris: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATD_TOKEN", tokens["vera"])
    invited = {"with": ["vera", "anna"]}
    group = boris.ask("dialog:create", kind="group", title="Поход", **invited)["dialog"]["id"]
    verbs = ("/invite", "/invite @anna", "/rename Моё", "/owner @boris", "/remove @boris")
    vera = Talker("--url", f"http://{daemon.address}", "@boris")
    vera.hears("— ")
    for place, refusal in (
        ("", "Это для групп"),
        ("lobby", "Это для диалогов"),
        (group, "не разр"),
    ):
        for line in (*([f"/join {place}"] if place else []), *verbs, "/who"):
            vera.says(line)
        eventually(lambda: sum("Здесь 1" in line for line in vera.lines) > 0, 60)
        said = [line for line in vera.lines if refusal in line]
        assert len(said) == len(verbs), vera.lines
        vera.lines.clear()
    assert vera.ends() == 0
    (row,) = (one for one in boris.ask("dialog:list")["dialogs"] if one["id"] == group)
    assert (row["title"], row["people"]) == ("Поход", 3)


def row(**fields: object) -> Listed:
    """A dialog in anna's list."""
    told = {"id": "dlg-1", "kind": "direct", "last_seq": 3, "read": 1, "rev": 7, **fields}
    return Listed(**told)  # type: ignore[arg-type]


def test_what_is_told_of_a_list_counts_once_and_in_whatever_order() -> None:
    listing = Listing()
    listing.begin()
    listing.put(row(), "p-anna")
    listing.settle()
    news = News(dialog_id="dlg-1", seq=4, sender_id="p-boris", last_seq=4, rev=8)
    assert listing.take_news(news, "p-anna") and not listing.take_news(news, "p-anna")
    assert listing.rows["dlg-1"].fresh == 3
    edit = News(dialog_id="dlg-1", seq=2, sender_id="p-boris", last_seq=4, rev=9)
    assert not listing.take_news(edit, "p-anna"), "a change of what was there"
    listing.note_read(ReceiptUpdate("dlg-1", "p-boris", read=4), "p-anna")
    assert listing.rows["dlg-1"].fresh == 3, "it was the other one who has read"
    listing.note_read(ReceiptUpdate("dlg-1", "p-anna", read=3), "p-anna")
    listing.note_read(ReceiptUpdate("dlg-1", "p-anna", read=2), "p-anna")
    assert listing.rows["dlg-1"].fresh == 1
    own = News(dialog_id="dlg-1", seq=5, sender_id="p-anna", last_seq=5, rev=10)
    assert not listing.take_news(own, "p-anna") and listing.rows["dlg-1"].fresh == 0
    listing.note_typing(Typing("dlg-1", "p-boris", "Борис"), 100.0)
    assert listing.writing("dlg-1", 101.0) == ["Борис"] and not listing.writing("dlg-1", 200.0)
    listing.begin()
    listing.put(row(id="dlg-2"), "p-anna")
    assert "dlg-1" in listing.rows
    listing.settle()
    assert list(listing.rows) == ["dlg-2"], "what no page told of is gone"
