"""What files and their bytes amount to: counted in the commit that changes it, so that bytes stay
as long as a file names them and no longer, and a site never has more than it may."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from loguru import logger
from msgspec.structs import replace

from chatd.domain.file import Blob, DialogUse, File, Use, use_id
from chatd.domain.versions import rerun, successor
from chatd.errors import ChatdError, NotFound, Unavailable
from chatd.service.context import Services
from chatd.store.base import Change, Put, Remove, Store

LOG = logger.bind(area="storage")
PATIENCE_S = 10.0  # with another node: none is at bytes for long


class Ledger:
    """Collects what a commit changes of bytes and sites, each once, however many files it is
    about."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._blobs: dict[str, tuple[Blob | None, Blob]] = {}
        self._uses: dict[str, tuple[Use | None, Use]] = {}
        self._dialogs: dict[str, tuple[DialogUse | None, DialogUse]] = {}

    def count(self, file: File, files: int, size: int) -> Use:
        """The site of a file and its dialog have so many files and bytes more, or fewer; what the
        site has then."""
        self._count_dialog(file, files, size)
        before, now = self._uses.get(file.site) or self._find_use(file.site)
        changed = replace(now, files=now.files + files, bytes=now.bytes + size)
        self._uses[file.site] = before, changed
        return changed

    def _count_dialog(self, file: File, files: int, size: int) -> None:
        before, now = self._dialogs.get(file.dialog_id) or self._find_dialog(file.dialog_id)
        known_files, known_bytes = now.sites.get(file.site, (0, 0))
        sites = {**now.sites, file.site: (known_files + files, known_bytes + size)}
        left = {site: share for site, share in sites.items() if share[0] > 0}
        self._dialogs[file.dialog_id] = before, replace(now, sites=left)

    def use(self, digest: str, size: int) -> None:
        """One file more has these bytes."""
        before, now = self._blobs.get(digest) or self._find_blob(digest, size)
        self._blobs[digest] = before, replace(now, uses=now.uses + 1)

    def remove(self, file: File) -> Remove:
        """A file is gone, and so is its share in what it has."""
        self.count(file, -1, -file.kept)
        for digest in file.blobs:
            before, now = self._blobs.get(digest) or self._find_blob(digest, 0)
            self._blobs[digest] = before, replace(now, uses=now.uses - 1)
        return Remove("files", file.id, file.version)

    def changes(self) -> list[Change]:
        """What is to be committed."""
        changes: list[Change] = []
        for before, now in self._blobs.values():
            if now.uses > 0:
                changes.append(Put(replace(now, version=before.version + 1 if before else 1)))
            elif before:
                changes.append(Remove("blobs", before.id, before.version))
        for known, use in self._uses.values():
            changes.append(Put(replace(use, version=known.version + 1 if known else 1)))
        for had, dialog in self._dialogs.values():
            if dialog.sites:
                changes.append(Put(replace(dialog, version=had.version + 1 if had else 1)))
            elif had:
                changes.append(Remove("dialog_uses", had.id, had.version))
        return changes

    def list_unused(self) -> list[str]:
        """The bytes that no file has any more, once it is committed."""
        return [now.id for _, now in self._blobs.values() if now.uses <= 0]

    def _find_use(self, site: str) -> tuple[Use | None, Use]:
        found = self._store.get(Use, site)
        return found, found or Use(site)

    def _find_dialog(self, dialog_id: str) -> tuple[DialogUse | None, DialogUse]:
        id = use_id(dialog_id)
        found = self._store.get(DialogUse, id)
        return found, found or DialogUse(id, dialog_id)

    def _find_blob(self, digest: str, size: int) -> tuple[Blob | None, Blob]:
        found = self._store.get(Blob, digest)
        return found, found or Blob(digest, size, 0)


def removing(services: Services, ids: Iterable[str]) -> tuple[list[Change], Callable[[], None]]:
    """What the end of these files changes, and what then lets go of their bytes."""
    ledger = Ledger(services.store)
    files = [file for id in ids if (file := services.store.get(File, id))]
    changes: list[Change] = [ledger.remove(file) for file in files]
    changes += ledger.changes()
    unused, uploads = ledger.list_unused(), [file.id for file in files if not file.sent]

    def let_go() -> None:
        for id in uploads:
            drop_upload(services, id)
        for digest in unused:
            let_go_of(services, digest)

    return changes, let_go


def remove(services: Services, ids: Iterable[str]) -> None:
    """These files are gone."""
    listed = list(ids)

    def attempt() -> Callable[[], None]:
        changes, let_go = removing(services, listed)
        if changes:
            services.store.commit(*changes)
        return let_go

    rerun(attempt)()


@contextmanager
def alone(
    services: Services,
    what: str,
    patience: float = PATIENCE_S,
    ask: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Nobody else is at what is named so, neither of this daemon nor of another node; who of this
    one comes meanwhile waits. See :meth:`chatd.files.base.Bytes.alone`."""
    with services.turns.one_at_a_time(what), services.bytes.alone(what, patience, ask):
        yield


def name_upload(id: str) -> str:
    """What who is at an upload locks."""
    return f"upload {id}"


def name_bytes(digest: str) -> str:
    """What who adds bytes, or removes them, locks."""
    return f"bytes {digest}"


def let_go_of(services: Services, digest: str) -> None:
    """Bytes go that no file has; where that fails, whoever sweeps finds them."""
    try:
        with alone(services, name_bytes(digest)):
            if services.store.get(Blob, digest) is None:
                services.bytes.remove(digest)
    except (OSError, ChatdError) as error:
        LOG.warning("bytes that nobody has any more stay for now: {}", error)


def drop_upload(services: Services, id: str) -> None:
    """What was uploaded goes; where that fails, whoever sweeps finds it."""
    try:
        services.bytes.drop(id)
    except (OSError, ChatdError) as error:
        LOG.warning("an upload that is over stays for now: {}", error)


def change(services: Services, id: str, **fields: object) -> File:
    """A file with other fields, durable; NotFound where it is gone by now."""

    def attempt() -> File:
        known = services.store.get(File, id)
        if known is None:
            raise NotFound("this file is gone")
        changed = successor(known, **fields)
        services.store.commit(Put(changed))
        return changed

    return rerun(attempt)


def failing(error: OSError) -> Unavailable:
    """What is told of a disk that fails or is full; where, the log says."""
    LOG.error("files cannot be written: {}", error)
    return Unavailable(
        f"files cannot be written: {error.strerror or 'a fault of the disk'}; what has come so far "
        "is kept, go on later",
        retry_after=5,
    )
