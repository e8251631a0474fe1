"""The queue at the operator's console: live, with what is offered, accepted, looked into, found."""

from __future__ import annotations

import asyncio
import signal

from chatd.terminal.console.session import PAGE
from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually
from tests.terminal.console.conftest import Arrive
from tests.terminal.seat import Customer, seated


def test_the_queue_is_live_with_place_site_and_waiting_time(
    artem: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as console:
            await console.sees("ОЧЕРЕДЬ · 0", "никто не ждёт", "ждут 0 · на линии ")
            arrive("Анна", "Где заказ?")
            arrive("Борис", "Верните чайник", site="blog")
            await console.sees("ОЧЕРЕДЬ · 2", "ждут 2", " 1 Анна", " 2 Борис", "blog · Верните")
            first = console.lines
            await console.until(lambda: console.lines != first)
            await console.sees("0:01")

    asyncio.run(scene())


def test_nothing_is_polled(artem: str, olga: str, daemon: Daemon, arrive: Arrive) -> None:
    def asked() -> list[int]:
        everybody = daemon.admin_json("connections")["connections"]
        return [one["commands"] for one in everybody if one["name"] == "Ольга"]

    async def scene() -> None:
        async with seated(daemon, olga) as console:
            await console.sees("никто не ждёт")
            await console.until(lambda: len(asked()) == 1)  # who left before is gone
            before = await asyncio.to_thread(asked)
            anna = arrive()
            await console.sees(" 1 Анна", "0:02")
            status, _ = daemon.http(
                "POST", f"/api/admin/support/accept/{anna.ticket}", {}, token=artem
            )
            assert status == 200
            await console.sees("никто не ждёт")
            assert await asyncio.to_thread(asked) == before

    asyncio.run(scene())


def test_what_the_daemon_offers_to_one_is_pointed_at_and_taken_first(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon({"tickets": {"assignment": "auto", "capacity": 1}})
    token, other = daemon.add_operator("artem", "Артём"), daemon.add_operator("olga", "Ольга")

    async def scene() -> None:
        async with seated(daemon, token) as console, seated(daemon, other) as colleague:
            for name in ("Анна", "Борис"):
                Customer(daemon, name, "?")
            await console.until(lambda: "☛" in console.text)
            await colleague.until(lambda: "☛" in colleague.text)
            for one in (console, colleague):
                offered = next(line for line in one.lines if "☛" in line).split()[1]
                await one.press("f5")
                await one.sees(f"▶ {offered}", f"{offered} · ваш")

    asyncio.run(scene())


def test_accept_with_a_key_and_watch_the_customer_write(
    artem: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as console:
            anna = arrive()
            await console.sees(" 1 Анна")
            await console.press("f5")
            told = await anna.hears("dialog:update", change="accepted")
            assert told["dialog"]["operator_name"] == "Артём"
            await console.sees(
                "МОИ · 1", "ОЧЕРЕДЬ · 0", "моих 1", "Анна · ваш · shop", "Где заказ?"
            )
            for letter in "тринадцатьй":
                anna.types(["i", letter])
            await console.sees("✎   Анна тринадцатьй▏", "✎ тринадцатьй")
            anna.types(["e", 1, 11])
            await console.sees("тринадцать▏")
            anna.types(["c", 3])
            await console.sees("три▏надцать")
            anna.says("тринадцать")
            await console.sees_no("✎")
            await console.sees("Анна тринадцать")

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
        async with seated(daemon, artem) as console:
            anna, boris = arrive("Анна"), arrive("Борис", "Верните чайник")
            await console.sees(" 1 Анна", " 2 Борис")
            await console.press("f5")
            await console.sees("▶ Анна")
            await console.press("f5")
            await console.sees("▶ Борис", "  Анна", "МОИ · 2")
            anna.says("вы тут?")
            anna.says("ау")
            await console.until(
                lambda: any("Анна" in line and " 2▕" in line for line in console.lines)
            )
            await console.types("полуслово")
            await console.press("alt+up")
            await console.sees("▶ Анна", "Анна · ваш", "новое", "вы тут?")
            await console.until(lambda: not any(" 2▕" in line for line in console.lines))
            assert console.app.field.text == ""
            await console.press("alt+down")
            await console.sees("▶ Борис")
            assert console.app.field.text == "полуслово", "what was half-written waits there"
            assert boris.ticket != anna.ticket

    asyncio.run(scene())


def test_who_sits_down_again_finds_their_tickets_and_what_is_new(
    artem: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        anna = arrive()
        async with seated(daemon, artem) as console:
            await console.accepts("Анна")
            await console.says("минуту")
            await anna.hears(content="минуту")
        anna.says("жду")
        anna.types(["i", "и жд"])
        anna.client.settle()
        async with seated(daemon, artem) as console:
            await console.sees("▶ Анна", "Анна · ваш", "новое", "Анна жду", "и жд▏")
            assert "✓ прочитано" not in console.text, "the customer has the last word"
            said = [event["data"].get("content") for event in anna.client.settle()]
            assert "👨‍💼 Оператор Артём подключился к диалогу" not in said, "told once"

    asyncio.run(scene())


def test_who_is_named_in_a_note_is_told_at_once_or_when_they_sit_down(
    artem: str, olga: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        anna, boris = arrive("Анна"), arrive("Борис")
        with Client(daemon.address) as colleague:
            colleague.hello(token=olga)
            colleague.ask(
                "message:send", dialog_id=f"{anna.ticket}/notes", content="@artem, это вам"
            )
            async with seated(daemon, artem) as console:
                await console.is_told("Вас упомянули в заметке: Анна")
                colleague.ask(
                    "message:send", dialog_id=f"{boris.ticket}/notes", content="@artem, и это"
                )
                await console.is_told("Вас упомянули в заметке: Борис")
                for name in ("Анна", "Борис"):
                    await console.accepts(name)
                    await console.sees("@artem, ")
        with Client(daemon.address) as again:
            again.hello(token=artem)
            eventually(lambda: again.ask("mention:list")["mentions"] == [], 20)

    asyncio.run(scene())


def test_a_name_that_is_given_later_stands_everywhere(
    artem: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem, size=(120, 30)) as console:
            guest, other = arrive("Гость 7"), arrive("Гость 8")
            await console.sees(" 1 Гость 7", " 2 Гость 8")
            await console.press("f5")
            await console.sees("▶ Гость 7", "Гость 7 · ваш")
            guest.client.hello(token=guest.client.token, name="Зоя")
            other.client.hello(token=other.client.token, name="Пётр")
            await console.sees("▶ Зоя", "Зоя · ваш", " 1 Пётр")
            await console.until(lambda: not any("Гость" in line[:34] for line in console.lines))

    asyncio.run(scene())


def test_return_to_the_queue_at_its_old_place(artem: str, daemon: Daemon, arrive: Arrive) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as console:
            arrive("Анна"), arrive("Борис")
            await console.sees(" 1 Анна", " 2 Борис")
            await console.press("f5")
            await console.sees(" 1 Борис", "Анна · ваш")
            await console.press("f9")
            await console.sees(" 1 Анна", " 2 Борис", "Анна · ждёт", "МОИ · 0")

    asyncio.run(scene())


def test_looking_into_a_waiting_ticket_tells_the_customer_nothing(
    artem: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as console:
            anna = arrive("Анна", "Секрет?")
            await console.sees(" 1 Анна")
            anna.client.settle()
            await console.press("tab", "enter")
            await console.sees("Анна · ждёт", "Секрет?", "не ваш тикет")
            anna.types(["i", "жду"])
            await console.sees("✎   Анна жду▏")
            await console.says("рано")
            await console.is_told("Сначала примите тикет: F5")
            assert console.app.field.text == "рано"
            told = {event["event"] for event in anna.client.settle()}
            assert not told & {"message:new", "typing:start", "draft:edit"}, told
            await console.press("f5")
            await console.sees("Анна · ваш")
            await console.press("enter")
            await anna.hears(content="рано")

    asyncio.run(scene())


def test_messages_are_found_and_opened_where_they_were_said(
    artem: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem, size=(120, 30)) as console:
            anna = arrive("Анна", "Разбилась чашка")
            await console.accepts("Анна")
            await console.says("/note чашку искать на складе")
            await console.sees("чашку искать на складе")
            anna.client.ask("message:send", dialog_id="lobby", content="чашка кофе")
            arrive("Борис", "Другое")
            await console.says("/search чашки")
            await console.sees("«чашки»: 2", f"{anna.ticket}/notes", "Разбилась чашка")
            await console.press("escape")
            await console.sees_no("«чашки»")
            await console.press("f5")
            await console.sees("Борис · ваш")
            await console.says("/search чашки -склад")
            await console.sees("«чашки -склад»: 1")
            await console.press("enter")
            await console.sees("Анна · ваш", "Разбилась чашка")
            found = console.app.conversation.found
            assert found.startswith(f"{anna.ticket}:")

    asyncio.run(scene())


def test_away_and_back(artem: str, olga: str, daemon: Daemon) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as console, seated(daemon, olga) as colleague:
            await colleague.sees("на линии 2")
            await console.press("f10")
            await console.sees("отошёл · Артём", "F10", "Вернуться")
            await colleague.sees("на линии 1")
            await console.press("f10")
            await console.sees("на связи · Артём")
            await colleague.sees("на линии 2")

    asyncio.run(scene())


def test_search_finds_closed_tickets_too(artem: str, daemon: Daemon, arrive: Arrive) -> None:
    async def scene() -> None:
        old = arrive("Зинаида Старая", "Про самовар")
        daemon.http("POST", f"/api/admin/support/close/{old.ticket}", {}, token=artem)
        arrive("Анна")
        async with seated(daemon, artem) as console:
            await console.press("f7")
            await console.sees("Поиск в тикетах", "Анна · ждёт")
            await console.types("зинаида закрыт")
            await console.sees_no("Анна · ждёт")
            await console.sees("Зинаида Старая · закрыт", old.ticket)
            await console.press("enter")
            await console.sees("Зинаида Старая · закрыт", "Про самовар", "F8", "Открыть")

    asyncio.run(scene())


def test_how_many_more_wait_than_the_list_shows_stands_below_it(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"store": {"sync": False}})
    token = daemon.add_operator("artem", "Артём", "admin")
    answers = [
        daemon.http("POST", "/manager/request", {"message": "Где заказ?"}) for _ in range(PAGE + 3)
    ]
    assert {status for status, _ in answers} == {201}
    ids = [body["data"]["ticket_id"] for _, body in answers]

    def close(ticket_id: str) -> None:
        assert daemon.admin("close", ticket_id).returncode == 0

    async def scene() -> None:
        async with seated(daemon, token) as console:
            await console.sees(f"ОЧЕРЕДЬ · {PAGE + 3}", "и ещё ждут: 3")
            newest = await asyncio.to_thread(Customer, daemon, "Зоя", "И я")
            await console.sees(f"ОЧЕРЕДЬ · {PAGE + 4}", "и ещё ждут: 3")
            places = console.app.session.board.places()
            assert list(places.values()) == [*range(1, PAGE + 1), 0]
            assert list(places)[-1] == newest.ticket, "of those before her three are unknown"
            console.app.queue.highlighted = PAGE
            await console.sees(" ⋯ Зоя")
            await asyncio.to_thread(close, newest.ticket)
            await asyncio.to_thread(close, ids[0])
            await console.sees(f"ОЧЕРЕДЬ · {PAGE + 2}", "и ещё ждут: 3")
            await asyncio.to_thread(close, ids[-1])
            await console.sees(f"ОЧЕРЕДЬ · {PAGE + 1}", "и ещё ждут: 2")
            for ticket_id in ids[-3:-1]:
                await asyncio.to_thread(close, ticket_id)
            await console.sees(f"ОЧЕРЕДЬ · {PAGE - 1}")
            await console.sees_no("ещё ждут")

    asyncio.run(scene())
