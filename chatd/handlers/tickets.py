"""What people do with tickets: accept, hand on, close, reopen, reply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import UNSET
from msgspec.structs import replace

from chatd.domain import attributes
from chatd.domain.attributes import Attribute, Value
from chatd.domain.contact import phone_of
from chatd.domain.mail import address_of
from chatd.domain.participant import Operator
from chatd.domain.principal import Principal, operator_id
from chatd.domain.snooze import read_until
from chatd.domain.tags import change_tags
from chatd.domain.ticket import Ticket, refusal
from chatd.domain.times import to_text
from chatd.domain.visible import shows
from chatd.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from chatd.protocol.results import (
    MailedTranscript,
    OneMessage,
    OneTicket,
    TransferredTicket,
)
from chatd.protocol.support import (
    AcceptTicket,
    CloseTicket,
    MailTranscript,
    ReopenTicket,
    ReplyTicket,
    ReturnTicket,
    TagTicket,
    TransferTicket,
    UpdateTicket,
)
from chatd.protocol.work import SnoozeTicket
from chatd.service import (
    attachments,
    compose,
    departments,
    mailing,
    reading,
    spread,
    tickets,
    views,
)
from chatd.service.changes import current, settle
from chatd.service.context import Context, Handlers, Services
from chatd.service.texts import site_text

LOOKED_THROUGH = 50  # messages: what can be undone is a moment old


def answer(cx: Context, ticket: Ticket) -> OneTicket:
    """A ticket as who asks sees it."""
    return OneTicket(ticket=views.ticket_view(cx.services, ticket, cx.principal))


def acting(cx: Context, named: str | None) -> Principal:
    """The operator who acts: oneself, or the one a shell user (or administrator) names."""
    who = cx.principal
    if who.operator and named in (None, who.operator):
        return who
    if not who.has("act:others"):
        raise Forbidden("only an administrator acts for another operator")
    operator = serving(cx, named or namesake(cx))
    return replace(who, id=operator_id(operator), name=operator.name, operator=operator.id)


def namesake(cx: Context) -> str:
    """The user name of who asks at the machine, when an operator is called so, too: a ticket is in
    an operator's hands, or in nobody's."""
    name = cx.principal.name
    if cx.services.store.get(Operator, name) is None:
        text = (
            f"a ticket goes to an operator, and {name!r} is none: say who takes it, with --as NAME"
            f" ('operator': NAME), or make the account with operator add {name}"
        )
        raise Invalid(text, field="operator")
    return name


def serving(cx: Context, username: str) -> Operator:
    """An operator who may have this ticket; who is none of the caller's business is not there."""
    operator, ticket = cx.services.store.get(Operator, username), cx.ticket
    if operator is None or not views.is_colleague(cx.principal, operator):
        raise NotFound(f"no such operator {username!r}")
    if operator.disabled:
        raise Conflict(f"operator {username} is disabled")
    if not operator.serves(ticket.site):
        raise Conflict(f"operator {username} does not serve the site {ticket.site}")
    return operator


def accept(cx: Context, command: AcceptTicket) -> OneTicket:
    """→ ``ticket``. The first who comes wins; Conflict tells the others by whom and when."""
    tickets.take(cx.services, cx.ticket, acting(cx, command.operator), by=cx.principal)
    return answer(cx, current(cx.services, cx.ticket.id))


def transfer(cx: Context, command: TransferTicket) -> TransferredTicket:
    """→ ``ticket``, now the named operator's; ``operator_status``, and ``returns_in_s``: when it
    goes back to the queue if they stay off line (null for who is there)."""
    services, ticket = cx.services, cx.ticket
    check_untouched(cx, command.version)
    operator = serving(cx, command.operator)
    if operator.id == cx.principal.operator:
        departments.check_takes(services, ticket, cx.principal)
    if ticket.status == "active" and ticket.operator == operator.id:
        word = ticket.last_word()
        raise Conflict(f"{ticket.id} is {operator.id}'s already, since {word['at']}", **word)
    moved = tickets.transfer(services, ticket, operator, cx.principal)
    status = services.operators.status(operator.id)
    grace = services.config.tickets.grace_seconds if status == "offline" else None
    return TransferredTicket(
        ticket=views.ticket_view(services, current(services, moved.id), cx.principal),
        operator_status=status,
        returns_in_s=grace,
    )


def give_back(cx: Context, command: ReturnTicket) -> OneTicket:
    """→ ``ticket``, waiting again at its old place."""
    check_untouched(cx, command.version)
    returned = tickets.return_to_queue(cx.services, cx.ticket)
    return answer(cx, current(cx.services, returned.id))


