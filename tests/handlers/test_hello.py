"""Who somebody is, and who they are not: tokens, sites, names, second connections."""

from __future__ import annotations

from typing import Any

import gevent
import pytest
from msgspec.structs import replace

from chatd.domain.participant import Participant
from chatd.domain.ticket import Ticket
from chatd.errors import (
    Banned,
    Conflict,
    Forbidden,
    ForeignOrigin,
    Invalid,
    NotFound,
    RateLimited,
    Unauthenticated,
)
from chatd.handlers.operating import WIDE
from chatd.live.connections import CLOSE_BANNED, CLOSE_KICKED, CLOSE_REPLACED
from chatd.protocol.commands import GetHistory, Hello, JoinDialog, Ping
from chatd.protocol.operating import (
    AddBan,
    Backup,
    GetConnectionStats,
    GetStats,
    KickConnection,
    ListBans,
    ListConnections,
    ListRooms,
    RemoveBan,
)
from chatd.protocol.support import AcceptTicket, GetQueue
from chatd.runtime import loop
from chatd.store.base import Put
from tests.handlers.stage import Person, Stage

LOBBY = "lobby"


def hello(stage: Stage, sites: tuple[str, ...] | None = None, **fields: Any) -> Any:
    """The answer to who says hello, on a page of these sites."""
    connection = stage.connect()
    connection.sites = sites
    return stage.ask_from_page(connection, Hello(**fields))


def test_a_newcomer_belongs_to_a_site_that_their_page_may_speak_for(stage: Stage) -> None:
    assert hello(stage).site == "shop"
    assert hello(stage, site="bank").site == "bank"
    assert hello(stage, ("bank",)).site == "bank"
    with pytest.raises(Invalid, match="no such site 'mars'"):
        hello(stage, site="mars")
    for sites, site in ((("bank",), "shop"), ((), None), ((), "shop")):
        with pytest.raises(ForeignOrigin):
            hello(stage, sites, site=site)


def test_a_visitors_token_is_good_on_pages_of_their_site_alone(stage: Stage) -> None:
    anna = stage.visitor(site="shop")
    assert hello(stage, ("shop", "bank"), token=anna.token).participant.id == anna.id
    assert hello(stage, site="shop", token=anna.token).participant.id == anna.id
    for sites, site in ((("bank",), None), (None, "bank"), ((), None)):
        with pytest.raises(Forbidden):
            hello(stage, sites, site=site, token=anna.token)


def test_a_token_is_good_as_a_whole_and_as_long_as_it_lasts(stage: Stage) -> None:
    anna, boris, artem = stage.visitor(), stage.visitor("Boris"), stage.staff()
    id, _, secret = anna.token.partition(".")
    other = boris.token.partition(".")[2]
    for token in (f"{id}.{other}", f"{id}.", id, secret, f"{anna.token}x", anna.token[:-1]):
        with pytest.raises(Unauthenticated):
            hello(stage, token=token)
    stage.later(stage.services.config.tokens.operator_hours / 24 + 1)
    with pytest.raises(Unauthenticated):
        hello(stage, token=artem.token)
    assert hello(stage, token=anna.token).participant.id == anna.id
    stage.later(stage.services.config.tokens.visitor_days)
    with pytest.raises(Unauthenticated):
        hello(stage, token=boris.token)


def test_of_two_connections_with_one_token_and_device_the_newer_is_left(stage: Stage) -> None:
    anna = stage.visitor()
    anna.join(LOBBY)
    other_device = stage.again(anna.token, device="phone")
    assert anna.closed == []
    newer = stage.again(anna.token)
    assert anna.closed == [CLOSE_REPLACED] and other_device.closed == []
    anna.heard()
    stage.visitor("Boris").say(LOBBY, "one")
    assert anna.heard() == [] and newer.heard() == []
    newer.ask(Hello(token=anna.token))
    assert newer.closed == [], "who says hello again is not put out by it"


def test_who_becomes_another_has_nothing_of_who_they_were(stage: Stage) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris")
    ticket = anna.open_ticket()
    anna.join(ticket)
    anna.join(LOBBY)
    boris.join(LOBBY)
    boris.heard()
    anna.ask(Hello(name="Vera", site="shop"))
    assert anna.connection.dialogs() == []
    told = boris.heard("presence:update")
    assert [one["participant"]["status"] for one in told] == ["offline"]
    with pytest.raises(NotFound):
        anna.ask(GetHistory(dialog_id=ticket))
    anna.heard()
    boris.say(LOBBY, "one")
    stage.staff().say(ticket, "for Anna")
    assert anna.heard() == []


def test_a_ticket_named_in_a_hello_is_ones_own_or_is_not_there(stage: Stage) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris")
    artem, olga = stage.staff(sites=("shop",)), stage.staff("olga", sites=("bank",))
    ticket = anna.open_ticket()
    for person in (anna, artem):
        assert hello(stage, token=person.token, ticket_id=ticket).ticket.id == ticket
    for person in (boris, olga):
        with pytest.raises(NotFound, match=r"^no such ticket$"):
            hello(stage, token=person.token, ticket_id=ticket)
    with pytest.raises(NotFound):
        hello(stage, ticket_id=ticket)


