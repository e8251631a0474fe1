"""Somebody is forgotten: at once for everybody, then what they have said and sent; what others said
to each other stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from chatd.domain.dialog import Dialog, Memberships
from chatd.domain.erasure import Erasure
from chatd.domain.participant import Ban, Participant
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.domain.versions import rerun, successor
from chatd.errors import Conflict, NotFound
from chatd.live.connections import CLOSE_UNIDENTIFIED
from chatd.service import belongings, calls, erasing, groups, identity, listing, presence, subjects
from chatd.service.context import Services
from chatd.store.base import Change, Put, Remove

BACKUP = "store:backup"
NEWEST = 100_000


class Left(Struct, frozen=True):
    """How much of somebody there is."""

    tickets: int
    dialogs: int
    messages: int
    files: int
    bytes: int


def weigh(services: Services, ids: Sequence[str]) -> Left:
    """What would go of who is here under all these ids. NotFound where there is nothing, Conflict
    while a ticket of theirs is open."""
    tickets = closed_tickets(services, ids)
    if services.store.get(Participant, ids[0]) is None and not tickets:
        raise NotFound(f"there is nothing of {ids[0]!r}")
    sizes = [one.kept for one in belongings.files(services, ids)]
    said = sum(1 for _ in belongings.said_elsewhere(services, ids))
    return Left(
        tickets=len(tickets),
        dialogs=sum(len(belongings.dialogs(services, id)) for id in ids),
        messages=said + sum(erasing.weigh(services, one).messages for one in tickets),
        files=len(sizes),
        bytes=sum(sizes),
    )


def closed_tickets(services: Services, ids: Sequence[str]) -> list[Ticket]:
    """All of somebody's; Conflict while one is open: somebody may be writing in it."""
    found = list(belongings.tickets(services, ids))
    if still := [one.id for one in found if one.open]:
        raise Conflict(f"{', '.join(still[:5])} is open: close it first", tickets=still)
    return found


def begin(services: Services, participant_id: str) -> list[Erasure]:
    """They are there for nobody any more, and durable that the rest of it is to go, whoever they
    were here before."""
    ids = belongings.ids_of(services, participant_id)
    own = ids[0]
    groups.quit_all(services, own)
    tickets, store = closed_tickets(services, ids), services.store
    places = tuple(id for one in tickets for id in erasing.dialogs_of(one))
    at = to_text(services.now())
    erasures = [Erasure(id, places if id == own else (), at, participant=True) for id in ids]
    directs = list(dialogs_of_two(services, own))
    gone = [one for ticket in tickets for one in erasing.without_ticket(services, ticket)]
    for dialog in directs:
        gone += [Put(dialog), *erasing.without_pair(services, dialog)]
    gone += [change for id in ids for change in identities(services, id)]

    def tell() -> None:
        for ticket in tickets:
            erasing.tell_of_ticket(services, ticket)
        for dialog in directs:
            listing.tell_members(services, dialog, "changed")

    store.commit(*gone, *map(Put, erasures), then=lambda done: tell())
    for dialog in directs:
        calls.leave(services, dialog.id, own)
    return erasures


def dialogs_of_two(services: Services, participant_id: str) -> Iterator[Dialog]:
    """Those that they are in, without their user name, and out of their list; the other keeps what
    the other said."""
    for dialog_id in belongings.dialogs(services, participant_id):
        dialog = services.store.get(Dialog, dialog_id)
        if dialog and dialog.form == "direct":
            members = (
                replace(one, username="") if one.id == participant_id else one
                for one in dialog.members
            )
            away = tuple({*dialog.away, participant_id})
            yield successor(dialog, members=tuple(members), away=away)


def identities(services: Services, participant_id: str) -> Iterator[Change]:
    """What says who they are, and lets them in or keeps them out."""
    store = services.store
    if who := store.get(Participant, participant_id):
        yield Remove("participants", who.id, who.version)
        yield from subjects.forget_subject(services, who)
    if account := belongings.account_of(services, participant_id):
        yield Remove("accounts", account.id, account.version)
        found = identity.sessions_of_person(services, account.id)
        yield from (Remove("sessions", one.id) for one in found)
    if lists := store.get(Memberships, participant_id):
        yield Remove("memberships", lists.id, lists.version)
    if ban := store.get(Ban, participant_id):
        yield Remove("bans", ban.id)


def forget(services: Services, participant_id: str) -> None:
    """All of it is gone when this returns; after a crash, whoever sweeps goes on with it."""
    ids = belongings.ids_of(services, participant_id)
    bans = [ban for id in ids if (ban := services.store.get(Ban, id))]
    erasures = rerun(partial(begin, services, participant_id))
    for ban in bans:
        services.bans.remove(ban)
    for erasure in erasures:
        services.nodes.tell("forget", erasure.id)
        expel_here(services, erasure.id)
    for erasure in erasures:
        erasing.finish(services, erasure)


def expel_here(services: Services, participant_id: str) -> None:
    """None of their connections to this process is left."""
    for connection in services.connections.of(participant_id):
        presence.disconnect(services, connection)
        connection.close(CLOSE_UNIDENTIFIED, "everything of yours was removed here")


def list_backups(services: Services) -> list[str]:
    """Where, and when, copies of everything were made that the audit log knows of."""
    return [
        f"{entry['target']} ({entry['at']})"
        for entry in services.audit.list_newest(NEWEST)
        if entry.get("command") == BACKUP and entry.get("outcome") == "done"
    ]
