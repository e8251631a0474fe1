"""The verbs that sort the work: hours of sites, tags and priorities of tickets, notes."""

from __future__ import annotations

import time
from contextlib import suppress

import msgspec

from chatd.admin.verb import (
    PAGES,
    Column,
    Fields,
    Option,
    Param,
    Verb,
    one_of,
    read_span,
    say_transfer,
)
from chatd.config.departments import NONE
from chatd.domain.attributes import Value
from chatd.domain.snooze import until_of
from chatd.domain.ticket import NOTES, PRIORITIES, STATUSES, ticket_of
from chatd.protocol import saved_views, sites, support, visitors, work
from chatd.protocol.commands import SendMessage

TICKETS = Param("ticket_id", "ids, '-' to read them from stdin, or ALL with --yes", "ticket", True)


def department_of(word: str) -> str:
    """A department; ``none`` is the word for having none."""
    return "" if word == NONE else word


FILTERS = (
    Option("--tag", "tag", "with this tag"),
    Option("--priority", "priority", one_of(*PRIORITIES)),
    Option(
        "--department", "department", "of one, or none", complete="department", read=department_of
    ),
)


CUSTOMER_COLUMNS = (
    Column("CUSTOMER", "name"),
    Column("FIRST SEEN", "since", "since"),
    Column("VISITS", "visited", "count"),
    Column("SEEN", "seen_at", "since"),
    Column("LANGUAGE", "language"),
    Column("TIME ZONE", "timezone"),
    Column("DEVICE", "device"),
    Column("FROM", "referrer"),
)
PAGE_COLUMNS = (Column("PAGE", "address"), Column("TITLE", "title"), Column("AT", "at", "since"))
EARLIER_COLUMNS = (
    Column("OTHER TICKETS", "id"),
    Column("STATUS", "status"),
    Column("BEGUN", "created_at", "since"),
    Column("LAST MESSAGE", "last_message.text"),
)

WHOSE = (
    Option("--operator", "operator", "of this operator, or none", read=department_of),
    Option("--waiting", "waits_s", "who waits at least so long: 90, 15m, 2h", read=read_span),
    Option("--overdue", "overdue", "where what was promised is late", flag=True),
    Option("--snoozed", "snoozed", "what is put aside", flag=True),
)
VIEW = Param("name", "the view's name")
VIEWER = Option("--as", "viewer", "the views of this operator", complete="operator")
VIEW_COLUMNS = (
    Column("NAME", "name"),
    Column("STATUS", "status"),
    Column("SITE", "site"),
    Column("TAG", "tag"),
    Column("PRIORITY", "priority"),
    Column("DEPARTMENT", "department"),
    Column("OPERATOR", "operator"),
    Column("WAITING", "waits_s", "age"),
    Column("OVERDUE", "overdue", "mark"),
    Column("SNOOZED", "snoozed", "mark"),
)


def say_tags(fields: Fields, result: Fields) -> str:
    """``TKT-1: refund, vip``."""
    return f"{fields['ticket_id']}: {', '.join(result['ticket']['tags']) or 'no tags'}"


def until(word: str) -> str | None:
    """When that is, from this machine's clock on."""
    return until_of(word, time.time())


def say_snoozed(fields: Fields, result: Fields) -> str:
    """``TKT-1: put aside until 2030-03-31T09:00:00.000Z``."""
    at = result["ticket"]["snoozed_until"]
    return f"{fields['ticket_id']}: {f'put aside until {at}' if at else 'at hand'}"


def read_attribute(word: str) -> dict[str, Value]:
    """``plan=gold``; a number, true and false are what they look like."""
    name, sign, value = word.partition("=")
    if not sign:
        raise ValueError(f"NAME=VALUE, not {word!r}")
    with suppress(msgspec.DecodeError):
        decoded = msgspec.json.decode(value)
        if isinstance(decoded, (bool, int, float)):
            return {name: decoded}
    return {name: value}


def without(word: str) -> dict[str, None]:
    """An attribute to take away."""
    return {word: None}


def say_attributes(fields: Fields, result: Fields) -> str:
    """``TKT-1: city=Omsk, plan=gold``."""
    said = (f"{one['name']}={one['value']}" for one in result["ticket"]["attributes"])
    return f"{fields['ticket_id']}: {', '.join(said) or 'no attributes'}"


def notes_of(ticket_id: str) -> str:
    """The conversation that the notes about a ticket are."""
    return f"{ticket_of(ticket_id)}{NOTES}"


