"""The contracts of what is true only while the daemon runs: of one process in its memory, of many
wherever they keep it together.

What asks may wait, and what it answers may have changed by then; so it is asked for at the moment
of use, and nothing is decided by it that must not happen twice: that is what versions in the store
are for. What changes something takes effect at once on this process, and raises nothing but what
it says. What answers True for "it was not so before" does so for one caller at most.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from chatd.config.limits import LimitSettings
from chatd.domain.draft import Draft, Op
from chatd.domain.participant import Ban, Newcomer
from chatd.domain.principal import Principal
from chatd.live.connections import Connection
from chatd.live.open_tickets import Key as Key
from chatd.live.open_tickets import OpenTickets as OpenTickets
from chatd.protocol import views
from chatd.protocol.views import Participant, PresenceStatus

MAX_PEOPLE = 500


class Presence(Protocol):
    """Who is in which conversation: connections counted per participant and conversation. The last
    connection to leave takes the participant out."""

    def enter(self, dialog_id: str, principal: Principal, connection_id: str) -> bool:
        """True when the participant was not there before; twice is once."""

    def leave(self, dialog_id: str, participant_id: str, connection_id: str) -> bool:
        """True when this was the participant's last connection there; harmless for any other."""

    def has(self, dialog_id: str, participant_id: str) -> bool:
        """Whether somebody is in a conversation."""

    def rename(self, dialog_id: str, principal: Principal) -> bool:
        """True when this is another name than the participant had there."""

    def within(self, dialog_id: str, most: int = MAX_PEOPLE) -> list[Participant]:
        """Who is in a conversation, in the order of their coming; of very many the last ones."""

    def count(self, dialog_id: str) -> int:
        """How many people are in a conversation, whatever the crowd."""

    def with_operators(self) -> list[str]:
        """Where operators are, in the order of the first one's coming."""

    def describe(self, principal: Principal, dialog_id: str) -> Participant:
        """A participant as the others see them there."""

    def set_away(self, participant_id: str, away: bool) -> bool:
        """Everywhere; True when that changed something."""

    def status(self, participant_id: str) -> PresenceStatus:
        """``online`` or ``away``; of who is nowhere ``online``."""


class OperatorsOnline(Protocol):
    """Which operators are here: connected, or seen over HTTP within the last minute; and who of
    them is available. Available is a state, not any request: whoever is connected and not away, and
    whoever has said so over HTTP, for as long as they are seen. Names are user names; times are the
    monotonic clock's of this process, in seconds."""

    def connect(self, username: str, connection_id: str) -> bool:
        """A connection began. True when they were off line."""

    def disconnect(self, username: str, connection_id: str) -> bool:
        """A connection ended. True when they are off line now; False for one that is unknown."""

    def note_seen(self, username: str) -> bool:
        """They asked something over HTTP. True when they were off line."""

    def set_away(self, username: str, away: bool, *, declared: bool = False) -> None:
        """Away operators are offered nothing. ``declared``: said over HTTP."""

    def forget(self, username: str) -> bool:
        """They were shut out, in whatever way they are here. True when they were here."""

    def drop_silent(self) -> list[str]:
        """Who was seen over HTTP and is not any more, in order; each is told of once."""

    def status(self, username: str) -> PresenceStatus: ...

    def absent_for(self, username: str) -> float | None:
        """Seconds since they were here, or since the process began; ``None``: is here."""

    def arrival(self, username: str) -> float:
        """When an operator who is here came; the beginning, of who is not."""

    def present(self) -> list[str]:
        """Everybody who is not off line, the away included, in order."""

    def online(self) -> list[str]:
        """Everybody who is here and not away, in order."""

    def available(self) -> list[str]:
        """Everybody who may be offered a ticket, if they take any, in order."""

    def is_available(self, username: str) -> bool:
        """Whether this one may."""


class Drafts(Protocol):
    """What is being written: at most one draft per participant and conversation; of a conversation
    the latest 500, of all that come from one network 64,000 characters together. Never stored."""

    def edit(
        self,
        dialog_id: str,
        who: Principal,
        seq: int,
        ops: Sequence[Op],
        network: str = "",
        *,
        connection: str = "",
    ) -> Draft:
        """Applies ops to the draft of ``seq - 1``; Conflict asks for a reset. Edits of one draft
        are applied in the order of their ``seq``, or refused."""

    def reset(
        self,
        dialog_id: str,
        who: Principal,
        seq: int,
        text: str,
        network: str = "",
        *,
        connection: str = "",
    ) -> Draft:
        """Starts over with the full text; it is the connection's that wrote in it last."""

    def clear(self, dialog_id: str, participant_id: str, connection: str | None = None) -> bool:
        """It became a message, or its writer left, or only the ``connection`` of theirs, if it is
        that one's. True if there was one to be seen."""

    def has(self, dialog_id: str, participant_id: str) -> bool:
        """Whether there is one to be seen. Never waits."""

    def forget(self, participant_id: str, connection: str | None = None) -> list[str]:
        """Clears all of a participant's, or of one connection of theirs; the conversations where
        one was to be seen, in order."""

    def within(self, dialog_id: str) -> Iterator[tuple[Principal, views.Draft]]:
        """Every draft of a conversation that has any text, with its writer, the latest first."""


class Bans(Protocol):
    """Who is kept out, asked for every command; one that has run out does not hold. ``now`` is the
    wall clock in seconds."""

    def add(self, ban: Ban) -> None:
        """From now on, in place of an earlier one of the same target."""

    def remove(self, ban: Ban) -> None:
        """Takes it back; harmless twice."""

    def against(self, address: str, participant_id: str, now: float) -> Ban | None:
        """The ban that keeps this address or participant out, of several the longest."""

    def check(self, address: str, participant_id: str, now: float) -> None:
        """Raises Banned, saying until when. Never waits: it is asked for every command."""

    def holding(self, now: float, after: str = "", most: int | None = None) -> list[Ban]:
        """Those that hold, in the order of their targets, behind one; of very many the first."""

    def over(self, now: float) -> list[Ban]:
        """Those that have run out and were not removed."""


