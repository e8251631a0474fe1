"""A request for help, from asking to closing, is kept whole, in step with its ticket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from chatd.bot.base import Turn
from chatd.domain.episode import Counted, Episode
from chatd.domain.facts import Facts
from chatd.domain.report import measure
from chatd.domain.ticket import REMEMBERED_EPISODES
from chatd.domain.times import to_text
from chatd.errors import Conflict
from chatd.protocol.commands import JoinDialog, SendMessage
from chatd.protocol.events import TicketChange
from chatd.protocol.support import (
    AcceptTicket,
    CloseTicket,
    ReopenTicket,
    ReplyTicket,
    RequestPerson,
    ReturnTicket,
    TransferTicket,
)
from chatd.service import assignment, episodes, presence, sweeping
from chatd.store.base import Remove
from chatd.store.tiny.checking import verify
from tests.daemon import RELAXED
from tests.handlers.bots import Engine
from tests.queue.story import Story
from tests.trust.house import House

AUTO: dict[str, Any] = {"tickets": {"assignment": "auto"}}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "data", **RELAXED, store={"sync": False})
    yield made
    made.close()


def test_each_change_of_a_ticket_is_one_that_episodes_know() -> None:
    assert set(episodes.COUNTS) | episodes.BEGINNINGS <= set(get_args(TicketChange))
    assert sorted(episodes.COUNTS.values()) == sorted(get_args(Counted))
    assert set(get_args(Counted)) <= set(Episode.__struct_fields__)


def test_from_opening_to_closing(house: House) -> None:
    story = Story(house)
    customer = story.customer.principal.id
    assert story.episode == Episode(
        id=story.ticket.episode_id,
        ticket=story.id,
        number=1,
        site=story.ticket.site,
        opened_at=story.opened_at,
        opened_by=customer,
        requested_at=story.opened_at,
        customer_messages=1,
        counted=(1, 0),
    )
    story.says("customer", "и ещё")
    accepted_at = story.does("olga", AcceptTicket(ticket_id=story.id))
    assert (story.episode.accepted_at, story.episode.accepted_by) == (accepted_at, "olga")
    assert story.episode.first_response_at is None, "that she is there is nothing that she says"
    responded_at = story.says("olga")
    story.says("boris")
    story.says("customer")
    closed_at = story.does("boris", CloseTicket(ticket_id=story.id))
    done = story.stored
    assert done == story.episode
    assert (done.first_response_at, done.first_response_by) == (responded_at, "olga")
    assert (done.customer_messages, done.operator_messages) == (3, 2)
    assert (done.closed_at, done.closed_by, done.operator) == (closed_at, "boris", "olga")
    assert (done.offers, done.passes, done.transfers, done.returns) == (0, 0, 0, 0)
    assert not done.partial and done.previous == ""


def test_what_is_sent_again_or_refused_counts_once_or_never(house: House) -> None:
    story = Story(house)
    for _ in range(2):
        story.says("customer", "раз", client_id="once")
    assert story.episode.customer_messages == 2
    story.does("olga", AcceptTicket(ticket_id=story.id))
    for _ in range(2):
        story.says("olga", "два", client_id="once")
    before = story.episode
    with pytest.raises(Conflict):
        story.does("boris", AcceptTicket(ticket_id=story.id))
    assert story.episode == before and before.operator_messages == 1
    story.does("olga", SendMessage(dialog_id=f"{story.id}/notes", content="между нами"))
    assert story.episode == before, "notes are nobody's answer"


def test_who_accepted_first_stays_over_transfers_and_returns(house: House) -> None:
    story = Story(house)
    accepted_at = story.does("olga", AcceptTicket(ticket_id=story.id))
    story.does("olga", TransferTicket(ticket_id=story.id, operator="boris"))
    assert (story.episode.operator, story.episode.transfers) == ("boris", 1)
    story.does("boris", ReturnTicket(ticket_id=story.id))
    assert story.ticket.operator is None and story.ticket.accepted_at is None
    assert (story.episode.operator, story.episode.returns) == ("boris", 1), "who had it last"
    story.does("boris", AcceptTicket(ticket_id=story.id))
    assert (story.episode.accepted_at, story.episode.accepted_by) == (accepted_at, "olga")
    assert (story.episode.operator, story.episode.transfers) == ("boris", 1)


def test_handed_on_while_it_waits_it_is_accepted(house: House) -> None:
    story = Story(house)
    at = story.does("olga", TransferTicket(ticket_id=story.id, operator="boris"))
    assert (story.episode.accepted_at, story.episode.accepted_by) == (at, "boris")


def test_the_shell_answers_under_the_name_that_it_goes_by(house: House) -> None:
    story = Story(house)
    house.shell(ReplyTicket(ticket_id=story.id, message="мы здесь"))
    assert (story.episode.first_response_by, story.episode.operator_messages) == ("root", 1)
    assert story.episode.accepted_at is None
    house.shell(CloseTicket(ticket_id=story.id))
    house.shell(ReopenTicket(ticket_id=story.id))
    assert (story.episode.opened_by, story.episode.number) == ("root", 2)


def test_opening_again_begins_a_new_one_and_erases_nothing(house: House) -> None:
    story = Story(house)
    story.does("olga", AcceptTicket(ticket_id=story.id))
    story.says("olga")
    story.does("olga", CloseTicket(ticket_id=story.id))
    first = story.episode
    again_at = story.says("customer", "снова")
    second = story.episode
    assert story.kept(first.id) == first
    assert (second.number, second.previous, second.opened_at) == (2, first.id, again_at)
    assert (second.requested_at, second.accepted_at, second.first_response_at) == (
        again_at,
        None,
        None,
    )
    assert (second.customer_messages, second.opened_by) == (1, story.customer.principal.id)
    assert second.offers == 1 and story.ticket.offered_to == "olga"
    story.does("boris", CloseTicket(ticket_id=story.id))
    resumed_at = story.does("olga", ReopenTicket(ticket_id=story.id))
    third = story.episode
    assert (third.number, third.opened_by, third.accepted_by) == (3, "olga", "olga")
    assert (third.accepted_at, third.offers, third.previous) == (resumed_at, 0, second.id)


def test_all_are_kept_however_many_the_ticket_itself_remembers(house: House) -> None:
    story = Story(house)
    rounds = REMEMBERED_EPISODES + 3
    for _ in range(rounds):
        story.does("olga", CloseTicket(ticket_id=story.id))
        story.says("customer")
    assert len(story.ticket.past) == REMEMBERED_EPISODES
    house.reopen()
    house.services.maintenance.checkpoint()
    found, id = [], story.ticket.episode_id
    while id:
        found.append(story.kept(id))
        id = found[-1].previous
    assert [one.number for one in found] == [*range(rounds + 1, 0, -1)]
    assert all(one.closed_at for one in found[1:])
    by_time = [
        one for part in house.store.parts(Episode) for one in house.store.part(Episode, part)
    ]
    assert sorted(one.id for one in by_time) == sorted(one.id for one in found)


def test_offers_and_those_that_run_out_are_counted(tmp_path: Path) -> None:
    house = House(tmp_path / "data", **RELAXED | AUTO, store={"sync": False})
    story = Story(house)
    for username in ("olga", "boris"):
        house.services.operators.set_away(username, False, declared=True)
    assignment.turn(house.services)
    first = story.ticket.offered_to
    assert first and (story.episode.offers, story.episode.passes) == (1, 0)
    house.services.operators.set_away(first, True, declared=True)
    assignment.turn(house.services)
    second = story.ticket.offered_to
    assert second and second != first
    assert (story.episode.offers, story.episode.passes) == (2, 1)
    story.does(second, AcceptTicket(ticket_id=story.id))
    assert (story.episode.offers, story.episode.passes) == (2, 1), "one that is taken up is no pass"
    house.close()


def test_with_the_bot_nobody_is_wanted_until_it_is_said(house: House) -> None:
    house.services.bots = Engine(Turn(say="ответ"))
    story = Story(house)
    house.settle()
    assert story.ticket.status == "bot" and story.episode.requested_at is None
    story.says("customer", "не понял")
    house.settle()
    assert (story.episode.customer_messages, story.episode.operator_messages) == (2, 0)
    wanted_at = story.does("customer", RequestPerson(ticket_id=story.id))
    assert story.episode.requested_at == wanted_at
    assert story.episode.opened_at == story.opened_at
    assert story.episode.first_response_at is None, "the bot is no operator"


def test_since_when_the_customer_is_gone(house: House) -> None:
    story = Story(house)
    second = house.connect()
    house.services.connections.identify(second, story.customer.principal, "another device")
    presence.disconnect(house.services, story.customer)
    house.settle()
    assert story.episode.customer_left_at is None, "they are here with another device"
    presence.disconnect(house.services, second)
    house.settle()
    left_at = story.tick()
    assert story.episode.customer_left_at == left_at
    story.does("olga", AcceptTicket(ticket_id=story.id))
    assert story.episode.customer_left_at == left_at
    house.hello(token=story.token)
    house.settle()
    assert story.episode.customer_left_at is None
    story.does("olga", CloseTicket(ticket_id=story.id))
    closed = story.episode
    for one in [*house.services.connections.of(story.ticket.customer_id)]:
        presence.disconnect(house.services, one)
    house.settle()
    assert story.episode == closed, "what is over stays as it was"


def test_staff_open_again_for_who_is_gone(house: House) -> None:
    story = Story(house)
    story.does("olga", CloseTicket(ticket_id=story.id))
    presence.disconnect(house.services, story.customer)
    house.settle()
    reopened_at = story.does("olga", ReopenTicket(ticket_id=story.id))
    assert story.episode.customer_left_at == reopened_at, "by then at the latest"
    story.says("olga")
    assert story.episode.customer_left_at == reopened_at
    house.hello(token=story.token)
    house.settle()
    assert story.episode.customer_left_at is None
    story.does("olga", CloseTicket(ticket_id=story.id))
    story.does("olga", ReopenTicket(ticket_id=story.id))
    assert story.episode.customer_left_at is None, "she is here"


def test_after_a_start_who_does_not_come_back_is_gone(house: House) -> None:
    story = Story(house)
    house.reopen()
    assert story.episode.customer_left_at is None
    house.shell(ReplyTicket(ticket_id=story.id, message="мы здесь"))
    assert story.episode.customer_left_at == to_text(house.now)


def test_who_polls_is_gone_since_they_asked_last(house: House) -> None:
    story = Story(house)
    customer, connections = story.customer.principal.id, house.services.connections
    presence.disconnect(house.services, story.customer)
    house.settle()
    asked_at = house.now = house.now + 1
    connections.note_seen(customer, "192.0.2.1", asked_at)
    story.does("olga", AcceptTicket(ticket_id=story.id))
    assert story.episode.customer_left_at is None, "she polls"
    assert episodes.HERE_S == 60.0
    house.now = asked_at + episodes.HERE_S - 1
    story.says("olga")
    assert story.episode.customer_left_at is None
    story.says("olga")
    assert story.episode.customer_left_at == to_text(asked_at)
    asked_at = house.now = house.now + 1_000
    connections.note_seen(customer, "192.0.2.1", asked_at)
    story.says("olga")
    assert story.episode.customer_left_at is None, "she polls again"
    house.now += 1_000
    story.does("olga", CloseTicket(ticket_id=story.id))
    assert story.episode.customer_left_at == to_text(asked_at)


@pytest.mark.parametrize("waited_s", [episodes.HERE_S - 10, episodes.HERE_S + 10])
def test_who_polls_is_here_for_so_long_when_they_are_accepted(
    house: House, waited_s: float
) -> None:
    story = Story(house)
    customer, connections = story.customer.principal.id, house.services.connections
    presence.disconnect(house.services, story.customer)
    house.settle()
    asked_at = house.now = house.now + 1
    connections.note_seen(customer, "192.0.2.1", asked_at)
    house.now = asked_at + waited_s
    accepted_at = story.does("olga", AcceptTicket(ticket_id=story.id))
    house.now += episodes.HERE_S
    story.does("olga", CloseTicket(ticket_id=story.id))
    gone = waited_s > episodes.HERE_S
    assert story.episode.customer_left_at == (to_text(asked_at) if gone else accepted_at)
    assert measure(Facts.of(story.episode)).kind.abandoned is gone


def test_of_who_has_no_open_ticket_nothing_is_to_be_kept(house: House) -> None:
    vera, _ = house.hello(name="Вера")
    story = Story(house)
    story.does("olga", AcceptTicket(ticket_id=story.id))
    story.does("olga", CloseTicket(ticket_id=story.id))
    house.settle()
    before = story.stored
    for gone in (vera, story.customer, story.olga):  # type: ignore[attr-defined]
        presence.disconnect(house.services, gone)
        assert len(house.services.tasks) == 0
    assert story.stored == before


def test_of_a_ticket_of_which_nothing_is_kept_the_rest_is(house: House) -> None:
    story = Story(house)
    for act in (
        lambda: story.says("customer"),
        lambda: story.does("olga", AcceptTicket(ticket_id=story.id)),
    ):
        house.store.commit(Remove("episodes", story.stored.id, story.stored.version))
        act()
        assert story.stored.partial and (story.stored.previous, story.stored.opened_by) == ("", "")


def test_those_of_a_ticket_are_told_from_the_newest_to_the_first(house: House) -> None:
    story = Story(house)
    for _ in range(2):
        story.does("olga", CloseTicket(ticket_id=story.id))
        story.says("customer", "снова")
    told = [*episodes.newest_first(house.services, story.ticket)]
    assert [one.number for one in told] == [3, 2, 1]
    assert [one.id for one in told[1:]] == [one.previous for one in told[:-1]]


def test_announced_once_in_each(house: House) -> None:
    story = Story(house)
    for number in range(1, 4):
        for _ in range(2):
            story.does("olga", JoinDialog(dialog_id=story.id, connect=True))
            story.says("olga")
        kinds = [one.meta.get("kind") for one in house.store.history(story.id, limit=100)]
        assert kinds.count("operator_connected") == number
        story.does("olga", CloseTicket(ticket_id=story.id))
        story.says("customer", "снова")


def test_a_damaged_file_of_episodes_stops_no_conversation(house: House) -> None:
    story = Story(house)
    id = story.ticket.episode_id
    house.close()
    for path in (house.directory / "episodes").iterdir():
        path.write_bytes(b"nonsense")
    house.open()
    story.seat("olga")
    house.shell(ReplyTicket(ticket_id=story.id, message="мы здесь"))
    story.does("olga", AcceptTicket(ticket_id=story.id))
    story.does("olga", CloseTicket(ticket_id=story.id))
    assert story.ticket.status == "closed" and story.ticket.episode_id == id
    assert "episodes/" in str(house.store.status()["damaged"])


def test_an_abandoned_ticket_is_closed_by_the_daemon(house: House) -> None:
    story = Story(house)
    presence.disconnect(house.services, story.customer)
    house.settle()
    house.later(400)
    for _ in sweeping.steps(house.services):
        continue
    assert (story.episode.closed_by, story.episode.accepted_at) == (sweeping.SYSTEM, None)
    assert story.episode.customer_left_at
    house.close()
    assert verify(house.directory)["files"] > 0
    house.open()
