"""Voice channels of rooms and groups: who is in one, and how many may be heard and seen."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from chatd.errors import Conflict

PREFIX = "voice-"
MOST_VOICES = 8
MOST_PICTURES = 4


class Voice(Struct, frozen=True, kw_only=True):
    """Somebody in a channel, over one connection; ``joined_at``: those who were there first stay
    where too many came at once."""

    id: str
    name: str
    connection: str
    joined_at: str
    muted: bool = False
    video: bool = False
    screen: bool = False

    @property
    def pictures(self) -> int:
        """How many they send."""
        return self.video + self.screen


def channel_of(dialog_id: str) -> str:
    """What signalling calls the channel of a conversation: ``voice-lobby``."""
    return PREFIX + dialog_id


def check_room(others: Sequence[Voice]) -> None:
    """Conflict where as many are in a channel as may be."""
    if len(others) >= MOST_VOICES:
        text = f"the voice channel is full: {MOST_VOICES} people are in it"
        raise Conflict(text, full="voices", allowed=MOST_VOICES)


def check_pictures(others: Sequence[Voice], mine: Voice, before: Voice) -> None:
    """Conflict where a picture more is too much, or another screen."""
    shows = next((one for one in others if one.screen), None)
    if mine.screen and not before.screen and shows:
        text = f"{shows.name} shows a screen: one at a time"
        raise Conflict(text, full="screen", allowed=1, shown_by=shows.id)
    taken = sum(one.pictures for one in others)
    if mine.pictures > before.pictures and taken + mine.pictures > MOST_PICTURES:
        text = f"{MOST_PICTURES} pictures are shown, as many as there may be"
        raise Conflict(text, full="pictures", allowed=MOST_PICTURES)


def surplus(everybody: Sequence[Voice]) -> Sequence[Voice]:
    """Of those who came at once, over several nodes, who is one too many."""
    return everybody[MOST_VOICES:]


def fit_pictures(everybody: Sequence[Voice]) -> list[Voice]:
    """How they may be seen who began at once, over several nodes: of two screens the first, and of
    pictures as many as there may be; the screen of somebody before their camera."""
    fitting, left, shown = [], MOST_PICTURES, False
    for one in everybody:
        screen = one.screen and left > 0 and not shown
        left, shown = left - screen, shown or screen
        video = one.video and left > 0
        left -= video
        fitting.append(replace(one, video=video, screen=screen))
    return fitting
