"""What there is of one person: counted, and written down for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from chatd.errors import NotFound, Unavailable
from chatd.protocol.belongings import (
    MOST_PEOPLE,
    Belongings,
    Exported,
    ExportPerson,
    ForgetPerson,
    Forgotten,
    ShowPerson,
)
from chatd.service import belongings, exporting, forgetting
from chatd.service.context import Context, Handlers, Services


def show(cx: Context, command: ShowPerson) -> Belongings:
    """→ ``participants``, and how much is theirs."""
    services = cx.services
    found = list(islice(people(services, command.who), MOST_PEOPLE + 1))
    counted = found[:MOST_PEOPLE]
    ids = {id: None for one in counted for id in belongings.ids_of(services, one)}
    sizes = [file.kept for file in belongings.files(services, ids)]
    return Belongings(
        participants=counted,
        subjects=[one for id in counted if (one := belongings.name_of(services, id))],
        earlier=[id for id in ids if id not in counted],
        tickets=sum(1 for _ in belongings.tickets(services, ids)),
        dialogs=sum(len(belongings.dialogs(services, id)) for id in ids),
        files=len(sizes),
        bytes=sum(sizes),
        more=len(found) > MOST_PEOPLE,
    )


def people(services: Services, who: str) -> Iterator[str]:
    """Whom it is of, one at least."""
    if "@" not in who or belongings.named_by_site(services, who):
        yield belongings.find(services, who)
        return
    empty = True
    for id in belongings.find_by_contact(services, who):
        empty = False
        yield id
    if empty:
        raise NotFound("no ticket's customer has given this address")


def export(cx: Context, command: ExportPerson) -> Exported:
    """→ ``participant_id``, ``directory``, and what was written there."""
    services = cx.services
    id = belongings.find(services, command.participant_id)
    done = exporting.export(services, id, command.directory, notes=command.notes)
    return Exported(
        participant_id=id,
        directory=command.directory,
        messages=done.messages,
        files=done.files,
        bytes=done.bytes,
        missing=done.missing,
    )


def forget(cx: Context, command: ForgetPerson) -> Forgotten:
    """→ how much there was, and whether it is ``gone``. Conflict while a ticket of theirs is
    open."""
    services = cx.services
    ids = belongings.ids_of(services, command.participant_id)
    left = forgetting.weigh(services, ids)
    if command.sure:
        forgetting.forget(services, ids[0])
        with suppress(OSError, Unavailable):  # then whatever made that impossible goes first
            services.maintenance.checkpoint()
    return Forgotten(
        participant_id=ids[0],
        earlier=list(ids[1:]),
        tickets=left.tickets,
        dialogs=left.dialogs,
        messages=left.messages,
        files=left.files,
        bytes=left.bytes,
        backups=forgetting.list_backups(services),
        gone=command.sure,
    )


HANDLERS: Handlers = {ShowPerson: show, ExportPerson: export, ForgetPerson: forget}