def check_untouched(cx: Context, version: int | None) -> None:
    """Conflict where a ticket is not as who asks knows it: they would take it from somebody who has
    acted meanwhile. What is then changed is this very ticket, or the command is judged anew."""
    ticket = cx.ticket
    if version is None or (ticket.version == version and not has_answered(cx, ticket)):
        return
    word = ticket.last_word()
    raise Conflict(
        f"{ticket.id} was changed or answered since it was at version {version}: look at it",
        version=ticket.version,
        operator=ticket.operator,
        since=word["at"],
    )


def has_answered(cx: Context, ticket: Ticket) -> bool:
    """Whether who has it has written there since they have it."""
    if ticket.status != "active" or ticket.operator in (None, cx.principal.operator):
        return False
    holder, since = cx.services.store.get(Operator, str(ticket.operator)), ticket.accepted_at or ""
    said = cx.services.store.history(ticket.id, limit=LOOKED_THROUGH)
    who = operator_id(holder) if holder else ""
    return any(one.sender_id == who and one.created_at >= since for one in said)


def close(cx: Context, command: CloseTicket) -> OneTicket:
    """→ ``ticket``, closed; Conflict says by whom it was closed before."""
    ending = tickets.CLOSED_BY_CUSTOMER if cx.principal.kind == "visitor" else tickets.CLOSED
    by = tickets.name_of(cx.principal)
    tickets.close(cx.services, cx.ticket, by, ending)
    return answer(cx, current(cx.services, cx.ticket.id))


def reopen(cx: Context, command: ReopenTicket) -> OneTicket:
    """→ ``ticket``: the operator's who reopens it, and is announced with the first thing that they
    do there; waiting, when the shell does."""
    services, ticket = cx.services, cx.ticket
    if ticket.open:
        raise Conflict(refusal(ticket, "reopen"), status=ticket.status, **ticket.last_word())
    if cx.principal.kind == "operator":
        tickets.resume(services, ticket, cx.principal)
    else:
        tickets.reopen(services, ticket, by=tickets.name_of(cx.principal))
    return answer(cx, current(services, ticket.id))


def update(cx: Context, command: UpdateTicket) -> OneTicket:
    """→ ``ticket`` with what was changed; where nothing was, it stays as it is."""
    services, ticket = cx.services, cx.ticket
    given: dict[str, object] = {}
    if command.priority is not UNSET:
        if cx.principal.kind == "visitor":
            raise Forbidden("the priority of a ticket is given by operators", field="priority")
        given["priority"] = command.priority
    if command.department is not UNSET:
        check_department(cx, command.department)
    if command.contact is not UNSET:
        given["contact"] = given_address(command.contact, "contact") if command.contact else ""
    if command.phone is not UNSET:
        given["phone"] = given_phone(command.phone) if command.phone else ""
    given |= unsign(cx, given)
    if command.language is not UNSET:
        given["language"] = command.language
    if command.attributes:
        said = changed_attributes(ticket.attributes, command.attributes, cx.principal)
        given["attributes"] = said
    changed = put(services, ticket, given)
    return answer(cx, changed if command.department is UNSET else move(cx, changed, command))


def move(cx: Context, ticket: Ticket, command: UpdateTicket) -> Ticket:
    """To another department; where it is in that already, it stays as it is."""
    services, name = cx.services, command.department
    assert name is not UNSET
    if name == ticket.department:
        return ticket
    tickets.move(services, ticket, name)
    return current(services, ticket.id)


def check_department(cx: Context, name: str) -> None:
    """Forbidden, Invalid or Conflict for one that this ticket cannot be given."""
    services, ticket = cx.services, cx.ticket
    if cx.principal.kind == "visitor":
        raise Forbidden("the department of a ticket is given by operators", field="department")
    departments.check_name(services, name, departments.of_site(services, ticket.site))
    departments.check_staffed(services, ticket, name)


def tag(cx: Context, command: TagTicket) -> OneTicket:
    """→ ``ticket`` with its ``tags`` as they are now; where nothing changes, it stays as it is."""
    try:
        tags = change_tags(cx.ticket.tags, command.add, command.remove)
    except ValueError as error:
        raise Invalid(str(error), field="add") from None
    return answer(cx, put(cx.services, cx.ticket, {"tags": tags}))


