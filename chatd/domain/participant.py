"""Who takes part: visitors, operators, their sessions, and bans; and the key of their tokens."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from chatd.domain.mute import Mutes
from chatd.domain.passkey import Passkey
from chatd.domain.push import Subscription
from chatd.domain.saved_view import SavedView
from chatd.domain.second_factor import SecondFactor
from chatd.domain.signed import Signed
from chatd.domain.visit import Invited, Visits

REMEMBERED_TICKETS = 50
REMEMBERED_IDS = 1_000
Role = str  # "operator", "admin", or one of the configuration's


class Participant(Struct, frozen=True, kw_only=True):
    """A visitor: a member of rooms, the customer of their tickets. The token is kept hashed.
    ``version`` grows by one with every change that is stored. ``wrote``: something in a room, as
    far as that was noted. ``subscriptions``: their browsers that are told when nobody looks.
    ``rooms``: those whose password they gave, each with a mark that is good for that password.
    ``avatar``: a person's picture, a file. ``mutes``: where they may not say anything.
    ``visits``: what their pages told, where any did; ``invited``: to a conversation, by hand.
    ``signed``: what their site proved of them; such a one has no token but those of devices.
    ``earlier``: the ids of visitors that they were before their site named them, the newest last;
    ``became``: of such a visitor, who it was."""

    id: str
    name: str
    site: str
    token_hash: str
    created_at: str
    expires_at: str
    tickets: tuple[str, ...] = ()
    wrote: bool = True
    subscriptions: tuple[Subscription, ...] = ()
    rooms: dict[str, str] = {}
    avatar: str = ""
    mutes: Mutes = ()
    visits: Visits | None = None
    signed: Signed | None = None
    invited: Invited | None = None
    earlier: tuple[str, ...] = ()
    became: str = ""
    version: int = 1

    def may_have(self, ticket_id: str) -> bool:
        """Whether this can be one of their tickets; of very many the oldest are not remembered."""
        if ticket_id in self.tickets:
            return True
        return len(self.tickets) >= REMEMBERED_TICKETS and ticket_id < self.tickets[0]


class Operator(Struct, frozen=True, kw_only=True):
    """A person who answers tickets. ``sites`` empty: all sites. ``id`` is the user name.
    ``networks``: where they were last logged in from.
    ``alias``: what stands for the user name where customers see it.

    ``takes_tickets``: counts as somebody who is there for customers, and is offered tickets.
    ``factor``: what they prove besides their password; ``passkeys``: instead of it, ``answered``:
    when the last challenge was made that they answered, before which none is good.
    ``saved_views``: of the list of tickets.
    """

    id: str
    name: str
    role: Role = "operator"
    password_hash: str
    disabled: bool = False
    sites: tuple[str, ...] = ()
    capacity: int | None = None
    networks: tuple[str, ...] = ()
    alias: str = ""
    takes_tickets: bool = True
    factor: SecondFactor | None = None
    passkeys: tuple[Passkey, ...] = ()
    answered: int = 0
    saved_views: tuple[SavedView, ...] = ()
    created_at: str
    version: int = 1

    @property
    def has_second_factor(self) -> bool:
        """Whether a code of theirs was confirmed, so that logging in can ask for one."""
        return self.factor is not None and bool(self.factor.confirmed_at)

    @property
    def is_proven(self) -> bool:
        """Whether they can prove more than a password, as can be asked of all."""
        return self.has_second_factor or bool(self.passkeys)

    def serves(self, site: str) -> bool:
        """Whether tickets of this site are this operator's business."""
        return not self.sites or site in self.sites


class LoginSession(Struct, frozen=True, kw_only=True):
    """A login, on the server's side: an operator's, or a person's with an ``account``. The token
    is kept hashed. ``subscriptions``: the browsers that are told, as long as it lasts, when nobody
    looks. ``program``: the name of a program whose token it is, with its ``scopes``, its ``sites``
    (empty: all), and who made it. ``used_at``: when it was last used, as far as that was noted.
    Of an operator's also ``address`` and ``agent``: from where and with what it was begun, and by
    which ``passkey``, if by one."""

    id: str
    operator: str = ""
    account: str = ""
    token_hash: str
    created_at: str
    expires_at: str
    subscriptions: tuple[Subscription, ...] = ()
    program: str = ""
    scopes: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    by: str = ""
    used_at: str = ""
    address: str = ""
    agent: str = ""
    passkey: str = ""
    version: int = 1


class Newcomer(Struct, frozen=True, kw_only=True):
    """Whom a newcomer's first request made, so that the same request sent again finds them.

    ``id``: a hash of the request, from which nobody gets at the token that it was given.
    """

    id: str
    participant: str
    created_at: str


class Key(Struct, frozen=True, kw_only=True):
    """A random key of the daemon's own, in hexadecimal; ids that are older are without it."""

    id: str
    key: str
    created_at: str


class Ban(Struct, frozen=True, kw_only=True):
    """An address, network or participant that is kept out. ``id`` is that very value.

    ``networks``: where a participant came from, when these are kept out with them.
    """

    id: str
    kind: Literal["address", "participant"]
    reason: str = ""
    by: str
    created_at: str
    expires_at: str | None = None
    networks: tuple[str, ...] = ()
