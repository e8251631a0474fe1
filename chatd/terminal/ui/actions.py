"""The ``/`` commands: one table from which help and completion come, for every kind of screen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from chatd.domain import visible
from chatd.domain.message import Message
from chatd.errors import Invalid, in_words
from chatd.terminal.core import finding
from chatd.terminal.core.attached import http_address
from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.finding import Matches
from chatd.terminal.core.link import Lost
from chatd.terminal.core.outbox import OutboxFull
from chatd.terminal.core.session import Session
from chatd.terminal.core.shapes import FileShown, Refused
from chatd.terminal.core.text import name, one_line
from chatd.terminal.core.texts import Texts
from chatd.terminal.core.told import read
from chatd.terminal.core.transfer import Way


class Screen(Protocol):
    """What a command needs of the screen that it was typed on."""

    @property
    def dialog(self) -> Dialog | None:
        """The conversation that is open."""

    def tell(self, text: str) -> None:
        """Shows words of the client."""

    def show_help(self) -> None: ...

    def show(self, dialog_id: str) -> None:
        """Opens a conversation that was joined."""

    def opens(self, opening: asyncio.Task[None]) -> None:
        """Another conversation is asked for."""

    def give_back(self, line: str) -> None:
        """A command that could not be carried out."""

    @property
    def picked(self) -> int | None:
        """The number of the message there that what is written is about."""

    def show_found(self, words: str, matches: Matches) -> None:
        """The messages that have these words."""

    def quit(self) -> None: ...

    def switch_private(self) -> None:
        """Hides one's drafts, or shows them."""


# Each client's commands are those of its own actions.
Run = Callable[[Any, str], Awaitable[None]]


@dataclass(frozen=True)
class Command:
    """A word after the slash. ``needs``: what completes its argument. ``opens``: what is typed
    behind it may be for another conversation. ``told``: the text that says what it does, where it
    is not that of the word."""

    run: Run
    usage: str = ""
    needs: str = ""
    opens: bool = False
    told: str = ""

    def text_of(self, word: str) -> str:
        """The key of the text that says what it does."""
        return self.told or f"help_{word}"


