"""Files: an upload begins, is looked at, is given up; what all of them take up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from msgspec import UNSET
from msgspec.structs import replace

from chatd.domain.file import DialogUse, File, attach
from chatd.domain.times import to_text
from chatd.errors import Conflict, Damaged, Forbidden
from chatd.protocol.files import (
    CreateFile,
    FileUsage,
    FileUse,
    GetFile,
    GetFileUsage,
    OneFile,
    RemovedFile,
    RemoveFile,
    WriteFile,
)
from chatd.service import attachments, pages, uploads
from chatd.service.context import Context, Handlers, Services


def create(cx: Context, command: CreateFile) -> OneFile:
    """→ ``file``, whose bytes are to come."""
    return tell(cx.services, uploads.create(cx, command))


def write(cx: Context, command: WriteFile) -> OneFile:
    """→ ``file`` with the ``offset`` at which it goes on; ready, when these were the last."""
    file, _ = attachments.find_visible(cx.services, cx.principal, command.file_id)
    if file.owner != cx.principal.id:
        raise Forbidden("only who began an upload may go on with it")
    taken = uploads.receive(cx.services, file.id, command.offset, [command.data], lambda: None)
    return tell(cx.services, taken)


def get(cx: Context, command: GetFile) -> OneFile:
    """→ ``file`` with links that open it for a while."""
    file, _ = attachments.find_visible(cx.services, cx.principal, command.file_id)
    return tell(cx.services, file)


def tell(services: Services, file: File) -> OneFile:
    """A file as its owner and its readers get it."""
    coming = file.state == "uploading"
    ends = to_text(uploads.expires_at(services, file))
    shown = attachments.with_links(services, attach(file))
    if coming:
        shown = replace(shown, type="", sha256="")
    return OneFile(
        file=shown,
        offset=file.received if coming else UNSET,
        expires_at=UNSET if file.sent else ends,
    )


def remove(cx: Context, command: RemoveFile) -> RemovedFile:
    """→ ``file_id``; one's own, that no message has."""
    file, _ = attachments.find_visible(cx.services, cx.principal, command.file_id)
    if file.owner != cx.principal.id:
        raise Forbidden("only who uploaded a file may give it up")
    if file.sent:
        raise Conflict("a message has this file: it goes with the message")
    if file.recorded:
        raise Conflict("this is the recording of a call: call:consent ends it")
    with uploads.alone(cx.services, file.id):
        uploads.give_up(cx.services, file.id)
    return RemovedFile(file_id=file.id)


def usage(cx: Context, command: GetFileUsage) -> FileUsage:
    """→ ``dialogs`` with their files, the largest first; ``total_files``, ``total_bytes``; whether
    there are ``more``, and the ``cursor`` that gets those."""
    rows = sorted(uses(cx, command), key=lambda one: (-one.bytes, one.site, one.dialog_id))
    page = pages.place_page(cx, rows, lambda one: one, limit=command.limit, cursor=command.cursor)
    return FileUsage(
        dialogs=page.rows,
        total_files=sum(one.files for one in rows),
        total_bytes=sum(one.bytes for one in rows),
        more=page.more,
        cursor=page.cursor,
    )


def uses(cx: Context, command: GetFileUsage) -> Iterator[FileUse]:
    """What each dialog has, of the sites of who asks, or of the one that is asked for."""
    store = cx.services.store
    for part in store.parts(DialogUse):
        with suppress(Damaged):
            for dialog in store.part(DialogUse, part):
                for site, (files, size) in dialog.sites.items():
                    if cx.principal.serves(site) and command.site in (None, site):
                        yield FileUse(
                            site=site, dialog_id=dialog.dialog_id, files=files, bytes=size
                        )


HANDLERS: Handlers = {
    CreateFile: create,
    WriteFile: write,
    GetFile: get,
    RemoveFile: remove,
    GetFileUsage: usage,
}
