"""What an operator says and does in a ticket: answers, notes, canned answers, close, transfer."""

from __future__ import annotations

import asyncio

import pytest

from chatd.terminal.console import session
from tests.daemon import Daemon
from tests.terminal.console.conftest import CONFIG, Arrive
from tests.terminal.seat import seated
from tests.test_bot import Endpoint, completion, endpoint

__all__ = ["endpoint"]


def test_an_answer_and_a_note_go_where_they_should(
    artem: str, olga: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as console, seated(daemon, olga) as colleague:
            anna = arrive()
            await console.sees(" 1 Анна")
            await colleague.sees(" 1 Анна")
            await colleague.press("tab", "enter")
            await colleague.sees("Анна · ждёт")
            await console.press("f5")
            await console.sees("Анна · ваш")
            await colleague.sees("отвечает Артём")
            await console.says("Уже едет")
            answer = await anna.hears(content="Уже едет")
            assert answer["sender_name"] == "Артём"
            assert "✓ прочитано" not in console.text
            anna.client.ask("receipt:read", dialog_id=anna.ticket, seq=answer["seq"])
            await console.sees("✓ прочитано")
            await colleague.sees("✓ прочитано")
            await console.press("f4")
            await console.sees("заметка: клиент не увидит")
            await console.types("клиент важ")
            await colleague.sees("✎   Артём клиент важ▏")
            await console.says("ный")
            await console.sees("Артём · заметка клиент важный")
            await colleague.sees("Артём · заметка клиент важный")
            await console.until(lambda: "⋯" not in console.text)
            await console.press("up")
            await console.until(lambda: console.app.field.text == "/edit клиент важный")
            await console.says("!")
            await colleague.sees("Артём · заметка клиент важный!")
            await console.press("f4")
            await console.sees("ответ: клиент видит")
            await console.says("Ждите")
            await anna.hears(content="Ждите")
            events = anna.client.settle()
            assert "важ" not in str(events), "the customer learns nothing of notes"

    asyncio.run(scene())


def test_a_canned_answer_is_picked_edited_and_sent(
    artem: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as console:
            anna = arrive()
            await console.accepts("Анна")
            await console.types("/")
            await console.sees("/hours", "/hello", "/delivery", "Доставка занимает")
            assert "/bye" not in console.text, "another site's answers are not offered"
            await console.press("escape")
            await console.sees_no("/hours")
            await console.press("left", "right", "backspace")
            await console.types("/")
            await console.sees("/hours")
            await console.types("дост")
            await console.sees_no("/hours")
            await console.press("enter")
            await console.until(lambda: console.app.field.text == "Доставка занимает 2–3 дня.")
            await console.press("backspace")
            await console.says(" рабочих!")
            await anna.hears(content="Доставка занимает 2–3 дня рабочих!")
            said = [event["data"].get("content") for event in anna.client.settle()]
            assert "/дост" not in said

    asyncio.run(scene())


def test_what_was_edited_is_offered_with_its_variables_filled_in(
    artem: str, daemon: Daemon, arrive: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "CANNED_FOR", 0.0)

    async def scene() -> None:
        async with seated(daemon, artem) as console:
            anna = arrive()
            await console.accepts("Анна")
            for site, text in (
                ((), "of all"),
                (("--site", "shop"), "{customer}: {ticket} {operator}"),
            ):
                await asyncio.to_thread(daemon.admin, "canned", "set", "brief", *site, text)
            await console.types("/")
            await console.sees("/hours", "/brief")
            await console.types("brief")
            await console.press("enter")
            filled = f"Анна: {anna.ticket} Артём"
            await console.until(lambda: console.app.field.text == filled)
            for site in ((), ("--site", "shop")):
                await asyncio.to_thread(daemon.admin, "canned", "remove", "brief", *site)

    asyncio.run(scene())


def test_what_is_done_to_marked_tickets_is_done_to_each_and_told(
    artem: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as console:
            tickets = [arrive(who).ticket for who in ("Анна", "Вера", "Роман")]
            await console.sees(" 3 Роман")
            await console.says("/tag vip")
            await console.is_told("Сначала откройте тикет")
            await console.press("tab", "x", "x", "space")
            await console.sees("отмечено 3", " ✓ Анна", " ✓ Вера", " ✓ Роман")
            await console.press("escape")
            await console.says("/tag vip")
            await console.sees("Сделано: 3 из 3")
            shown = [await asyncio.to_thread(daemon.admin_json, "show", id) for id in tickets]
            assert [one["ticket"]["tags"] for one in shown] == [["vip"]] * 3
            await console.press("tab", "home", "x", "x", "escape")
            await console.sees("отмечено 2")
            await asyncio.to_thread(daemon.admin, "close", tickets[0])
            await console.says("/close")
            await console.sees("Сделано: 1 из 2", tickets[0], "отмечено 1")
            await console.says("/unmark")
            await console.sees_no("отмечено")
            shown = [await asyncio.to_thread(daemon.admin_json, "show", id) for id in tickets]
            states = [one["ticket"]["status"] for one in shown]
            assert states == ["closed", "closed", "waiting"]
            filters = ("--tag", "vip", "--status", "waiting")
            done = await asyncio.to_thread(
                daemon.admin, "view", "save", "--as", "artem", *filters, "важные"
            )
            assert done.returncode == 0, done.stderr
            await console.says("/view ")
            await console.sees("сохранённые виды: важные")
            await console.says("/view Важные")
            await console.sees("· важные", tickets[2])
            assert tickets[1] not in console.text.partition("· важные")[2]
            await console.press("escape")
            for act in (("accept", "--as", "artem", tickets[2]), ("snooze", "2h", tickets[2])):
                assert (await asyncio.to_thread(daemon.admin, *act)).returncode == 0
            await console.says("/snoozed")
            await console.sees("· Отложен", tickets[2])
            assert tickets[1] not in console.text.partition("· Отложен")[2]

    asyncio.run(scene())


def test_what_the_daemon_refuses_is_in_the_field_again(
    artem: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as console:
            anna = arrive()
            await console.accepts("Анна")
            console.app.field.put("много " * 50)
            await console.press("enter")
            await console.until(lambda: console.app.field.text == "много " * 50)
            await console.is_told("Слишком много: допустимо не больше 200")
            console.app.field.put("x")
            await console.press("enter")
            await anna.hears(content="x")
            await console.press("f4")
            console.app.field.put("важно " * 50)
            await console.press("enter")
            await console.until(lambda: console.app.field.text == "важно " * 50)
            await console.sees("заметка: клиент не увидит")

    asyncio.run(scene())


def test_close_and_reopen_are_one_key(artem: str, daemon: Daemon, arrive: Arrive) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as console:
            anna = arrive()
            await console.sees(" 1 Анна")
            await console.press("f5")
            await console.sees("Анна · ваш", "F8", "Закрыть")
            await console.press("f8")
            await anna.hears(sender_type="system", content="✅ Тикет закрыт. Спасибо за обращение!")
            await console.sees("Анна · закрыт", "МОИ · 0", "F8", "Открыть")
            await console.says("поздно")
            await console.is_told("Тикет закрыт: F8 откроет его снова")
            assert console.app.field.text == "поздно", "what cannot be sent is not lost"
            await console.press("f8")
            await anna.hears(content="Тикет открыт повторно")
            await console.sees("Анна · ваш", "МОИ · 1")
            await console.press("enter")
            await anna.hears(content="поздно")

    asyncio.run(scene())


def test_transfer_to_a_chosen_operator(
    artem: str, olga: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as console, seated(daemon, olga) as colleague:
            anna = arrive()
            await console.accepts("Анна")
            await console.press("f6")
            await console.sees("Кому передать: Анна", "Ольга (olga)", "на линии · 0/5")
            await console.types("ольг")
            await console.press("enter")
            told = await anna.hears("dialog:update", change="transferred")
            assert told["dialog"]["operator_name"] == "Ольга"
            await console.sees("отвечает Ольга", "МОИ · 0")
            await colleague.is_told("Вам передали тикет: Анна")
            await colleague.sees("МОИ · 1")
            await console.says("ещё слово")
            await console.is_told("Этот тикет у оператора Ольга")
            assert console.app.field.text == "ещё слово"

    asyncio.run(scene())


def test_a_draft_comes_into_the_field_is_sent_by_nobody_and_loses_nothing(
    artem: str, daemon: Daemon, arrive: Arrive, endpoint: Endpoint
) -> None:
    url = f"http://127.0.0.1:{endpoint.server_port}/v1"
    bot = {"engine": "openai", "base_url": url, "model": "m"}

    async def scene() -> None:
        async with seated(daemon, artem) as console:
            field = console.app.field
            anna = arrive()
            await console.accepts("Анна")
            await console.says("/draft")
            await console.is_told("У этого сайта нет модели")
            assert not endpoint.requests
            daemon.write_config({**CONFIG, "bot": bot})
            assert (await asyncio.to_thread(daemon.admin, "reload")).returncode == 0
            await console.press("f9")
            await console.accepts("Анна")
            await console.until(lambda: console.app.assist.possible())
            await console.types("Сейчас")
            endpoint.body = completion("Он в пути.")
            endpoint.gate.clear()
            await console.press("ctrl+g")
            await console.sees("Модель пишет черновик")
            await console.press("escape")
            await console.sees_no("Модель пишет черновик")
            await asyncio.to_thread(endpoint.asked.wait, 30)
            endpoint.gate.set()
            await console.press("ctrl+g")
            await console.until(lambda: field.text == "Он в пути.")
            await console.sees("Черновик от модели")
            await console.press("ctrl+g")
            await console.until(lambda: field.text == "Сейчас")
            await console.sees_no("Черновик от модели")
            await console.press("f4", "ctrl+g")
            await console.is_told("Черновик бывает только для клиента")
            await console.press("f4")
            endpoint.body = completion("Спрашивает о заказе.")
            await console.press("ctrl+o")
            await console.sees("Пересказ от модели", "Спрашивает о заказе.")
            await console.press("escape")
            await console.sees_no("Спрашивает о заказе.")
            endpoint.status = 500
            await console.press("ctrl+g")
            await console.is_told("Сервер сейчас не может этого сделать")
            assert field.text == "Сейчас"
            assert "пути" not in str(anna.client.settle()), "nothing of it was sent"

    asyncio.run(scene())
    daemon.write_config(CONFIG)
    assert daemon.admin("reload").returncode == 0