def test_joins_of_a_hello_are_judged_each_by_itself(stage: Stage) -> None:
    anna = stage.visitor()
    anna.say(LOBBY, "one")
    wanted = [JoinDialog(dialog_id=id) for id in (LOBBY, "vault", "nowhere", "quiet")]
    again = stage.connect()
    joined = stage.ask(again, Hello(token=anna.token, join=wanted)).joined
    assert [getattr(one, "error", {}).get("code") for one in joined] == [
        *(None, "not_found", "not_found", None)
    ]
    assert [one.content for one in joined[0].messages] == ["one"]
    assert sorted(again.dialogs()) == ["lobby", "quiet"]


def test_a_new_name_is_counted_and_kept_and_an_old_one_is_neither(stage: Stage) -> None:
    anna = stage.visitor("Anna")
    stage.services.limiter.apply(stage.limits(renames_per_participant="1/hour"))
    for _ in range(3):
        assert hello(stage, token=anna.token, name="Anna").participant.name == "Anna"
    assert hello(stage, token=anna.token, name="  Anna \n Maria ").participant.name == "Anna Maria"
    with pytest.raises(RateLimited):
        hello(stage, token=anna.token, name="Vera")
    kept = stage.store.get(Participant, anna.id)
    assert kept and kept.name == "Anna Maria"
    with pytest.raises(Invalid, match="visible character"):
        hello(stage, name="\u200b")


def test_so_many_newcomers_come_from_one_address(stage: Stage) -> None:
    stage.services.limiter.apply(stage.limits(visitors_per_address="2/hour"))
    anna = stage.visitor()
    hello(stage)
    with pytest.raises(RateLimited):
        hello(stage)
    assert hello(stage, token=anna.token).participant.id == anna.id, "who comes back is none"


def test_a_ban_ends_the_connections_of_whom_it_is_on_and_nobody_elses(stage: Stage) -> None:
    boss = stage.staff("boss", role="admin")
    boss.connection.address = "203.0.113.200"
    anna, boris = stage.visitor(), stage.visitor("Boris", address="198.51.100.1")
    phone = stage.again(anna.token, device="phone")
    assert boss.ask(AddBan(target=anna.id)).ended == 2
    assert (anna.closed, phone.closed, boris.closed) == ([CLOSE_BANNED], [CLOSE_BANNED], [])
    assert boss.ask(AddBan(target="198.51.100.0/24")).ended == 1
    assert boris.closed == [CLOSE_BANNED]
    with pytest.raises(Banned):
        hello(stage, token=anna.token)
    assert [one.id for one in boss.ask(ListBans()).bans] == ["198.51.100.0/24", anna.id]
    assert boss.ask(RemoveBan(target=anna.id)).ban.id == anna.id
    with pytest.raises(NotFound):
        boss.ask(RemoveBan(target=anna.id))
    assert hello(stage, token=anna.token).participant.id == anna.id


def test_a_ban_lasts_as_long_as_it_says(stage: Stage) -> None:
    anna = stage.visitor()
    stage.shell(AddBan(target=anna.id, seconds=60))
    stage.now += 59
    with pytest.raises(Banned):
        hello(stage, token=anna.token)
    stage.now += 1
    assert hello(stage, token=anna.token).participant.id == anna.id
    assert stage.shell(ListBans()).bans == []


def test_a_ban_that_is_rather_a_slip_has_to_be_meant(stage: Stage) -> None:
    boss = stage.staff("boss", role="admin")
    boss.connection.address = "203.0.113.200"
    for version, shortest in WIDE.items():
        base = "10.0.0.0" if version == 4 else "2001::"
        with pytest.raises(Invalid, match="to mean it"):
            boss.ask(AddBan(target=f"{base}/{shortest - 1}"))
        assert boss.ask(AddBan(target=f"{base}/{shortest}")).ban.id
    for own in ("203.0.113.200", "203.0.113.0/24"):
        with pytest.raises(Invalid, match=r"you are at 203\.0\.113\.200 yourself"):
            boss.ask(AddBan(target=own))
    with pytest.raises(Invalid, match="a ban is on an IP address"):
        boss.ask(AddBan(target="somebody"))
    unseen = stage.visitor()
    stage.leave(unseen)
    assert boss.ask(AddBan(target="203.0.113.0/24", sure=True)).ended == 1
    with pytest.raises(Banned):
        boss.ask(Ping())


