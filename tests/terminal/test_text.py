"""Other people's text, whatever it is made of, is drawn within its place."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from chatd.domain.message import Message
from chatd.terminal.core.drafts import WatchedDraft
from chatd.terminal.core.outbox import Unsent
from chatd.terminal.core.text import MAX_MARKS, clean, clean_paste, name, one_line, to_sendable
from chatd.terminal.ui import drawing

BIDI = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c"
HOSTILE = [
    "\x1b[2J\x1b[H",
    "\x1b]0;title\x07",
    "\x9b31m",
    "\r\n",
    "\r",
    "\b\b",
    "\0",
    *BIDI,
    "\ufeff",
    "\U000e0041",
    "\ue000",
    "\ud800",
    "e" + "\u0301" * 200,
    "\u0335" * 9,
    "👨\u200d👩\u200d👧",
    "🇩🇪",
    "漢字",
    "\t",
    "\u2028",
    "﷽",
    "שלום",
    "[bold]x[/]",
    " ",
    "word",
    "длинное_слово_без_пробелов",
]
TEXTS = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=5), max_size=12).map("".join)


@given(TEXTS)
def test_nothing_that_steers_the_screen_is_left(text: str) -> None:
    for char in clean(text):
        category = unicodedata.category(char)
        assert char == "\n" or category != "Cc", repr(char)
        assert char in "\u200c\u200d" or category != "Cf", repr(char)
        assert category not in ("Cs", "Co", "Cn", "Zl", "Zp"), repr(char)


@given(TEXTS)
def test_a_pile_of_marks_is_bounded(text: str) -> None:
    piled = 0
    for char in clean(text):
        piled = piled + 1 if unicodedata.category(char).startswith("M") else 0
        assert piled <= MAX_MARKS


def test_joiners_join_emoji_and_syllables_and_nothing_else() -> None:
    assert clean("a\u200db\u200d") == "ab"
    assert clean("क्\u200dष") == "क्\u200dष"
    assert clean("\u200d❤\ufe0f\u200d🔥") == "❤\ufe0f\u200d🔥"
    assert clean("👨\u200d" * 40).count("\u200d") == 3
    assert clean("👨\u200d👩 👨\u200d👩") == "👨\u200d👩 👨\u200d👩"


@given(TEXTS)
def test_a_name_is_one_short_line_that_is_never_empty(text: str) -> None:
    assert 1 <= len(name(text)) <= 24
    assert "\n" not in name(text)
    assert len(one_line(text, 10)) <= 10


@given(TEXTS, st.integers(2, 60), st.integers(2, 60))
def test_lines_fit_and_nothing_is_lost(text: str, first: int, width: int) -> None:
    shown = clean(text)
    lines = drawing.wrap(shown, first, width)
    assert cell_len(lines[0]) <= first
    assert all(cell_len(line) <= width for line in lines[1:])
    assert without_blanks("".join(lines)) == without_blanks(shown)


def without_blanks(text: str) -> str:
    """What may not be lost."""
    return "".join(text.split())


@given(TEXTS, TEXTS, st.integers(16, 80), st.integers(0, 50))
def test_a_hostile_message_and_its_draft_stay_within_the_page(
    who: str, text: str, width: int, caret: int
) -> None:
    message = Message(
        dialog_id="lobby",
        seq=1,
        sender_type="member",
        sender_id="p",
        sender_name=who,
        content=text,
        created_at="2026-11-21T10:00:00Z",
        reactions={text[:16]: ["p"]},
    )
    draft = WatchedDraft(who, text, 1)
    draft.caret = min(caret, len(text))
    lines = [
        *drawing.message(message, "#ffffff", width=width, own=False, deleted=""),
        *drawing.draft(draft, "#ffffff", width=width, most=3),
    ]
    for line in lines:
        assert sum(cell_len(segment.text) for segment in line) <= width
        assert "\x1b" not in "".join(segment.text for segment in line)


@pytest.mark.parametrize("caret", [0, 400, 2000])
def test_of_a_long_draft_the_lines_around_the_caret_are_shown(caret: int) -> None:
    draft = WatchedDraft("Аня", "слово " * 500, 1)
    draft.caret = caret
    lines = drawing.draft(draft, "#ffffff", width=60, most=3)
    assert len(lines) == 3
    shown = ["".join(segment.text for segment in line) for line in lines]
    assert sum(drawing.CARET_SHOWN in line for line in shown) == 1


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("а" + "\n" * 8_000 + "б", 3),
        ("а" + "\n \t" * 4_000 + "\nб", 3),
        ("а\n\nб", 3),
        ("а\n  б\nв", 3),
        ("а\nб\n\nв\n\n\nг", 6),
    ],
)
def test_of_many_empty_lines_one_is_shown(text: str, lines: int) -> None:
    said = Message(
        dialog_id="lobby",
        seq=1,
        sender_type="member",
        sender_id="p",
        sender_name="Аня",
        content=text,
        created_at="2026-11-21T10:00:00Z",
    )
    drawn = drawing.message(said, "#ffffff", width=60, own=False, deleted="")
    assert len(drawn) == lines
    waits = drawing.pending(Unsent("lobby", text), "Аня", "#ffffff", width=60)
    assert len(waits) == lines
    shown = ["".join(segment.text for segment in line) for line in drawn]
    assert "а" in shown[0] and shown[-1].endswith(text[-1])


def test_emoji_scripts_and_line_breaks_stay_as_they_are() -> None:
    kept = "Привет, 👨\u200d👩\u200d👧 🇩🇪 👍🏽 é שלום हिन्दी ก็\nвторая"
    assert clean(kept) == kept


def test_what_is_pasted_cannot_steer_the_screen_either() -> None:
    assert clean_paste("a\x1b[2Jb\r\nc\rd\u202ee\tf") == "a[2Jb\nc\nde\tf"


def test_what_is_sent_is_what_utf8_can_carry() -> None:
    assert to_sendable("a\ud800b\0c") == "a?bc"


def test_below_an_answer_of_a_bot_stands_what_it_is_from() -> None:
    told = [{"title": "Delivery\x1b[2J", "url": "https://shop.example/d"}, {"title": 5}, "odd"]
    said = Message(
        dialog_id="TKT-1",
        seq=1,
        sender_type="bot",
        sender_id="bot",
        sender_name="Bot",
        content="At noon.",
        meta={"sources": told},
        created_at="2026-11-21T10:00:00Z",
    )
    drawn = drawing.message(said, "#ffffff", width=80, own=False, deleted="")
    lines = ["".join(segment.text for segment in line).strip() for line in drawn]
    assert len(lines) == 2 and lines[1].endswith("· https://shop.example/d")
    assert "\x1b" not in lines[1]
    for other in (replace(said, sender_type="member"), replace(said, meta={"sources": "x"})):
        assert len(drawing.message(other, "#ffffff", width=80, own=False, deleted="")) == 1
