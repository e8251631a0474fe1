"""Dialogs that people have among themselves: begun, listed, and who is in them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from msgspec.structs import replace

from chatd.domain import topics
from chatd.domain.dialog import MOST_LINKS, Dialog, Link, Member, Memberships, Pair
from chatd.domain.person import Account
from chatd.domain.place import DialogPlace
from chatd.domain.times import to_epoch, to_text
from chatd.domain.tokens import digest
from chatd.errors import Conflict, Damaged, Forbidden, Invalid, NotFound
from chatd.handlers import dialogs
from chatd.protocol.companions import Direct, Group
from chatd.protocol.groups import (
    CreateDialog,
    EndLinks,
    EnterDialog,
    HandOver,
    InviteIntoDialog,
    ListDialogs,
    MakeLink,
    MuteDialog,
    QuitDialog,
    RemoveFromDialog,
    RenameDialog,
    SetPast,
    WatchDialogs,
)
from chatd.protocol.results import DialogList, GroupLink, Left, OneDialog
from chatd.service import groups, listing, pages, people, views
from chatd.service.context import Context, Handlers
from chatd.service.expiry import HOUR
from chatd.service.identity import clean_name
from chatd.service.people import NEVER
from chatd.store.base import Put

UNINVITED = "this invitation is unknown, used up or has run out"


def create(cx: Context, command: CreateDialog) -> OneDialog:
    """→ ``dialog``: of two people always the same one."""
    services, who = cx.services, cx.principal
    own = people.find(services, who.account or "")
    names = [one for one in dict.fromkeys(command.companions) if one != own.id]
    others = [groups.find_account(services, who.site, name) for name in names]
    if command.kind == "direct":
        return answer(cx, between(cx, own, others))
    if command.title is None:
        raise Invalid("a group has a title", field="title")
    title = clean_name(command.title, "title")
    begun = begin(cx, [own, *others])
    groups.count_companions(services, who.id, len(others))
    made = replace(begun, form="group", title=title, owner=who.id, past=command.past)
    groups.check_room(services, made, more=0)
    lists = [groups.list_with(services, one, made.id) for one in made.members]
    return answer(cx, groups.settle(services, made, "created", *lists))


def begin(cx: Context, everybody: Iterable[Account]) -> Dialog:
    """A new direct dialog, which may become a group, still to be stored."""
    now = cx.services.now()
    members = tuple(Member(one.participant, one.id, to_text(now)) for one in everybody)
    return Dialog(
        id=cx.services.new_dialog.id(now),
        form="direct",
        site=cx.principal.site,
        members=members,
        created_at=to_text(now),
    )


def between(cx: Context, own: Account, others: list[Account]) -> Dialog:
    """The one dialog of two people, which is made when it is first asked for. Where both ask at
    once the pair's version lets one of them, and the other finds it."""
    if len(others) != 1:
        raise Invalid("a direct dialog is with one other person", field="with")
    services, (other,) = cx.services, others
    both = groups.pair_id(own.participant, other.participant)
    pair = services.store.get(Pair, both)
    known = services.store.get(Dialog, pair.dialog_id) if pair else None
    if known:
        return groups.bring_back(services, known, own.participant)
    groups.count_companions(services, own.participant, 1)
    made = begin(cx, (own, other))
    lists = [groups.list_with(services, one, made.id) for one in made.members]
    return groups.settle(services, made, "created", Put(Pair(id=both, dialog_id=made.id)), *lists)


def answer(cx: Context, dialog: Dialog) -> OneDialog:
    """→ ``dialog`` as who asks sees it now."""
    services = cx.services
    place = DialogPlace(dialog.id, dialog, services.dialog_terms)
    return OneDialog(dialog=views.dialog_view(services, place, cx.principal))


def everything(cx: Context, command: ListDialogs | WatchDialogs) -> DialogList:
    """→ ``dialogs`` in the order of their ids; whether there are ``more``, and the ``cursor`` that
    gets those."""
    known, after = cx.services.store.get(Memberships, cx.principal.id), command.cursor or ""
    page = pages.list_page(
        cx,
        sorted(id for id in (known.dialogs if known else ()) if id > after),
        lambda id: row_of(cx, id),
        limit=command.limit,
        cursor=str,
    )
    return DialogList(dialogs=page.rows, more=page.more, cursor=page.cursor)


def row_of(cx: Context, dialog_id: str) -> Direct | Group:
    """A dialog as it is in the list of who asks; Damaged where it is not what their list says."""
    services, who = cx.services, cx.principal
    dialog = services.store.get(Dialog, dialog_id)
    if dialog is None or dialog.member(who.id) is None:
        raise Damaged(f"{dialog_id} is in the list of {who.id}, who is not in it")
    place = DialogPlace(dialog_id, dialog, services.dialog_terms)
    return views.dialog_view(services, place, who, listed=True)


def watch(cx: Context, command: WatchDialogs) -> DialogList:
    """→ the list now; what happens in all of it follows."""
    connection = dialogs.require_connection(cx)
    cx.services.hub.hold(topics.listing(cx.principal.id), connection)
    return everything(cx, command)


def group_of(cx: Context) -> Dialog:
    """The group that a command is about; Conflict for a dialog of two people."""
    if cx.dialog.form != "group":
        raise Conflict("this is a dialog of two people: nobody comes or goes")
    return cx.dialog


def other_in(cx: Context, username: str) -> Member:
    """Somebody else in a group, or NotFound."""
    member = group_of(cx).by_name(username)
    if member is None:
        raise NotFound(f"{username!r} is not in this group")
    if member.id == cx.principal.id:
        raise Conflict("this is you: name somebody else, or quit the group")
    return member


