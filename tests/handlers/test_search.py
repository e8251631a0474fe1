"""What is found, by whom, and what never is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatd.domain.place import Relation, RoomPlace
from chatd.domain.principal import Principal
from chatd.errors import Forbidden, Invalid, NotFound, Unauthenticated
from chatd.protocol.commands import DeleteMessage, EditMessage
from chatd.protocol.erasing import EraseConversation
from chatd.protocol.groups import InviteIntoDialog, SetPast
from chatd.protocol.operating import EnterRoom
from chatd.protocol.searching import RebuildSearch, SearchMessages
from chatd.protocol.support import CloseTicket
from chatd.service.searching import FedSearch
from chatd.store.postgres.connecting import Pool
from tests.handlers.among import direct, group
from tests.handlers.stage import Person, Stage


@pytest.fixture(params=["tinydb", "postgres"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """The same must be found wherever the messages are."""
    store = {"backend": request.param}
    if request.param == "postgres":
        store["dsn"] = request.getfixturevalue("database")
    made = Stage(tmp_path / "data", store=store)
    yield made
    made.close()


def found(who: Person, query: str, **fields: Any) -> list[str]:
    """The ids of what somebody finds, in the order of their names."""
    who.stage.services.search.turn()
    answer = who.ask(SearchMessages(query=query, **fields))
    assert answer.complete
    return sorted(one.message_id for one in answer.found)


def kept(stage: Stage) -> str:
    """All that an index has."""
    if stage.services.config.store.backend == "tinydb":
        files = (stage.directory / "search").iterdir()
        return b"".join(one.read_bytes() for one in files).decode(errors="replace")
    pool = Pool(stage.services.config.store.dsn, 1)
    (row,) = pool.read("SELECT string_agg(words::text, ' ') FROM chatd.words", {})
    pool.close()
    return str(row)


def test_operators_find_tickets_and_notes_of_their_sites_only(stage: Stage) -> None:
    ours, theirs = stage.visitor(site="shop"), stage.visitor(site="bank")
    mine, hidden = ours.open_ticket("посылка пришла"), theirs.open_ticket("посылки нет")
    artem, boss = stage.staff("artem", sites=("shop",)), stage.staff("boss", role="admin")
    artem.say(f"{mine}/notes", "посылку ищем")
    assert found(artem, "посылка") == [f"{mine}/notes:1", f"{mine}:2"]
    assert found(artem, "посылка", site="bank") == []
    assert found(boss, "посылка", site="bank") == [f"{hidden}:2"]
    assert found(boss, "посылка", kind="notes") == [f"{mine}/notes:1"]
    assert found(boss, "посылка", operator="artem") == [f"{mine}/notes:1"]
    with pytest.raises(NotFound):
        found(artem, "посылка", dialog_id=hidden)
    with pytest.raises(NotFound, match="no such operator"):
        found(boss, "посылка", operator="nobody")


def test_customers_find_their_own_conversation_and_no_notes(stage: Stage) -> None:
    anna, eva = stage.visitor(site="shop"), stage.visitor(site="shop")
    own, other = anna.open_ticket("a red parcel"), eva.open_ticket("a blue parcel")
    stage.staff("artem").say(f"{own}/notes", "a difficult parcel")
    assert found(anna, "parcels") == [f"{own}:2"]
    assert found(anna, "parcel", dialog_id=own) == [f"{own}:2"]
    for hidden in (other, f"{own}/notes", "TKT-1"):
        with pytest.raises(NotFound):
            found(anna, "parcel", dialog_id=hidden)
    with pytest.raises(NotFound):
        found(anna, "parcel", operator="artem")


def test_what_is_edited_or_deleted_is_found_as_it_is_now(stage: Stage) -> None:
    anna = stage.visitor()
    id = anna.open_ticket("one lemon")
    assert found(anna, "lemon") == [f"{id}:2"]
    anna.ask(EditMessage(message_id=f"{id}:2", content="one melon"))
    assert (found(anna, "lemon"), found(anna, "melon")) == ([], [f"{id}:2"])
    anna.ask(DeleteMessage(message_id=f"{id}:2"))
    assert found(anna, "melon") == []
    stage.services.search.forget("another")  # which is not put off
    assert "lemon" not in kept(stage) and "melon" not in kept(stage)


def test_it_comes_in_pages_with_excerpts_that_say_where_the_words_are(stage: Stage) -> None:
    anna = stage.visitor()
    id = anna.open_ticket("first apple")
    for number in range(2, 6):
        anna.say(id, f"{'word ' * 30}\n<b>apple</b> {number}")
    seen, cursor = list[int](), None
    stage.services.search.turn()
    while True:
        page = anna.ask(SearchMessages(query="apples", limit=2, cursor=cursor))
        seen += [one.seq for one in page.found]
        cursor = page.cursor
        assert page.more == (cursor is not None)
        for one in page.found:
            assert [one.excerpt[since:until] for since, until in one.marks] == ["apple"]
            assert "\n" not in one.excerpt
        if not page.more:
            break
        anna.say(id, "apple, since")
    assert seen == [6, 5, 4, 3, 2]


def test_dates_bound_it_and_nonsense_is_refused(stage: Stage) -> None:
    anna = stage.visitor()
    id = anna.open_ticket("apple")
    assert found(anna, "apple", since="2001-01-01") == [f"{id}:2"]
    assert found(anna, "apple", until="2001-01-01T00:00:00Z") == []
    for wrong in (
        {"query": "-apple"},
        {"query": "*"},
        {"query": "a*"},
        {"query": " ".join("abcdefghijklmnopq")},
        {"query": "apple", "since": "yesterday"},
    ):
        with pytest.raises(Invalid):
            anna.ask(SearchMessages(**wrong))
    assert found(anna, "apple\" OR body:x* NEAR( ' AND") == []


def test_people_find_their_dialogs_and_only_from_where_they_begin(stage: Stage) -> None:
    anna, eva, boss = stage.person("anna"), stage.person("eva"), stage.staff("boss", role="admin")
    assert found(anna, "hello") == []
    anna.say("lobby", "hello lobby")
    assert found(eva, "hello") == ["lobby:1"] == found(boss, "hello")
    both, tea = direct(anna, "eva").id, group(anna).id
    anna.ask(SetPast(dialog_id=tea, past="none"))
    anna.say(both, "hello eva")
    anna.say(tea, "hello tea")
    assert found(anna, "hello") == sorted(["lobby:1", f"{both}:1", f"{tea}:1"])
    assert found(eva, "hello") == [f"{both}:1", "lobby:1"] == found(eva, "hello", limit=2)
    for stranger in (boss, stage.person("ivan"), stage.visitor()):
        assert found(stranger, "hello", kind="dialog") == []
        for one in (both, tea):
            with pytest.raises(NotFound):
                found(stranger, "hello", dialog_id=one)
    anna.ask(InviteIntoDialog(dialog_id=tea, who="eva"))
    anna.say(tea, "hello again")
    assert found(eva, "hello", dialog_id=tea) == [f"{tea}:2"]


def test_a_removed_conversation_leaves_nothing_to_find_nor_in_the_file(stage: Stage) -> None:
    anna, boss = stage.visitor(), stage.staff("boss", role="admin")
    id = anna.open_ticket("a tamarind")
    boss.say(f"{id}/notes", "tamarind, indeed")
    assert found(boss, "tamarind") == [f"{id}/notes:1", f"{id}:2"]
    boss.ask(CloseTicket(ticket_id=id))
    boss.ask(EraseConversation(what=id, sure=True))
    stage.settle()
    assert found(boss, "tamarind") == []
    assert "tamarind" not in kept(stage) and stage.services.search.rebuild() >= 0
    assert found(boss, "tamarind") == []


def test_what_was_changed_since_it_was_indexed_is_not_shown(stage: Stage) -> None:
    anna, search = stage.visitor(), stage.services.search
    id = anna.open_ticket("apple")
    assert found(anna, "apple") == [f"{id}:2"]
    anna.ask(EditMessage(message_id=f"{id}:2", content="pear"))
    if isinstance(search, FedSearch):
        search.asked.clear()
        assert found(anna, "apple") == [] == found(anna, "pear")
        search.behind = True
    assert found(anna, "apple") == [] and found(anna, "pear") == [f"{id}:2"]


def test_an_index_made_anew_finds_the_same(stage: Stage) -> None:
    anna, boss = stage.visitor(site="shop"), stage.staff("boss", role="admin")
    id = anna.open_ticket("apple")
    anna.ask(DeleteMessage(message_id=anna.say(id, "rotten apple").id))
    boss.say(f"{id}/notes", "an apple")
    before = found(boss, "apple", site="shop")
    assert before == [f"{id}/notes:1", f"{id}:2"]
    stage.services.search.rebuild()
    assert found(boss, "apple", site="shop") == before


def test_rooms_that_one_does_not_see_are_not_looked_at(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are."""
    monkeypatch.setenv("DOOR", "sesame")
    many = {f"bank-{n}": {"sites": ["bank"]} for n in range(50)}
    vault = {"sites": ["shop"], "password_env": "DOOR"}
    stage.furnish(lobby={}, club={"sites": ["shop"]}, vault=vault, **many)
    anna, eva = stage.visitor(site="shop"), stage.visitor(site="bank")
    artem = stage.staff("artem", sites=("shop",))
    eva.say("bank-7", "hello bank")
    for room in ("club", "lobby"):
        anna.say(room, "hello shop")
    artem.say("vault", "hello gold")
    assert found(anna, "hello") == ["club:1", "lobby:1"]
    assert found(eva, "hello") == ["bank-7:1", "lobby:1"]
    assert found(artem, "hello") == ["club:1", "lobby:1", "vault:1"]
    anna.ask(EnterRoom(dialog_id="vault", password="sesame"))
    asked, judge = Counter[str](), RoomPlace.relation

    def counted(place: RoomPlace, who: Principal) -> Relation:
        asked[place.id] += 1
        return judge(place, who)

    monkeypatch.setattr(RoomPlace, "relation", counted)
    assert found(anna, "hello") == ["club:1", "lobby:1", "vault:1"] == found(artem, "hello")
    assert asked.keys() == {"club", "lobby", "vault"}
    stage.furnish(lobby={}, club={"sites": ["bank"]})
    assert found(anna, "hello") == ["lobby:1"] == found(artem, "hello")


def test_who_is_nobody_finds_nothing(stage: Stage) -> None:
    with pytest.raises(Unauthenticated):
        stage.ask(stage.connect(), SearchMessages(query="x"))
    with pytest.raises(Forbidden):
        stage.staff("boss", role="admin").ask(RebuildSearch())
