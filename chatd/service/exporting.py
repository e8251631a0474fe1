"""All that is one person's, written down in a directory: for people to read, and for programs."""

from __future__ import annotations

import heapq
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from operator import attrgetter
from pathlib import Path, PurePath
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from chatd.domain import written
from chatd.domain.dialog import Dialog
from chatd.domain.file import Attached, File, attach
from chatd.domain.message import Message
from chatd.domain.participant import Ban, Participant
from chatd.domain.ticket import NOTES, Ticket, ticket_of
from chatd.errors import Conflict, Invalid, NotFound, Unavailable
from chatd.runtime.threads import BoundedThreads
from chatd.service import belongings, episodes, identity, letters
from chatd.service.context import Services
from chatd.service.texts import site_language, site_text

T = TypeVar("T")
PIECE = 65_536
ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}\Z")
# What is told of each: no secrets, nothing of who else there is.
OF_VISITOR = ("id", "name", "site", "created_at", "expires_at", "tickets", "avatar", "visits")
OF_SIGNED = ("subject", "contact", "phone", "attributes")
OF_ACCOUNT = ("id", "disabled", "networks", "created_at")
OF_SESSION = ("created_at", "expires_at")
OF_TICKET = (
    *("id", "site", "status", "customer_name", "contact", "phone", "language", "created_at"),
    *("offline", "attributes", "verified", "answers"),
)
OF_MESSAGE = (
    *("id", "dialog_id", "created_at", "sender_type", "sender_name", "type", "content"),
    *("edited_at", "deleted_at"),
)
OF_FILE = ("id", "name", "size", "type", "sha256")


class Out:
    """A file that grows piece by piece, beside the loop."""

    def __init__(self, beside: BoundedThreads, path: Path) -> None:
        self._beside, self._left = beside, bytearray()
        self._file = beside(open_new, path)

    def write(self, data: str | bytes) -> None:
        """Data goes behind what is there; text as UTF-8."""
        self._left += data if isinstance(data, bytes) else data.encode()
        if len(self._left) >= PIECE:
            self._flush()

    def _flush(self) -> None:
        data = bytes(self._left)
        self._left.clear()
        self._beside(self._file.write, data)

    def close(self) -> None:
        """All of it is there."""
        try:
            self._flush()
        finally:
            self._beside(self._file.close)


