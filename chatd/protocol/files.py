"""The commands about files: an upload begins, is looked at, is given up; what all of them take."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, Struct, UnsetType

from chatd.domain.file import Attached
from chatd.protocol import results
from chatd.protocol.commands import Command, DialogCommand, Paged

FileId = Annotated[str, Meta(min_length=1, max_length=64)]
FileName = Annotated[str, Meta(min_length=1, max_length=255)]
FileSize = Annotated[int, Meta(ge=1, le=2**53)]
LONGEST_VOICE_S = 300.0
MOST_PEAKS, LOUDEST = 64, 100


class OneFile(results.Result, frozen=True, kw_only=True):
    """A file as it is now. ``offset``: so many bytes of it have come, while it is uploaded;
    ``expires_at``: when it goes by itself, unless a message has it."""

    file: Attached
    offset: int | UnsetType = UNSET
    expires_at: str | UnsetType = UNSET


class RemovedFile(results.Result, frozen=True, kw_only=True):
    """The file that is gone."""

    file_id: str


class FileUse(Struct, frozen=True, kw_only=True):
    """How many files a dialog of a site has, and their bytes."""

    site: str
    dialog_id: str
    files: int
    bytes: int


class FileUsage(results.Result, frozen=True, kw_only=True):
    """What dialogs have in files, the largest first; whether there are ``more``, and the
    ``cursor`` that gets those. ``total_files``, ``total_bytes``: of all of them."""

    dialogs: list[FileUse]
    total_files: int
    total_bytes: int
    more: bool
    cursor: str | None


class CreateFile(DialogCommand, frozen=True, kw_only=True):
    """Begins an upload into a dialog; its bytes come over HTTP. ``duration_s``: of a voice
    message, as whoever recorded it says; ``peaks``: how loud its parts are, of 100, for its
    picture."""

    event: ClassVar[str] = "file:create"
    result: ClassVar[results.Kind] = OneFile
    name: FileName
    size: FileSize
    duration_s: Annotated[float, Meta(ge=0)] = 0.0
    peaks: Annotated[tuple[int, ...], Meta(max_length=MOST_PEAKS)] = ()


class WriteFile(Command, frozen=True, kw_only=True):
    """Takes the next bytes of an upload, in base64, where there is no HTTP: over the admin
    socket. With the last ones the file is looked at, and ready or refused."""

    event: ClassVar[str] = "file:write"
    result: ClassVar[results.Kind] = OneFile
    file_id: FileId
    offset: Annotated[int, Meta(ge=0)]
    data: Annotated[bytes, Meta(min_length=1)]


class GetFile(Command, frozen=True, kw_only=True):
    """Looks at a file, with links that open it for a short time."""

    event: ClassVar[str] = "file:get"
    result: ClassVar[results.Kind] = OneFile
    file_id: FileId


class RemoveFile(Command, frozen=True, kw_only=True):
    """Gives up one's own file that no message has."""

    event: ClassVar[str] = "file:remove"
    result: ClassVar[results.Kind] = RemovedFile
    file_id: FileId


class GetFileUsage(Paged, frozen=True, kw_only=True):
    """What the files of dialogs take up, by site and dialog."""

    event: ClassVar[str] = "file:usage"
    result: ClassVar[results.Kind] = FileUsage
    site: Annotated[str, Meta(max_length=64)] | None = None


COMMANDS: tuple[type[Command], ...] = (CreateFile, WriteFile, GetFile, RemoveFile, GetFileUsage)