class Actions:
    """Carries out what is typed into the field: commands, and everything else as a message."""

    def __init__(
        self, session: Session, texts: Texts, screen: Screen, table: dict[str, Command]
    ) -> None:
        self.session, self.texts, self.screen, self.table = session, texts, screen, table
        self.picked: int | None = None
        self.choices: dict[str, Callable[[], list[str]]] = {
            "command": lambda: sorted(table),
        }

    def enter(self, text: str) -> bool:
        """Enter was pressed; False when the text should stay in the field."""
        if is_command(text):
            return self.command(text[1:])
        said = text[1:] if text.startswith("//") else text
        return not text.strip() or self.say(said, reply_to=self.screen.picked)

    def say(self, text: str, *, action: bool = False, reply_to: int | None = None) -> bool:
        """A message into the open conversation."""
        dialog = self.screen.dialog
        if dialog is None:
            self.screen.tell(self.texts("nowhere"))
            return False
        try:
            self.session.send(dialog.id, text, action=action, reply_to=reply_to)
        except OutboxFull:
            self.screen.tell(self.texts("outbox_full"))
            return False
        return True

    def command(self, line: str) -> bool:
        """A command and its argument."""
        word, _, argument = line.partition(" ")
        found = self.table.get(word.lower())
        if found is None:
            self.screen.tell(self.texts("no_command", word=one_line(word, 20)))
            return False
        task = self.session.spawn(
            self.carry_out(found, f"/{line}", argument.strip(), self.screen.picked)
        )
        if found.opens:
            self.screen.opens(task)
        return True

    async def carry_out(
        self, command: Command, line: str, argument: str, picked: int | None
    ) -> None:
        """What could not be done is in the field again, and why is told."""
        self.picked = picked
        try:
            await command.run(self, argument)
        except (Refused, Lost, OutboxFull) as error:
            if argument:
                self.screen.give_back(line)
            if isinstance(error, Refused):
                raise
            key = "outbox_full" if isinstance(error, OutboxFull) else "console.offline"
            self.screen.tell(self.texts(key))

    def choose(self, dialog: Dialog | None, *, own: bool, number: str = "") -> Message:
        """The message that a command is about: of that number, else the one that was picked on the
        screen, else the last of one's own or of somebody else; Refused when there is none."""
        number = number or str(self.picked or "")
        if dialog is not None:
            me = self.session.me.id
            found = dialog.find(number) if number else dialog.last_of(me, own=own)
            if found is not None:
                return found
        raise Refused("not_found", "there is no such message", {})

    def complete(self, text: str) -> str | None:
        """The text with its last word completed as far as that is certain."""
        if not text.startswith("/"):
            return self.complete_name(text)
        word, space, argument = text[1:].partition(" ")
        if not space:
            return complete_word("/", word, self.table, " ")
        needs = self.table[word].needs if word in self.table else ""
        choices = self.choices.get(needs, list)()
        before, space, last = argument.rpartition(" ")
        return complete_word(f"/{word} {before}{space}", last, choices, "")

    def complete_name(self, text: str) -> str | None:
        """Somebody's name, as one begins a sentence with it."""
        dialog = self.screen.dialog
        head, space, word = text.rpartition(" ")
        if dialog is None or not word:
            return None
        names = [name(one.name) for one in dialog.people.values()]
        return complete_word(head + space, word, names, ", " if not head else " ")

    async def who(self, argument: str) -> None:
        """``/who``: everybody here."""
        if dialog := self.screen.dialog:
            names = sorted(name(one.name) for one in dialog.people.values())
            told = self.texts("here", count=dialog.present, names=", ".join(names))
            self.screen.tell(told if names else self.texts("people", count=dialog.present))

    async def me(self, argument: str) -> None:
        """``/me`` does something."""
        if argument and not self.say(argument, action=True):
            self.screen.give_back(f"/me {argument}")

    async def reply(self, argument: str) -> None:
        """``/reply TEXT``: to the message that was picked, else to the last of somebody else."""
        dialog = self.screen.dialog
        if argument and dialog:
            seq = self.choose(dialog, own=False).seq
            if not self.say(argument, reply_to=seq):
                self.screen.give_back(f"/reply {argument}")

    async def edit(self, argument: str) -> None:
        """``/edit TEXT``: one's last message anew."""
        if argument:
            last = self.choose(self.screen.dialog, own=True)
            await self.session.ask("message:edit", message_id=last.id, content=argument)

    async def delete(self, argument: str) -> None:
        """``/delete``: one's last message."""
        last = self.choose(self.screen.dialog, own=True)
        await self.session.ask("message:delete", message_id=last.id)

    async def react(self, argument: str) -> None:
        """``/react EMOJI [NUMBER]``: on the last message of somebody else, or on that one."""
        dialog = self.screen.dialog
        emoji, _, number = argument.partition(" ")
        if dialog is None or not emoji:
            return
        chosen = self.choose(dialog, own=False, number=number.strip())
        emoji = visible.emoji(emoji) or emoji
        remove = self.session.me.id in (chosen.reactions or {}).get(emoji, [])
        await self.session.ask("message:react", message_id=chosen.id, emoji=emoji, remove=remove)

    async def send(self, argument: str) -> None:
        """``/send FILE``: uploads it, and says it where one was when it was typed."""
        dialog = self.screen.dialog
        if dialog is None or not argument:
            return
        if why := self.why_silent():
            self.screen.tell(why)
            self.screen.give_back(f"/send {argument}")
            return
        try:
            path = Path(argument).expanduser()
            id = await asyncio.to_thread(self.way().upload, path, dialog.id)
        except OSError as error:
            self.screen.tell(one_line(in_words(error)))
            self.screen.give_back(f"/send {argument}")
            return
        await self.session.ask(
            "message:send", dialog_id=dialog.id, content="", type="file", files=[id]
        )

    async def save(self, argument: str) -> None:
        """``/save [N]``: the files of a message, of the last one that has any, into this
        directory."""
        dialog = self.screen.dialog
        number = argument or str(self.picked or "")
        found = dialog.find(number) if dialog and number else self.last_with_files(dialog)
        if found is None or not found.files:
            self.screen.tell(self.texts("no_files_there" if number else "no_files"))
            self.screen.give_back(f"/save {argument}".strip())
            return
        for file in found.files:
            answer = await self.session.ask("file:get", file_id=file.id)
            link = read(answer, FileShown).file.url or ""
            try:
                place = await asyncio.to_thread(self.way().save, link, file.name, Path.cwd())
            except OSError as error:
                self.screen.tell(one_line(in_words(error)))
            else:
                self.screen.tell(self.texts("saved", path=one_line(str(place))))

    def why_silent(self) -> str:
        """Why nothing may be said here now; nothing where it may."""
        return ""

    def last_with_files(self, dialog: Dialog | None) -> Message | None:
        """The newest message at hand that brought any."""
        messages = dialog.messages if dialog else []
        return next((one for one in reversed(messages) if one.files), None)

    def way(self) -> Way:
        """To the daemon that one is connected with."""
        return Way(http_address(self.session.url), self.session.token or "")

    async def search(self, argument: str) -> None:
        """``/search WORDS``: in all that one may read."""
        await self.look_for(argument)

    async def search_here(self, argument: str) -> None:
        """``/search-here WORDS``: in the open conversation."""
        if dialog := self.screen.dialog:
            await self.look_for(argument, dialog.id)

    async def look_for(self, words: str, dialog_id: str = "") -> None:
        """Where that is nothing it is said what one may look for."""
        nothing = Refused("search_words", self.texts("search_words"), {})
        if not words:
            raise nothing
        try:
            matches = await finding.find(self.session, words, dialog_id)
        except Refused as refused:
            raise nothing if refused.code == Invalid.code else refused from None
        self.screen.show_found(words, matches)

    async def away(self, argument: str) -> None:
        """``/away``: not at the keyboard."""
        await self.session.ask("presence:set", status="away")

    async def back(self, argument: str) -> None:
        """``/back``: here again."""
        await self.session.ask("presence:set", status="online")

    async def private(self, argument: str) -> None:
        """``/private``: as F2."""
        self.screen.switch_private()

    async def help(self, argument: str) -> None:
        """``/help``."""
        self.screen.show_help()

    async def quit(self, argument: str) -> None:
        """``/quit``."""
        self.screen.quit()

    def help_rows(self) -> list[tuple[str, str]]:
        """Every command, and what it does."""
        return [
            (f"/{word} {command.usage}".strip(), self.texts(command.text_of(word)))
            for word, command in self.table.items()
        ]

    def hints(self, text: str) -> list[tuple[str, str]]:
        """The commands that what was typed may become."""
        word, argument, _ = text[1:].partition(" ")
        if not is_command(text):
            return []
        rows = self.help_rows()
        if argument:
            return [row for row in rows if row[0].split()[0] == f"/{word}"]
        return [row for row in rows if row[0].startswith(f"/{word}")]


