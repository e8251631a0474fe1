"""What a page is told of its site before anybody spoke: logo, faces, whether there is anybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatd.domain.participant import Operator
from chatd.domain.versions import successor
from chatd.errors import Damaged, ForeignOrigin
from chatd.protocol.sites import GetSite, SiteShown
from chatd.protocol.support import CloseTicket
from chatd.store.base import Put
from tests.handlers.stage import Person, Stage
from tests.trust.house import convert_config


def furnish(stage: Stage, **sites: dict[str, Any]) -> None:
    """Other sites, as after a reload."""
    given = {**stage.settings, "data_dir": str(stage.directory), "sites": sites}
    stage.services.config = convert_config(given)


def shown(stage: Stage, site: str | None = None) -> SiteShown:
    """What a page is told that nobody has said anything on."""
    told = Person(stage, stage.connect(), "").ask(GetSite(site=site))
    assert isinstance(told, SiteShown)
    return told


def test_a_page_is_told_of_its_visitors_own_site_or_of_its_first(stage: Stage) -> None:
    anna = stage.visitor(site="bank")
    assert (shown(stage).site, anna.ask(GetSite()).site) == ("shop", "bank")
    anna.connection.sites = ("shop",)
    with pytest.raises(ForeignOrigin):
        stage.ask_from_page(anna.connection, GetSite())
    furnish(stage, shop={}, other={})
    anna.connection.sites = ("other",)
    assert stage.ask_from_page(anna.connection, GetSite()).site == "other", "hers is gone"


def test_a_logo_is_elsewhere_or_served_here_or_there_is_none(stage: Stage, tmp_path: Path) -> None:
    picture = tmp_path / "logo.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n of a kind")
    elsewhere = "https://example.test/logo.png"
    furnish(
        stage,
        shop={"logo": str(picture)},
        bank={"logo": elsewhere},
        bare={},
        broken={"logo": str(tmp_path / "missing.png")},
    )
    served = stage.services.config.logos["shop"]
    assert served.name.endswith(".png")
    assert shown(stage, "shop").logo == f"logo/{served.name}"
    assert shown(stage, "bank").logo == elsewhere
    assert shown(stage, "bare").logo == shown(stage, "broken").logo == ""


def test_three_of_those_who_could_answer_are_shown_without_their_names(stage: Stage) -> None:
    names = {"anna": "Anna Maria Schmidt", "boris": "boris", "olga": "Olga Petrova", "vera": "Vera"}
    assert shown(stage).team == []
    for number, (username, name) in enumerate(names.items(), 1):
        stage.staff(username)
        account = stage.store.get(Operator, username)
        assert account
        stage.store.commit(Put(successor(account, name=name)))
        assert len(shown(stage).team) == min(number, 3)
    told = [(one.id, one.initials) for one in shown(stage).team]
    names_of_accounts = ("anna", "boris", "olga")
    ids = [f"operator:alias-{name}" for name in names_of_accounts]
    assert told == [*zip(ids, ("AM", "B", "OP"), strict=True)]


def test_a_page_is_told_whether_there_are_operators_and_pages(stage: Stage) -> None:
    told = shown(stage)
    assert (told.has_operators, told.has_pages, told.operators_online) == (False, False, 0)
    artem = stage.staff(sites=("bank",))
    assert shown(stage).has_operators
    assert (shown(stage).operators_online, shown(stage, "bank").operators_online) == (0, 1)
    stage.leave(artem)
    assert shown(stage).has_operators and not shown(stage, "bank").operators_online
    for origins, pages in ((["self"], False), ([], False), (["https://a.test"], True)):
        furnish(stage, shop={}, bank={"origins": origins})
        assert shown(stage).has_pages is pages


def test_a_page_is_told_whether_anybody_ever_wrote(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, artem = stage.visitor(), stage.staff()
    assert not shown(stage).has_tickets
    ticket = anna.open_ticket()
    assert shown(stage).has_tickets
    artem.ask(CloseTicket(ticket_id=ticket))
    assert shown(stage).has_tickets

    def unreadable(**_: object) -> None:
        raise Damaged("tickets")

    monkeypatch.setattr(stage.store, "tickets", unreadable)
    assert shown(stage).has_tickets, "somebody has written what is damaged"
