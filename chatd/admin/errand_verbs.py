"""The verbs about what leaves the house: a part of the table in :mod:`chatd.admin.verbs`."""

from __future__ import annotations

from chatd.admin.verb import Column, Fields, Option, Param, Verb, one_of
from chatd.domain.errand import MAIL, STATES
from chatd.protocol import errands, support

ERRAND = Param("errand_id", "the errand's id")
TICKET = Param("ticket_id", "the ticket's id", "ticket")
WEBHOOK = Param("webhook", "its name in the configuration")
PAGE = (
    Option("--state", "state", one_of(*STATES)),
    Option("--limit", "limit", "at most so many; else a page on a terminal, all in a pipe"),
    Option("--cursor", "cursor", "go on behind this id"),
)
COLUMNS = (
    Column("ID", "id"),
    Column("TO", "target"),
    Column("EVENT", "type"),
    Column("ABOUT", "about"),
    Column("STATE", "state"),
    Column("TRIES", "attempts", "count"),
    Column("MADE", "created_at", "since"),
    Column("NEXT TRY", "next_at"),
    Column("LAST ERROR", "last_error"),
)


def say_replay(fields: Fields, result: Fields) -> str:
    """``3 deliveries are due now``."""
    count = result["due"]
    return f"{count} {'delivery is' if count == 1 else 'deliveries are'} due now"


VERBS = (
    Verb(
        name="errands",
        help="What leaves the house: what waits, was delivered, failed; newest first",
        command=errands.ListErrands,
        options=(Option("--to", "target", "of one target"), *PAGE),
        rows="errands",
        paged="cursor",
        columns=COLUMNS,
        empty="No errands.",
        group="errands",
    ),
    Verb(
        name="errands retry",
        help="Carry an errand out at once, whatever became of it",
        command=errands.RetryErrand,
        params=(ERRAND,),
        done=lambda fields, result: f"{fields['errand_id']} is due now",
        acts=True,
        group="errands",
    ),
    Verb(
        name="errands drop",
        help="Give an errand up that waits",
        command=errands.DropErrand,
        params=(ERRAND,),
        done=lambda fields, result: f"dropped {fields['errand_id']}",
        acts=True,
        group="errands",
    ),
    Verb(
        name="webhook list",
        help="The webhooks of the configuration, and how much waits for each",
        command=errands.ListWebhooks,
        rows="webhooks",
        columns=(
            Column("NAME", "name"),
            Column("URL", "url"),
            Column("STATE", "state"),
            Column("WAITING", "waiting", "count"),
            Column("EVENTS", "events"),
            Column("SITES", "sites"),
        ),
        empty="No webhooks: add one as [webhooks.NAME] to the configuration.",
        group="errands",
    ),
    Verb(
        name="webhook test",
        help="Send a webhook an event of its own and show the answer",
        command=errands.TestWebhook,
        params=(WEBHOOK,),
        done=lambda fields, result: (
            f"{fields['webhook']} answered {result['answer']} in {result['seconds']:g} s"
        ),
        acts=True,
        group="errands",
    ),
    Verb(
        name="webhook deliveries",
        help="What a webhook was told and is to be told, newest first",
        command=errands.ListErrands,
        params=(Param("target", WEBHOOK.help),),
        options=PAGE,
        rows="errands",
        paged="cursor",
        columns=COLUMNS,
        empty="No deliveries.",
        group="errands",
    ),
    Verb(
        name="webhook replay",
        help="Deliver again: one delivery by its id, or all of a webhook that failed",
        command=errands.ReplayWebhook,
        params=(Param("what", "a delivery's id, or a webhook's name"),),
        done=say_replay,
        acts=True,
        group="errands",
    ),
    Verb(
        name="webhook open",
        help="Deliver again to a webhook that had said it is gone",
        command=errands.OpenWebhook,
        params=(WEBHOOK,),
        done=lambda fields, result: f"{fields['webhook']} is open",
        acts=True,
        group="errands",
    ),
    Verb(
        name="mail test",
        help="Send a letter that says nothing and show what the mail server answers",
        command=errands.TestMail,
        params=(Param("to", "a mail address"),),
        done=lambda fields, result: (
            f"sent to {result['to']}: {result['answer']}, in {result['seconds']:g} s"
        ),
        acts=True,
        group="errands",
    ),
    Verb(
        name="mail deliveries",
        help="What was mailed and is to be mailed, newest first",
        command=errands.ListErrands,
        fixed={"target": MAIL},
        options=PAGE,
        rows="errands",
        paged="cursor",
        columns=COLUMNS,
        empty="No mail.",
        group="errands",
    ),
    Verb(
        name="mail transcript",
        help="Mail all that was said in a ticket to its customer, or to somebody else",
        command=support.MailTranscript,
        params=(TICKET,),
        options=(Option("--to", "to", "another mail address"),),
        done=lambda fields, result: f"{fields['ticket_id']} is mailed to {result['to']}",
        acts=True,
        group="errands",
    ),
    Verb(
        name="mail contact",
        help="Note a customer's mail address with their ticket",
        command=support.UpdateTicket,
        params=(TICKET, Param("contact", "the mail address")),
        done=lambda fields, result: f"{fields['ticket_id']}: {result['ticket']['contact']}",
        acts=True,
        group="errands",
    ),
)
