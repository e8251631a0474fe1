"""What is said costs its bytes for each who hears it, what is kept its bytes, to the last one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chatd.domain.message import Message
from chatd.domain.principal import Principal
from chatd.errors import ChatdError, RateLimited, Unavailable
from chatd.protocol.envelope import encode_json
from chatd.service import spread
from chatd.service.context import Context
from tests.handlers.stage import Person, Stage
from tests.trust.house import SHELL

ADDRESS = "192.0.2.1"
LOBBY = "lobby"
DATA = ("what is told", {})


def limit(stage: Stage, rate: str, amount: int) -> None:
    """Another limit, from now on."""
    stage.services.limiter.apply(stage.limits(**{rate: f"{amount}/day"}))


def times(act: Callable[[], Any]) -> int:
    """How often something goes well before it is refused."""
    for number in range(20):
        try:
            act()
        except RateLimited:
            return number
    raise AssertionError("nothing is refused")


def seat(stage: Stage, customers: int) -> tuple[Person, str]:
    """A ticket with two operators in it, and so many windows of its customer."""
    anna = stage.visitor()
    ticket = anna.open_ticket()
    for name in ("artem", "olga"):
        stage.staff(name).join(ticket)
    for number in range(customers):
        stage.again(anna.token, device=str(number)).join(ticket)
    return anna, ticket


@pytest.mark.parametrize("rate", ["spread_per_participant", "spread_per_address"])
@pytest.mark.parametrize(("short", "said"), [(0, 4), (1, 3)])
def test_what_is_told_costs_its_bytes_for_each_connection(
    stage: Stage, rate: str, short: int, said: int
) -> None:
    anna, ticket = seat(stage, 3)
    limit(stage, rate, 4 * 5 * len(encode_json(DATA)) - short)
    cx = stage.surroundings(anna.connection.principal)
    assert times(lambda: spread.count(cx, ticket, DATA)) == said


def test_what_nobody_hears_is_free_and_what_is_said_at_the_machine(stage: Stage) -> None:
    anna = stage.visitor()
    anna.join(LOBBY)
    limit(stage, "spread_per_address", 1)
    cx = stage.surroundings(anna.connection.principal)
    assert times(lambda: spread.count(cx, LOBBY, DATA)) == 1
    spread.count(cx, "quiet", DATA)
    for kind in ("shell", "system"):
        inside = Principal(kind=kind, id="shell", name="root")  # type: ignore[arg-type]
        spread.count(stage.surroundings(inside), LOBBY, DATA)


def message(content: str) -> Message:
    """One that is to be kept."""
    return Message(
        dialog_id=LOBBY,
        sender_type="member",
        sender_id="m-1",
        sender_name="Anna",
        content=content,
        created_at="",
    )


def keep(cx: Context, kept: Message, before: Message | None = None) -> None:
    """Keeps it."""
    with spread.Keeping(cx, kept, before):
        pass


@pytest.mark.parametrize("grown", [1, 2, 57])
@pytest.mark.parametrize("edited", [False, True])
def test_what_is_kept_costs_what_it_adds(stage: Stage, grown: int, edited: bool) -> None:
    cx = stage.surroundings(stage.visitor().connection.principal)
    before = message("x" * 9) if edited else None
    kept = message("x" * (9 + grown)) if edited else message("x" * grown)
    bytes_of_it = grown if edited else len(encode_json(kept))
    for short, times_kept in ((0, 3), (1, 2)):
        stage.services.limiter.forgive(spread.KEPT, ADDRESS, 10**9)
        limit(stage, spread.KEPT, 3 * bytes_of_it - short)
        if 3 * bytes_of_it > short:
            assert times(lambda: keep(cx, kept, before)) == times_kept


def left(stage: Stage, allowed: int) -> int:
    """How many bytes of what is allowed are left; taken back at once."""
    limiter = stage.services.limiter
    for number in range(1, allowed + 2):
        try:
            limiter.hit(spread.KEPT, ADDRESS)
        except RateLimited:
            for _ in range(number):
                limiter.forgive(spread.KEPT, ADDRESS)
            return number - 1
    raise AssertionError("more is left than is allowed")


def refused(cx: Context, error: Exception, kept: Message, before: Message | None = None) -> None:
    """It is not kept after all."""
    with pytest.raises(type(error)), spread.Keeping(cx, kept, before):
        raise error


def test_only_what_was_not_kept_and_says_so_is_given_back(stage: Stage) -> None:
    cx = stage.surroundings(stage.visitor().connection.principal)
    small, more = message("x"), message("xx")
    limit(stage, spread.KEPT, 10)
    no_room: ChatdError = Unavailable("no room", retry_after=1)
    for kept, before in ((more, small), (small, more), (small, small)):
        refused(cx, no_room, kept, before)
        assert left(stage, 10) == 10
    refused(cx, KeyError(), more, small)
    assert left(stage, 10) == 9, "of what went wrong nobody knows what it left"
    keep(cx, more, small)
    keep(cx, small, more)
    keep(cx, small, small)
    assert left(stage, 10) == 8, "what shrinks gives nothing back"
    with pytest.raises(RateLimited):
        for _ in range(9):
            keep(cx, message("xxx"), small)
    assert left(stage, 10) == 0


def test_what_adds_nothing_is_kept_even_where_less_is_allowed_by_now(stage: Stage) -> None:
    cx = stage.surroundings(stage.visitor().connection.principal)
    small, more = message("x"), message("xx")
    limit(stage, spread.KEPT, 100)
    for _ in range(3):
        keep(cx, message("x" * 20), small)
    limit(stage, spread.KEPT, 1)
    keep(cx, small, small)
    keep(cx, small, more)
    keep(stage.surroundings(SHELL, ADDRESS), more, small)
    with pytest.raises(RateLimited):
        keep(cx, more, small)
