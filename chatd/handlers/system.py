"""Who I am, whether the daemon is there, and whether I am: hello, ping, presence."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import NamedTuple

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from chatd.domain import policy, topics
from chatd.domain.participant import Participant
from chatd.domain.person import avatar_path
from chatd.domain.principal import Principal, of_visitor
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.errors import (
    ChatdError,
    Forbidden,
    ForeignOrigin,
    Invalid,
    NotFound,
    Unauthenticated,
    foreign_token,
    needs_enrolling,
)
from chatd.handlers import dialogs
from chatd.live.connections import CLOSE_REPLACED, Connection
from chatd.protocol.commands import Hello, Ping, SetPresence
from chatd.protocol.results import OwnPresence, Pong, Welcome
from chatd.protocol.views import FileLimits, Me
from chatd.service import (
    calls,
    episodes,
    expiry,
    identity,
    invitations,
    naming,
    presence,
    subjects,
    views,
    visiting,
    visits,
)
from chatd.service.changes import current
from chatd.service.context import Caller, Context, Handlers, Services
from chatd.service.texts import site_text


class Told(NamedTuple):
    """What only those are told whom their site names."""

    tickets: list[str] = []
    ends_at: str | UnsetType = UNSET
    left_out: list[str] = []


class Who(NamedTuple):
    """Who says hello, and the token to come back with."""

    principal: Principal
    token: str
    signed: Told = Told()


def hello(cx: Context, command: Hello) -> Welcome:
    """→ ``participant``, ``token``, ``greeting``, ``ticket`` when one was named that can be read,
    and with a ``join`` what came of each, as ``joined``."""
    services = cx.services
    principal, token, signed = whoever(cx, command)
    services.bans.check(cx.caller.address, principal.id, services.now())
    if principal.must_enrol:
        raise needs_enrolling()
    wanted = [command.ticket_id] if command.ticket_id is not None else signed.tickets
    tickets = list(views.readable_views(lambda id: own_ticket(services, principal, id), wanted))
    if cx.caller.connection:
        key = key_of(principal, token, command.device, cx.caller.connection)
        take_over(services, cx.caller.connection, principal, key, works=not command.off_duty)
    visiting.note(services, principal, command.here, cx.caller)
    presence.rename(services, principal)
    shown = views.readable_views(
        lambda one: views.ticket_view(services, current(services, one.id), principal),
        tickets,
    )
    caller = replace(cx.caller, principal=principal)
    if cx.caller.connection and command.call_id:
        with suppress(ChatdError):  # it is over
            calls.take_up(services, principal, cx.caller.connection, command.call_id)
    in_calls = [calls.view(one) for one in services.calls.of(principal.id)]
    return Welcome(
        joined=dialogs.join_all(cx, caller, command.join) if command.join else UNSET,
        participant=participant_view(principal),
        token=None if command.session else token,
        site=principal.site or None,
        greeting=site_text(services, principal.site, "greeting"),
        ticket=next(iter(shown), None),
        files=file_limits(services),
        server_time=to_text(services.now()),
        calls=in_calls or UNSET,
        ends_at=signed.ends_at,
        left_out=signed.left_out or UNSET,
        invitation=invitations.view_for(services, principal) or UNSET,
    )


def key_of(principal: Principal, token: str, device: str, connection: Connection) -> str:
    """By what a later connection replaces this one: a person who names no device has as many as
    they like."""
    return f"{token}/{device or (connection.id if principal.account else '')}"


def file_limits(services: Services) -> FileLimits | None:
    """How much of files is taken here, if any."""
    settings = services.config.files
    if not settings.enabled:
        return None
    return FileLimits(max_bytes=settings.max_bytes, per_message=settings.per_message)


def whoever(cx: Context, command: Hello) -> Who:
    """The principal of the token, whom the site names, or a visitor who was not here before."""
    services = cx.services
    if command.user_token:
        return named_by_site(cx, command, command.user_token)
    if command.session:
        session = cx.caller.session or ""
        return Who(identity.identify(services, session, cx.caller.address), session)
    if command.token:
        principal = identity.identify(services, command.token, cx.caller.address)
        identity.refuse_foreign(principal, cx.caller)
        if principal.kind == "visitor":
            principal = returning(services, cx.caller, principal, command)
        return Who(principal, command.token)
    site = site_of(services, cx.caller, command.site)
    name = command.name or site_text(
        services, site, "guest_name", number=secrets.randbelow(9000) + 1000
    )
    services.limiter.hit("visitors_per_address", cx.caller.address)
    participant, token = identity.new_visitor(
        services, identity.clean_name(name), site, cx.caller.seed
    )
    return Who(of_visitor(participant), token)


def named_by_site(cx: Context, command: Hello, user_token: str) -> Who:
    """The person of whom their site says who it is. What the visitor began who they were here is
    theirs from then on; nobody comes back to it by the token of before."""
    services, caller = cx.services, cx.caller
    site = site_of(services, caller, command.site)
    said = subjects.read_claims(services, site, user_token)
    before = visitor_before(cx, command.token, site)
    name = command.name or site_text(
        services, site, "guest_name", number=secrets.randbelow(9000) + 1000
    )
    if subjects.find(services, site, said.subject) is None and before is None:
        services.limiter.hit("visitors_per_address", caller.address)
    known = subjects.introduce(
        services, site, said, before, command.token or "", identity.clean_name(name)
    )
    who = known.participant
    if known.came:
        subjects.take_over(services, known.came, who.id)
        who = services.store.get(Participant, who.id) or who
    if known.promoted or known.came:
        gone = known.came.id if known.came else who.id
        services.nodes.tell("come_over", gone)
        visits.end(services, gone, caller.connection)
    if known.news:
        naming.spread(services, who)
    device = who.signed and who.signed.device_of(known.token.partition(".")[2])
    newest = [one.id for one in subjects.own_tickets(services, who)[:1]]
    ends_at = device.expires_at if device else UNSET
    return Who(of_visitor(who), known.token, Told(newest, ends_at, list(said.left_out)))


def visitor_before(cx: Context, token: str | None, site: str) -> Participant | None:
    """Who somebody was here until now, if that was a visitor of the site; a token that is good no
    more is none."""
    try:
        principal = identity.identify(cx.services, token, cx.caller.address) if token else None
    except Unauthenticated:
        return None
    if principal is None or (principal.kind == "visitor" and principal.site != site):
        return None
    if principal.kind != "visitor" or principal.account:
        raise Invalid(
            "user_token: is for visitors, not with an account's token", field="user_token"
        )
    return cx.services.store.get(Participant, principal.id)


def returning(
    services: Services, caller: Caller, principal: Principal, command: Hello
) -> Principal:
    """A visitor who was here before, on their own site, perhaps under a new name."""
    allowed = caller.sites
    if command.site not in (None, principal.site) or (
        allowed is not None and principal.site not in allowed
    ):
        raise foreign_token()
    if not command.name:
        return principal
    participant = services.store.get(Participant, principal.id)
    if participant and identity.clean_name(command.name) != participant.name:
        if participant.signed and participant.signed.named:
            raise Forbidden(
                "the name is signed by the site, and only it changes that", field="name"
            )
        services.limiter.hit("renames_per_participant", principal.id)
        services.limiter.hit("renames_per_address", caller.address)
        participant = identity.rename(services, participant, identity.clean_name(command.name))
        naming.spread(services, participant)
    return replace(principal, name=participant.name) if participant else principal


def site_of(services: Services, caller: Caller, asked: str | None) -> str:
    """The site that a newcomer belongs to: the one asked for, if the page may speak for it."""
    sites = list(services.config.sites)
    allowed = sites if caller.sites is None else [one for one in sites if one in caller.sites]
    if asked and asked not in sites:
        raise Invalid(f"no such site {asked!r}", field="site")
    if not allowed or (asked and asked not in allowed):
        origin = caller.connection.origin if caller.connection else None
        raise ForeignOrigin("this page's origin may not connect to this site", origin)
    return asked or allowed[0]


def own_ticket(services: Services, principal: Principal, ticket_id: str) -> Ticket:
    """The ticket that somebody comes back to; NotFound where it is not theirs."""
    ticket = services.ticket_for(principal, ticket_id)
    if ticket and (ticket.customer_id == principal.id or looks_after(principal, ticket)):
        return ticket
    raise NotFound("no such ticket")


def looks_after(principal: Principal, ticket: Ticket) -> bool:
    """Whether this is staff who sees such tickets."""
    return principal.serves(ticket.site) and policy.judge(principal, "ticket:list") is None


def take_over(
    services: Services, connection: Connection, principal: Principal, key: str, *, works: bool
) -> None:
    """The connection becomes this principal's; an older one with the same token goes. ``works``:
    an operator is on line by it."""
    if connection.principal.id and connection.principal.id != principal.id:
        presence.let_go(services, connection)
    old = services.connections.identify(connection, principal, key)
    expiry.follow_end(services, connection)
    services.hub.hold(topics.participant(principal.id), connection)
    if principal.operator:
        begins = presence.connect_operator if works else presence.disconnect_operator
        begins(services, principal.operator, connection)
    if old is not None and old is not connection:
        presence.disconnect(services, old)
        old.close(CLOSE_REPLACED, "replaced by a newer connection")
    episodes.note_whereabouts(services, principal)


def participant_view(principal: Principal) -> Me:
    """What ``hello`` says of who said it."""
    return Me(
        id=principal.id,
        name=principal.name,
        kind=principal.kind,
        site=principal.site or None,
        role=principal.role,
        username=principal.operator or principal.account,
        avatar=avatar_path(principal.avatar),
    )


def ping(cx: Context, command: Ping) -> Pong:
    """→ the daemon's time."""
    return Pong(server_time=to_text(cx.services.now()))


def set_presence(cx: Context, command: SetPresence) -> OwnPresence:
    """Here or away: told in every conversation that I am in."""
    services, who = cx.services, cx.principal
    away = command.status == "away"
    if who.operator:
        declared = cx.caller.connection is None
        services.operators.set_away(who.operator, away, declared=declared)
        presence.tell_colleagues(services, who.operator, command.status)
    if services.presence.set_away(who.id, away) and cx.caller.connection:
        for dialog_id in cx.caller.connection.dialogs():
            presence.tell_status(services, dialog_id, who)
    return OwnPresence(status=command.status)


HANDLERS: Handlers = {Hello: hello, Ping: ping, SetPresence: set_presence}
