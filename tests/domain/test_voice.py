"""How many may be heard and seen in a voice channel."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.domain.voice import (
    MOST_PICTURES,
    MOST_VOICES,
    Voice,
    channel_of,
    check_pictures,
    check_room,
    fit_pictures,
    surplus,
)
from chatd.errors import Conflict


def voice(number: int = 0, **fields: Any) -> Voice:
    common = {"id": f"p-{number}", "name": f"N{number}", "connection": f"c-{number}"}
    return Voice(**{**common, "joined_at": f"{number:02}", **fields})


def voices(count: int, **fields: Any) -> list[Voice]:
    return [voice(number, **fields) for number in range(1, count + 1)]


def test_eight_are_in_it_and_no_more() -> None:
    check_room(voices(MOST_VOICES - 1))
    with pytest.raises(Conflict, match="full: 8 people") as refused:
        check_room(voices(MOST_VOICES))
    assert refused.value.details == {"full": "voices", "allowed": 8}
    assert surplus(voices(8)) == [] and [one.id for one in surplus(voices(10))] == ["p-9", "p-10"]


def test_four_pictures_are_shown_and_one_screen() -> None:
    quiet = voice()
    check_pictures(voices(MOST_PICTURES - 1, video=True), voice(video=True), quiet)
    with pytest.raises(Conflict, match="4 pictures") as refused:
        check_pictures(voices(MOST_PICTURES, video=True), voice(video=True), quiet)
    assert refused.value.details["full"] == "pictures"
    with pytest.raises(Conflict, match="4 pictures"):
        check_pictures(voices(3, video=True), voice(video=True, screen=True), voice(video=True))
    with pytest.raises(Conflict, match="N1 shows a screen") as refused:
        check_pictures([voice(1, screen=True)], voice(screen=True), quiet)
    assert refused.value.details["shown_by"] == "p-1"
    check_pictures([voice(1, screen=True)], voice(video=True), quiet)


def test_of_pictures_that_come_at_once_the_first_ones_stay() -> None:
    def shown(*everybody: Voice) -> list[tuple[bool, bool]]:
        return [(one.video, one.screen) for one in fit_pictures(everybody)]

    filmed, shows = {"video": True}, {"screen": True}
    assert shown(*voices(6, **filmed)) == [(True, False)] * 4 + [(False, False)] * 2
    assert shown(voice(1, **shows), voice(2, **shows, **filmed)) == [(False, True), (True, False)]
    assert shown(*voices(3, **filmed), voice(4, **filmed, **shows))[3] == (False, True)
    assert shown(*voices(4, **filmed), voice(5, **shows))[4] == (False, False)
    as_allowed = [*voices(3, **filmed), voice(4, **shows), voice(5, muted=True)]
    assert fit_pictures(as_allowed) == as_allowed


def test_less_is_always_taken() -> None:
    crowded = voices(6, video=True)
    check_pictures(crowded, voice(muted=True), voice(video=True))
    check_pictures(crowded, voice(video=True, muted=True), voice(video=True))


def test_a_channel_is_called_by_its_conversation() -> None:
    assert channel_of("lobby") == "voice-lobby"
