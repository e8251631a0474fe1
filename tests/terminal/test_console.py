"""The operator's console, at the keys: everything that one does, as it is seen on the screen."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator

import pytest

from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import Daemon
from tests.terminal.seat import Customer, seated

CANNED = {
    "hours": "Мы работаем с 9 до 18.",
    "hello": "Здравствуйте! Сейчас посмотрю.",
    "delivery": "Доставка занимает 2–3 дня.",
}
Arrive = Callable[..., Customer]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    sites = {"shop": {"canned": CANNED}, "blog": {"canned": {"bye": "До свидания"}}}
    config = {"sites": sites, "tickets": {"max_message_chars": 200}}
    running = Daemon(tmp_path_factory.mktemp("desk"), config).start()
    yield running
    assert running.stop() == 0
    assert "incident" not in running.logged(), running.logged()


@pytest.fixture(scope="module")
def artem(daemon: Daemon) -> str:
    return daemon.add_operator("artem", "Артём", "admin")


@pytest.fixture(scope="module")
def olga(daemon: Daemon) -> str:
    return daemon.add_operator("olga", "Ольга")


@pytest.fixture
def arrive(daemon: Daemon, artem: str) -> Iterator[Arrive]:
    """Customers; at the end of a test their tickets are closed, so that the next begins anew."""
    came: list[Customer] = []

    def make(name: str = "Анна", asks: str = "Где заказ?", site: str = "shop") -> Customer:
        came.append(Customer(daemon, name, asks, site=site))
        return came[-1]

    yield make
    for customer in came:
        customer.leaves()
        daemon.http("POST", f"/api/admin/support/close/{customer.ticket}", {}, token=artem)


def test_the_queue_is_live_with_place_site_and_waiting_time(
    artem: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as desk:
            await desk.sees("ОЧЕРЕДЬ · 0", "никто не ждёт", "ждут 0 · на линии ")
            arrive("Анна", "Где заказ?")
            arrive("Борис", "Верните чайник", site="blog")
            await desk.sees("ОЧЕРЕДЬ · 2", "ждут 2", " 1 Анна", " 2 Борис", "blog · Верните")
            first = desk.lines
            await desk.until(lambda: desk.lines != first)
            await desk.sees("0:01")

    asyncio.run(scene())


def test_nothing_is_polled(artem: str, olga: str, daemon: Daemon, arrive: Arrive) -> None:
    def asked() -> list[int]:
        everybody = daemon.admin_json("connections")["connections"]
        return [one["commands"] for one in everybody if one["name"] == "Ольга"]

    async def scene() -> None:
        async with seated(daemon, olga) as desk:
            await desk.sees("никто не ждёт")
            before = await asyncio.to_thread(asked)
            assert len(before) == 1
            anna = arrive()
            await desk.sees(" 1 Анна", "0:02")
            status, _ = daemon.http(
                "POST", f"/api/admin/support/accept/{anna.ticket}", {}, token=artem
            )
            assert status == 200
            await desk.sees("никто не ждёт")
            assert await asyncio.to_thread(asked) == before

    asyncio.run(scene())


def test_what_the_daemon_offers_to_one_is_pointed_at_and_taken_first(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon({"tickets": {"assignment": "auto", "capacity": 1}})
    token, other = daemon.add_operator("artem", "Артём"), daemon.add_operator("olga", "Ольга")

    async def scene() -> None:
        async with seated(daemon, token) as desk, seated(daemon, other) as colleague:
            for name in ("Анна", "Борис"):
                Customer(daemon, name, "?")
            await desk.until(lambda: "☛" in desk.text)
            await colleague.until(lambda: "☛" in colleague.text)
            for one in (desk, colleague):
                offered = next(line for line in one.lines if "☛" in line).split()[1]
                await one.press("f5")
                await one.sees(f"▶ {offered}", f"{offered} · ваш")

    asyncio.run(scene())


def test_accept_with_a_key_and_watch_the_customer_write(
    artem: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as desk:
            anna = arrive()
            await desk.sees(" 1 Анна")
            await desk.press("f5")
            told = await anna.hears("dialog:update", change="accepted")
            assert told["dialog"]["operator_name"] == "Артём"
            await desk.sees("МОИ · 1", "ОЧЕРЕДЬ · 0", "моих 1", "Анна · ваш · shop", "Где заказ?")
            for letter in "тринадцатьй":
                anna.types(["i", letter])
            await desk.sees("✎   Анна тринадцатьй▏", "✎ тринадцатьй")
            anna.types(["e", 1, 11])
            await desk.sees("тринадцать▏")
            anna.types(["c", 3])
            await desk.sees("три▏надцать")
            anna.says("тринадцать")
            await desk.sees_no("✎")
            await desk.sees("Анна тринадцать")

    asyncio.run(scene())


def test_who_is_slower_is_told_by_whom(
    artem: str, olga: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as first, seated(daemon, olga) as second:
            anna = arrive()
            await first.sees(" 1 Анна")
            await second.sees(" 1 Анна")
            assert daemon.process
            daemon.process.send_signal(signal.SIGSTOP)
            await first.press("f5")
            await second.press("f5")
            daemon.process.send_signal(signal.SIGCONT)
            await first.until(lambda: "моих 1" in first.text or "Не успели" in first.said)
            won, lost, winner = (
                (first, second, "Артём") if "моих 1" in first.text else (second, first, "Ольга")
            )
            await won.sees("Анна · ваш")
            await lost.is_told(f"Не успели: тикет уже у оператора {winner}")
            await lost.sees("моих 0", "ОЧЕРЕДЬ · 0")
            assert (await anna.hears("dialog:update", change="accepted"))["dialog"][
                "operator_name"
            ] == winner

    asyncio.run(scene())


def test_several_tickets_with_what_is_unread_in_each(
    artem: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as desk:
            anna, boris = arrive("Анна"), arrive("Борис", "Верните чайник")
            await desk.sees(" 1 Анна", " 2 Борис")
            await desk.press("f5")
            await desk.sees("▶ Анна")
            await desk.press("f5")
            await desk.sees("▶ Борис", "  Анна", "МОИ · 2")
            anna.says("вы тут?")
            anna.says("ау")
            await desk.until(lambda: any("Анна" in line and " 2▕" in line for line in desk.lines))
            await desk.types("полуслово")
            await desk.press("alt+up")
            await desk.sees("▶ Анна", "Анна · ваш", "новое", "вы тут?")
            await desk.until(lambda: not any(" 2▕" in line for line in desk.lines))
            assert desk.app.field.text == ""
            await desk.press("alt+down")
            await desk.sees("▶ Борис")
            assert desk.app.field.text == "полуслово", "what was half-written waits there"
            assert boris.ticket != anna.ticket

    asyncio.run(scene())


def test_who_sits_down_again_finds_their_tickets_and_what_is_new(
    artem: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        anna = arrive()
        async with seated(daemon, artem) as desk:
            await desk.sees(" 1 Анна")
            await desk.press("f5")
            await desk.sees("Анна · ваш")
            await desk.says("минуту")
            await anna.hears(content="минуту")
        anna.says("жду")
        anna.types(["i", "и жд"])
        anna.client.settle()
        async with seated(daemon, artem) as desk:
            await desk.sees("▶ Анна", "Анна · ваш", "новое", "Анна жду", "и жд▏")
            assert "✓ прочитано" not in desk.text, "the customer has the last word"
            said = [event["data"].get("content") for event in anna.client.settle()]
            assert "👨‍💼 Оператор Артём подключился к диалогу" not in said, "told once"

    asyncio.run(scene())


def test_an_answer_and_a_note_go_where_they_should(
    artem: str, olga: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as desk, seated(daemon, olga) as colleague:
            anna = arrive()
            await desk.sees(" 1 Анна")
            await colleague.sees(" 1 Анна")
            await colleague.press("tab", "enter")
            await colleague.sees("Анна · ждёт")
            await desk.press("f5")
            await desk.sees("Анна · ваш")
            await colleague.sees("отвечает Артём")
            await desk.says("Уже едет")
            answer = await anna.hears(content="Уже едет")
            assert answer["sender_name"] == "Артём"
            assert "✓ прочитано" not in desk.text
            anna.client.ask("receipt:read", dialog_id=anna.ticket, seq=answer["seq"])
            await desk.sees("✓ прочитано")
            await colleague.sees("✓ прочитано")
            await desk.press("f4")
            await desk.sees("заметка: клиент не увидит")
            await desk.types("клиент важ")
            await colleague.sees("✎   Артём клиент важ▏")
            await desk.says("ный")
            await desk.sees("Артём · заметка клиент важный")
            await colleague.sees("Артём · заметка клиент важный")
            await desk.press("up")
            await desk.until(lambda: desk.app.field.text == "/edit клиент важный")
            await desk.says("!")
            await colleague.sees("Артём · заметка клиент важный!")
            await desk.press("f4")
            await desk.sees("ответ: клиент видит")
            await desk.says("Ждите")
            await anna.hears(content="Ждите")
            events = anna.client.settle()
            assert "важ" not in str(events), "the customer learns nothing of notes"

    asyncio.run(scene())


def test_a_canned_answer_is_picked_edited_and_sent(
    artem: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as desk:
            anna = arrive()
            await desk.sees(" 1 Анна")
            await desk.press("f5")
            await desk.sees("Анна · ваш")
            await desk.types("/")
            await desk.sees("/hours", "/hello", "/delivery", "Доставка занимает")
            assert "/bye" not in desk.text, "another site's answers are not offered"
            await desk.press("escape")
            await desk.sees_no("/hours")
            await desk.press("left", "right", "backspace")
            await desk.types("/")
            await desk.sees("/hours")
            await desk.types("дост")
            await desk.sees_no("/hours")
            await desk.press("enter")
            await desk.until(lambda: desk.app.field.text == "Доставка занимает 2–3 дня.")
            await desk.press("backspace")
            await desk.says(" рабочих!")
            await anna.hears(content="Доставка занимает 2–3 дня рабочих!")
            said = [event["data"].get("content") for event in anna.client.settle()]
            assert "/дост" not in said

    asyncio.run(scene())


def test_what_the_daemon_refuses_is_in_the_field_again(
    artem: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as desk:
            anna = arrive()
            await desk.sees(" 1 Анна")
            await desk.press("f5")
            await desk.sees("Анна · ваш")
            desk.app.field.put("много " * 50)
            await desk.press("enter")
            await desk.until(lambda: desk.app.field.text == "много " * 50)
            await desk.is_told("Слишком много: допустимо не больше 200")
            desk.app.field.put("x")
            await desk.press("enter")
            await anna.hears(content="x")
            await desk.press("f4")
            desk.app.field.put("важно " * 50)
            await desk.press("enter")
            await desk.until(lambda: desk.app.field.text == "важно " * 50)
            await desk.sees("заметка: клиент не увидит")

    asyncio.run(scene())


def test_close_and_reopen_are_one_key(artem: str, daemon: Daemon, arrive: Arrive) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as desk:
            anna = arrive()
            await desk.sees(" 1 Анна")
            await desk.press("f5")
            await desk.sees("Анна · ваш", "F8", "Закрыть")
            await desk.press("f8")
            await anna.hears(sender_type="system", content="✅ Тикет закрыт. Спасибо за обращение!")
            await desk.sees("Анна · закрыт", "МОИ · 0", "F8", "Открыть")
            await desk.says("поздно")
            await desk.is_told("Тикет закрыт: F8 откроет его снова")
            assert desk.app.field.text == "поздно", "what cannot be sent is not lost"
            await desk.press("f8")
            await anna.hears(content="Тикет открыт повторно")
            await desk.sees("Анна · ваш", "МОИ · 1")
            await desk.press("enter")
            await anna.hears(content="поздно")

    asyncio.run(scene())


def test_transfer_to_a_chosen_operator(
    artem: str, olga: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as desk, seated(daemon, olga) as colleague:
            anna = arrive()
            await desk.sees(" 1 Анна")
            await desk.press("f5")
            await desk.sees("Анна · ваш")
            await desk.press("f6")
            await desk.sees("Кому передать: Анна", "Ольга (olga)", "на линии · 0/5")
            await desk.types("ольг")
            await desk.press("enter")
            told = await anna.hears("dialog:update", change="transferred")
            assert told["dialog"]["operator_name"] == "Ольга"
            await desk.sees("отвечает Ольга", "МОИ · 0")
            await colleague.is_told("Вам передали тикет: Анна")
            await colleague.sees("МОИ · 1")
            await desk.says("ещё слово")
            await desk.is_told("Этот тикет у оператора Ольга")
            assert desk.app.field.text == "ещё слово"

    asyncio.run(scene())


def test_return_to_the_queue_at_its_old_place(artem: str, daemon: Daemon, arrive: Arrive) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as desk:
            arrive("Анна"), arrive("Борис")
            await desk.sees(" 1 Анна", " 2 Борис")
            await desk.press("f5")
            await desk.sees(" 1 Борис", "Анна · ваш")
            await desk.press("f9")
            await desk.sees(" 1 Анна", " 2 Борис", "Анна · ждёт", "МОИ · 0")

    asyncio.run(scene())


def test_looking_into_a_waiting_ticket_tells_the_customer_nothing(
    artem: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as desk:
            anna = arrive("Анна", "Секрет?")
            await desk.sees(" 1 Анна")
            anna.client.settle()
            await desk.press("tab", "enter")
            await desk.sees("Анна · ждёт", "Секрет?", "не ваш тикет")
            anna.types(["i", "жду"])
            await desk.sees("✎   Анна жду▏")
            await desk.says("рано")
            await desk.is_told("Сначала примите тикет: F5")
            assert desk.app.field.text == "рано"
            told = {event["event"] for event in anna.client.settle()}
            assert not told & {"message:new", "typing:start", "draft:edit"}, told
            await desk.press("f5")
            await desk.sees("Анна · ваш")
            await desk.press("enter")
            await anna.hears(content="рано")

    asyncio.run(scene())


def test_away_and_back(artem: str, olga: str, daemon: Daemon) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as desk, seated(daemon, olga) as colleague:
            await colleague.sees("на линии 2")
            await desk.press("f10")
            await desk.sees("отошёл · Артём", "F10", "Вернуться")
            await colleague.sees("на линии 1")
            await desk.press("f10")
            await desk.sees("на связи · Артём")
            await colleague.sees("на линии 2")

    asyncio.run(scene())


def test_search_finds_closed_tickets_too(artem: str, daemon: Daemon, arrive: Arrive) -> None:
    async def scene() -> None:
        old = arrive("Зинаида Старая", "Про самовар")
        daemon.http("POST", f"/api/admin/support/close/{old.ticket}", {}, token=artem)
        arrive("Анна")
        async with seated(daemon, artem) as desk:
            await desk.press("f7")
            await desk.sees("Поиск в тикетах", "Анна · ждёт")
            await desk.types("зинаида закрыт")
            await desk.sees_no("Анна · ждёт")
            await desk.sees("Зинаида Старая · закрыт", old.ticket)
            await desk.press("enter")
            await desk.sees("Зинаида Старая · закрыт", "Про самовар", "F8", "Открыть")

    asyncio.run(scene())


def test_every_key_has_its_command(artem: str, daemon: Daemon, arrive: Arrive) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as desk:
            anna = arrive()
            await desk.sees(" 1 Анна")
            await desk.says("/accept")
            await desk.sees("Анна · ваш")
            await desk.says("/note запомнить")
            await desk.sees("Артём · заметка запомнить")
            await desk.says("/return")
            await desk.sees("Анна · ждёт")
            await desk.says("/transfer artem")
            await desk.sees("Анна · ваш")
            await desk.says("/close")
            await desk.sees("Анна · закрыт")
            await desk.says("/reopen")
            await desk.sees("Анна · ваш")
            await desk.says("/clothes")
            await desk.is_told("Нет команды /clothes")
            said = [event["data"].get("content") or "" for event in anna.client.settle()]
            assert not any(text.startswith("/") or "запомнить" in text for text in said)

    asyncio.run(scene())


def test_the_mouse_does_it_as_well(artem: str, daemon: Daemon, arrive: Arrive) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as desk:
            arrive("Анна"), arrive("Борис")
            await desk.sees(" 2 Борис")
            row = next(y for y, line in enumerate(desk.lines) if " 2 Борис" in line)
            await desk.pilot.click(offset=(5, row))
            await desk.sees("Борис · ждёт")
            await desk.pilot.click(offset=(desk.lines[-1].index("Принять"), 23))
            await desk.sees("Борис · ваш", "▶ Борис")

    asyncio.run(scene())


def test_the_daemon_restarts_in_mid_conversation(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    token = daemon.add_operator("artem", "Артём")

    async def scene() -> None:
        async with seated(daemon, token) as desk:
            anna = Customer(daemon, "Анна", "Где заказ?")
            await desk.sees(" 1 Анна")
            await desk.press("f5")
            await desk.sees("Анна · ваш")
            anna.types(["i", "недопи"])
            await desk.sees("недопи▏")
            await desk.press("f10")
            await desk.sees("отошёл")
            await asyncio.to_thread(daemon.stop)
            await desk.sees("нет связи, попытка через", "Где заказ?")
            await desk.sees_no("недопи▏")
            await desk.says("написано без связи")
            await desk.sees("не отправлено: 1", "⋯", "написано без связи")
            await desk.press("f8")
            await desk.is_told("Нет связи: попробуйте, когда она вернётся")
            await asyncio.to_thread(daemon.start)
            await desk.sees("отошёл · Артём", "Анна · ваш", "МОИ · 1")
            with Client(daemon.address) as again:
                await asyncio.to_thread(again.hello, token=anna.client.token)
                await desk.until(lambda: "⋯" not in desk.text)
                messages = again.join(anna.ticket)["messages"]
                said = [one["content"] for one in messages]
                assert said.count("написано без связи") == 1
                again.ask("draft:edit", dialog_id=anna.ticket, seq=1, ops=[["i", "снова ту"]])
                await desk.sees("✎   Анна снова ту▏")
                boris = Customer(daemon, "Борис", "И я")
                await desk.sees(" 1 Борис")
                boris.leaves()

    asyncio.run(scene())


def test_in_english_and_on_a_wide_screen_there_is_a_card(
    artem: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem, (120, 36), "en") as desk:
            await desk.sees("QUEUE · 0", "waiting 0 · on line ")
            anna = arrive()
            await desk.sees(" 1 Анна")
            await desk.press("f5")
            await desk.sees("Анна · yours", anna.ticket, "Customer", "Operator", "^Q Quit")
            await desk.press("f1")
            await desk.sees("accept the ticket shown", "/transfer NAME")
            await desk.press("escape")
            await desk.sees("Анна · yours")
            desk.app.field.put("too much " * 50)
            await desk.press("enter")
            await desk.is_told("Too much: at most 200 is allowed")

    asyncio.run(scene())


def test_the_daemons_session_ends_with_a_console_that_began_it(olga: str, daemon: Daemon) -> None:
    token = daemon.login("olga")

    async def scene() -> None:
        async with seated(daemon, token, log_out=True) as desk:
            await desk.sees("на связи · Ольга")
            assert daemon.http("GET", "/manager/me", token=token)[0] == 200

    asyncio.run(scene())
    assert daemon.http("GET", "/manager/me", token=token)[0] == 401


@pytest.mark.parametrize("size", [(20, 6), (30, 10), (50, 15), (60, 16), (200, 60)])
def test_it_works_on_any_screen_and_while_that_changes(
    size: tuple[int, int], artem: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem, size) as desk:
            anna = arrive("Анна", "?")
            await desk.until(lambda: desk.app.desk.board.waiting())
            await desk.press("f5")
            anna.types(["i", "слово"])
            await desk.sees("слово▏")
            for width, height in ((80, 24), (25, 8), (130, 40)):
                await desk.pilot.resize_terminal(width, height)
                await desk.sees("слово▏")
            await desk.sees("МОИ · 1", "Состояние ваш")

    asyncio.run(scene())
