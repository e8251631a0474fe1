"""The bot's turn: it answers while a ticket is its own, and is silent once a person is wanted."""

from __future__ import annotations

from typing import Any

from loguru import logger
from msgspec.structs import replace

from chatd.bot.base import BotFailed
from chatd.domain.message import Message
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.errors import ChatdError
from chatd.service import compose
from chatd.service.changes import request, settle
from chatd.service.context import Services


def resume(services: Services) -> None:
    """After a start, and where something came in between: what the bot has not answered yet it
    answers now; where there is no bot any more, people are asked."""
    for ticket in services.store.open_tickets():
        if ticket.status != "bot" or ticket.id in services.answering:
            continue
        try:
            if not find_unanswered(services, ticket.id):
                continue
            if services.bot.active:
                answer_soon(services, ticket)
            else:
                ask_people(services, ticket.id)
        except ChatdError as refused:
            log_of(ticket.id).warning("{} waits for the bot: {}", ticket.id, refused)


def answer_soon(services: Services, ticket: Ticket) -> None:
    """Begins an answer beside everything else, one at a time per ticket."""
    if ticket.status != "bot" or ticket.id in services.answering or not services.bot.active:
        return
    services.answering.add(ticket.id)
    services.tasks.spawn(f"bot:{ticket.id}", take_turn, services, ticket.id)


def log_of(ticket_id: str) -> Any:
    """What is said of a ticket, for who looks for it by field."""
    return logger.bind(area="tickets", ticket=ticket_id)


def take_turn(services: Services, ticket_id: str) -> None:
    """Answers until nothing is unanswered; a bot that fails hands over to people."""
    try:
        while history := find_unanswered(services, ticket_id):
            text = answer(services, ticket_id, history)
            if text is None:
                hand_over(services, ticket_id)
                return
            say(services, ticket_id, text)
    except ChatdError as refused:
        log_of(ticket_id).warning("bot's answer to {} refused: {}", ticket_id, refused)
    finally:
        services.answering.discard(ticket_id)


def answer(services: Services, ticket_id: str, history: list[Message]) -> str | None:
    """What the engine says; nothing when it fails, in whatever way: its library is not ours."""
    log = log_of(ticket_id)
    try:
        return services.bot.answer(history)
    except BotFailed as failure:
        log.warning("bot failed for {}: {}", ticket_id, failure)
    except Exception as fault:
        services.metrics.incidents.inc()
        log.opt(exception=fault).error("bot failed for {}", ticket_id)
    return None


def find_unanswered(services: Services, ticket_id: str) -> list[Message]:
    """The last messages, if the bot is to answer them."""
    ticket = services.store.get(Ticket, ticket_id)
    if ticket is None or ticket.status != "bot":
        return []
    limit = services.config.bot.history_messages
    history = list(services.store.history(ticket_id, limit=limit))
    return history if history and history[-1].sender_type == "customer" else []


def say(services: Services, ticket_id: str, text: str) -> None:
    """The answer, unless the ticket is no longer the bot's: checked and stored in one step."""
    ticket = services.store.get(Ticket, ticket_id)
    if ticket is None or ticket.status != "bot":
        return
    spoken = replace(ticket, version=ticket.version + 1, updated_at=to_text(services.now()))
    limit = services.config.tickets.max_message_chars
    settle(services, spoken, "answered", compose.bot(services, ticket, text[:limit]))


def hand_over(services: Services, ticket_id: str) -> None:
    """Politely to the queue."""
    ticket = services.store.get(Ticket, ticket_id)
    if ticket is not None:
        said = compose.house_bot(services, ticket, "bot_failed", kind="hand_over")
        ask_people(services, ticket_id, said)


def ask_people(services: Services, ticket_id: str, *said: Message) -> None:
    """To the queue, if the ticket is still the bot's."""
    ticket = services.store.get(Ticket, ticket_id)
    if ticket is not None and ticket.status == "bot":
        request(services, ticket, *said)
