"""A file that somebody sent: what is known of it, whose bytes it has, and what it takes up."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from chatd.domain.dialog import PREFIX as DIALOG
from chatd.domain.recording import Recorded
from chatd.domain.ticket import TICKET

PREFIX = "f"
USE_PREFIX = "u"
FileState = Literal["uploading", "checking", "ready", "refused"]


class File(Struct, frozen=True, omit_defaults=True):
    """``size``: as it was announced, then of what is kept. ``received``: so many bytes of it are
    durable. ``sha256``, ``preview`` and ``m4a`` name its bytes, ``kept`` counts them for its site.
    ``sent``: a message has it, one ``behind`` this number, and takes it along when it goes.
    ``tries``: as often the helper has failed at it. ``peaks``: how loud its parts are, of 100.
    ``recorded``: it is the recording of a call."""

    id: str
    dialog_id: str
    site: str
    owner: str
    name: str
    size: int
    created_at: str
    state: FileState = "uploading"
    received: int = 0
    type: str = ""
    sha256: str = ""
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    peaks: tuple[int, ...] = ()
    preview: str = ""
    m4a: str = ""
    kept: int = 0
    reason: str = ""
    sent: bool = False
    behind: int = 0
    tries: int = 0
    recorded: Recorded | None = None
    version: int = 1

    @property
    def blobs(self) -> tuple[str, ...]:
        """The bytes that it names, each once."""
        return tuple(dict.fromkeys(filter(None, (self.sha256, self.preview, self.m4a))))


class Blob(Struct, frozen=True):
    """Bytes by their SHA-256, kept once however many files have them: ``uses`` counts these."""

    id: str
    size: int
    uses: int
    version: int = 1


class Use(Struct, frozen=True):
    """What the files of a site take up: how many they are, and their bytes, those that are still to
    come included."""

    id: str
    files: int = 0
    bytes: int = 0
    version: int = 1


class DialogUse(Struct, frozen=True):
    """What the files of a dialog take up, by the site whose share they are in: how many they are,
    and their bytes."""

    id: str
    dialog_id: str
    sites: dict[str, tuple[int, int]] = {}
    version: int = 1


def use_id(dialog_id: str) -> str:
    """The id of what a dialog has: of the time that is in the dialog's, else of none, with those of
    the rooms."""
    timed = dialog_id.startswith((TICKET, DIALOG))
    return dialog_id if timed else f"{USE_PREFIX}-0-{dialog_id}"


class Attached(Struct, frozen=True, kw_only=True):
    """A file as a message has it, and as it is shown. ``peaks``: how loud the parts of a voice
    message are, of 100. ``url``, ``preview_url``, ``m4a_url``: links that open it for a short
    time; never stored."""

    id: str
    name: str
    size: int
    type: str
    sha256: str
    state: FileState = "ready"
    width: int | UnsetType = UNSET
    height: int | UnsetType = UNSET
    duration_s: float | UnsetType = UNSET
    peaks: tuple[int, ...] | UnsetType = UNSET
    has_preview: bool = False
    has_m4a: bool | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    preview_url: str | UnsetType = UNSET
    m4a_url: str | UnsetType = UNSET


def attach(file: File) -> Attached:
    """What a message keeps of a file."""
    return Attached(
        id=file.id,
        name=file.name,
        size=file.size,
        type=file.type,
        sha256=file.sha256,
        state=file.state,
        width=file.width or UNSET,
        height=file.height or UNSET,
        duration_s=file.duration_s or UNSET,
        peaks=file.peaks or UNSET,
        has_preview=bool(file.preview),
        has_m4a=bool(file.m4a) or UNSET,
        reason=file.reason or UNSET,
    )
