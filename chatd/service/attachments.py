"""The files of messages: what may be sent, what is stored with it, the links that open it."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from urllib.parse import quote

from msgspec import UNSET
from msgspec.structs import replace

from chatd.domain import policy
from chatd.domain.file import Attached, File, attach
from chatd.domain.message import Message
from chatd.domain.place import Place
from chatd.domain.places import find
from chatd.domain.principal import Principal
from chatd.domain.versions import successor
from chatd.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge
from chatd.protocol.commands import SendMessage
from chatd.service import filing
from chatd.service.context import Context, Services
from chatd.store.base import Change, Put

READING = "history:get"  # who may read what is said may have what was sent
SENDING = "file:create"
PATH = "/api/files"
LONGEST_NAMES = 500
NEAR = 100  # messages that may have been asked for together with one


def of_message(cx: Context, command: SendMessage) -> list[File]:
    """The files that a message is to bring, each judged."""
    if command.type == "text":
        if command.files:
            raise Invalid("a message with files is of type file or voice", field="type")
        return []
    if not command.files:
        raise Invalid(f"a message of type {command.type} has files", field="files")
    found = all_sendable(cx, command.files)
    if command.type == "voice" and not (len(found) == 1 and is_heard(found[0])):
        raise Invalid("a voice message is one file with sound", field="files")
    return found


def all_sendable(cx: Context, ids: Sequence[str]) -> list[File]:
    """Files by their ids, each judged: the sender's own, uploaded into this dialog, and sent with
    no other message."""
    most = cx.services.config.files.per_message
    if len(ids) > most:
        raise TooLarge(f"a message has at most {most} files", limit=most)
    if len(set(ids)) < len(ids):
        raise Invalid("a file is named twice", field="files")
    return [sendable(cx, id) for id in ids]


def find_repeated(cx: Context, command: SendMessage) -> Message | None:
    """The message that this one is a repeat of, once that is durable: its files are sent by now."""
    store, client_id = cx.services.store, command.client_id
    if not client_id or not any(is_sent(cx.services, id) for id in command.files):
        return None
    store.commit()
    return store.find_sent(command.dialog_id, cx.principal.id, client_id)


def is_sent(services: Services, id: str) -> bool:
    """Whether a message has it."""
    file = services.store.get(File, id)
    return file is not None and file.sent


def is_heard(file: File) -> bool:
    """Whether there is sound in it; a recorder's WebM looks the same with and without a picture."""
    return file.type.startswith("audio/") or file.type == "video/webm"


def sendable(cx: Context, id: str) -> File:
    """A file that may be sent here by this one."""
    file = cx.services.store.get(File, id)
    known = file and file.owner == cx.principal.id and file.dialog_id == cx.place.id
    if file is None or not known or file.recorded:
        raise NotFound(f"no file {id} of yours was uploaded into this dialog")
    if file.sent:
        raise Conflict(f"file {id} was sent already")
    if file.state == "refused":
        raise Conflict(f"file {id} was refused: {file.reason}", state=file.state)
    if file.state != "ready":
        raise Conflict(f"file {id} is not ready yet", state=file.state)
    return file


def names_of(files: Sequence[File]) -> str:
    """What stands where nothing was written: what there is to see."""
    return ", ".join(file.name for file in files)[:LONGEST_NAMES]


def attach_all(files: Sequence[File]) -> tuple[Attached, ...]:
    """What a message keeps of them."""
    return tuple(map(attach, files))


def sending(services: Services, *messages: Message) -> list[Change]:
    """The files of new messages are theirs from now on; Conflict for one that another has got
    meanwhile."""
    named = [one for message in messages for one in message.files or ()]
    if not named:
        return []
    known = [services.store.get(File, one.id) for one in named]
    if len(files := [file for file in known if file and not file.sent]) < len(named):
        raise Conflict("one of these files was sent, or is gone, by now")
    return [Put(successor(file, sent=True, behind=last_in(services, file))) for file in files]


def last_in(services: Services, file: File) -> int:
    """The number of the last message by now where a file is to be sent."""
    return services.store.conversation(file.dialog_id).last_seq


def taken_along(services: Services, message: Message) -> tuple[list[Change], Callable[[], None]]:
    """What goes with a message, and what then lets go of the bytes."""
    return filing.removing(services, [one.id for one in message.files or ()])


def find_visible(services: Services, who: Principal, id: str) -> tuple[File, Place]:
    """A file that somebody may have: of a dialog that they may read, or their own. What they may
    not is not there."""
    file = services.store.get(File, id)
    place = find(services, who, file.dialog_id) if file else None
    wanted = READING if file and file.sent else SENDING
    allowed = file and place and policy.judge(who, wanted, place) is None
    if file and place and allowed and has_come(services, file, place, who):
        return file, place
    raise NotFound("no such file")


def has_come(services: Services, file: File, place: Place, who: Principal) -> bool:
    """Whether a file is somebody's own, or was sent, behind where the dialog begins for them. Its
    message is among the first behind the one that was the last when it was asked for."""
    floor = place.begins_after(who)
    if not file.sent:
        return file.owner == who.id
    if file.behind >= floor:
        return True
    near = services.store.history(file.dialog_id, after=file.behind, limit=NEAR)
    return any(one.seq > floor and has_file(one, file) for one in near)


def has_file(message: Message, file: File) -> bool:
    """Whether a message has brought a file."""
    return any(one.id == file.id for one in message.files or ())


def show(services: Services, files: Sequence[Attached]) -> tuple[Attached, ...]:
    """Files with links that open them for a while."""
    return tuple(with_links(services, one) for one in files)


def with_links(services: Services, file: Attached) -> Attached:
    """A file with links; those made within the same minutes are the same, so that browsers need
    not ask again."""
    if file.state != "ready":
        return file
    url = link(services, file.id, "content", file.name)
    preview = link(services, file.id, "preview", "") if file.has_preview else UNSET
    m4a = link(services, file.id, "m4a", f"{file.name}.m4a") if file.has_m4a else UNSET
    return replace(file, url=url, preview_url=preview, m4a_url=m4a)


def link(services: Services, id: str, what: str, name: str) -> str:
    """``/api/files/f-…/content/1764170400-AbC…/name``."""
    span = services.config.files.link_seconds
    until = (int(services.now()) // span + 2) * span
    made = f"{PATH}/{id}/{what}/{until}-{signature(services, id, what, until)}"
    return f"{made}/{quote(name, safe='')}" if name else made


def signature(services: Services, id: str, what: str, until: int) -> str:
    """What proves that a link is ours."""
    return services.tokens.sign(f"{id} {what} {until}")


def check_link(services: Services, id: str, what: str, signed: str) -> int:
    """Until when a link is good; Forbidden for one that is not, or is no more."""
    until, _, mark = signed.partition("-")
    good = until.isascii() and until.isdecimal() and len(until) < 12
    if not good or not hmac.compare_digest(
        mark.encode(), signature(services, id, what, int(until)).encode()
    ):
        raise Forbidden("this link does not open the file")
    if int(until) < services.now():
        raise Forbidden("this link has ended: ask for the file again")
    return int(until)
