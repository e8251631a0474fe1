"""Files: an upload begins, is looked at, is given up; what all of them take up."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

from msgspec import UNSET
from msgspec.structs import replace

from chatd.domain.file import File, attach
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
)
from chatd.service import attachments, filing, pages, uploads
from chatd.service.context import Context, Handlers, Services


def create(cx: Context, command: CreateFile) -> OneFile:
    """→ ``file``, whose bytes are to come."""
    return tell(cx.services, uploads.create(cx, command))


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
    with uploads.alone(cx.services, file.id):
        filing.remove(cx.services, [file.id])
    return RemovedFile(file_id=file.id)


def usage(cx: Context, command: GetFileUsage) -> FileUsage:
    """→ ``dialogs`` with their files, the largest first; ``total_files``, ``total_bytes``; whether
    there are ``more``, and the ``cursor`` that gets those."""
    files: Counter[tuple[str, str]] = Counter()
    sizes: Counter[tuple[str, str]] = Counter()
    for part in cx.services.store.parts(File):
        with suppress(Damaged):
            for file in cx.services.store.part(File, part):
                if is_shown(cx, command, file):
                    files[file.site, file.dialog_id] += 1
                    sizes[file.site, file.dialog_id] += file.kept
    rows = [
        FileUse(site=site, dialog_id=dialog, files=files[site, dialog], bytes=size)
        for (site, dialog), size in sorted(sizes.items(), key=lambda one: (-one[1], one[0]))
    ]
    page = pages.place_page(cx, rows, lambda one: one, limit=command.limit, cursor=command.cursor)
    return FileUsage(
        dialogs=page.rows,
        total_files=files.total(),
        total_bytes=sizes.total(),
        more=page.more,
        cursor=page.cursor,
    )


def is_shown(cx: Context, command: GetFileUsage, file: File) -> bool:
    """Whether a file counts for who asks: those of their sites, or of the one that is asked for."""
    return cx.principal.serves(file.site) and command.site in (None, file.site)


HANDLERS: Handlers = {
    CreateFile: create,
    GetFile: get,
    RemoveFile: remove,
    GetFileUsage: usage,
}
