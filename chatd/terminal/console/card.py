"""The words about a ticket: the line above its conversation, the card beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rich.text import Text

from chatd.domain.rating import BEST
from chatd.domain.ticket import PRIORITIES
from chatd.terminal.console import rows
from chatd.terminal.console.board import Rating, Row
from chatd.terminal.console.session import ConsoleSession
from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.fence import fence
from chatd.terminal.core.reading import moment
from chatd.terminal.core.shapes import Person
from chatd.terminal.core.text import name, one_line
from chatd.terminal.core.texts import Texts
from chatd.terminal.ui.panels import by_name, unshown

MARKS = {"online": "●", "away": "◐"}
SIGNED = " ✓"


def head(session: ConsoleSession, texts: Texts, one: Row, *, dark: bool) -> Text:
    """Who it is, how it stands, from where."""
    line = Text(no_wrap=True, overflow="ellipsis")
    if here := presence(session, one):
        line.append(f"{MARKS.get(here, '○')} ", "green" if here == "online" else "dim")
    line.append(name(one.customer_name), "bold")
    line.append(f" · {state(session, texts, one)}", tone(session, one, dark=dark))
    if there := rows.beside(one, texts):
        line.append(f" · {there}", "bold")
    line.append(f" · {one_line(one.site, 20)} · {one.id}", "dim")
    return line


def state(session: ConsoleSession, texts: Texts, one: Row) -> str:
    """How a ticket stands, in words."""
    if one.status == "waiting":
        return texts("console.waits", time=rows.clock_of(one.wait_s(session.now)))
    if one.status == "active":
        mine = one.operator == session.username
        return (
            texts("console.mine")
            if mine
            else texts("console.with", name=session.name_of(one.operator))
        )
    return texts(f"console.{one.status if one.status in ('bot', 'closed') else 'unknown'}")


def tone(session: ConsoleSession, one: Row, *, dark: bool) -> str:
    """What waits is coloured by how long."""
    if one.status != "waiting":
        return "dim" if one.status == "closed" else ""
    return rows.urgency(one.wait_s(session.now), dark=dark)


def presence(session: ConsoleSession, one: Row) -> str:
    """Whether the customer is there; nothing, where that is not known."""
    dialog = session.dialogs.get(one.id)
    if dialog is None or not dialog.joined or one.status == "closed":
        return ""
    there = dialog.people.get(dialog.place.customer_id)
    return there.status if there else "offline"


def card(
    session: ConsoleSession, texts: Texts, one: Row, dialog: Dialog, hue: Callable[[str], str]
) -> Text:
    """Everything about a ticket, and who looks at it, each in their colour."""
    text = Text(no_wrap=True, overflow="ellipsis")
    begun = moment(one.created_at)
    here = presence(session, one)
    facts = [
        ("ticket", one.id),
        ("customer", with_mark(one, "name", name(one.customer_name))),
        (
            "presence",
            texts(f"console.person_{here if here in MARKS else 'offline'}") if here else "",
        ),
        ("site", one_line(one.site, 20)),
        ("state", state(session, texts, one)),
        ("priority", priority(texts, one)),
        ("tags", one_line(", ".join(one.tags), 200)),
        ("department", department(session, texts, one)),
        ("snoozed", aside_until(one)),
        ("due", rows.due(one, texts, always=True)),
        ("contact", with_mark(one, "contact", one_line(one.contact, 254))),
        ("phone", with_mark(one, "phone", one_line(one.phone, 20))),
        ("begun", f"{begun:%d.%m %H:%M}" if begun else ""),
        ("operator", session.name_of(one.operator) if one.operator else ""),
        ("rating", stars(one.rating) if one.rating else ""),
    ]
    for key, value in facts:
        if value:
            text.append(f"{texts(f'console.fact_{key}'):<10}", "dim")
            text.append(f"{value}\n")
    for said in one.attributes:
        text.append(f"{one_line(said.name, 32)}: ", "dim")
        text.append(f"{one_line(said.text, 256)}{SIGNED if said.verified else ''}\n")
    text.append(f"\n{texts('people', count=len(dialog.people))}\n", "dim")
    for person in sorted(dialog.people.values(), key=by_name):
        draw = partial(looker, person, dialog, hue(person.id))
        text.append(fence(draw, unshown(texts))).append("\n")
    return text


def with_mark(one: Row, field: str, text: str) -> str:
    """What stands in a field of the customer's, with a mark where their site has signed it."""
    return f"{text}{SIGNED}" if text and field in one.verified else text


def stars(rating: Rating) -> str:
    """A score as it is shown everywhere, and the words."""
    score = min(max(rating.score, 0), BEST)
    return f"{'★' * score}{'☆' * (BEST - score)} {one_line(rating.comment, 200)}".rstrip()


def priority(texts: Texts, one: Row) -> str:
    """How far ahead of others it waits, where that is not as usual."""
    if one.priority == "normal":
        return ""
    known = one.priority in PRIORITIES
    return texts(f"console.priority_{one.priority}") if known else one_line(one.priority, 20)


def aside_until(one: Row) -> str:
    """Until when it is put aside."""
    at = moment(one.snoozed_until or "")
    return f"{at:%d.%m %H:%M}" if at else ""


def department(session: ConsoleSession, texts: Texts, one: Row) -> str:
    """What a ticket's department is called."""
    known = next((each for each in session.board.departments if each.name == one.department), None)
    title = known.title.get(texts.language, "") if known else ""
    return one_line(title or one.department, 64)


def looker(one: Person, dialog: Dialog, hue: str) -> Text:
    """Somebody who looks at it."""
    writes = one.id in dialog.drafts or one.id in dialog.typing
    text = Text(f"{MARKS.get(one.status, '·')} {name(one.name)}", hue)
    return text.append(" ✎") if writes else text