def test_a_network_is_kept_out_with_its_participant_where_it_is_known(stage: Stage) -> None:
    boss = stage.staff("boss", role="admin")
    boss.connection.address = "203.0.113.200"
    anna = stage.visitor(address="198.51.100.1")
    neighbour = stage.visitor("Boris", address="198.51.100.1")
    unseen = stage.store.get(Participant, anna.id)
    assert unseen
    stage.store.commit(Put(replace(unseen, id="p-1-unseen")))
    with pytest.raises(Conflict, match="nobody knows from which network"):
        boss.ask(AddBan(target="p-1-unseen", network=True))
    assert boss.ask(AddBan(target=anna.id)).ended == 1 and neighbour.closed == []
    assert boss.ask(AddBan(target=anna.id, network=True)).ban.networks
    assert neighbour.closed == [CLOSE_BANNED] and boss.closed == []


def test_others_have_their_turn_while_very_many_connections_are_gone_through(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "PER_TURN", 2)
    seen: set[int] = set()
    taken: list[Any] = []

    def other() -> None:
        while len(taken) < 5:
            seen.add(len(taken))
            gevent.sleep(0)

    beside = gevent.spawn(other)
    five: Any = range(5)
    for one in loop.in_turns(five):
        taken.append(one)
    beside.join(5)
    assert seen == {2, 4}


def test_a_connection_is_closed_by_administrators_alone(stage: Stage) -> None:
    anna, boss, artem = stage.visitor(), stage.staff("boss", role="admin"), stage.staff()
    anna.join(LOBBY)
    kick = KickConnection(connection=anna.connection.id)
    for person in (artem, stage.visitor("Boris")):
        with pytest.raises(Forbidden):
            person.ask(kick)
    assert boss.ask(kick).connection == anna.connection.id
    assert anna.closed == [CLOSE_KICKED]
    anna.heard()
    boss.say(LOBBY, "one")
    assert anna.heard() == []


def test_operators_see_the_connections_of_their_sites_and_their_own(stage: Stage) -> None:
    shop, bank = stage.visitor(site="shop"), stage.visitor("Boris", "bank")
    artem = stage.staff(sites=("shop",))
    other, boss = stage.staff("olga", sites=("shop",)), stage.staff("boss", role="admin")
    told = artem.ask(GetConnectionStats())
    assert {one.id for one in told.connections} == {shop.connection.id, artem.connection.id}
    assert (told.total, told.by_site, told.by_state) == (
        *(2, {"shop": 1}, {"visitor": 1, "operator": 1}),
    )
    assert isinstance(told.opened, int) is False, "how many there were is the daemon's business"
    everybody = {one.connection.id for one in (shop, bank, artem, other, boss)}
    assert {one.id for one in boss.ask(GetConnectionStats()).connections} == everybody
    assert {one.id for one in boss.ask(ListConnections()).connections} == everybody
    first = boss.ask(ListConnections(limit=2))
    rest = boss.ask(ListConnections(limit=3, cursor=first.cursor))
    assert first.more and not rest.more and rest.cursor is None
    assert [one.id for one in (*first.connections, *rest.connections)] == sorted(everybody)
    with pytest.raises(Forbidden):
        artem.ask(ListConnections())


def test_figures_for_operators_are_of_their_sites(stage: Stage) -> None:
    stage.visitor(site="shop").open_ticket()
    bank = stage.visitor("Boris", "bank").open_ticket()
    stage.visitor("Vera", "bank").open_ticket()
    artem, olga = stage.staff(sites=("shop",)), stage.staff("olga", sites=("bank",))
    olga.ask(AcceptTicket(ticket_id=bank))
    mine, hers = artem.ask(GetStats()), olga.ask(GetStats())
    assert (mine.tickets_open, mine.queue_waiting, mine.operators_online) == (1, 1, 1)
    assert (hers.tickets_open, hers.queue_waiting, hers.operators_online) == (2, 1, 1)
    assert artem.ask(GetQueue()).operators_online == 1
    with pytest.raises(Forbidden):
        stage.visitor("Gleb").ask(GetStats())


def test_a_room_counts_the_people_in_it(stage: Stage) -> None:
    anna = stage.visitor()
    anna.join(LOBBY)
    stage.again(anna.token, device="phone").join("quiet")
    stage.again(anna.token, device="pad").join(LOBBY)
    told = {one.id: one.people for one in stage.visitor("Boris").ask(ListRooms()).rooms}
    assert (told[LOBBY], told["quiet"], told["news"]) == (1, 1, 0)


def test_a_backup_goes_where_its_whole_path_says(stage: Stage) -> None:
    with pytest.raises(Invalid, match="absolute path"):
        stage.shell(Backup(directory="somewhere"))
    target = stage.directory.parent / "copy"
    assert stage.shell(Backup(directory=str(target))).files > 0
    with pytest.raises(Conflict):
        stage.shell(Backup(directory=str(target)))
    assert target.is_dir()


def test_nobody_else_is_told_what_somebody_waits_for(stage: Stage) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris")
    ticket = anna.open_ticket()
    anna.heard()
    stage.staff().ask(AcceptTicket(ticket_id=ticket))
    assert "dialog:update" in anna.heard() and boris.heard() == []
    found = stage.store.get(Ticket, ticket)
    assert found and found.operator == "artem"
    assert Person(stage, boris.connection, boris.token).closed == []
