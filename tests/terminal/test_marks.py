"""Lists and quotes show words without their marks; a day is a date, whenever one looks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chatd.domain.message import Message
from chatd.terminal.console import rows
from chatd.terminal.core.marks import strip_marks
from chatd.terminal.core.reading import quote_line
from chatd.terminal.core.shapes import LastMessage
from chatd.terminal.core.texts import Texts
from chatd.terminal.ui import drawing
from tests.marks import SAID

ONE = Message(
    dialog_id="TKT-1",
    sender_type="customer",
    sender_id="p-1",
    sender_name="Анна",
    content="Склад **ждёт**",
    created_at="2026-11-25T12:00:00.000Z",
)


def test_the_words_are_those_that_the_pages_show() -> None:
    assert {text: " ".join(strip_marks(text).split()) for text in SAID} == SAID


@given(st.text(alphabet="ab *_`[](){}\n-1.*`\ue000", max_size=80))
def test_nothing_is_added_whatever_is_written(text: str) -> None:
    assert not set(strip_marks(text)) - set(text)


def test_rows_and_quotes_have_no_marks_and_are_in_the_readers_language() -> None:
    row = rows.Row("TKT-1", "shop", last_message=LastMessage(ONE.content))
    assert rows.below(row, Texts("ru")) == "shop · Склад ждёт"
    words = {"key": "operator_connected", "language": "ru", "values": {"name": "Олег"}}
    last = LastMessage("Оператор Олег подключился", words)
    assert Texts("ru").last_words(last) == last.text
    assert Texts("en").last_words(last) == "👨\u200d💼 Operator Олег has joined the conversation"
    assert Texts("en").last_words(replace(last, words={"key": [1]})) == last.text
    quote = {"seq": 1, "name": "Анна", "text": ONE.content}
    assert quote_line(replace(ONE, meta={"reply_to": quote}), "-") == "› Анна: Склад ждёт\n"


def test_a_day_is_called_by_its_date_which_is_right_after_midnight_too() -> None:
    days = ("2026-11-25T12:00:00.000Z", "2026-11-25T12:05:00.000Z", "2026-11-26T12:00:00.000Z")
    said = [replace(ONE, seq=seq, created_at=at) for seq, at in enumerate(days, 1)]
    rules = [drawing.day(said, at) for at in range(3)]
    assert rules == ["25.11.2026", "", "26.11.2026"]
