"""The list at the left of ``chatd chat``: rooms, and below them one's dialogs, the latest first."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from rich.text import Text

from chatd.terminal.core.fence import fence
from chatd.terminal.core.listing import is_muted
from chatd.terminal.core.shapes import Listed, Place
from chatd.terminal.core.text import name, one_line
from chatd.terminal.ui import panels
from chatd.terminal.ui.lists import HEAD

if TYPE_CHECKING:
    from chatd.terminal.rooms.chat import ChatApp

CALLED, MUTED, WRITES, TALKS = "@", "∅", "✎", "♪"
MOST = 200


def rows(app: ChatApp) -> dict[str, Text]:
    """Every line by its id; of very many dialogs the latest."""
    listing, unshown = app.session.listing, panels.unshown(app.texts)
    rooms = [one for id, one in app.places().items() if id not in listing.rows]
    found = {one.id: fence(partial(room_line, app, one), unshown) for one in rooms}
    if not app.session.has_account:
        return found
    latest = listing.latest
    shown = latest[:MOST]
    dialogs = {one.id: fence(partial(dialog_lines, app, one), unshown) for one in shown}
    last = {}
    if not latest:
        last = {f"{HEAD}none": head(app, "list_none")}
    elif len(latest) > MOST:
        last = {f"{HEAD}more": head(app, "list_more", count=len(latest) - MOST)}
    above = {f"{HEAD}rooms": head(app, "list_rooms"), **found} if found else {}
    return {**above, f"{HEAD}dialogs": head(app, "list_dialogs"), **dialogs, **last}


def head(app: ChatApp, key: str, **values: object) -> Text:
    """A line that is no place."""
    return Text(app.texts(key, **values), "dim underline", no_wrap=True, overflow="ellipsis")


def room_line(app: ChatApp, place: Place) -> Text:
    """A room with what is unread in it, and below it who is in its voice channel."""
    dialog = app.session.dialogs.get(place.id)
    unread = dialog.unread(app.session.me.id) if dialog else 0
    text = title_line(app, place, unread, known=dialog is not None)
    if not unread and dialog and dialog.drafts and not app.shows(place.id):
        text.append(f" {WRITES}")
    return below(app, text, voice_line(place))


def below(app: ChatApp, text: Text, *lines: Text) -> Text:
    """With what stands below it, cut to fit."""
    for one in lines:
        one.truncate(app.left.row_width - 2, overflow="ellipsis")
    return Text("\n ").join([text, *(one for one in lines if one.plain)])


def voice_line(place: Place) -> Text:
    """Who is in its voice channel."""
    names = ", ".join(name(one.name) for one in place.voice)
    return Text(f"{TALKS} {names}" if names else "", "italic")


def dialog_lines(app: ChatApp, row: Listed) -> Text:
    """A dialog with what is unread, and below it who types, else what was said last."""
    text = title_line(app, row, unread(app, row), known=True)
    if is_muted(row, time.time()):
        text.append(f" {MUTED}", "dim")
    return below(app, text, last_line(app, row), voice_line(row))


def last_line(app: ChatApp, row: Listed) -> Text:
    """Who types in a dialog, else what was said last; in a group with the name."""
    writing, last = app.session.listing.writing(row.id, time.monotonic()), row.last_message
    if writing:
        who = f"{name(writing[0])} " if row.kind == "group" else ""
        return Text(f"{WRITES} {who}{app.texts('writes')}", "italic")
    said = app.texts.last_words(last)
    if last is None or not said:
        return Text()
    who = f"{name(last.sender_name)}: " if row.kind == "group" and last.sender_name else ""
    return Text(f"{who}{one_line(said, 60)}", "dim")


def title_line(app: ChatApp, place: Place, unread: int, *, known: bool) -> Text:
    """Its name and what is unread there, which is always in sight."""
    width = app.left.row_width - 1
    mark = CALLED if place.id in app.called else " "
    badge = f"{mark}{min(unread, 99)} " if unread else ""
    title = Text(one_line(place.title or place.id, 80), no_wrap=True, overflow="ellipsis")
    title.truncate(max(4, width - len(badge) - bool(badge)), overflow="ellipsis")
    title.stylize("bold" if unread or app.shows(place.id) else "" if known else "dim")
    if badge:
        title.append(" ").append(badge, style="bold reverse")
    return title


def unread(app: ChatApp, row: Listed) -> int:
    """What of a dialog one has not seen; what is in sight is seen before the daemon says so."""
    dialog = app.session.dialogs.get(row.id)
    return row.fresh if dialog is None else min(row.fresh, dialog.last_seq - dialog.read_seq)


def calls(app: ChatApp, place_id: str) -> bool:
    """Whether there is still something there to be called for."""
    row = app.session.listing.rows.get(place_id)
    return unread(app, row) > 0 if row else place_id in app.session.dialogs
