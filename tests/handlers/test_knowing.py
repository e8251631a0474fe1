"""A bot that answers from a folder: what it is given, what it names, and where it hands over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from chatd.bot.base import BotFailed, Passage, Task, Turn
from chatd.domain.message import Message
from chatd.domain.ticket import Ticket
from chatd.errors import Conflict, Forbidden, NotFound, RateLimited, Unavailable
from chatd.protocol.assisting import AskBot, DraftAnswer, Summarize
from chatd.service import knowing, showing
from tests.handlers.bots import Engine
from tests.handlers.stage import Stage
from tests.handlers.test_sites import furnish


class Reader(Engine):
    """It notes what it is given, and names the first of that; ``fails``: it says nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.given = list[list[str]]()
        self.fails = False

    def answer(self, history: Sequence[Message], passages: Sequence[Passage] = ()) -> Turn:
        self.given.append([one.title for one in passages])
        if self.fails:
            raise BotFailed("status 500")
        return Turn(say="answer", sources=tuple(one.id for one in passages[:1]))

    def write(self, task: Task, history: Sequence[Message], passages: Sequence[Passage]) -> str:
        if self.fails:
            raise BotFailed("status 500")
        return f"{task.name} {task.language} of {len(history)} with {len(passages)}"


@pytest.fixture
def reader(stage: Stage, tmp_path: Path) -> Reader:
    """Of a shop that knows of delivery."""
    folder = tmp_path / "knowledge"
    folder.mkdir()
    text = "---\nurl: https://shop.example/d\n---\n# Delivery\n\nA courier comes at noon."
    (folder / "d.md").write_text(text, "utf-8")
    furnish(
        stage, shop={"bot": {"knowledge": str(folder), "engine": "openai", "base_url": "http://x"}}
    )
    stage.services.bots = made = Reader()
    return made


def last(stage: Stage, ticket: str) -> Message:
    """What was said last."""
    return next(iter(stage.store.history(ticket, limit=1)))


def test_an_answer_says_what_it_is_from(stage: Stage, reader: Reader) -> None:
    anna = stage.visitor()
    ticket = anna.open_ticket("When does the courier come?", waits=False)
    stage.turn()
    assert last(stage, ticket).meta["sources"] == [
        {"title": "Delivery", "url": "https://shop.example/d"}
    ]
    shown = anna.join(ticket).messages[-1]
    assert shown.meta["sources"][0]["title"] == "Delivery"
    anna.say(ticket, "and is it dear?")
    stage.turn()
    assert reader.given == [["Delivery"], ["Delivery"]], "what was asked before is looked up, too"


def test_where_nothing_is_found_a_person_answers_and_nobody_is_asked(
    stage: Stage, reader: Reader
) -> None:
    ticket = stage.visitor().open_ticket("Do you repair bicycles?", waits=False)
    stage.turn()
    kept = stage.store.get(Ticket, ticket)
    assert kept and kept.status == "waiting" and reader.given == []
    assert last(stage, ticket).meta["kind"] == "hand_over"


def test_a_greeting_is_answered_from_nothing(stage: Stage, reader: Reader) -> None:
    ticket = stage.visitor().open_ticket("Hello!", waits=False)
    stage.turn()
    assert reader.given == [[]] and "sources" not in last(stage, ticket).meta


def test_a_folder_that_is_gone_hands_over(stage: Stage, reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "knowledge").rename(tmp_path / "elsewhere")
    ticket = stage.visitor().open_ticket("When does the courier come?", waits=False)
    stage.turn()
    assert last(stage, ticket).meta["kind"] == "hand_over" and reader.given == []
    assert knowing.refresh(stage.services) == []
    (tmp_path / "elsewhere").rename(tmp_path / "knowledge")
    (told,) = knowing.refresh(stage.services)
    assert told.endswith("1 passage of 1 file")


def test_a_bot_is_tried_and_nothing_of_it_is_kept(stage: Stage, reader: Reader) -> None:
    told: Any = stage.shell(AskBot(site="shop", question="a courier?"))
    assert [one.title for one in told.passages] == ["Delivery"] and told.say == "answer"
    assert (told.action, told.failed, told.sources[0].url) == (
        *("continue", ""),
        "https://shop.example/d",
    )
    none: Any = stage.shell(AskBot(site="shop", question="bicycles?"))
    assert (none.action, none.reason) == ("hand_over", knowing.NOTHING_FOUND)
    reader.fails = True
    failed: Any = stage.shell(AskBot(site="shop", question="a courier?"))
    assert (failed.action, failed.failed) == ("hand_over", "status 500") and failed.passages
    with pytest.raises(NotFound, match="there are: shop"):
        stage.shell(AskBot(site="nowhere", question="x"))
    with pytest.raises(Forbidden):
        stage.staff().ask(AskBot(site="shop", question="x"))
    assert not list(stage.store.open_tickets())


def test_operators_have_drafts_and_summaries_written_that_nobody_else_sees(
    stage: Stage, reader: Reader
) -> None:
    anna, artem = stage.visitor(), stage.staff()
    ticket = anna.open_ticket("When does the courier come?")
    anna.join(ticket)
    before = stage.store.conversation(ticket).last_seq
    drafted = artem.ask(DraftAnswer(ticket_id=ticket))
    assert drafted.text == "draft  of 2 with 1" and drafted.sources[0].title == "Delivery"
    assert artem.ask(Summarize(ticket_id=ticket)).text == "summary Russian of 2 with 0"
    assert "English" in artem.ask(Summarize(ticket_id=ticket, language="en")).text
    assert stage.store.conversation(ticket).last_seq == before and anna.heard("message:new") == []
    with pytest.raises(Forbidden):
        anna.ask(DraftAnswer(ticket_id=ticket))
    reader.fails = True
    with pytest.raises(Unavailable, match="has written nothing"):
        artem.ask(DraftAnswer(ticket_id=ticket))
    stage.services.bots = Engine(active=False)
    with pytest.raises(Conflict, match=r"\[sites.shop.bot\]"):
        artem.ask(Summarize(ticket_id=ticket))


def test_sources_are_a_bots_alone_and_only_what_they_are(stage: Stage, reader: Reader) -> None:
    anna = stage.visitor()
    ticket = anna.open_ticket("When does the courier come?", waits=False)
    stage.turn()
    said = last(stage, ticket)
    assert showing.one(stage.services, said).meta["sources"]
    for forged in (
        replace(said, sender_type="customer"),
        replace(said, meta={"sources": [{"title": 5}]}),
        replace(said, meta={"sources": "x" * 100}),
    ):
        assert not isinstance(showing.one(stage.services, forged).meta.get("sources"), list)


def test_what_is_written_for_operators_is_bounded(stage: Stage, reader: Reader) -> None:
    limits = replace(stage.services.config.limits, assists_per_participant="2/hour")
    stage.services.limiter.apply(limits)
    artem, ticket = stage.staff(), stage.visitor().open_ticket("a courier?")
    artem.ask(DraftAnswer(ticket_id=ticket))
    artem.ask(Summarize(ticket_id=ticket))
    with pytest.raises(RateLimited):
        artem.ask(DraftAnswer(ticket_id=ticket))
    assert stage.staff("olga").ask(Summarize(ticket_id=ticket)).text
