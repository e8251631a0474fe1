"""What a whole upload is: by its content, never by its name; scanned, and a picture made anew, so
that nothing is kept of it but the picture."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from fnmatch import fnmatchcase

from msgspec import Struct

from chatd.domain.file import File
from chatd.domain.places import AVATARS
from chatd.domain.sizes import spell_bytes
from chatd.domain.versions import rerun, successor
from chatd.errors import NotFound, Rejected
from chatd.files import clamd
from chatd.helper import sounds
from chatd.helper.frames import Refused
from chatd.service import filing
from chatd.service.context import Services
from chatd.store.base import Put

LOOKED_AT = 262_144
PIECE = 262_144
PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
PICTURE_SECONDS = 20.0
RECORDED = frozenset(sounds.READERS)
RECORDINGS = ("video/webm", "audio/webm", "video/mp4", "audio/mp4")
RECORDED_BYTES = 16_777_216


class Found(Struct, frozen=True):
    """``picture``, ``preview``: made anew by the helper; nothing where the upload is kept as it
    is. ``m4a``: the same sound for browsers that do not play it."""

    type: str
    width: int = 0
    height: int = 0
    picture: bytes = b""
    preview: bytes = b""
    m4a: bytes = b""


class NotTaken(Rejected):
    """A file that is not taken, whatever is said about it: its type, or what is in it."""


def examine(services: Services, file: File) -> Found:
    """What it is, or Rejected, saying why it is not taken and what is."""
    kind = find_type(services, file)
    check_allowed(kind, taken_of(services, file))
    scan(services, file)
    if kind in PICTURES:
        return make_anew(services, file)
    if file.recorded:
        return Found(kind if "video" in file.recorded.media else kind.replace("video", "audio"))
    return Found(kind, m4a=make_m4a(services, file, kind))


def find_type(services: Services, file: File) -> str:
    """The type that the helper finds in its beginning."""
    begun = services.bytes.read(file.id, 0, LOOKED_AT)
    outcome, _ = services.helpers.do("type", begun, {"whole": file.size <= LOOKED_AT})
    if isinstance(outcome, Refused):
        raise NotTaken(outcome.reason, field="file")
    return str(outcome.facts["type"])


def taken_of(services: Services, file: File) -> Sequence[str]:
    """The types that a file may be of."""
    if file.recorded:
        return RECORDINGS
    return sorted(PICTURES) if is_avatar(file) else services.config.files.types


def is_avatar(file: File) -> bool:
    """Whether somebody wants to be seen as this."""
    return file.dialog_id == AVATARS


def check_allowed(kind: str, allowed: Sequence[str]) -> None:
    """Rejected for a type that is none of these."""
    if not any(fnmatchcase(kind, pattern) for pattern in allowed):
        raise NotTaken(
            f"files of the type {kind} are not taken here, but {', '.join(allowed)}",
            field="file",
            type=kind,
            allowed=list(allowed),
        )


def scan(services: Services, file: File) -> None:
    """Rejected for what the scanner finds something in, if there is one."""
    settings = services.config.files
    if not settings.scanner:
        return
    pieces = (
        services.bytes.read(file.id, offset, PIECE) for offset in range(0, file.received, PIECE)
    )
    if found := clamd.scan(settings.scanner, pieces, settings.scan_seconds):
        raise NotTaken(f"this file is not taken: {found} was found in it", field="file")


def make_anew(services: Services, file: File) -> Found:
    """A picture, upright and bare, as the helper makes it."""
    settings = services.config.files
    if file.size > settings.image_bytes:
        raise NotTaken(
            f"a picture has at most {spell_bytes(settings.image_bytes)}, not {file.size}",
            field="file",
            limit=settings.image_bytes,
        )
    most = settings.image_megapixels * 1_000_000
    options = {"most_pixels": most, "avatar": is_avatar(file)}
    outcome, made = services.helpers.do(
        "image", lambda: services.bytes.read(file.id, 0, file.size), options, PICTURE_SECONDS
    )
    if isinstance(outcome, Refused):
        raise NotTaken(outcome.reason, field="file")
    facts = outcome.facts
    cut = len(made) - int(facts["preview_bytes"])
    return Found(
        str(facts["type"]),
        int(facts["width"]),
        int(facts["height"]),
        made[:cut],
        made[cut:],
    )


def make_m4a(services: Services, file: File, kind: str) -> bytes:
    """Of what was recorded, as only recorders say how long it is."""
    if not file.duration_s or file.size > RECORDED_BYTES or kind not in RECORDED:
        return b""
    read = lambda: services.bytes.read(file.id, 0, file.size)  # noqa: E731
    return services.helpers.make_m4a(services.config.files.ffmpeg, read, kind)


def keep(services: Services, file: File, found: Found) -> File:
    """The bytes are durable, and then the file is ready. Bytes that nobody names yet are not taken
    for those that nobody names any more."""
    made = [data for data in (found.picture, found.preview, found.m4a) if data]
    named = {services.bytes.name(data): data for data in made}
    sizes = {digest: len(data) for digest, data in named.items()}
    if not found.picture:
        sizes = {services.bytes.digest(file.id): file.size, **sizes}
    with ExitStack() as locks:
        for digest in sorted(sizes):
            locks.enter_context(filing.alone(services, filing.name_bytes(digest)))
        for digest, data in named.items():
            services.bytes.put(digest, data)
        if not found.picture:
            services.bytes.keep(file.id, next(iter(sizes)))
        return settle(services, file, found, sizes)


def settle(services: Services, file: File, found: Found, sizes: dict[str, int]) -> File:
    """``sizes``: the bytes that it has from now on, the file's own first."""
    own, *rest = sizes
    other = rest[0] if rest else ""

    def attempt() -> File:
        known = services.store.get(File, file.id)
        if known is None:
            raise NotFound("this file is gone")
        ledger = filing.Ledger(services.store)
        ledger.count(known, 0, sum(sizes.values()) - known.kept)
        for digest, size in sizes.items():
            ledger.use(digest, size)
        ready = successor(
            known,
            state="ready",
            name=f"{known.name}.{found.type.partition('/')[2]}" if known.recorded else known.name,
            type=found.type,
            size=sizes[own],
            kept=sum(sizes.values()),
            sha256=own,
            preview="" if found.m4a else other,
            m4a=other if found.m4a else "",
            width=found.width,
            height=found.height,
        )
        services.store.commit(Put(ready), *ledger.changes())
        return ready

    return rerun(attempt)
