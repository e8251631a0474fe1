"""What people are seen as: a picture of their own, told to those who see them, gone with the next
one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from chatd.domain.dialog import Dialog, Memberships
from chatd.domain.file import File
from chatd.domain.participant import Participant
from chatd.domain.places import AVATARS
from chatd.domain.principal import of_person
from chatd.domain.versions import successor
from chatd.errors import Conflict, Damaged, NotFound, Unavailable
from chatd.runtime.loop import in_turns
from chatd.service import filing, listing, presence
from chatd.service.context import Services
from chatd.store.base import Change, Put


def find(services: Services, file_id: str) -> File:
    """Somebody's picture, or NotFound."""
    file = services.store.get(File, file_id)
    if file is None or file.dialog_id != AVATARS or not file.sent:
        raise NotFound("no such picture")
    return file


def find_own(services: Services, participant_id: str, file_id: str) -> File:
    """A picture that somebody has uploaded to be seen as, or NotFound; Conflict for one that is
    not ready."""
    file = services.store.get(File, file_id)
    if file is None or file.owner != participant_id or file.dialog_id != AVATARS or file.sent:
        raise NotFound(f"no picture {file_id} of yours was uploaded into {AVATARS}")
    if file.state != "ready":
        raise Conflict(f"file {file_id} is {file.state}: it is no picture yet", state=file.state)
    return file


def put_on(services: Services, who: Participant, file: File | None) -> Participant:
    """Somebody is seen as this from now on, or by their initials; the picture before goes."""
    seen = successor(who, avatar=file.id if file else "")
    taken = [Put(successor(file, sent=True))] if file else []
    unseen, let_go = withdraw(services, who.id)
    services.store.commit(Put(seen), *taken, *unseen)
    let_go()
    return seen


def withdraw(services: Services, participant_id: str) -> tuple[list[Change], Callable[[], None]]:
    """What the end of somebody's picture changes, and what then lets go of its bytes."""
    who = services.store.get(Participant, participant_id)
    return filing.removing(services, [who.avatar] if who and who.avatar else [])


def spread(services: Services, who: Participant, username: str) -> None:
    """Whoever sees them is told. Nobody waits for that."""
    presence.rename(services, of_person(who, username))
    services.tasks.spawn(f"avatar:{username}", tell, services, who.id)


def tell(services: Services, participant_id: str) -> None:
    """The others of their dialogs of two hear of it in their lists; those of groups, who have them
    open."""
    known = services.store.get(Memberships, participant_id)
    for dialog_id in in_turns(known.dialogs if known else ()):
        with suppress(Damaged, Unavailable):
            dialog = services.store.get(Dialog, dialog_id)
            if dialog and dialog.form == "direct":
                listing.tell_members(services, dialog, "changed")
            elif dialog:
                listing.tell_here(services, dialog, "changed")