VERBS = (
    Verb(
        name="hours",
        help="Which sites are open now, and when the others are",
        command=sites.ListHours,
        options=PAGES,
        rows="sites",
        paged="cursor",
        columns=(
            Column("SITE", "site"),
            Column("OPEN", "open"),
            Column("OPENS AT", "opens_at"),
            Column("TIME ZONE", "timezone"),
            Column("OPERATORS", "operators_online", "count"),
            Column("ASKS FOR A CONTACT", "needs_contact"),
        ),
        empty="No sites.",
        group="daemon",
    ),
    Verb(
        name="customer",
        help="Whose ticket it is: where they are, with what, and their other tickets",
        command=support.ShowCustomer,
        params=(Param("ticket_id", "the ticket's id", "ticket"),),
        options=PAGES,
        rows="tickets",
        paged="cursor",
        columns=EARLIER_COLUMNS,
        above=(("customer", CUSTOMER_COLUMNS), ("customer.pages", PAGE_COLUMNS)),
        empty="No other tickets.",
    ),
    Verb(
        name="visitors",
        help="Who has a page of a site open, where a site asks for that",
        command=visitors.ListVisitors,
        options=(Option("--site", "site", "only of this site"), *PAGES),
        rows="visitors",
        paged="cursor",
        columns=(
            Column("ID", "id"),
            Column("NAME", "name"),
            Column("SITE", "site"),
            Column("PAGE", "page.address"),
            Column("SINCE", "page.at", "since"),
            Column("LANGUAGE", "language"),
            Column("VISITS", "visited", "count"),
            Column("TICKETS", "tickets", "count"),
            Column("OPEN TICKET", "ticket"),
        ),
        empty="Nobody has a page open, or no site asks for that.",
    ),
    Verb(
        name="invite",
        help="Invite a visitor who has a page open to a conversation, in the bot's name",
        command=visitors.InviteVisitor,
        params=(
            Param("participant_id", "who, as chatd admin visitors names them"),
            Param("text", "what is said to them", rest=True),
        ),
        done=lambda fields, result: f"invited {result['visitor']['name']}",
        acts=True,
    ),
    Verb(
        name="tag",
        help="Give tickets tags, or take some off them",
        command=support.TagTicket,
        params=(TICKETS,),
        options=(
            Option("--add", "add", "a tag; again for another", many=True),
            Option("--remove", "remove", "a tag to take off; again for another", many=True),
        ),
        done=say_tags,
        acts=True,
    ),
    Verb(
        name="attribute",
        help="Say something of tickets' customers, by name, or take it back; 'show' shows it",
        command=support.UpdateTicket,
        params=(TICKETS,),
        options=(
            Option("--set", "attributes", "NAME=VALUE; again", many=True, read=read_attribute),
            Option("--unset", "attributes", "a name; again", many=True, read=without),
        ),
        done=say_attributes,
        acts=True,
    ),
    Verb(
        name="priority",
        help="Say how far ahead of others tickets wait",
        command=support.UpdateTicket,
        params=(Param("priority", one_of(*PRIORITIES)), TICKETS),
        done=lambda fields, result: f"{fields['ticket_id']}: {result['ticket']['priority']}",
        acts=True,
    ),
    Verb(
        name="department",
        help="Hand tickets to a department, whose members see them in their queue; or to none",
        command=support.UpdateTicket,
        params=(
            Param("department", "its name, or none", "department", read=department_of),
            TICKETS,
        ),
        done=lambda fields, result: (
            f"{fields['ticket_id']}: {result['ticket']['department'] or NONE}"
            f" ({result['ticket']['status']})"
        ),
        acts=True,
    ),
    Verb(
        name="view list",
        help="Views of the list of tickets that an operator has saved",
        command=saved_views.ListViews,
        options=(VIEWER,),
        rows="views",
        columns=VIEW_COLUMNS,
        empty="No views.",
    ),
    Verb(
        name="view save",
        help="Save what the list of tickets is narrowed to, under a name",
        command=saved_views.SaveView,
        params=(VIEW,),
        options=(
            Option("--status", "status", one_of(*STATUSES)),
            Option("--site", "site", "of one site"),
            *FILTERS,
            *WHOSE,
            Option("--was", "was", "the name that it had so far"),
            VIEWER,
        ),
        done=lambda fields, result: f"saved view {fields['name']}",
        acts=True,
    ),
    Verb(
        name="view remove",
        help="Remove a saved view",
        command=saved_views.RemoveView,
        params=(VIEW,),
        options=(VIEWER,),
        done=lambda fields, result: f"removed view {fields['name']}",
        acts=True,
    ),
    Verb(
        name="assign",
        help="Hand tickets to an operator",
        command=support.TransferTicket,
        params=(Param("operator", "the operator's user name", "operator"), TICKETS),
        done=say_transfer,
        acts=True,
    ),
    Verb(
        name="snooze",
        help="Put tickets that somebody has aside until a time, or until their customers write",
        command=work.SnoozeTicket,
        params=(Param("until", "2h, 3d, 2030-03-31T09:00Z, or now", read=until), TICKETS),
        done=say_snoozed,
        acts=True,
    ),
    Verb(
        name="note",
        help="Write a note about a ticket, which its customer does not see",
        command=SendMessage,
        params=(
            Param("dialog_id", "the ticket's id", "ticket", read=notes_of),
            Param("content", "the text", rest=True),
        ),
        done=lambda fields, result: f"noted {result['message']['id']}",
    ),
)
