"""Calls between two: start, accept, decline, end, and what browsers tell each other meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, starmap

from loguru import logger
from msgspec import UNSET, convert
from msgspec.structs import asdict

from chatd.domain import topics, voice
from chatd.domain.call import PREFIX, Action, Call, Party
from chatd.domain.ids import new_id
from chatd.domain.participant import Operator, Participant
from chatd.domain.principal import operator_id
from chatd.domain.quality import Quality
from chatd.domain.recording import Medium
from chatd.domain.times import to_text
from chatd.domain.versions import successor
from chatd.domain.voice import Voice, channel_of
from chatd.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge
from chatd.live.connections import Connection
from chatd.protocol.calling import MOST_SDP, Candidate, Description
from chatd.protocol.calls import (
    AcceptCall,
    Accepted,
    CallList,
    DeclineCall,
    EndCall,
    GetIce,
    Ice,
    ListCalls,
    OneCall,
    SignalCall,
    StartCall,
    Started,
    TellQuality,
    TestedTurn,
    TestTurn,
    TraceCall,
)
from chatd.protocol.events import CallSignal
from chatd.protocol.results import Done
from chatd.service import announce, calls, groups, ice, pages, qualities, recordings, voices
from chatd.service.context import Context, Handlers, Services
from chatd.store.base import Put

LOG = logger.bind(area="calls")


def start(cx: Context, command: StartCall) -> Started:
    """→ ``call``, ringing or at once ``busy``, ``ice_servers`` of those without a password."""
    services, who, connection = cx.services, cx.principal, require_connection(cx)
    check_media(command.media)
    with services.turns.one_at_a_time(("call:start", command.dialog_id)):
        callees = find_callees(cx)
        check_free(services, who.id, command.dialog_id)
        there = [one for one in callees if services.connections.has(one.id)]
        if not there:
            raise Conflict("nobody is there to be called", absent=True)
        free = [one for one in there if not is_talking(services, one.id)]
        now = services.now()
        recorded = cx.place.has_customer and recordings.allows(services, cx.place.site)
        call = Call(
            id=new_id(PREFIX, now),
            dialog_id=command.dialog_id,
            site=cx.place.site,
            media=tuple(command.media),
            parties=(
                Party(id=who.id, name=who.name, connection=connection.id),
                *(free or there),
            ),
            node=services.nodes.name,
            recorder=find_recorder(cx, there) if recorded else "",
            created_at=to_text(now),
        )
        if free and (dialog := cx.place.dialog):
            groups.bring_back(services, dialog, *dialog.away)
        if free:
            calls.bind(services, connection)
            calls.settle(services, call)
        else:
            call = calls.settle(services, call.after("house", "refuse", to_text(now)))
    servers, policy = ice.for_everybody(services, call.site)
    return Started(call=calls.view(call), ice_servers=servers, ice_transport_policy=policy)


def check_media(media: Sequence[Medium]) -> None:
    """Sound, with pictures or without."""
    if len(set(media)) < len(media) or "audio" not in media:
        raise Invalid('media is ["audio"] or ["audio", "video"]', field="media")


def require_connection(cx: Context) -> Connection:
    """The connection over which somebody is in a call."""
    if cx.caller.connection is None:
        raise Invalid("a call needs a live connection", field="call_id")
    return cx.caller.connection


def find_callees(cx: Context) -> list[Party]:
    """Whom it rings at: of a ticket the other side, of a dialog all others."""
    services, who, place = cx.services, cx.principal, cx.place
    if not (place.has_customer or place.dialog):
        raise Conflict("calls are in tickets and between people; rooms have voice channels")
    if not ice.allows_calls(services, place.site):
        raise Forbidden("calls are switched off here", calls=False)
    if place.dialog:
        others = [one for one in place.dialog.members if one.id != who.id]
        return [Party(id=one.id, name=name_of(services, one.id, one.username)) for one in others]
    ticket = cx.ticket
    account = services.store.get(Operator, ticket.operator) if ticket.operator else None
    if ticket.status != "active" or account is None:
        raise Conflict(f"nobody has {ticket.id}: a call is with who does", status=ticket.status)
    if who.id == ticket.customer_id:
        return [Party(id=operator_id(account), name=account.name)]
    if who.operator != account.id:
        raise Conflict(f"{ticket.id} is with {account.id}", by=account.id, status=ticket.status)
    return [Party(id=ticket.customer_id, name=ticket.customer_name)]


def find_recorder(cx: Context, callees: list[Party]) -> str:
    """Which of the two is the operator."""
    who = cx.principal.id
    return callees[0].id if who == cx.ticket.customer_id else who


def name_of(services: Services, participant_id: str, username: str) -> str:
    """What somebody goes by."""
    known = services.store.get(Participant, participant_id)
    return known.name if known else username


def check_free(services: Services, participant_id: str, dialog_id: str) -> None:
    """Conflict for who is in a call, or where there is one; that one may be accepted."""
    if there := services.calls.within(dialog_id):
        raise Conflict("there is a call here already", call_id=there.id, state=there.state)
    check_quiet(services, participant_id)


def check_quiet(services: Services, participant_id: str) -> None:
    """Conflict for who is in a call."""
    if is_talking(services, participant_id):
        raise Conflict("you are in a call already", busy=True)


def is_talking(services: Services, participant_id: str) -> bool:
    """Whether somebody is in a call, or calls somebody."""
    own = (one.party(participant_id) for one in services.calls.of(participant_id))
    return any(party and party.connection for party in own)


def accept(cx: Context, command: AcceptCall) -> Accepted:
    """→ ``call``, active over this connection, ``ice_servers``, ``ttl``."""
    services, who, connection = cx.services, cx.principal, require_connection(cx)
    call = calls.read(services, command.call_id, who.id)
    if call.state == "ringing":
        check_quiet(services, who.id)
    accepted = call.accept(who.id, connection.id, to_text(services.now()))
    calls.bind(services, connection)
    calls.settle(services, accepted, call)
    opened = ice.for_party(services, call.site, who.id)
    return Accepted(call=calls.view(accepted), **asdict(opened))


def decline(cx: Context, command: DeclineCall) -> OneCall:
    """→ ``call``; of several at whom it rings the others may still accept."""
    services, who = cx.services, cx.principal
    call = calls.read(services, command.call_id, who.id)
    declined = calls.settle(services, call.decline(who.id, to_text(services.now())), call)
    return OneCall(call=calls.view(declined))


def end(cx: Context, command: EndCall) -> OneCall:
    """→ ``call``, ended. From whichever of one's connections: who is called and has not accepted
    declines it."""
    services, who = cx.services, cx.principal
    call = calls.read(services, command.call_id, who.id)
    if (call.state, call.role(who.id)) == ("ringing", "callee"):
        return decline(cx, DeclineCall(call_id=call.id))
    action: Action = "fail" if command.failed else "end"
    ended = call.after(call.role(who.id), action, to_text(services.now()), who.id)
    return OneCall(call=calls.view(calls.settle(services, ended, call)))


def signal(cx: Context, command: SignalCall) -> Done:
    """To the other side, if this is the connection that is in the call, and while it is active; in
    a voice channel to whoever is named."""
    check_signal(command)
    to, traced = find_peer(cx, command)
    count(cx, command, to.id)
    relay(cx, command, to.connection, traced=traced)
    return Done()


def is_channel(call_id: str) -> bool:
    """Whether an id is that of a voice channel."""
    return call_id.startswith(voice.PREFIX)


def find_peer(cx: Context, command: SignalCall) -> tuple[Party | Voice, bool]:
    """Who is told something, and whether the log is told that."""
    services, who, connection = cx.services, cx.principal, require_connection(cx)
    if is_channel(command.call_id):
        peer = voices.find_peer(services, who.id, connection, command.call_id, command.to)
        return peer, False
    call = own_active(cx, connection, command.call_id)
    other = call.other(who.id)
    if command.to not in (None, other.id):
        raise NotFound(f"{command.to} is not in this call")
    if not calls.is_there(services, other):
        raise Conflict("the other side is not connected just now", away=True)
    return other, call.traced


def check_signal(command: SignalCall) -> None:
    """Either a description, not too long, or a candidate."""
    if (command.description is None) == (command.candidate is None):
        raise Invalid("a signal is a description or a candidate", field="description")
    if command.description and len(command.description.sdp.encode()) > MOST_SDP:
        raise TooLarge(f"a description has at most {MOST_SDP} bytes", limit=MOST_SDP)


def count(cx: Context, command: SignalCall, to: str) -> None:
    """So many a second to each, and so many candidates with a description, and no more."""
    services, connection = cx.services, require_connection(cx)
    services.limiter.hit("signals_per_peer", f"{connection.id} {command.call_id} {to}")
    if command.description:
        services.calls.forget_candidates(command.call_id, cx.principal.id, to)
        return
    most = services.config.calls.candidates
    if services.calls.count_candidate(command.call_id, cx.principal.id, to) > most:
        raise TooLarge(f"one side names at most {most} candidates", limit=most)


def relay(cx: Context, command: SignalCall, connection_id: str, *, traced: bool) -> None:
    """To one connection, and nobody else."""
    told = CallSignal(
        call_id=command.call_id,
        sender=cx.principal.id,
        description=command.description or UNSET,
        candidate=UNSET if command.candidate is None else command.candidate,
    )
    announce.tell(cx.services, topics.peer(connection_id), told)
    if traced:
        LOG.info("{call} {who}: {what}", call=command.call_id, who=cx.principal.id, what=say(told))


def say(told: CallSignal) -> str:
    """A signal for the log: of which kind, and how long; of a candidate only how it reaches."""
    if isinstance(told.description, Description):
        return f"{told.description.type}, {len(told.description.sdp)} characters"
    assert isinstance(told.candidate, Candidate)
    words = told.candidate.candidate.split()
    kind = words[words.index("typ") + 1 : words.index("typ") + 2] if "typ" in words else []
    return f"candidate {' '.join([*words[2:3], *kind]) or '(these are all)'}"[:80]


def own_active(cx: Context, connection: Connection, call_id: str) -> Call:
    """An active call that somebody is in over this connection. Whose connection is gone goes on
    over the one by which they say that they do."""
    services, who = cx.services, cx.principal
    call, party = calls.of_party(services, call_id, who.id)
    if call.state != "active":
        raise Conflict(f"this call is {call.state}: nothing is told before it is accepted")
    if call.binds(who.id, connection.id):
        return call
    if calls.is_there(services, party):
        raise Conflict("this call is on another of your connections", elsewhere=True)
    return calls.take_up(services, who, connection, call_id)


def get_ice(cx: Context, command: GetIce) -> Ice:
    """→ ``ice_servers``, ``ttl``: for those two alone who are in an active call."""
    services, who, connection = cx.services, cx.principal, require_connection(cx)
    if is_channel(command.call_id):
        dialog_id, _ = voices.find_own(services, who.id, connection)
        if channel_of(dialog_id) != command.call_id:
            raise calls.no_such_call()
        return ice.for_party(services, who.site, who.id)
    call = own_active(cx, connection, command.call_id)
    return ice.for_party(services, call.site, who.id)


def tell_quality(cx: Context, command: TellQuality) -> Done:
    """Of an active call, from the connection that is in it; the log is told what is new of what is
    wrong."""
    services, who, connection = cx.services, cx.principal, require_connection(cx)
    call, _ = calls.of_party(services, command.call_id, who.id)
    if call.state != "active" or not call.binds(who.id, connection.id):
        raise Conflict(f"this call is {call.state}, or on another connection", state=call.state)
    services.limiter.hit("signals_per_peer", f"{connection.id} {call.id} quality")
    qualities.put(services, call, who.id, convert(command, Quality, from_attributes=True))
    return Done()


def list_calls(cx: Context, command: ListCalls) -> CallList:
    """→ ``calls``, the open ones first; whether there are ``more``, and the ``cursor``."""
    page = pages.place_page(
        cx, choose(cx, command), calls.row, limit=command.limit, cursor=command.cursor
    )
    found = next(choose(cx, command), None) if command.call_id else None
    if command.call_id and found is None:
        raise NotFound(f"no such call: {command.call_id}")
    told = cx.services.qualities.of(found.id) if found else {}
    recordings = found.recordings if found else ()
    return CallList(
        calls=page.rows,
        quality=list(starmap(qualities.row, told.items())),
        recordings=list(map(calls.view_recording, recordings)),
        more=page.more,
        cursor=page.cursor,
    )


def choose(cx: Context, command: ListCalls) -> Iterator[Call]:
    """The calls that are asked for, the newest first."""
    services = cx.services
    opened = sorted(services.calls, key=lambda one: one.created_at, reverse=True)
    for call in chain(opened, services.calls.list_ended()):
        if command.state in (None, call.state) and command.call_id in (None, call.id):
            yield call


def trace(cx: Context, command: TraceCall) -> OneCall:
    """→ ``call``; from now on the log tells of its every signal, on whatever node."""
    services = cx.services
    call = services.store.get(Call, command.call_id)
    if call is None:
        over = any(one.id == command.call_id for one in services.calls.list_ended())
        what = "this call is over" if over else "no such call"
        raise NotFound(f"{what}: {command.call_id}")
    traced = successor(call, traced=command.on)
    services.store.commit(Put(traced), then=lambda done: services.calls.put(traced))
    LOG.info("{call} is {what}", call=call.id, what="traced" if command.on else "traced no more")
    return OneCall(call=calls.view(traced))


def test_turn(cx: Context, command: TestTurn) -> TestedTurn:
    """→ ``checks``: what each server answered."""
    return TestedTurn(checks=list(ice.examine(cx.services)))


HANDLERS: Handlers = {
    StartCall: start,
    AcceptCall: accept,
    DeclineCall: decline,
    EndCall: end,
    SignalCall: signal,
    GetIce: get_ice,
    TellQuality: tell_quality,
    ListCalls: list_calls,
    TraceCall: trace,
    TestTurn: test_turn,
}