def open_new(path: Path) -> Any:
    """For its owner only."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


class Written(Struct):
    """What has been written."""

    messages: int = 0
    files: int = 0
    bytes: int = 0
    missing: list[str] = []


class Export:
    """One person's things on their way into a directory. ``page`` is read by people, ``lines`` has
    a message each."""

    def __init__(
        self, services: Services, participant_id: str, into: Path, beside: BoundedThreads
    ) -> None:
        self._services, self._id = services, participant_id
        self._ids = belongings.ids_of(services, participant_id)
        self._into, self._beside = into, beside
        self._files: dict[str, Attached] = {}
        self.written = Written()

    def write(self, *, notes: bool) -> None:
        """The page, a line per message, the files, and who it is."""
        services = self._services
        who = services.store.get(Participant, self._id)
        tickets = list(belongings.tickets(services, self._ids))
        site = who.site if who else tickets[0].site
        name = who.name if who else tickets[0].customer_name
        language = site_language(services, site)
        title = site_text(services, site, "export.title", name=name or self._id)
        with self._open("index.html") as page, self._open("messages.jsonl") as lines:
            page.write(written.begin_html(language, title))
            page.write(f"<h1>{escape(title)}</h1><p>{escape(self._id)}</p>")
            for ticket in tickets:
                self._ticket(page, lines, ticket, notes=notes)
            place = Ticket(
                id=self._id,
                site=site,
                status="closed",
                customer_id=self._id,
                customer_name=name,
                created_at="",
                updated_at="",
            )
            for number, message in enumerate(belongings.said_elsewhere(services, self._ids)):
                if not number:
                    page.write(f"<h2>{escape(site_text(services, site, 'export.said'))}</h2>")
                self._message(page, lines, place, message, at=message.dialog_id)
            self._keep_files()
            if self._files:
                page.write(f"<h2>{escape(site_text(services, site, 'export.files'))}</h2>")
            for file in self._files.values():
                path, name = escape(path_of(file)), escape(file.name)
                page.write(f'<p><a href="{path}">{name}</a></p>')
            page.write(written.END)
        with self._open("person.json") as out:
            told = self._about(who, tickets)
            out.write(msgspec.json.format(msgspec.json.encode(told), indent=2))

    @contextmanager
    def _open(self, name: str) -> Iterator[Out]:
        out = Out(self._beside, self._into / name)
        try:
            yield out
        finally:
            out.close()

    def _ticket(self, page: Out, lines: Out, ticket: Ticket, *, notes: bool) -> None:
        services = self._services
        title = letters.text(services, ticket, "transcript.title")
        about = letters.about(services, ticket)
        page.write(f"<h2>{escape(title)}</h2><p>{escape(about)}</p>")
        places = (ticket.id, f"{ticket.id}{NOTES}")[: 1 + notes]
        said = (belongings.read(services, id) for id in places)
        for message in heapq.merge(*said, key=attrgetter("created_at")):
            self._message(page, lines, ticket, message)

    def _ticket_facts(self, ticket: Ticket) -> dict[str, Any]:
        """A ticket, and what its customer said of each request for help, the newest first."""
        told = (one.rating for one in episodes.newest_first(self._services, ticket))
        return pick(ticket, OF_TICKET) | {"ratings": [one for one in told if one]}

    def _message(
        self, page: Out, lines: Out, ticket: Ticket, message: Message, at: str = ""
    ) -> None:
        told = pick(message, OF_MESSAGE)
        if message.files:
            told["files"] = [{**pick(one, OF_FILE), "path": path_of(one)} for one in message.files]
            self._files.update((one.id, one) for one in message.files)
        lines.write(msgspec.json.encode(told) + b"\n")
        self.written.messages += 1
        if not message.deleted_at:
            (said,) = letters.say(self._services, ticket, [message])
            note = ticket_of(message.dialog_id) != message.dialog_id
            who = written.name_of(letters.language_of(self._services, ticket), said.who, note=note)
            when = written.in_utc(message.created_at)
            page.write(written.as_html(who, f"{when}, {at}" if at else when, said.text))

    def _keep_files(self) -> None:
        """Those that messages have, and those that they uploaded without sending them."""
        for own in belongings.files(self._services, self._ids):
            self._files.setdefault(own.id, attach(own))
        self._beside(os.mkdir, self._into / "files", 0o700)
        for file in list(self._files.values()):
            known = self._services.store.get(File, file.id)
            if known is None or not known.sha256:
                del self._files[file.id]
                self.written.missing.append(file.id)
                continue
            try:
                with self._open(path_of(file)) as out:
                    for piece in self._services.bytes.pieces(known.sha256, 0, known.size):
                        out.write(piece)
                        self.written.bytes += len(piece)
                self.written.files += 1
            except NotFound:
                self.written.missing.append(file.id)

    def _about(self, who: Participant | None, tickets: list[Ticket]) -> dict[str, Any]:
        store = self._services.store
        account = belongings.account_of(self._services, self._id)
        sessions = identity.sessions_of_person(self._services, account.id) if account else []
        found = (store.get(Dialog, id) for id in belongings.dialogs(self._services, self._id))
        dialogs = [
            {**pick(one, ("id", "form", "title")), "joined_at": own.joined_at}
            for one in found
            if one and (own := one.member(self._id))
        ]
        browsers = [
            *(who.subscriptions if who else ()),
            *(one for session in sessions for one in session.subscriptions),
        ]
        ban = next((ban for id in self._ids if (ban := store.get(Ban, id))), None)
        return {
            "participant": pick(who, OF_VISITOR) | {"rooms": list(who.rooms)} if who else None,
            "earlier": self._ids[1:],
            "signed": pick(who.signed, OF_SIGNED) if who and who.signed else None,
            "account": pick(account, OF_ACCOUNT) if account else None,
            "sessions": [pick(one, OF_SESSION) for one in sessions],
            "browsers": [pick(one, ("endpoint", "language", "created_at")) for one in browsers],
            "tickets": [self._ticket_facts(one) for one in tickets],
            "dialogs": dialogs,
            "ban": pick(ban, ("reason", "created_at", "expires_at", "networks")) if ban else None,
            "files": [{**pick(one, OF_FILE), "path": path_of(one)} for one in self._files.values()],
            "missing": self.written.missing,
        }


def pick(what: Struct, names: tuple[str, ...]) -> dict[str, Any]:
    """Some fields of something, those that it has."""
    found = {name: getattr(what, name) for name in names}
    return {name: value for name, value in found.items() if value is not msgspec.UNSET}


def path_of(file: Attached) -> str:
    """Where a file is written: under its id, so that no name of a stranger's is a path."""
    ending = ENDING.search(file.name)
    return f"files/{file.id}{ending[0].lower() if ending else ''}"


def export(services: Services, participant_id: str, directory: str, *, notes: bool) -> Written:
    """All of it is in the directory, or there is none."""
    target = check_target(services, directory)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    beside = BoundedThreads(1)
    try:
        made: Callable[[], None] = lambda: part.mkdir(mode=0o700)  # noqa: E731
        beside(made)
        one = Export(services, participant_id, part, beside)
        with services.bytes.hold():
            one.write(notes=notes)
        beside(settle, part, target)
        return one.written
    except OSError as error:
        raise Unavailable(f"{directory}: {error.strerror or error}") from None
    finally:
        beside(shutil.rmtree, part, True)
        beside.stop()


def settle(part: Path, target: Path) -> None:
    """In the place of nothing, or of an empty directory."""
    part.rename(target)


def check_target(services: Services, directory: str) -> Path:
    """Where it may be written: not where the daemon keeps its own, nor over anything."""
    if not PurePath(directory).is_absolute():
        raise Invalid("an export's directory is an absolute path", field="directory")
    target = Path(os.path.realpath(directory))
    if target.is_relative_to(os.path.realpath(services.config.data_path())):
        raise Invalid("an export is not for the data directory", field="directory")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Conflict(f"{directory} is there already, and not empty")
    return target
