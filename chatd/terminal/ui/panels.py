"""What stands around the conversation: where one is, who is here, the state; as styled text."""

from __future__ import annotations

from functools import partial

from rich.text import Text

from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.fence import fence
from chatd.terminal.core.palette import Palette
from chatd.terminal.core.session import Session
from chatd.terminal.core.shapes import Person
from chatd.terminal.core.text import name, one_line
from chatd.terminal.core.texts import Texts

PRESENCE = {"online": "●", "away": "◐", "offline": "○"}
STATUS = {"online": "● ", "ended": "✕ "}
WRITES, TALKS = "✎", "♪"


def line() -> Text:
    """One line, cut where the screen ends."""
    return Text(no_wrap=True, overflow="ellipsis")


def head(dialog: Dialog | None, texts: Texts) -> Text:
    """Where one is, and what is shown of one's typing."""
    text = line()
    if dialog is None:
        return text
    place = dialog.place
    sign = "@" if place.kind == "direct" else "#"
    text.append(f"{sign} {one_line(place.title or dialog.id, 40)}", style="bold")
    if place.topic:
        text.append(f"  {one_line(place.topic)}", style="dim")
    if place.read_only:
        text.append(f"   {texts('read_only')}", style="dim")
    return text.append(f"   {texts(f'policy_{place.live_typing}')}", style="dim")


def people(
    dialog: Dialog | None, own_id: str, texts: Texts, palette: Palette, *, dark: bool, rows: int
) -> Text:
    """Who is here, by name; of more than there is room for, those who write come first."""
    text, present = line(), sorted(dialog.people.values(), key=by_name) if dialog else []
    writing = {*dialog.drafts, *dialog.typing} if dialog else set()
    if len(present) >= rows:
        present.sort(key=lambda one: one.id not in writing)
    style = "dim" if dialog and not dialog.joined else ""
    talking = {one.id for one in dialog.place.voice} if dialog else set()
    text.append(texts("people", count=dialog.present if dialog else 0), style="dim")
    for one in present[: rows - 1]:
        hue = f"{style} {palette.colour(one.id, dark=dark)}"
        doing = {"writes": one.id in writing, "talks": one.id in talking}
        draw = partial(person, one, hue, own=one.id == own_id, **doing)
        text.append("\n").append(fence(draw, unshown(texts)))
    return text


def person(one: Person, hue: str, *, own: bool, writes: bool, talks: bool) -> Text:
    """Somebody in the list."""
    text = line()
    mark = WRITES if writes else TALKS if talks else PRESENCE.get(one.status, "·")
    text.append(f"{mark} ", style=hue)
    return text.append(name(one.name), style=f"{hue} {'underline' * own}")


def unshown(texts: Texts) -> Text:
    """What stands for what cannot be drawn."""
    return Text(texts("unshown"), "dim", no_wrap=True, overflow="ellipsis")


def by_name(one: Person) -> str:
    """The order of people."""
    return one.name.casefold()


def status(session: Session, dialog: Dialog | None, texts: Texts) -> Text:
    """Whether one is connected, what waits, what is new below, whether one's draft is seen."""
    text, online, private = line(), session.status == "online", session.typist.private
    text.append(STATUS.get(session.status, "○ "), style="green" if online else "red")
    told = texts(f"status_{session.status}", seconds=session.wait_s, why=one_line(session.why))
    text.append(told)
    if session.me.name:
        text.append(f" · {name(session.me.name)}")
    if (waiting := session.outbox.waiting()) and not online:
        text.append(f" · {texts('unsent', count=waiting)}", style="bold")
    if below := dialog.unread(session.me.id) if dialog else 0:
        text.append(f" · {texts('below', count=below)}", style="bold")
    if online:
        text.append(f" · {texts('private' if private else 'public')}", style="bold" * private)
    return text.append(f" · {texts('keys')}", style="dim")


def hints(rows: list[tuple[str, str]]) -> Text:
    """Commands and what they do, each on its line."""
    lines = [Text(f"{usage:<16} ", style="bold") + Text(told, style="dim") for usage, told in rows]
    text = Text("\n").join(lines)
    text.no_wrap, text.overflow = True, "ellipsis"
    return text