def invite(cx: Context, command: InviteIntoDialog) -> OneDialog:
    """→ ``dialog``; who is in it already stays so."""
    dialog = group_of(cx)
    account = groups.find_account(cx.services, dialog.site, command.who)
    if dialog.member(account.participant):
        return answer(cx, dialog)
    groups.count_companions(cx.services, cx.principal.id, 1)
    return answer(cx, groups.let_in(cx.services, dialog, account))


def remove(cx: Context, command: RemoveFromDialog) -> OneDialog:
    """→ ``dialog`` without them, and without any invitation: they may have the code of one."""
    member = other_in(cx, command.who)
    by = cx.principal.name
    return answer(cx, groups.let_go(cx.services, group_of(cx), member.id, by=by, links=()))


def rename(cx: Context, command: RenameDialog) -> OneDialog:
    """→ ``dialog`` under its new title."""
    dialog, title = group_of(cx), clean_name(command.title, "title")
    renamed = replace(dialog, title=title, version=dialog.version + 1)
    return answer(cx, groups.settle(cx.services, renamed, "renamed"))


def set_past(cx: Context, command: SetPast) -> OneDialog:
    """→ ``dialog``; nothing changes for those who are in it."""
    changed = replace(group_of(cx), past=command.past, version=group_of(cx).version + 1)
    return answer(cx, groups.settle(cx.services, changed, "changed"))


def hand_over(cx: Context, command: HandOver) -> OneDialog:
    """→ ``dialog`` of its new owner."""
    dialog, member = group_of(cx), other_in(cx, command.who)
    changed = replace(dialog, owner=member.id, version=dialog.version + 1)
    return answer(cx, groups.settle(cx.services, changed, "handed_over"))


def make_link(cx: Context, command: MakeLink) -> GroupLink:
    """→ ``code``, ``uses`` and ``expires_at``; Conflict for one too many."""
    services, dialog = cx.services, group_of(cx)
    links = groups.open_links(services, dialog)
    if len(links) >= MOST_LINKS:
        raise Conflict(f"{MOST_LINKS} invitations to this dialog are open; that is the most")
    secret, until = secrets.token_urlsafe(18), to_text(services.now() + command.hours * HOUR)
    link = Link(digest(secret), command.uses, until)
    changed = replace(dialog, links=(*links, link), version=dialog.version + 1)
    groups.settle(services, changed, "changed")
    code = f"{dialog.id}.{secret}"
    return GroupLink(dialog_id=dialog.id, code=code, uses=command.uses, expires_at=until)


def end_links(cx: Context, command: EndLinks) -> OneDialog:
    """→ ``dialog`` that nobody comes into by a code."""
    changed = replace(group_of(cx), links=(), version=group_of(cx).version + 1)
    return answer(cx, groups.settle(cx.services, changed, "changed"))


def enter(cx: Context, command: EnterDialog) -> OneDialog:
    """→ ``dialog``. Forbidden for whatever code lets nobody in: of no dialog is said that it is
    there. Who is in it already uses nothing up."""
    services, who = cx.services, cx.principal
    dialog_id, _, secret = command.code.partition(".")
    found = services.store.get(Dialog, dialog_id) if DialogPlace.is_named(dialog_id) else None
    links = groups.open_links(services, found) if found else ()
    link = next((one for one in links if one.id == digest(secret)), None)
    if found is None or link is None or found.site != who.site:
        raise Forbidden(UNINVITED)
    if found.member(who.id):
        return answer(cx, found)
    left = [replace(one, left=one.left - 1) if one is link else one for one in links]
    open_now = replace(found, links=tuple(one for one in left if one.left))
    account = people.find(services, who.account or "")
    return answer(cx, groups.let_in(services, open_now, account))


def leave(cx: Context, command: QuitDialog) -> Left:
    """→ ``dialog_id``, which is not there any more for who asks; one of two people until either of
    them begins it again."""
    leaves = groups.let_go if cx.dialog.form == "group" else groups.hide
    leaves(cx.services, cx.dialog, cx.principal.id)
    return Left(dialog_id=command.dialog_id)


def mute(cx: Context, command: MuteDialog) -> OneDialog:
    """→ ``dialog`` as it is in one's list now."""
    services, dialog, who = cx.services, cx.dialog, cx.principal
    known = services.store.get(Memberships, who.id)
    assert known, "nobody is in a dialog that is not in their list"
    until = "" if command.off else read_time(command.until) if command.until else NEVER
    own = DialogPlace(dialog.id, dialog, services.dialog_terms)
    services.store.commit(
        Put(known.mute(dialog.id, until)),
        then=lambda done: listing.tell_own(services, own, who.id, "muted"),
    )
    return answer(cx, dialog)


def read_time(text: str) -> str:
    """A time that somebody named, as times are stored."""
    try:
        return to_text(to_epoch(text))
    except (ValueError, OverflowError):
        raise Invalid("'until' is a time like 2030-01-31T08:00:00Z", field="until") from None


HANDLERS: Handlers = {
    CreateDialog: create,
    ListDialogs: everything,
    WatchDialogs: watch,
    InviteIntoDialog: invite,
    RemoveFromDialog: remove,
    RenameDialog: rename,
    SetPast: set_past,
    HandOver: hand_over,
    MakeLink: make_link,
    EndLinks: end_links,
    EnterDialog: enter,
    QuitDialog: leave,
    MuteDialog: mute,
}
