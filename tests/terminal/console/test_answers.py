"""What an operator says and does in a ticket: answers, notes, canned answers, close, transfer."""

from __future__ import annotations

import asyncio

from tests.daemon import Daemon
from tests.terminal.console.conftest import Arrive
from tests.terminal.seat import seated


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
            await desk.until(lambda: "⋯" not in desk.text)
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
            await desk.accepts("Анна")
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
            await desk.accepts("Анна")
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
            await desk.accepts("Анна")
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
