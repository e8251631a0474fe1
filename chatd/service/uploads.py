"""Uploads: begun with everything judged that is known, received in pieces that are durable before
anybody is told, looked at when they are whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from loguru import logger
from msgspec import Struct

from chatd.domain.file import File
from chatd.domain.principal import LOCAL
from chatd.domain.sizes import spell_bytes
from chatd.domain.times import to_epoch, to_text
from chatd.domain.versions import rerun, successor
from chatd.errors import (
    ChatdError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Rejected,
    TooLarge,
    Unavailable,
)
from chatd.helper.helpers import HelperFailed
from chatd.protocol.files import LONGEST_VOICE_S, LOUDEST, CreateFile
from chatd.service import examining, filing, muting, recorded
from chatd.service.context import Context, Services
from chatd.store.base import Change, Put

LOG = logger.bind(area="storage")
PIECE = 262_144
DURABLE_EVERY = 8_388_608
HOUR = 3_600.0
TRIES = 3
UNREADABLE = "nobody can say what is in this file: it is not taken"


class WrongOffset(Conflict):
    """What is sent does not go on where the upload ends; ``offset`` says where that is."""


class Mismatch(ChatdError):
    """A piece is not what its checksum says; nothing of it is kept."""

    code, status = "checksum_mismatch", 460


class Expected(Struct, frozen=True):
    """The checksum that a piece has to have."""

    algorithm: str
    digest: bytes


def create(cx: Context, command: CreateFile) -> File:
    """A new upload, with its place in what its site may have."""
    services, size = cx.services, command.size
    check_may_send(cx, size)
    now = services.now()
    file = File(
        id=services.new_file.id(now),
        dialog_id=cx.place.id,
        site=site_of(cx),
        owner=cx.principal.id,
        name=clean_name(command.name),
        size=size,
        created_at=to_text(now),
        duration_s=min(command.duration_s, LONGEST_VOICE_S),
        peaks=tuple(max(0, min(one, LOUDEST)) for one in command.peaks),
        kept=size,
    )
    with charging(cx, file):
        rerun(lambda: begin(services, file))
    return file


@contextmanager
def charging(cx: Context, file: File) -> Iterator[None]:
    """An upload counts as what its owner, and their address, may send; not, where it does not begin
    after all, nor where nothing is kept of it."""
    limiter, begun = cx.services.limiter, False
    if cx.principal.kind not in LOCAL:
        who, address = cx.principal.id, cx.caller.address
        limiter.hit("files_per_participant", who)
        limiter.hit("files_per_address", address)
        keys = {"file_bytes_per_participant": who, "file_bytes_per_address": address}
        limiter.charge(file.id, keys, file.size)
    try:
        yield
        begun = True
    finally:
        if not begun:
            limiter.give_back(file.id)


def give_up(services: Services, id: str) -> None:
    """An upload, or a file that no message has, is gone, and counts no longer."""
    filing.remove(services, [id])
    services.limiter.give_back(id)


def begin(services: Services, file: File) -> None:
    """An upload is there, if its site may have that much more. Run again by itself where others
    were faster, so that the one who asks is counted once."""
    services.store.commit(*opening(services, file))


def opening(services: Services, file: File) -> list[Change]:
    """What an upload changes that begins; TooLarge where its site may not have that much more."""
    ledger = filing.Ledger(services.store)
    use = ledger.count(file, 1, file.size)
    most = services.config.files.site_bytes
    if use.bytes > most:
        left = max(0, most - use.bytes + file.size)
        text = f"all files of this site have at most {spell_bytes(most)} together"
        raise TooLarge(f"{text}, {left} are left", limit=most)
    return [Put(file), *ledger.changes()]


def check_may_send(cx: Context, size: int) -> None:
    """Whether a file of this size may be sent here, now, by this one; each refusal says the
    limit."""
    settings, services = cx.services.config.files, cx.services
    if not settings.enabled:
        raise Forbidden("files are not taken here")
    muting.check_writable(cx)
    if size > settings.max_bytes:
        most = settings.max_bytes
        raise TooLarge(f"a file has at most {spell_bytes(most)}, not {size}", limit=most)
    check_room(services, size)


def check_room(services: Services, size: int) -> None:
    """Files leave the disk enough for what people say."""
    if services.bytes.free() - size < services.config.files.keep_free_bytes:
        raise Unavailable("there is no room for files on the disk", retry_after=60)


def site_of(cx: Context) -> str:
    """Whose share a file is in: its ticket's, else of the page that its sender came by."""
    return cx.place.site or cx.principal.site or cx.services.config.default_site


