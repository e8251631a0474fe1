"""The requests that are more than one command: those that make a visitor on the way."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from chatd.dispatch.dispatcher import Dispatcher
from chatd.domain.message import Message
from chatd.domain.network import network_of
from chatd.domain.participant import Participant
from chatd.domain.principal import of_visitor
from chatd.errors import Invalid, Unauthenticated
from chatd.net.http.bodies import form
from chatd.net.http.views import PersonRequested, SaidInTicket, message_view
from chatd.protocol.commands import Command, Hello, SendMessage
from chatd.protocol.results import TicketInLine
from chatd.protocol.support import OpenTicket, RequestPerson, TicketForm
from chatd.service.context import Caller, Services
from chatd.service.identity import find_token

UNGUESSABLE = 16


def send_message(
    dispatcher: Dispatcher, services: Services, caller: Caller, fields: dict[str, Any]
) -> SaidInTicket:
    """``POST /api/support/send-message``: into a ticket, or the first one, which makes it."""
    filled: TicketForm = form(fields, TicketForm, "send-message")
    if filled.message is None:
        raise Invalid("send-message: needs 'message'", field="message")
    if filled.ticket_id is None:
        caller, token = as_visitor(dispatcher, services, caller, filled)
        opening = opening_of(filled)
        opened = carry_out_form(dispatcher, caller, opening)
        return answer_message(opened.ticket.id, token, opened.message)
    token = token_of(caller)
    command = SendMessage(
        dialog_id=filled.ticket_id, content=filled.message, client_id=filled.client_id
    )
    message = carry_out_form(dispatcher, caller, command).message
    return answer_message(filled.ticket_id, token, message)


def opening_of(filled: TicketForm, *, wants_person: bool = False) -> OpenTicket:
    """What makes the ticket."""
    return OpenTicket(
        content=filled.message,
        client_id=filled.client_id,
        wants_person=wants_person,
        contact=filled.contact,
        language=filled.language,
        attributes=filled.attributes,
        form=filled.form,
    )


def answer_message(ticket_id: str, token: str, message: Message) -> SaidInTicket:
    """The answer to who wrote."""
    return SaidInTicket(ticket_id=ticket_id, token=token, message=message_view(message))


def request_person(
    dispatcher: Dispatcher, services: Services, caller: Caller, fields: dict[str, Any]
) -> PersonRequested:
    """``POST /manager/request``: a person is wanted, in a ticket or as the first thing said."""
    filled: TicketForm = form(fields, TicketForm, "request")
    if filled.ticket_id is None:
        caller, token = as_visitor(dispatcher, services, caller, filled)
        command = opening_of(filled, wants_person=True)
        return answer_request(carry_out_form(dispatcher, caller, command), token)
    token = token_of(caller)
    if filled.message is not None:
        saying = SendMessage(
            dialog_id=filled.ticket_id, content=filled.message, client_id=filled.client_id
        )
        carry_out_form(dispatcher, caller, saying)
    wanted = RequestPerson(ticket_id=filled.ticket_id)
    return answer_request(dispatcher.carry_out(caller, wanted), token)


def token_of(caller: Caller) -> str:
    """The bearer token with which a ticket that exists is written to."""
    if caller.token is None:
        raise Unauthenticated("the visitor's bearer token is needed for a ticket that exists")
    return caller.token


def carry_out_form(dispatcher: Dispatcher, caller: Caller, command: Command) -> Any:
    """A command's result; what is wrong with its text is wrong with the form's ``message``."""
    try:
        return dispatcher.carry_out(caller, command)
    except Invalid as error:
        if error.details.get("field") != "content":
            raise
        raise Invalid(error.message, field="message") from None


def answer_request(result: TicketInLine, token: str) -> PersonRequested:
    """The answer to who asked for a person."""
    return PersonRequested(
        ticket_id=result.ticket.id,
        token=token,
        position=result.position,
        expected_wait_s=result.expected_wait_s,
        operators_online=result.operators_online,
    )


def repeat_key(caller: Caller, filled: TicketForm) -> bytes | None:
    """What a newcomer's request is known by when it is sent again: where from, and every word of
    it. Only with a ``client_id`` that nobody guesses, for the answer holds a token."""
    if caller.token or filled.user_token or len(filled.client_id or "") < UNGUESSABLE:
        return None
    return msgspec.json.encode((network_of(caller.address), filled))


def as_visitor(
    dispatcher: Dispatcher, services: Services, caller: Caller, filled: TicketForm
) -> tuple[Caller, str]:
    """The visitor who asks: by token the same as before, or the one whom this very request has made
    already, else somebody new."""
    seed = repeat_key(caller, filled)
    if seed is None:
        return introduce(dispatcher, services, caller, filled, caller.token)
    with services.turns.one_at_a_time(seed):
        before = find_token(services, seed)
        return introduce(dispatcher, services, replace(caller, seed=seed), filled, before)


def introduce(
    dispatcher: Dispatcher,
    services: Services,
    caller: Caller,
    filled: TicketForm,
    before: str | None,
) -> tuple[Caller, str]:
    """Who says hello with the token of last time, or for the first time; their token."""
    said = Hello(name=filled.name, site=filled.site, token=before, user_token=filled.user_token)
    known = dispatcher.carry_out(caller, said)
    token: str = known.token
    participant = services.store.get(Participant, known.participant.id)
    if participant is None:
        raise Invalid("an operator opens no ticket of their own", field="token")
    return Caller(of_visitor(participant), caller.address, None, caller.sites, token), token