class Limits(Protocol):
    """How often things may be done, by rate of the configuration and key; what ends in
    ``_per_address`` counts whole networks. Never waits."""

    def apply(self, settings: LimitSettings) -> None:
        """Takes other rates; what was counted so far stays counted."""

    def hit(self, rate: str, key: str, amount: int = 1) -> None:
        """Counts one, or more, or only looks (0); RateLimited says in how many seconds to try
        again. What is more than all that is allowed at once counts as that."""

    def spend(self, rate: str, key: str, amount: int) -> None:
        """Counts what is known only when it is done; refuses the next time at the earliest."""

    def forgive(self, rate: str, key: str, amount: int = 1) -> None:
        """Takes back what was counted; never below nothing."""

    def charge(self, what: str, keys: Mapping[str, str], amount: int) -> None:
        """Counts so much at each of these rates, by its key, or at none: RateLimited as ``hit``. Of
        which ``what`` it was is known as long as it counts."""

    def give_back(self, what: str) -> None:
        """That has come to nothing: it counts no longer, where it still did. Twice is as once."""


class Newcomers(Protocol):
    """Who was new within the last ten minutes, by the request that made them; of very many the
    latest 10,000."""

    def participant_of(self, request: str, now: float) -> str | None:
        """The participant whom this request made, if that was lately."""

    def choose_outdated(self, now: float) -> list[str]:
        """Whose time is over, and who makes room for one more; a few of them at a time."""

    def add(self, newcomer: Newcomer, forgotten: Iterable[str]) -> None:
        """Somebody new is stored, and these are no longer."""


class KeyedLocks(Protocol):
    """One at a time of what must not be done twice at once. It spares work, it does not keep
    anything right over processes: versions do."""

    def one_at_a_time(self, what: Hashable) -> AbstractContextManager[None]:
        """Waits for who is at it; in here nobody else of this process is. Not to be entered again
        by who is inside."""

    def is_awaited(self, what: Hashable) -> bool:
        """Whether somebody waits until who is at it comes to the end."""


class QueuePace(Protocol):
    """How fast a line of the queue moves."""

    def note_acceptance(self, line: str, waited_s: float) -> None:
        """A ticket was accepted; a queue that stood empty in between does not count as slow."""

    def seconds(self, line: str) -> float:
        """Seconds between two acceptances, lately; a guess where nothing is known."""

    def expect(self, line: str, place: int, first_waits_s: float) -> float:
        """Seconds until this place (from 1) is served: never less than nothing has moved by now.
        ``first_waits_s``: how long the first of the line has waited."""


class Answers(Protocol):
    """How long the first answers of the last week took, site by site."""

    def note(self, site: str, episode_id: str, at: float, waited_s: float) -> None:
        """A customer got the first answer to a request; twice is once. ``at``: seconds since the
        epoch."""

    def usual_s(self, site: str) -> float | None:
        """The seconds that half of them were answered within; ``None`` where fewer than five
        were answered."""


class Places(Protocol):
    """What those who wait were last told, so that nobody is told the same again."""

    def is_news(self, ticket_id: str, *what: object) -> bool:
        """True when it is not what was told last; remembers it."""

    def forget(self, ticket_id: str) -> None:
        """Does not wait any more."""

    def take_turns(self, length: int, count: int) -> int:
        """Where the next ``count`` of a list of this length begin, so that all get their turn."""


class Leader(Protocol):
    """Which of the processes does what one of them does by itself: assignment, sweeping."""

    def leads(self) -> bool:
        """Whether this one does, now. Two may for a moment: versions make that harmless."""


class Connections(Protocol):
    """All live connections of this process, found by id and by participant. ``opened`` and
    ``replaced`` count since the start; ``dropped``: how many events those that have ended were not
    told. Where somebody is, is known of all processes. Never waits."""

    opened: int
    replaced: int
    dropped: int

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Connection]:
        """All of them as they are now; others may come and go meanwhile."""

    def add(self, connection: Connection) -> None:
        """One that has just been made; nobody is identified on it yet."""

    def remove(self, connection: Connection) -> None:
        """One that has ended; harmless twice."""

    def get(self, id: str) -> Connection | None: ...

    def of(self, participant_id: str) -> list[Connection]:
        """The connections of a participant."""

    def has(self, participant_id: str, *, but: Connection | None = None) -> bool:
        """Whether a participant has a connection to any process; but for one."""

    def has_elsewhere(self, participant_id: str) -> bool:
        """Whether a participant has a connection to another process."""

    def is_live(self, participant_id: str, connection_id: str) -> bool:
        """Whether somebody still has this connection, to any process."""

    def elsewhere(self) -> Sequence[tuple[str, str]]:
        """Whose connections to other processes there are, and from which addresses."""

    def note_seen(self, participant_id: str, address: str, at: float) -> None:
        """Somebody asked something from there without a connection; of very many the latest 10,000
        are remembered. ``at``: seconds since the epoch."""

    def last_seen(self, participant_id: str) -> float | None:
        """When that was last, where it is remembered."""

    def networks(self, participant_id: str) -> list[str]:
        """Where a participant is connected from, or was lately seen, in order."""

    def identify(self, connection: Connection, principal: Principal, key: str) -> Connection | None:
        """Somebody said who they are; returns the connection that this one replaces. ``key``: token
        and device, which no two connections have at once."""

    def clear(self, connection: Connection) -> None:
        """Nobody is identified on it any more, until somebody says again who they are."""
