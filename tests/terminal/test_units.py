"""The small parts: what waits to be sent, how long to wait, whose colour, which command."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd.locale.reader import language
from chatd.terminal.core.backoff import MOST, Backoff
from chatd.terminal.core.link import socket_url
from chatd.terminal.core.outbox import Outbox, OutboxFull
from chatd.terminal.core.palette import DARK, LIGHT, Palette
from chatd.terminal.rooms.opening import check_url
from chatd.terminal.ui.actions import complete_word


def test_what_waits_leaves_in_order_and_once() -> None:
    outbox = Outbox()
    first, second = outbox.add("lobby", "раз"), outbox.add("lobby", "два")
    assert first.client_id != second.client_id
    assert outbox.next() is first
    outbox.note_stored(first.client_id, 7)
    assert outbox.next() is second
    assert outbox.of("lobby") == [first, second]
    outbox.drop_arrived("lobby", 7)
    assert outbox.of("lobby") == [second]
    assert outbox.waits("lobby")
    outbox.drop(second.client_id)
    assert outbox.next() is None
    assert not outbox.waits("lobby")


def test_a_full_outbox_refuses_the_newest_aloud() -> None:
    outbox = Outbox(most=2)
    kept = [outbox.add("lobby", "раз"), outbox.add("lobby", "два")]
    with pytest.raises(OutboxFull):
        outbox.add("lobby", "три")
    assert outbox.entries == kept
    outbox.note_stored(kept[0].client_id, 7)
    assert outbox.add("lobby", "три"), "what is stored takes nobody's place, even if not shown yet"


def test_the_wait_grows_to_its_limit_and_is_never_in_step() -> None:
    backoff = Backoff(random.Random(1))
    waits = [backoff.next() for _ in range(40)]
    assert waits[0] <= 0.5
    assert MOST / 2 <= waits[-1] <= MOST
    assert len(set(waits[10:])) == 30
    backoff.reset()
    assert backoff.next() <= 0.5


IDS = st.lists(st.integers(0, 99).map(str), max_size=len(DARK), unique=True)


@given(st.lists(IDS, max_size=6))
def test_no_two_who_are_here_look_alike_and_nobody_changes_while_here(
    arrivals: list[list[str]],
) -> None:
    palette, before = Palette(), dict[str, str]()
    for present in arrivals:
        palette.seat(present)
        now = {one: palette.colour(one, dark=True) for one in present}
        assert len(set(now.values())) == len(present)
        assert all(now[one] == before[one] for one in now.keys() & before.keys())
        before = now


def test_more_people_than_colours_all_have_one() -> None:
    palette, many = Palette(), [str(number) for number in range(3000)]
    palette.seat(many)
    assert all(palette.colour(one, dark=False) in LIGHT for one in many)


@pytest.mark.parametrize("ground", [DARK, LIGHT])
def test_every_colour_can_be_read_on_its_ground(ground: tuple[str, ...]) -> None:
    paper = "#1a1b26" if ground is DARK else "#eff1f5"
    assert all(contrast(ink, paper) >= 4.5 for ink in ground)


def contrast(one: str, other: str) -> float:
    """As WCAG 2 measures it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """How bright a colour is."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("word", "choices", "found"),
    [
        ("jo", ["join", "leave"], "/join "),
        ("", ["join", "leave"], None),
        ("le", ["leave", "leap"], "/lea"),
        ("x", ["join"], None),
        ("J", ["join"], "/join "),
    ],
)
def test_completion_goes_as_far_as_it_is_certain(
    word: str, choices: list[str], found: str | None
) -> None:
    assert complete_word("/", word, choices, " ") == found


@pytest.mark.parametrize(
    ("url", "socket"),
    [
        ("http://127.0.0.1:8080", "ws://127.0.0.1:8080/ws"),
        ("https://chat.example/", "wss://chat.example/ws"),
        ("chat.example", "ws://chat.example/ws"),
        ("wss://chat.example/ws", "wss://chat.example/ws"),
    ],
)
def test_the_address_of_a_daemon(url: str, socket: str) -> None:
    assert socket_url(check_url(url)) == socket


@pytest.mark.parametrize("url", ["ftp://chat.example", "http://", "http://host:port", "://x"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        check_url(url)


@pytest.mark.parametrize(
    ("given", "environ", "chosen"),
    [
        (None, {}, "en"),
        (None, {"LANG": "C"}, "en"),
        (None, {"LANG": "ru_RU.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        (None, {"LANG": "POSIX", "LANGUAGE": "ru"}, "en"),
        (None, {"LANG": "de_DE.UTF-8"}, "en"),
        (None, {"LANG": "ru_RU.UTF-8"}, "ru"),
        (None, {"LANG": "ru"}, "ru"),
        (None, {"LANG": "rue_UA.UTF-8"}, "en"),
        (None, {"LANG": "en_GB.UTF-8"}, "en"),
        (None, {"LANG": "en_GB.UTF-8", "LC_MESSAGES": "ru_RU.UTF-8"}, "ru"),
        (None, {"LANG": "en_GB.UTF-8", "LANGUAGE": "de:ru_RU:en"}, "ru"),
        (None, {"LANG": "en_GB.UTF-8", "LC_ALL": "", "LANGUAGE": ""}, "en"),
        ("ru", {"LANG": "C"}, "ru"),
        ("en", {"LANG": "ru_RU.UTF-8"}, "en"),
    ],
)
def test_the_language(given: str | None, environ: dict[str, str], chosen: str) -> None:
    assert language(given, environ) == chosen
