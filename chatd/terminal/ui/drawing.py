"""Messages, drafts and what stands between them, as lines of styled cells; knows no widget."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from rich.style import Style

from chatd.domain.message import Message
from chatd.terminal.core.differ import is_joined
from chatd.terminal.core.drafts import WatchedDraft
from chatd.terminal.core.outbox import Unsent
from chatd.terminal.core.reading import clock, moment, quote_line, reactions_line
from chatd.terminal.core.text import clean, name

Line = list[Segment]
CARET = "\ue000"
CARET_SHOWN = "▏"
INDENT = 6
BLANKS = re.compile(r"\n(?:[^\S\n]*\n){2,}")
DIM = Style(dim=True)
PLAIN = Style()


def wrap(text: str, first: int, width: int) -> list[str]:
    """Lines of at most ``width`` cells, the first of at most ``first``; breaks between words,
    within a word only where it alone is too long."""
    lines: list[str] = []
    room = max(2, first)
    for paragraph in text.split("\n"):
        for line in fold(paragraph, room, max(2, width)):
            lines.append(line)
        room = max(2, width)
    return lines


def fold(paragraph: str, first: int, width: int) -> list[str]:
    lines, line, used, room = [], "", 0, first
    for word in words(paragraph):
        if line and used + cells(word.rstrip(" ")) > room:
            lines.append(line.rstrip(" ") or line[:room])
            line, used, room = "", 0, width
        while cells(word.rstrip(" ")) > room:
            head = chop_cells(word, room)[0]
            lines.append(head)
            word, room = word[len(head) :], width
        line, used = line + word, used + cells(word)
    return [*lines, line if used <= room else line.rstrip(" ") or line[:room]]


def words(paragraph: str) -> Iterable[str]:
    """Every word with the blanks behind it."""
    start = 0
    for at in range(1, len(paragraph)):
        if paragraph[at] != " " and paragraph[at - 1] == " ":
            yield paragraph[start:at]
            start = at
    if paragraph:
        yield paragraph[start:]


def cells(text: str) -> int:
    """How many cells of the screen a text takes; the caret takes one."""
    return cell_len(text.replace(CARET, CARET_SHOWN))


def entry(
    margin: str, who: str, who_style: Style, text: str, style: Style, width: int
) -> list[Line]:
    """Time, name and text, all lines of the text under each other."""
    inner = max(4, width - INDENT)
    who = "".join(chop_cells(who, inner - 1)[:1])
    head = who and f"{who} "
    lines = wrap(text, inner - cell_len(head), inner)
    if head and cell_len(head) > inner // 2:
        lines = ["", *wrap(text, inner, inner)]
    drawn: list[Line] = []
    for number, line in enumerate(lines):
        front = [Segment(f"{margin:<{INDENT}}" if number == 0 else " " * INDENT, DIM)]
        if number == 0 and head:
            front += [Segment(who, who_style), Segment(" ")]
        drawn.append([*front, *style_line(line, style)])
    return drawn


def style_line(line: str, style: Style) -> Line:
    """A line of text, with the caret where there is one."""
    before, caret, after = line.partition(CARET)
    found = [Segment(before, style)]
    if caret:
        found += [Segment(CARET_SHOWN, style + Style(bold=True, blink=True)), Segment(after, style)]
    return found


def message(one: Message, hue: str, *, width: int, own: bool, deleted: str) -> list[Line]:
    """A message as it is read."""
    system = one.sender_type == "system"
    style, text, who = PLAIN, fold_blanks(clean(one.content)), name(one.sender_name)
    if isinstance(one.deleted_at, str):
        style, text = DIM, deleted
    elif one.meta.get("kind") == "action":
        style, text = Style(italic=True, color=hue), text
    text = quote_line(one, deleted) + text
    if isinstance(one.edited_at, str) and not isinstance(one.deleted_at, str):
        text += " ✎"
    if system:
        return entry(clock(one.created_at), "", PLAIN, text, Style(dim=True, italic=True), width)
    bold = Style(color=hue, bold=True, underline=own)
    return [
        *entry(clock(one.created_at), who, bold, text, style, width),
        *sources(one, width),
        *reactions(one, width),
    ]


def fold_blanks(text: str) -> str:
    """Of many empty lines in a row one: they push nobody else's words off the screen."""
    return BLANKS.sub("\n\n", text)


def sources(one: Message, width: int) -> list[Line]:
    """A line below an answer of a bot for each of what it is from."""
    if one.sender_type != "bot" or isinstance(one.deleted_at, str):
        return []
    named = [at for at in lines_of(one.meta.get("sources")) if at]
    return [line for at in named for line in entry("", "", PLAIN, f"↗ {at}", DIM, width)]


def lines_of(told: object) -> Iterator[str]:
    """``Delivery · https://shop.example/delivery``; nothing of what is no source."""
    for source in told if isinstance(told, list) else ():
        if isinstance(source, dict) and isinstance(source.get("title"), str):
            url = source.get("url")
            shown = (source["title"], url if isinstance(url, str) else "")
            yield clean(" · ".join(filter(None, shown)))


def reactions(one: Message, width: int) -> list[Line]:
    """A line below it of who put which emoji there, if anybody did."""
    shown = reactions_line(one)
    return entry("", "", PLAIN, shown, DIM, width) if shown else []


def draft(one: WatchedDraft, hue: str, *, width: int, most: int) -> list[Line]:
    """What somebody has half-written, caret included: where the message will stand. Of a long one
    the lines around the caret are shown."""
    caret = one.caret
    while is_joined(one.text, caret):
        caret += 1
    text = clean(one.text[:caret]) + CARET + clean(one.text[caret:])
    lines = entry(
        "  ✎",
        name(one.name),
        Style(color=hue, bold=True),
        text,
        Style(color=hue, italic=True),
        width,
    )
    at = next((n for n, line in enumerate(lines) if CARET_SHOWN in (s.text for s in line)), 0)
    start = min(max(0, at - most + 1), max(0, len(lines) - most))
    return lines[start : start + most]


def pending(one: Unsent, who: str, hue: str, *, width: int) -> list[Line]:
    """One's own message on its way."""
    bold = Style(color=hue, bold=True, underline=True)
    return entry("  ⋯", name(who), bold, fold_blanks(clean(one.content)), DIM, width)


def rule(text: str, width: int) -> Line:
    """A line across with a word in it."""
    side = max(1, (width - cell_len(text) - 2) // 2)
    return [Segment(f"{'─' * side} {text} {'─' * side}", DIM)]


def words_line(text: str, width: int) -> list[Line]:
    """Words of the client itself."""
    return [[Segment(line, DIM)] for line in wrap(clean(text), width, width)]


def day(messages: Sequence[Message], index: int) -> str:
    """The day that begins with a message, if one does."""
    when = moment(messages[index].created_at)
    before = moment(messages[index - 1].created_at) if index else None
    if when is None or (before and before.date() == when.date()):
        return ""
    return f"{when:%d.%m.%Y}"
