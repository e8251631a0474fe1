"""A room: a standing conversation that the configuration defines."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

NO_KEY = "-"
LiveTyping = Literal["off", "indicator", "full"]


class Room(Struct, frozen=True, kw_only=True):
    """One room. ``sites`` empty: everybody; else only participants of these sites.
    ``operators_only``: of these only who works there; ``members_only``: and people with an account.
    ``lock``: a hash of the password that visitors and people are asked for, if they are.
    ``crowd``: when there are more people than
    these, they are told how many, not who comes and goes. ``voice``: whether it has a voice
    channel. ``keep_messages_days``: as the configuration has it."""

    id: str
    title: str = ""
    topic: str = ""
    live_typing: LiveTyping = "full"
    sites: tuple[str, ...] = ()
    read_only: bool = False
    operators_only: bool = False
    members_only: bool = False
    lock: str = ""
    capacity: int = 10_000
    crowd: int = 300
    max_message_chars: int = 8_000
    voice: bool = False
    keep_messages_days: int = 0

    @property
    def calm(self) -> int:
        """As few people as end a crowd: well below its bound, so that one who comes and goes does
        not begin and end it."""
        return self.crowd * 5 // 6

    def admits(self, site: str | None, *, member: bool = False) -> bool:
        """Whether participants of this site may enter; ``member``: who have an account."""
        return (
            not self.operators_only
            and (member or not self.members_only)
            and (not self.sites or site in self.sites)
        )
