"""How a ticket looks as two lines of a list, and as the line above its conversation."""

from __future__ import annotations

from datetime import datetime

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from chatd.terminal.console.board import ColleagueHere, Row
from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.marks import strip_marks
from chatd.terminal.core.reading import moment
from chatd.terminal.core.text import name, one_line
from chatd.terminal.core.texts import Texts

PRESSING = {"urgent": "‼ ", "high": "! ", "low": "↓ "}
WRITES, MOST = "✎", 200
OFFERED, BEHIND, MARKED = "☛", "⋯", "✓"
SOON, LATE = 60.0, 180.0
HUES = {True: ("", "#e0af68", "#f7768e"), False: ("", "#8f5e15", "#b3261e")}


def clock_of(seconds: float) -> str:
    """``0:07``, ``12:40``, ``3:05:00``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def urgency(seconds: float, *, dark: bool) -> str:
    """The longer somebody waits, the louder."""
    calm, soon, late = HUES[dark]
    return calm if seconds < SOON else f"bold {soon if seconds < LATE else late}"


def fit(text: str, width: int) -> str:
    """Exactly so many cells; what is cut ends with an ellipsis."""
    if cell_len(text) <= width:
        return text + " " * (width - cell_len(text))
    return f"{set_cell_size(text, max(0, width - 1))}…"


def tail(news: str, width: int) -> str:
    """The end of what is being written, which is where it goes on."""
    text = news.removeprefix(WRITES).strip()
    room = width - cell_len(WRITES) - 1
    if cell_len(text) > room:
        while cell_len(text) > room - 1:
            text = text[1:]
        text = f"…{text}"
    return f"{WRITES} {text}"


def waiting(
    one: Row,
    place: int,
    texts: Texts,
    *,
    now: float,
    me: str | None,
    dark: bool,
    width: int,
    marked: bool = False,
) -> Text:
    """A row of the queue: place, if that is known, name and waiting time; below, where it comes
    from and what is asked. A hand points at what is offered to the operator."""
    seconds = one.wait_s(now)
    clock = clock_of(seconds)
    offered = bool(me) and one.offered_to == me
    mark = f"{MARKED if marked else OFFERED if offered else place or BEHIND:>2}"
    line = Text(no_wrap=True)
    line.append(f"{mark} ", "bold" if offered or marked else "dim")
    room = width - len(mark) - len(clock) - 2
    line.append(fit(name(one.customer_name), max(4, room)), "bold")
    line.append(f" {clock}", urgency(seconds, dark=dark))
    line.append(f"\n   {fit(below(one, texts), max(4, width - 3))}", "dim")
    return line


def own(one: Row, unread: int, news: str, *, shown: bool, width: int, marked: bool = False) -> Text:
    """A row of one's own: whether it is shown, who it is, what is unread; below, the news."""
    count = f" {min(unread, 999)}" if unread else ""
    line = Text(no_wrap=True)
    line.append(f"{MARKED} " if marked else "▶ " if shown else "  ", "bold")
    line.append(fit(name(one.customer_name), max(4, width - 2 - len(count))))
    line.stylize("bold" if unread or shown else "")
    if count:
        line.append(" ")
        line.append(count.strip(), "bold reverse")
    writes = news.startswith(WRITES)
    shorten = tail if writes else fit
    line.append(f"\n  {shorten(news, max(4, width - 2))}", "" if writes else "dim")
    return line


def news(one: Row, dialog: Dialog | None, texts: Texts) -> str:
    """What goes on in a ticket: what is being written this moment, else what was said last."""
    if dialog and dialog.drafts:
        draft = list(dialog.drafts.values())[-1]
        return f"{WRITES} {one_line(draft.text[-MOST:])}"
    if dialog and dialog.typing:
        return f"{WRITES} …"
    parts = (beside(one, texts), due(one, texts), said_last(one, dialog, texts))
    return " · ".join(filter(None, parts))


def beside(one: Row, texts: Texts) -> str:
    """Which colleagues have it open, those first who write."""
    if one.status == "closed":
        return ""
    found = sorted(one.beside, key=lambda each: (each.writes != "reply", not each.writes))
    return ", ".join(texts(f"console.beside_{how(each)}", name=name(each.name)) for each in found)


def how(one: ColleagueHere) -> str:
    """What a colleague does there."""
    return one.writes if one.writes in ("reply", "note") else "looks"


def said_last(one: Row, dialog: Dialog | None, texts: Texts) -> str:
    """The last words, else what else there is to say."""
    said = [each for each in dialog.messages if each.sender_type != "system"] if dialog else []
    if not said:
        return below(one, texts)
    last = said[-1]
    return one_line(strip_marks(texts.as_read(last.content, last.meta.get("words"))))


def due(one: Row, texts: Texts, *, always: bool = False) -> str:
    """What was promised, once that comes near, and when it is late."""
    found = one.targets.next if one.targets else None
    if found is None or not (always or found[1].state in ("soon", "overdue")):
        return ""
    what, target = found
    at = moment(target.by)
    if at is None:
        return ""
    today = at.date() == datetime.now(at.tzinfo).date()
    by = f"{at:%H:%M}" if today else f"{at:%d.%m %H:%M}"
    if target.state == "overdue":
        return texts(f"console.late_{what}", at=by)
    return texts(f"console.due_{what}", at=by)


def result_row(one: Row, status: str, texts: Texts, width: int) -> Text:
    """A ticket that was searched for."""
    head = f"{name(one.customer_name)} · {status}"
    line = Text(no_wrap=True)
    line.append(fit(head, max(4, width - cell_len(one.id) - 1)), "bold")
    line.append(f" {one.id}", "dim")
    line.append(f"\n  {fit(below(one, texts), max(4, width - 2))}", "dim")
    return line


def below(one: Row, texts: Texts) -> str:
    """What is out of the ordinary, site, and last words."""
    tags = " ".join(f"#{one_line(tag, 32)}" for tag in one.tags)
    mark = f"{PRESSING.get(one.priority, '')}{tags}"
    parts = (
        beside(one, texts),
        due(one, texts),
        mark,
        one_line(one.department, 20),
        one_line(one.site, 20),
        texts.last_words(one.last_message),
    )
    return " · ".join(filter(None, parts))