def clean_name(name: str) -> str:
    """A name without a path, and without what does not show."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    shown = "".join(char for char in last if char.isprintable()).strip(" .")
    if not shown:
        raise Invalid("a file has a name", field="name")
    return shown


def receive(
    services: Services,
    id: str,
    offset: int,
    pieces: Iterable[bytes],
    hang_up: Callable[[], None],
    expected: Expected | None = None,
) -> File:
    """Takes an upload further, and looks at it when it is whole; the file as it then is. What has
    come before a cut is kept, but for what has a checksum. ``hang_up``: ends whoever sends these
    pieces, for when somebody else goes on."""
    with alone(services, id):
        file = find_upload(services, id)
        if offset != file.received:
            raise WrongOffset(f"the upload goes on at byte {file.received}", offset=file.received)
        services.receiving[id] = hang_up
        if services.turns.is_awaited(filing.name_upload(id)):
            hang_up()  # who waits could not know of it before
        try:
            file = take(services, file, pieces, expected)
        finally:
            services.receiving.pop(id, None)
        return finish(services, file) if file.received == file.size else file


@contextmanager
def alone(services: Services, id: str) -> Iterator[None]:
    """Nobody else is at this upload; who was, a connection that is lost perhaps, is hung up on,
    whichever node it is to."""
    hang_up_here(services, id)
    try:
        with filing.alone(
            services,
            filing.name_upload(id),
            ask=lambda: services.nodes.tell("hang_up_here", id),
        ):
            yield
    except OSError as error:
        raise filing.failing(error) from None


def hang_up_here(services: Services, id: str) -> None:
    """Who is at this upload on this node is at it no longer."""
    if hang_up := services.receiving.get(id):
        hang_up()


def find_upload(services: Services, id: str) -> File:
    """A file that is still uploaded, and where it goes on. After a restore less of it may be there
    than was said."""
    file = services.store.get(File, id)
    if file is None:
        raise NotFound("this upload is gone")
    recorded.check_going_on(services, file)
    if file.state == "uploading" and services.bytes.length(id) < file.received:
        file = filing.change(services, id, received=0)
    if file.state != "uploading":
        raise Conflict(f"this file is {file.state}: nothing is to be uploaded", state=file.state)
    return file


def take(
    services: Services, file: File, pieces: Iterable[bytes], expected: Expected | None
) -> File:
    """Writes what comes. What is said to have come is durable."""
    position, noted = file.received, file.received
    checksum = hashlib.new(expected.algorithm) if expected else None
    try:
        for piece in gather(pieces):
            if position + len(piece) > file.size:
                raise too_long(file, position + len(piece))
            services.bytes.write(file.id, position, piece)
            position += len(piece)
            if checksum:
                checksum.update(piece)
            elif position - noted >= DURABLE_EVERY:
                check_room(services, file.size - position)
                file = note(services, file, position)
                noted = position
        if checksum and expected and checksum.digest() != expected.digest:
            raise Mismatch("these bytes are not what their checksum says: send them again")
    except ChatdError:
        if not checksum and position > file.received:
            with suppress(ChatdError, OSError):  # who is told of the first fault asks for the rest
                note(services, file, position)
        raise
    return note(services, file, position) if position > file.received else file


def too_long(file: File, end: int) -> TooLarge:
    """More comes than was announced."""
    return TooLarge(
        f"this upload was begun for {spell_bytes(file.size)}, and these would make it {end}: send "
        f"{file.size - file.received} more, or begin another",
        limit=file.size,
    )


def gather(pieces: Iterable[bytes]) -> Iterable[bytes]:
    """The same bytes in fewer pieces; what there is of one before a fault comes first."""
    waiting = bytearray()
    try:
        for piece in pieces:
            waiting += piece
            if len(waiting) >= PIECE:
                yield bytes(waiting)
                waiting.clear()
    except ChatdError:
        if waiting:
            yield bytes(waiting)
        raise
    if waiting:
        yield bytes(waiting)


def note(services: Services, file: File, position: int) -> File:
    """So much has come, and is durable."""
    services.bytes.settle(file.id)
    state = "checking" if position == file.size else "uploading"
    told = {"duration_s": recorded.seconds_of(services, file)} if file.recorded else {}
    return filing.change(services, file.id, received=position, state=state, **told)


def end_at(services: Services, id: str) -> File:
    """A file whose upload nobody is at just now: who was, has been hung up on."""
    with alone(services, id):
        file = services.store.get(File, id)
        if file is None:
            raise NotFound("this upload is gone")
        return find_upload(services, id) if file.state == "uploading" else file


def end_short(services: Services, file: File) -> File:
    """An upload of which nobody knew how long it would be is whole now."""
    if not file.received:
        raise Invalid("a file has at least one byte", field="file")
    with alone(services, file.id):
        return finish(services, cut(services, file))


def cut(services: Services, file: File) -> File:
    """An upload is as long as it is by now."""

    def attempt() -> File:
        known = services.store.get(File, file.id)
        if known is None:
            raise NotFound("this upload is gone")
        ledger = filing.Ledger(services.store)
        ledger.count(known, 0, known.received - known.kept)
        whole = successor(known, size=known.received, kept=known.received, state="checking")
        services.store.commit(Put(whole), *ledger.changes())
        return whole

    return rerun(attempt)


def end_recording(services: Services, id: str) -> None:
    """What has come of a recording that is over is looked at, and is in its ticket then. Harmless
    twice; where it cannot be done now, it is tried again."""
    try:
        with alone(services, id):
            bring_in(services, id)
    except ChatdError as error:
        LOG.warning("the recording {} is not in its ticket yet: {}", id, error)


def bring_in(services: Services, id: str) -> None:
    """The next that is to be done with a recording that is over."""
    file = services.store.get(File, id)
    if file is None or recorded.is_going_on(services, file):
        return
    if not file.received:
        filing.remove(services, [id])
    elif file.state in ("uploading", "checking"):
        finish(services, cut(services, file) if file.state == "uploading" else file)
    else:
        if file.state == "ready":
            recorded.deliver(services, id)
        filing.drop_upload(services, id)


def finish(services: Services, file: File) -> File:
    """Looks at what is whole: ready, or refused and gone but for why."""
    try:
        found = examining.examine(services, file)
        ready = examining.keep(services, file, found)
    except Rejected as refused:
        refuse(services, file, refused.message)
        raise
    except HelperFailed:
        note_failure(services, file)
        raise
    except OSError as error:
        raise filing.failing(error) from None
    if ready.recorded:  # behind it nothing else says that there is one
        recorded.deliver(services, ready.id)
    filing.drop_upload(services, file.id)
    return ready


def note_failure(services: Services, file: File) -> None:
    """The helper has failed at it; Rejected, when that was the last time."""
    tried = filing.change(services, file.id, tries=file.tries + 1)
    if tried.tries >= TRIES:
        refuse(services, tried, UNREADABLE)
        raise Rejected(UNREADABLE, field="file") from None


def refuse(services: Services, file: File, why: str) -> None:
    """Nothing of it is kept."""

    def attempt() -> None:
        known = services.store.get(File, file.id)
        if known is not None:
            ledger = filing.Ledger(services.store)
            ledger.count(known, 0, -known.kept)
            refused = successor(known, state="refused", reason=why, kept=0)
            services.store.commit(Put(refused), *ledger.changes())

    rerun(attempt)
    filing.drop_upload(services, file.id)
    services.limiter.give_back(file.id)


def finish_waiting(services: Services) -> None:
    """Those that were whole when the daemon ended, or that nobody could look at."""
    for id in services.bytes.uploads():
        file = services.store.get(File, id)
        if file and file.recorded:
            end_recording(services, id)
        if file is None or file.recorded or file.state != "checking":
            continue
        with suppress(ChatdError), filing.alone(services, filing.name_upload(id), patience=0.0):
            known = services.store.get(File, id)
            if known and known.state == "checking":
                finish(services, known)


def expires_at(services: Services, file: File) -> float:
    """When a file goes that no message has by then."""
    return to_epoch(file.created_at) + services.config.files.upload_hours * HOUR