def snooze(cx: Context, command: SnoozeTicket) -> OneTicket:
    """→ ``ticket``, put aside until then, or at hand again; Conflict where nobody has it."""
    services, ticket, until = cx.services, cx.ticket, None
    if command.until is not None:
        try:
            until = read_until(command.until, services.now())
        except ValueError as error:
            raise Invalid(str(error), field="until") from None
    changed = ticket.put_aside(until, to_text(services.now()))
    if until != ticket.snoozed_until:
        settle(services, changed, "snoozed" if until else "woken")
    return answer(cx, current(services, ticket.id))


def put(services: Services, ticket: Ticket, given: Mapping[str, object]) -> Ticket:
    """Stores what is given of a ticket, where that is anything new; the ticket as it then is."""
    if any(getattr(ticket, name) != value for name, value in given.items()):
        now, version = to_text(services.now()), ticket.version + 1
        settle(services, replace(ticket, **given, updated_at=now, version=version), "updated")
    return current(services, ticket.id)


def unsign(cx: Context, given: Mapping[str, object]) -> dict[str, object]:
    """What is signed of a ticket when this is given of it: what operators change is not any more,
    and customers change nothing of it."""
    ticket = cx.ticket
    changed = {
        one for one in ticket.verified if one in given and given[one] != getattr(ticket, one)
    }
    if not changed:
        return {}
    if not cx.principal.is_staff:
        field = min(changed)
        raise Forbidden(f"the {field} is signed by the site, and only it changes that", field=field)
    return {"verified": tuple(one for one in ticket.verified if one not in changed)}


def changed_attributes(
    known: Iterable[Attribute], given: Mapping[str, Value | None], who: Principal
) -> tuple[Attribute, ...]:
    """What is then said of a customer; Invalid for what cannot be, Forbidden where the site signed
    otherwise."""
    try:
        return attributes.change(known, given, may_overrule=who.is_staff)
    except attributes.Signed as error:
        raise Forbidden(str(error), field="attributes") from None
    except ValueError as error:
        raise Invalid(str(error), field="attributes") from None


def given_phone(text: str) -> str:
    """A phone number as it is kept; Invalid for what is none."""
    try:
        return phone_of(text)
    except ValueError as error:
        raise Invalid(str(error), field="phone") from None


def given_address(text: str, field: str) -> str:
    """A mail address as it is kept; Invalid for what is none."""
    try:
        return address_of(text)
    except ValueError as error:
        raise Invalid(str(error), field=field) from None


def transcript(cx: Context, command: MailTranscript) -> MailedTranscript:
    """→ ``to``, ``errand_id``. Customers get theirs at the address that the ticket has."""
    services, ticket, who = cx.services, cx.ticket, cx.principal
    if not services.config.mail.host:
        raise Unavailable("no mail is sent from here: mail.host is not set")
    if command.to and who.kind == "visitor":
        raise Forbidden("a customer's transcript goes to the ticket's contact")
    to = given_address(command.to, "to") if command.to else ticket.contact
    if not to:
        raise Invalid("the ticket has no contact: ticket:update gives it one", field="to")
    if who.kind == "visitor":
        services.limiter.hit("mails_per_recipient", to)
    errand = mailing.ask_transcript(services, ticket, to)
    if errand is None:
        raise Unavailable("too many letters wait: try again later")
    return MailedTranscript(to=to, errand_id=errand.id)


def reply(cx: Context, command: ReplyTicket) -> OneMessage:
    """→ ``message``: an answer, also from the shell on an operator's behalf."""
    services, ticket = cx.services, cx.ticket
    who = acting(cx, command.operator) if command.operator else cx.principal
    if before := tickets.find_repeated(services, ticket, who, command.client_id):
        return OneMessage(message=before)
    files = attachments.all_sendable(cx, command.files)
    most = services.config.tickets.max_message_chars
    content = command.message
    if files and not shows(content):
        content = attachments.names_of(files)[:most]
    compose.check(content, most, field="message")
    signed = who
    if who.operator is None:
        signed = replace(who, name=site_text(services, ticket.site, "operator_name"))
    spread.count(cx, ticket.id, content)
    message = compose.personal(
        services,
        signed,
        "admin",
        ticket.id,
        content,
        client_id=command.client_id,
        type="file" if files else "text",
        files=attachments.attach_all(files),
    )
    with spread.Keeping(cx, message), reading.CatchingUp(cx, message):
        return OneMessage(message=tickets.answer(services, ticket, who, message))


HANDLERS: Handlers = {
    AcceptTicket: accept,
    TransferTicket: transfer,
    ReturnTicket: give_back,
    CloseTicket: close,
    ReopenTicket: reopen,
    UpdateTicket: update,
    TagTicket: tag,
    SnoozeTicket: snooze,
    MailTranscript: transcript,
    ReplyTicket: reply,
}
