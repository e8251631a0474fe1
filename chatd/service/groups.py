"""Who is in dialogs of people: let in, put out, gone by themselves; each in one commit with the
lists of those whom it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from msgspec.structs import replace

from chatd.domain import topics
from chatd.domain.dialog import Dialog, Link, Member, Memberships
from chatd.domain.participant import Participant
from chatd.domain.person import Account
from chatd.domain.times import to_text
from chatd.domain.tokens import digest
from chatd.domain.versions import rerun
from chatd.errors import Conflict, NotFound
from chatd.protocol.events import MembersChange
from chatd.service import calls, listing, presence
from chatd.service.context import Services
from chatd.store.base import Advance, Change, Committed, Forget, Put, Touch


def find_account(services: Services, site: str, username: str) -> Account:
    """A person of a site whom others can write to, or NotFound."""
    account = services.store.get(Account, username)
    who = services.store.get(Participant, account.participant) if account else None
    if account is None or account.disabled or who is None or who.site != site:
        raise NotFound(f"no such user {username!r}")
    return account


def newcomer(services: Services, dialog: Dialog, account: Account) -> Member:
    """Somebody who comes into a dialog now, and sees as much of what was as its setting says."""
    last = services.store.conversation(dialog.id).last_seq if dialog.past == "none" else 0
    joined_at = to_text(services.now())
    return Member(account.participant, account.id, joined_at, last)


def pair_id(*participants: str) -> str:
    """What the direct dialog of two people is found by."""
    return digest("/".join(sorted(participants)))


def count_companions(services: Services, participant_id: str, more: int) -> None:
    """RateLimited for who has put as many people into dialogs as one may in a while."""
    if more:
        services.limiter.hit("companions_per_participant", participant_id, more)


def check_room(services: Services, dialog: Dialog, more: int = 1) -> None:
    """Conflict where as many are in a dialog as may be."""
    most = services.config.people.group_size
    if len(dialog.members) + more > most:
        raise Conflict(f"{most} people are in a group at most", allowed=most)


def list_with(services: Services, member: Member, dialog_id: str) -> Put:
    """Somebody's list with one more dialog; Conflict where it has as many as it may."""
    known = services.store.get(Memberships, member.id)
    most = services.config.people.dialogs
    if known and len(known.dialogs) >= most:
        text = f"{member.username} is in {most} dialogs, as many as there may be"
        raise Conflict(text, allowed=most)
    fresh = Memberships(id=member.id, dialogs={dialog_id: ""})
    return Put(known.with_dialog(dialog_id) if known else fresh)


def list_without(services: Services, participant_id: str, dialog_id: str) -> Sequence[Put]:
    """Somebody's list without a dialog."""
    known = services.store.get(Memberships, participant_id)
    return [Put(known.without_dialog(dialog_id))] if known else []


def settle(
    services: Services,
    dialog: Dialog,
    change: MembersChange,
    *also: Change,
    gone: str = "",
    by: str = "",
) -> Dialog:
    """Commits a changed dialog with what belongs to it, and tells those who are in it; who is
    ``gone`` hears nothing of it any more from then on. ``by``: the name of who put them out."""

    def publish(done: Committed) -> None:
        if gone:
            put_out(services, dialog.id, gone, by)
        listing.tell_members(services, dialog, change)

    services.store.commit(Put(dialog), Touch(dialog.id), *also, then=publish)
    if gone:
        calls.leave(services, dialog.id, gone)
    return dialog


def let_in(services: Services, dialog: Dialog, account: Account, *also: Change) -> Dialog:
    """Somebody comes into a group, having read all that was; who is in it already stays."""
    check_room(services, dialog)
    member = newcomer(services, dialog, account)
    last = services.store.conversation(dialog.id).last_seq
    read = [Advance(dialog.id, member.id, delivered=last, read=last)] if last else []
    joining = list_with(services, member, dialog.id)
    return settle(services, dialog.with_member(member), "joined", joining, *read, *also)


def let_go(
    services: Services, dialog: Dialog, participant_id: str, *, by: str = "", **fields: Any
) -> Dialog:
    """Somebody is in a group no longer. ``by``: the name of who put them out; ``fields``: what else
    changes of it."""
    left = replace(dialog.without_member(participant_id), **fields)
    forgotten = Forget(dialog.id, (participant_id,))
    lists = list_without(services, participant_id, dialog.id)
    return settle(services, left, "left", *lists, forgotten, gone=participant_id, by=by)


def hide(services: Services, dialog: Dialog, participant_id: str) -> None:
    """A dialog of two is out of the list of one of them, who is not told what happens in it, until
    they, or the other, begin it again."""
    away = (*dialog.away, participant_id)
    hidden = replace(dialog, away=away, version=dialog.version + 1)
    lists = list_without(services, participant_id, dialog.id)
    gone = partial(put_out, services, dialog.id, participant_id)
    services.store.commit(Put(hidden), *lists, then=lambda done: gone())


def bring_back(services: Services, dialog: Dialog, *returning: str) -> Dialog:
    """A dialog of two is again in the lists of those who had put it out of theirs; who was
    forgotten has none."""
    hidden = [one for one in dialog.members if one.id in returning and one.id in dialog.away]
    back = [one for one in hidden if one.username]
    if not back:
        return dialog
    away = tuple(one for one in dialog.away if one not in returning)
    shown = replace(dialog, away=away, version=dialog.version + 1)
    lists = [list_with(services, one, dialog.id) for one in back]
    return settle(services, shown, "created", *lists)


def put_out(services: Services, dialog_id: str, participant_id: str, by: str = "") -> None:
    """None of somebody's connections follows a dialog any more, and they are told that it is gone
    for them, and ``by`` whom."""
    services.nodes.tell("put_out", dialog_id, participant_id)
    put_out_here(services, dialog_id, participant_id)
    listing.tell_gone(services, dialog_id, participant_id, by)


def put_out_here(services: Services, dialog_id: str, participant_id: str) -> None:
    """Those to this process."""
    topic = topics.dialog(dialog_id)
    for connection in services.connections.of(participant_id):
        if topic in connection.topics:
            presence.leave(services, dialog_id, connection)


def quit_all(services: Services, participant_id: str) -> None:
    """Somebody whose account is gone is in no group any more; of a direct dialog the other keeps
    what was said."""
    known = services.store.get(Memberships, participant_id)
    for dialog_id in known.dialogs if known else ():
        rerun(partial(quit_one, services, participant_id, dialog_id))


def quit_one(services: Services, participant_id: str, dialog_id: str) -> None:
    """Somebody is in a group no longer, as it is by now."""
    dialog = services.store.get(Dialog, dialog_id)
    if dialog and dialog.form == "group" and dialog.member(participant_id):
        let_go(services, dialog, participant_id)


def open_links(services: Services, dialog: Dialog) -> tuple[Link, ...]:
    """The invitations into a group that have not run out."""
    now = to_text(services.now())
    return tuple(one for one in dialog.links if one.expires_at > now)