def is_command(text: str) -> bool:
    """Whether what is typed is for the client, and nobody is to read it."""
    return text.startswith("/") and not text.startswith("//")


def complete_word(head: str, word: str, choices: Iterable[str], tail: str) -> str | None:
    """The only choice that begins so, or as much as all such choices share."""
    lowered = word.casefold()
    fitting = [one for one in choices if one.casefold().startswith(lowered)]
    if not fitting:
        return None
    if len(fitting) == 1:
        return f"{head}{fitting[0]}{tail}"
    shared = fitting[0]
    while not all(one.casefold().startswith(shared.casefold()) for one in fitting):
        shared = shared[:-1]
    return head + shared if len(shared) > len(word) else None


TALK: dict[str, Command] = {
    "me": Command(Actions.me, "…"),
    "reply": Command(Actions.reply, "…"),
    "edit": Command(Actions.edit, "…"),
    "delete": Command(Actions.delete),
    "react": Command(Actions.react, "👍 [N]"),
    "send": Command(Actions.send, "FILE"),
    "save": Command(Actions.save, "[N]"),
    "search": Command(Actions.search, "…", opens=True),
    "search-here": Command(Actions.search_here, "…", told="help_search_here", opens=True),
    "who": Command(Actions.who),
    "private": Command(Actions.private),
    "away": Command(Actions.away),
    "back": Command(Actions.back),
    "help": Command(Actions.help),
    "quit": Command(Actions.quit),
}
