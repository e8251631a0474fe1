"""The commands of calls and voice channels, and what these are answered with."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, UnsetType

from chatd.domain.call import State
from chatd.domain.quality import Codec, Kilobits, LineState, Milliseconds, Percent, Route, Trouble
from chatd.domain.recording import Medium
from chatd.protocol import results
from chatd.protocol.calling import (
    Call,
    CallRecording,
    CallRow,
    Candidate,
    Description,
    IcePolicy,
    IceServer,
    QualityRow,
    VoiceParty,
)
from chatd.protocol.commands import CallId, Command, DialogCommand, Paged
from chatd.protocol.views import Finding

PeerId = Annotated[str, Meta(min_length=1, max_length=128)]
Media = Annotated[
    list[Medium],
    Meta(min_length=1, max_length=2, description='media is ["audio"] or ["audio", "video"]'),
]


class OneCall(results.Result, frozen=True, kw_only=True):
    """A call as it is now."""

    call: Call


class Started(OneCall, frozen=True, kw_only=True):
    """A call, and the servers that are there for everybody: those that ask for a password are told
    of by ``call:ice``, once it is ``active``. One that was ``busy`` has ended."""

    ice_servers: list[IceServer]
    ice_transport_policy: IcePolicy


class Ice(results.Result, frozen=True, kw_only=True):
    """By which servers the two can reach each other, for ``ttl`` seconds from now;
    ``ice_transport_policy``: what ``RTCPeerConnection`` is to be told."""

    ice_servers: list[IceServer]
    ice_transport_policy: IcePolicy
    ttl: int


class Accepted(Ice, frozen=True, kw_only=True):
    """A call that is active on this connection from now on."""

    call: Call


class VoiceShown(results.Result, frozen=True, kw_only=True):
    """Who is in a voice channel."""

    dialog_id: str
    call_id: str
    participants: list[VoiceParty]


class VoiceJoined(Ice, frozen=True, kw_only=True):
    """The voice channel that one is in from now on; to whoever was there, one makes an offer."""

    call_id: str
    participants: list[VoiceParty]


class CallList(results.Page, frozen=True, kw_only=True):
    """The calls that are open, and those that ended lately, the newest first. Of one that was asked
    for: ``quality``, what its sides told of how good it is, and ``recordings``, all that it has."""

    calls: list[CallRow]
    quality: list[QualityRow]
    recordings: list[CallRecording]


class TestedTurn(results.Result, frozen=True, kw_only=True):
    """What each server answered."""

    checks: list[Finding]


class CallCommand(Command, frozen=True, kw_only=True):
    """A command about a call that one is in."""

    call_id: CallId


class StartCall(DialogCommand, frozen=True, kw_only=True):
    """Calls the other side of a ticket, or those who are in a dialog of people, over this
    connection. Who is in a call already is ``busy``: the call has then ended at once."""

    event: ClassVar[str] = "call:start"
    result: ClassVar[results.Kind] = Started
    media: Media


class AcceptCall(CallCommand, frozen=True, kw_only=True):
    """Takes a call that rings at me, over this connection; of several who do so at once one
    does."""

    event: ClassVar[str] = "call:accept"
    result: ClassVar[results.Kind] = Accepted


class DeclineCall(CallCommand, frozen=True, kw_only=True):
    """Does not take a call that rings at me."""

    event: ClassVar[str] = "call:decline"
    result: ClassVar[results.Kind] = OneCall


class EndCall(CallCommand, frozen=True, kw_only=True):
    """Hangs up, or gives up while it rings. ``failed``: because nothing could be heard or seen."""

    event: ClassVar[str] = "call:end"
    result: ClassVar[results.Kind] = OneCall
    failed: bool = False


class SignalCall(CallCommand, frozen=True, kw_only=True):
    """Tells the other side of an active call, or ``to`` whom of a voice channel, a ``description``
    or a ``candidate``, one of the two."""

    event: ClassVar[str] = "call:signal"
    result: ClassVar[results.Kind] = results.Done
    to: PeerId | None = None
    description: Description | None = None
    candidate: Candidate | None = None


class GetIce(CallCommand, frozen=True, kw_only=True):
    """Asks anew for servers and what opens them: of an active call, or of a voice channel that I am
    in."""

    event: ClassVar[str] = "call:ice"
    result: ClassVar[results.Kind] = Ice


class RecordCall(CallCommand, frozen=True, kw_only=True):
    """Asks the other side of an active call whether it may be recorded, and agrees to that oneself.
    For the ``recorder`` of the call, over the connection that is in it. ``media``: what is to be
    recorded."""

    event: ClassVar[str] = "call:record"
    result: ClassVar[results.Kind] = OneCall
    media: Media


class AgreeToRecording(CallCommand, frozen=True, kw_only=True):
    """Says whether one agrees to be recorded. Agreed to it is over the connection that is in the
    call, by who was asked. With ``agree`` false it is refused, or from now on no longer so: either
    may say that at any time, from whichever of one's connections, and nothing more is recorded."""

    event: ClassVar[str] = "call:consent"
    result: ClassVar[results.Kind] = OneCall
    agree: bool


