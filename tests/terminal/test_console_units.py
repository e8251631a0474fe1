"""The console's small parts: who waits, what is whose, when the bell rings, what ``/`` offers."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from chatd.domain.ticket import PRIORITIES
from chatd.terminal.console import board, card, rows, search
from chatd.terminal.console.bell import Bell
from chatd.terminal.console.board import Board
from chatd.terminal.console.keys import KEYS, footer
from chatd.terminal.console.picker import Offer, matching
from chatd.terminal.console.session import Colleague
from chatd.terminal.core.text import one_line
from chatd.terminal.core.texts import Texts


def ticket(number: int, status: str = "waiting", **more: Any) -> dict[str, Any]:
    """A view of a ticket."""
    since = f"2026-01-01T00:{number:02}:00.000Z"
    return {"id": f"TKT-{number}", "status": status, "requested_at": since, **more}


def test_of_a_long_queue_the_first_page_is_known_until_it_runs_short() -> None:
    known = Board()
    known.begin([ticket(number) for number in range(board.FEW + 1)], [], 1)
    assert known.count_waiting() == board.FEW + 1 and not known.runs_short and not known.unknown
    known.queued = 3_000
    assert known.count_waiting() == 3_000 and not known.runs_short
    assert known.unknown == 3_000 - (board.FEW + 1)
    for number in (1, 2):
        known.take(ticket(number, "active"))
    assert known.runs_short, "more wait than are known, and those are few"
    known.queued = 0
    assert known.count_waiting() == board.FEW - 1 and not known.runs_short


def test_the_queue_is_in_the_order_of_waiting_whatever_the_order_of_news() -> None:
    known = Board()
    known.begin([ticket(3)], [ticket(9, "active", operator="artem")], 1)
    known.take(ticket(1))
    known.take(ticket(2))
    assert [one.id for one in known.waiting()] == ["TKT-1", "TKT-2", "TKT-3"]
    known.take(ticket(1, "active", operator="artem"))
    known.take(ticket(2, "active", operator="olga"))
    assert [one.id for one in known.waiting()] == ["TKT-3"]
    assert [one.id for one in known.mine("artem")] == ["TKT-1", "TKT-9"]
    assert known.mine(None) == []


def test_a_priority_is_told_in_the_readers_words_and_one_that_is_new_as_it_came() -> None:
    def told(language: str) -> list[str]:
        given = [board.row(ticket(1, priority=one)) for one in (*PRIORITIES, "mild")]
        return [card.priority(Texts(language), one) for one in given]

    assert told("ru") == ["срочный", "высокий", "", "низкий", "mild"]
    assert told("en") == ["urgent", "high", "", "low", "mild"]


def test_who_stands_behind_somebody_unknown_has_no_number() -> None:
    known = Board()
    known.begin([ticket(1), ticket(2), ticket(3)], [], 1, queued=6)
    assert list(known.places().values()) == [1, 2, 3]
    known.take(ticket(9))
    known.queued = 7
    assert list(known.places().items())[2:] == [("TKT-3", 3), ("TKT-9", 0)]
    known.take(ticket(2, "active"))
    known.queued = 6
    assert known.places() == {"TKT-1": 1, "TKT-3": 2, "TKT-9": 0}
    known.queued = 3
    assert known.places() == {"TKT-1": 1, "TKT-3": 2, "TKT-9": 3}, "nobody is unknown any more"
    known.begin([ticket(1), ticket(4)], [], 1)
    assert known.places() == {"TKT-1": 1, "TKT-4": 2}


def test_what_is_pushed_before_the_answers_are_all_here_is_not_lost() -> None:
    known = Board()
    known.begin([ticket(1)], [], 1)
    known.news.clear()
    for moved in (ticket(2), ticket(3, "active", operator="olga")):
        known.take(moved)
        known.news.add(moved["id"])
    known.begin([ticket(3), ticket(4)], [], 1)
    assert [one.id for one in known.waiting()] == ["TKT-2", "TKT-4"], "1 has gone meanwhile"


def test_what_is_not_told_again_stays() -> None:
    known = Board()
    known.take(ticket(1, customer_name="Анна", unread=3))
    before, now = known.take({"id": "TKT-1", "status": "closed"})
    assert before and before.status == "waiting"
    assert (now.status, now.customer_name, now.unread) == ("closed", "Анна", 3)


def test_what_a_colleague_took_from_under_ones_eyes_is_known_until_it_moves_again() -> None:
    board = Board()
    board.username = "artem"
    for number in (1, 2):
        board.take(ticket(number))
    board.take(ticket(1, "active", operator="artem"))
    board.take(ticket(2, "active", operator="boris"))
    board.take(ticket(3, "active", operator="boris"))
    assert board.missed == {ticket(2)["id"]}
    board.take(ticket(2, "active", operator="artem"))
    assert not board.missed


def test_a_notice_behind_what_a_customer_said_is_no_answer_of_theirs() -> None:
    def mine(seq: int, at: str) -> board.Row:
        said = {"text": "?", "sender_name": "Анна", "at": f"2026-01-01T00:00:{at}Z"}
        more = {"last_seq": seq, "unread": 1, "last_message": said, "customer_name": "Анна"}
        return board.row(ticket(1, "active") | more)

    before = mine(2, "01.000")
    assert not board.is_answered(before, mine(3, "01.000")), "somebody took it"
    assert board.is_answered(before, mine(4, "02.000"))


def test_what_is_no_ticket_changes_nothing() -> None:
    known = Board()
    known.take(ticket(1))
    for nonsense in ({}, {"id": 7}, None):
        with pytest.raises(msgspec.ValidationError):
            known.take(nonsense)  # type: ignore[arg-type]
    known.take(ticket(1, "active"))
    known.take({"id": "TKT-1", "status": [], "customer_name": {"a": 1}})
    assert known.rows["TKT-1"] == board.row(ticket(1, "active")), "stays as it was"


def test_the_board_is_bounded_and_keeps_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "FORGET_ABOVE", 50)
    known = Board()
    for number in range(500):
        mine = ticket(number, "active", operator="artem")
        known.take(ticket(number, "waiting" if number % 25 else "closed"))
        known.take(ticket(number, "closed") if number % 25 else mine)
    assert len(known.mine("artem")) == 20
    assert len(known.rows) <= 51


def test_the_bell_rings_for_each_and_again_until_they_are_taken() -> None:
    bell = Bell(again=5.0)
    assert not bell.rings([], 0.0)
    assert bell.rings(["a"], 1.0)
    assert not bell.rings(["a"], 2.0)
    assert bell.rings(["a", "b"], 3.0), "somebody new"
    assert not bell.rings(["a", "b"], 7.9)
    assert bell.rings(["b"], 8.0), "still there"
    assert not bell.rings([], 100.0), "taken"
    assert bell.rings(["a"], 101.0), "returned to the queue"
    assert not bell.rings([], 300.0)


OFFERS = [
    Offer("hours", "9–18", "Мы работаем с 9 до 18, доставка тоже"),
    Offer("доставка", "…", "2–3 дня"),
    Offer("hello", "Hi", "Здравствуйте"),
    Offer("close", "/close ", "закрыть тикет", command=True),
]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("", ["hours", "доставка", "hello", "close"]),
        ("h", ["hours", "hello"]),
        ("hello", ["hello"]),
        ("ДОСТ", ["доставка", "hours"]),
        ("ose", ["close"]),
        ("здрав", ["hello"]),
        ("nothing", []),
    ],
)
def test_the_picker_offers_names_before_what_is_in_the_text(typed: str, names: list[str]) -> None:
    assert [one.name for one in matching(OFFERS, typed)] == names


def test_what_was_promised_stands_in_a_row_once_it_comes_near() -> None:
    ru, by = Texts("ru"), "2026-01-01T00:30:00.000Z"

    def told(response: str, resolution: str = "due", *, always: bool = False) -> str:
        later = {"by": "2026-01-02T00:30:00.000Z", "state": resolution}
        targets = {"response": {"by": by, "state": response}, "resolution": later}
        return rows.due(board.row(ticket(1, targets=targets)), ru, always=always)

    assert told("due") == told("met") == "" and told("due", always=True).startswith("ответ до 01.")
    assert told("soon").startswith("ответ до 01.") and told("met", "soon").startswith("решение до")
    assert told("overdue").startswith("ответ просрочен: 01.")
    assert told("missed", "paused", always=True) == "" == rows.due(board.row(ticket(1)), ru)
    one = board.row(ticket(1, targets={"response": {"by": by, "state": "overdue"}}))
    assert rows.below(one, ru).startswith("ответ просрочен")


@given(st.text(), st.sampled_from([0, 7, 12, 250]), st.integers(4, 60))
def test_every_row_fits(text: str, place: int, width: int) -> None:
    one = board.row(ticket(1, customer_name=text, site=text, last_message={"text": text}))
    ru = Texts("ru")
    queued = rows.waiting(one, place, ru, now=1_767_226_414.0, me=None, dark=True, width=width)
    own = rows.own(one, 1234, f"{rows.WRITES} {one_line(text)}", shown=True, width=width)
    for line in [*queued.plain.split("\n"), *own.plain.split("\n")]:
        assert cell_len(line) <= max(width, 14), line


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (59.9, "0:59"), (760, "12:40"), (11_100, "3:05:00")]
)
def test_waiting_times_are_read_at_a_glance(seconds: float, shown: str) -> None:
    assert rows.clock_of(seconds) == shown


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("width", [30, 46, 80, 200])
def test_the_footer_fits_and_keeps_what_matters(language: str, width: int) -> None:
    everything = {key.action for key in KEYS} - {"reopen", "back"}
    line = footer(Texts(language), everything, width)
    assert cell_len(line.plain) <= width
    assert "F5" in line.plain and "F8" in line.plain
    assert ("^Q" in line.plain) or width <= 80


@pytest.mark.parametrize(
    ("colleague", "told"),
    [
        (Colleague("olga", "Ольга", "online", capacity=5), "● Ольга (olga) на линии · 0/5"),
        (
            Colleague("olga", "Ольга", "online", available=False, capacity=5),
            "● Ольга (olga) сейчас не принимает · на линии · 0/5",
        ),
        (
            Colleague("olga", "Ольга", "online", takes_tickets=False, available=False, capacity=5),
            "● Ольга (olga) не принимает обращения · на линии · 0/5",
        ),
        (
            Colleague("olga", "Ольга", "offline", available=False, capacity=5),
            "○ Ольга (olga) не в сети · 0/5",
        ),
    ],
)
def test_who_is_offered_no_ticket_is_shown(colleague: Colleague, told: str) -> None:
    assert " ".join(search.line(colleague, Texts("ru"), 80).plain.split()) == told
