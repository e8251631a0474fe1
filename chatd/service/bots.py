"""The bot's turn: it answers while a ticket is its own, and is silent once a person is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import gevent
from loguru import logger
from msgspec.structs import replace

from chatd.bot.base import BotFailed, Turn
from chatd.domain.message import Message
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.domain.versions import rerun
from chatd.errors import ChatdError
from chatd.protocol.events import TypingStart
from chatd.service import announce, calls, compose, knowing
from chatd.service.changes import request, settle
from chatd.service.context import Services
from chatd.service.knowing import Considered

# So often it is said again: who has just asked the first question joins a moment later.
TYPES_S = 1.0


def resume(services: Services) -> None:
    """After a start, and where something came in between: what the bot has not answered yet it
    answers now; where there is no bot any more, people are asked."""
    for ticket in services.store.open_tickets():
        if ticket.status != "bot" or ticket.id in services.answering:
            continue
        try:
            if not find_unanswered(services, ticket.id):
                continue
            if services.bots.of(ticket.site).active:
                answer_soon(services, ticket)
            else:
                ask_people(services, ticket.id)
        except ChatdError as refused:
            log_of(ticket.id).warning("{} waits for the bot: {}", ticket.id, refused)


def answer_soon(services: Services, ticket: Ticket) -> None:
    """Begins an answer beside everything else, one at a time per ticket."""
    if ticket.status != "bot" or ticket.id in services.answering:
        return
    if services.bots.of(ticket.site).active:
        services.answering.add(ticket.id)
        services.tasks.spawn(f"bot:{ticket.id}", take_turn, services, ticket.id)


def log_of(ticket_id: str) -> Any:
    """What is said of a ticket, for who looks for it by field."""
    return logger.bind(area="tickets", ticket=ticket_id)


def take_turn(services: Services, ticket_id: str) -> None:
    """Answers until nothing is unanswered; a bot that fails hands over to people."""
    try:
        while ticket := find_unanswered(services, ticket_id):
            rerun(partial(act, services, ticket_id, answer(services, ticket)))
    except ChatdError as refused:
        log_of(ticket_id).warning("bot's answer to {} refused: {}", ticket_id, refused)
    finally:
        services.answering.discard(ticket_id)


def find_unanswered(services: Services, ticket_id: str) -> Ticket | None:
    """The ticket, if the bot is to answer what was said last in it."""
    ticket = services.store.get(Ticket, ticket_id)
    if ticket is None or ticket.status != "bot":
        return None
    last = next(iter(services.store.history(ticket_id, limit=1)), None)
    return ticket if last and last.sender_type == "customer" else None


def answer(services: Services, ticket: Ticket) -> Considered:
    """What the engine says and does. One that fails, in whatever way, hands over: its library is
    not ours."""
    log = log_of(ticket.id)
    bot, settings = services.bots.of(ticket.site), services.config.bot_of(ticket.site)
    history = list(services.store.history(ticket.id, limit=settings.history_messages))
    try:
        with typing(services, ticket):
            return knowing.consider(services, ticket.site, bot, history)
    except BotFailed as failure:
        log.warning("bot failed for {}: {}", ticket.id, failure)
    except Exception as fault:
        services.metrics.incidents.inc()
        log.opt(exception=fault).error("bot failed for {}", ticket.id)
    return Considered(Turn(say="", action="hand_over"), failed=True)


@contextmanager
def typing(services: Services, ticket: Ticket) -> Iterator[None]:
    """Both sides see the bot type meanwhile, as long as the ticket is its own."""
    sign = services.tasks.spawn(f"bot-types:{ticket.id}", keep_typing, services, ticket)
    try:
        yield
    finally:
        sign.kill()
        announce.bot_stops_typing(services, ticket)


def keep_typing(services: Services, ticket: Ticket) -> None:
    """Says it again until it is stopped, or the ticket is another's."""
    now: Ticket | None = ticket
    while now and now.status == "bot":
        announce.bot_types(services, now, TypingStart)
        gevent.sleep(TYPES_S)
        now = services.store.get(Ticket, ticket.id)


def act(services: Services, ticket_id: str, considered: Considered) -> None:
    """Says it and does it, unless the ticket is no longer the bot's: checked and stored in one
    step."""
    ticket = services.store.get(Ticket, ticket_id)
    if ticket is None or ticket.status != "bot":
        return
    said, turn = words_of(services, ticket, considered), considered.turn
    if turn.action == "hand_over":
        request(services, ticket, *said, hand_over(services, ticket, failed=considered.failed))
    elif turn.action == "close":
        close(services, ticket, *said)
    else:
        spoken = replace(ticket, version=ticket.version + 1, updated_at=to_text(services.now()))
        settle(services, spoken, "answered", *said)
    if turn.action != "continue":
        log_of(ticket_id).info("bot: {} {}", ticket_id, turn.action.replace("_", " "))


def words_of(services: Services, ticket: Ticket, considered: Considered) -> list[Message]:
    """What is said, if anything is, and from where that is known."""
    limit, said = services.config.tickets.max_message_chars, considered.turn.say
    if not said:
        return []
    message = compose.bot(services, ticket, said[:limit])
    if sources := considered.sources:
        message.meta["sources"] = sources
    return [message]


def hand_over(services: Services, ticket: Ticket, *, failed: bool) -> Message:
    """The customer is told that a person answers: who chose that, and who could do nothing else,
    say it in words of their own."""
    key = "bot_failed" if failed else "bot_hands_over"
    return compose.house_bot(services, ticket, key, kind="hand_over")


def close(services: Services, ticket: Ticket, *said: Message) -> None:
    """What its customer wanted is done."""
    now = to_text(services.now())
    over = ticket.after("close", now, closed_at=now, closed_by="bot", outcome="closed")
    calls.end_within(services, ticket.id, "bot")
    notice = compose.notice(services, over, "ticket_closed")
    settle(services, over, "closed", *said, notice)


def ask_people(services: Services, ticket_id: str) -> None:
    """To the queue, if the ticket is still the bot's: there is no bot any more."""
    ticket = services.store.get(Ticket, ticket_id)
    if ticket is not None and ticket.status == "bot":
        request(services, ticket, hand_over(services, ticket, failed=True))