class TellQuality(CallCommand, frozen=True, kw_only=True):
    """Tells how good an active call is for me, as my browser measures it; the last and the worst of
    it is kept for whoever runs the daemon. ``loss_in``, ``loss_out``: of a hundred parts so many;
    ``troubles``: what is wrong, the worst first."""

    event: ClassVar[str] = "call:quality"
    result: ClassVar[results.Kind] = results.Done
    state: LineState
    route: Route | None = None
    rtt_ms: Milliseconds = 0
    jitter_ms: Milliseconds = 0
    loss_in: Percent = 0.0
    loss_out: Percent = 0.0
    kbps_in: Kilobits = 0
    kbps_out: Kilobits = 0
    codecs: Annotated[list[Codec], Meta(max_length=4)] = []
    troubles: Annotated[list[Trouble], Meta(max_length=10)] = []


class ListCalls(Paged, frozen=True, kw_only=True):
    """The calls that are open, and those that ended lately. ``state``: only these; ``call_id``:
    only this one."""

    event: ClassVar[str] = "call:list"
    result: ClassVar[results.Kind] = CallList
    state: State | None = None
    call_id: CallId | None = None


class TraceCall(CallCommand, frozen=True, kw_only=True):
    """Has the log tell of every signal of a call, or no longer."""

    event: ClassVar[str] = "call:trace"
    result: ClassVar[results.Kind] = OneCall
    on: bool = True


class TestTurn(Command, frozen=True, kw_only=True):
    """Asks every server of the configuration for an address, as browsers do."""

    event: ClassVar[str] = "turn:test"
    result: ClassVar[results.Kind] = TestedTurn


class JoinVoice(DialogCommand, frozen=True, kw_only=True):
    """Comes into the voice channel of a room or a group that this connection has joined, out of
    any other, and from any other connection of mine. 8 people are in one at most."""

    event: ClassVar[str] = "voice:join"
    result: ClassVar[results.Kind] = VoiceJoined
    muted: bool = False


class LeaveVoice(Command, frozen=True, kw_only=True):
    """Leaves the voice channel that this connection is in."""

    event: ClassVar[str] = "voice:leave"
    result: ClassVar[results.Kind] = results.Left


class SetVoice(Command, frozen=True, kw_only=True):
    """Says what the others get of me: whether I am ``muted``, whether there is a ``video`` or a
    ``screen``. One screen at a time, and 4 pictures at most."""

    event: ClassVar[str] = "voice:set"
    result: ClassVar[results.Kind] = VoiceShown
    muted: bool | UnsetType = UNSET
    video: bool | UnsetType = UNSET
    screen: bool | UnsetType = UNSET


COMMANDS: tuple[type[Command], ...] = (
    StartCall,
    AcceptCall,
    DeclineCall,
    EndCall,
    SignalCall,
    GetIce,
    RecordCall,
    AgreeToRecording,
    TellQuality,
    ListCalls,
    TraceCall,
    JoinVoice,
    LeaveVoice,
    SetVoice,
    TestTurn,
)
