"""The ``/`` commands of ``chatd chat``: rooms, and the dialogs of who has an account."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Protocol

from chatd.domain.times import to_text
from chatd.errors import NotFound
from chatd.terminal.core.attached import http_address
from chatd.terminal.core.listing import is_muted
from chatd.terminal.core.reading import moment
from chatd.terminal.core.shapes import Person, Place, Refused
from chatd.terminal.core.text import one_line
from chatd.terminal.core.texts import Texts
from chatd.terminal.rooms.session import INVITATION, ChatSession
from chatd.terminal.ui.actions import TALK, Actions, Command, Screen

LONGEST_TITLE = 64
OF_PEOPLE = ("direct", "group")


class ChatScreen(Screen, Protocol):
    """What these commands need of the screen besides."""

    def show_link(self, link: str, told: str) -> None:
        """A link that is to be handed on, and what it is for."""


class ChatActions(Actions):
    """``asked``: what one has said once that takes saying it twice. ``left``: the dialog that one
    goes out of by one's own will."""

    def __init__(
        self, session: ChatSession, texts: Texts, screen: ChatScreen, table: dict[str, Command]
    ) -> None:
        super().__init__(session, texts, screen, table)
        self.chat, self.shown = session, screen
        self.asked: tuple[str, ...] = ()
        self.left = ""
        self.choices["room"] = lambda: sorted(session.rooms)
        self.choices["person"] = self.known_people

    def known_people(self) -> list[str]:
        """Whom one talks to."""
        return sorted(f"@{one}" for one in self.chat.listing.usernames - {self.chat.me.username})

    async def join(self, argument: str) -> None:
        """``/join ROOM``; ``/join LINK``: into a group, by an invitation."""
        wanted = argument.lstrip("#") or "lobby"
        if INVITATION in wanted or (wanted.startswith("dlg-") and "." in wanted):
            wanted = await self.chat.accept(wanted)
        dialog = await self.session.join(wanted)
        self.screen.show(dialog.id)

    async def new(self, argument: str) -> None:
        """``/new @NAME``: the dialog with somebody. With several, or with a title, a new group."""
        if not self.has_account():
            return
        words = argument.split()
        people = [one for one in words if one.startswith("@")]
        title = " ".join(one for one in words if not one.startswith("@"))
        if not words:
            self.screen.tell(self.texts("help_new_more"))
            return
        if len(people) > 1 and not title:
            title = ", ".join(one.removeprefix("@") for one in people)
        try:
            dialog_id = await self.chat.begin(people, title[:LONGEST_TITLE])
        except Refused as refused:
            raise self.about_people(refused, ", ".join(people)) from None
        await self.session.join(dialog_id)
        self.screen.show(dialog_id)

    async def invite(self, argument: str) -> None:
        """``/invite NAME``: into this group; without a name: a link that lets somebody in."""
        group = self.group_here()
        if group is None:
            return
        if who := argument.removeprefix("@").lower():
            try:
                await self.session.ask("dialog:invite", dialog_id=group.id, who=who)
            except Refused as refused:
                raise self.about_people(refused, f"@{who}") from None
            self.screen.tell(self.texts("let_in", name=f"@{who}"))
            return
        made = await self.session.ask("dialog:link", dialog_id=group.id)
        link = f"{http_address(self.session.url)}{INVITATION}{made.get('code')}"
        until = moment(str(made.get("expires_at")))
        self.shown.show_link(
            link, self.texts("link", until=f"{until:%d.%m.%Y %H:%M}" if until else "")
        )

    async def leave(self, argument: str) -> None:
        """``/leave``: out of this room; out of a group for good, when it is said twice; a dialog of
        two people out of one's list."""
        dialog = self.screen.dialog
        if dialog is None:
            return
        if dialog.place.kind not in OF_PEOPLE:
            await self.session.leave(dialog.id)
            self.screen.show(next(iter(self.session.dialogs), ""))
        elif dialog.place.kind == "group" and not self.is_sure("leave", dialog.id):
            self.screen.tell(self.texts("leave_sure", title=one_line(dialog.place.title)))
        else:
            self.left = dialog.id
            try:
                await self.session.ask("dialog:quit", dialog_id=dialog.id)
            except Refused:
                self.left = ""
                raise
            self.chat.let_go(dialog.id)

    async def rename(self, argument: str) -> None:
        """``/rename TITLE``: another title for this group, by its owner."""
        group = self.group_here()
        if group and argument:
            title = argument[:LONGEST_TITLE]
            await self.session.ask("dialog:rename", dialog_id=group.id, title=title)
            self.screen.tell(self.texts("renamed", title=one_line(title)))

    async def hand_over(self, argument: str) -> None:
        """``/owner @NAME``: the group is somebody else's from now on, when it is said twice."""
        group, who = self.group_here(), argument.removeprefix("@").lower()
        if group is None or not who:
            return
        about = {"name": one_line(f"@{who}"), "title": one_line(group.title)}
        if any(one.owner and one.id != self.chat.me.id for one in group.members):
            raise Refused("forbidden", "whose group it is hands it over", {})
        if not self.is_sure("owner", group.id, who):
            self.screen.tell(self.texts("owner_sure", **about))
            return
        await self.of_member("dialog:hand_over", group, who)
        self.screen.tell(self.texts("owner_now", **about))

    async def remove(self, argument: str) -> None:
        """``/remove @NAME``: out of this group, by its owner; the links that let in end with it."""
        group, who = self.group_here(), argument.removeprefix("@").lower()
        if group and who:
            await self.of_member("dialog:remove", group, who)
            self.screen.tell(self.texts("removed", name=one_line(f"@{who}")))

    async def of_member(self, event: str, group: Place, who: str) -> None:
        """What concerns somebody in a group; who is not there is named."""
        try:
            await self.session.ask(event, dialog_id=group.id, who=who)
        except Refused as refused:
            raise self.about_people(refused, f"@{who}") from None

    def is_sure(self, *what: str) -> bool:
        """Whether this has been said just before."""
        known, self.asked = self.asked, what
        if known == what:
            self.asked = ()
        return known == what

    async def mute(self, argument: str) -> None:
        """``/mute``: hears of this dialog in the list only; again: no longer."""
        place = self.place_of_people()
        row = self.chat.listing.rows.get(place.id) if place else None
        if row:
            muted = is_muted(row, time.time())
            await self.session.ask("dialog:mute", dialog_id=row.id, off=muted)
            self.screen.tell(self.texts("unmuted" if muted else "muted"))

    async def silence(self, argument: str) -> None:
        """``/silence NAME [MINUTES] [WHY]``: keeps somebody who is here from writing here; again:
        lets them."""
        dialog = self.screen.dialog
        if dialog is None:
            return
        who = named_in(argument, dialog.people.values())
        if who is None:
            raise Refused("nobody_here", self.texts("nobody_here", name=one_line(argument)), {})
        about = {"dialog_id": dialog.id, "participant_id": who.id}
        if who.muted_until > to_text(time.time()):
            await self.session.ask("member:unmute", **about)
            self.screen.tell(self.texts("may_write", name=one_line(who.name)))
            return
        span, _, why = argument.removeprefix("@")[len(who.name) :].strip().partition(" ")
        seconds = int(span) * 60 if span.isdecimal() else None
        reason = why if seconds else f"{span} {why}"
        await self.session.ask("member:mute", **about, seconds=seconds, reason=reason.strip())
        self.screen.tell(self.texts("silenced", name=one_line(who.name)))

    async def nick(self, argument: str) -> None:
        """``/nick NAME``."""
        if argument:
            await self.session.rename(argument)

    def has_account(self) -> bool:
        """Whether dialogs are for this person; else says so."""
        if not self.chat.has_account:
            self.screen.tell(self.texts("login.first", command="chatd login"))
        return self.chat.has_account

    def place_of_people(self) -> Place | None:
        """The dialog that is open; of a room it is said that it is none."""
        dialog = self.screen.dialog
        if not self.has_account():
            return None
        if dialog is None or dialog.place.kind not in OF_PEOPLE:
            self.screen.tell(self.texts("no_dialog_here"))
            return None
        return dialog.place

    def group_here(self) -> Place | None:
        """The group that is open; of a dialog of two it is said that it is none, before anything
        else is asked."""
        place = self.place_of_people()
        if place and place.kind != "group":
            self.screen.tell(self.texts("no_group_here"))
            return None
        return place

    def about_people(self, refused: Refused, names: str) -> Refused:
        """Who is not there is named."""
        if refused.code != NotFound.code:
            return refused
        return Refused("no_person", self.texts("no_person", room=names), {})


def named_in(argument: str, people: Iterable[Person]) -> Person | None:
    """Whose name stands at the beginning, the longest that does."""
    words = f"{argument.removeprefix('@')} "
    named = [one for one in people if words.startswith(f"{one.name} ")]
    return max(named, key=lambda one: len(one.name), default=None)


CHAT: dict[str, Command] = {
    "join": Command(ChatActions.join, "ROOM", "room", opens=True),
    "new": Command(ChatActions.new, "@NAME …", "person", opens=True),
    "invite": Command(ChatActions.invite, "[@NAME]", "person"),
    "leave": Command(ChatActions.leave, opens=True),
    "mute": Command(ChatActions.mute, told="help_mute_dialog"),
    "silence": Command(ChatActions.silence, "NAME …"),
    "rename": Command(ChatActions.rename, "TITLE"),
    "owner": Command(ChatActions.hand_over, "@NAME", "person"),
    "remove": Command(ChatActions.remove, "@NAME", "person"),
    "nick": Command(ChatActions.nick, "NAME"),
    **TALK,
}
