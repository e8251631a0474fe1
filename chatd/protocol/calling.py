"""What calls look like from outside, and what browsers tell each other in them.

Descriptions and candidates are those of a browser's ``RTCPeerConnection``, in its own names; of
them nothing is looked at but how long they are.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from chatd.domain import recording
from chatd.domain.call import Reason, State
from chatd.domain.quality import LineState, Route, Trouble
from chatd.domain.recording import Medium

MOST_SDP = 32_768
Sdp = Annotated[
    str,
    Meta(max_length=MOST_SDP, description=f"a description has at most {MOST_SDP} bytes"),
]
Tag = Annotated[str, Meta(max_length=256)]
Line = Annotated[int, Meta(ge=0, le=65_535)]
IcePolicy = Literal["all", "relay"]


class Description(Struct, frozen=True, kw_only=True):
    """What one side offers, or answers."""

    type: Literal["offer", "answer", "pranswer", "rollback"]
    sdp: Sdp = ""


class Candidate(Struct, frozen=True, kw_only=True):
    """Where one side can perhaps be reached; an empty one: these are all."""

    candidate: Annotated[str, Meta(max_length=1_024)] = ""
    mid: Tag | UnsetType | None = field(default=UNSET, name="sdpMid")
    line: Line | UnsetType | None = field(default=UNSET, name="sdpMLineIndex")
    fragment: Tag | UnsetType | None = field(default=UNSET, name="usernameFragment")


class IceServer(Struct, frozen=True, kw_only=True):
    """A server as ``RTCPeerConnection`` takes it; with a password, where it relays."""

    urls: list[str]
    username: str | UnsetType = UNSET
    credential: str | UnsetType = UNSET


class CallParty(Struct, frozen=True, kw_only=True):
    """Somebody who is in a call, or whom it rings at."""

    id: str
    name: str


class CallConsent(Struct, frozen=True, kw_only=True):
    """Somebody has agreed to be recorded, and when."""

    id: str
    name: str
    at: str


class CallRecording(Struct, frozen=True, kw_only=True):
    """A recording of a call. It is ``asked`` for until the other one has said something to it, and
    while it is ``running`` both are shown that. ``media``: what is recorded; ``file_id``: the
    upload that takes it, of ``asked_by`` alone; ``reason``: of one that has ended; ``left``: so
    often it may be asked again in this call."""

    state: recording.State
    reason: recording.Reason | None
    media: list[Medium]
    asked_by: str
    asked_at: str
    began_at: str | None
    ended_at: str | None
    ended_by: str
    consents: list[CallConsent]
    file_id: str | None
    left: int


class Call(Struct, frozen=True, kw_only=True):
    """A call. ``participants``: who calls, then whom it rings at; once it is ``active`` the two who
    are in it. ``reason``: of one that has ended. ``recorder``: who of them may ask for a recording,
    where there are any; ``recording``: the one that was asked for last."""

    id: str
    dialog_id: str
    media: list[Medium]
    state: State
    reason: Reason | None
    started_by: str
    participants: list[CallParty]
    created_at: str
    accepted_at: str | None
    ended_at: str | None
    recorder: str | UnsetType = UNSET
    recording: CallRecording | UnsetType = UNSET


class CallRow(Call, frozen=True, kw_only=True):
    """A call as it is listed for who runs the daemon. ``who``: the ids of its participants;
    ``outcome``: what came of it, or of one that is open its state; ``seconds``: how long was
    spoken; ``node``: where it was started; ``traced``: the log tells of every signal;
    ``recorded``: what became of its recordings, one after another, and ``file_id``: what the newest
    is in of which there is anything."""

    who: list[str]
    outcome: str
    seconds: int | None
    ended_by: str
    traced: bool
    node: str
    recorded: str
    file_id: str


class QualityRow(Struct, frozen=True, kw_only=True):
    """What one side of a call told last of how good it is, at ``at``; with ``worst`` what was the
    worst of the whole call, and all that was ever wrong."""

    id: str
    at: str
    state: LineState
    route: Route | None
    rtt_ms: int
    worst_rtt_ms: int
    jitter_ms: int
    loss_in: float
    loss_out: float
    worst_loss: float
    kbps_in: int
    kbps_out: int
    codecs: list[str]
    troubles: list[Trouble]


class VoiceParty(Struct, frozen=True, kw_only=True):
    """Somebody in a voice channel; ``muted``: who sends nothing to be heard, ``video``, ``screen``:
    who sends such a picture."""

    id: str
    name: str
    muted: bool
    video: bool
    screen: bool
