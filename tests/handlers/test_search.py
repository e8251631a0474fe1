"""What is found, by whom, and what never is."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.errors import Forbidden, Invalid, NotFound, Unauthenticated
from chatd.protocol.commands import DeleteMessage, EditMessage
from chatd.protocol.searching import RebuildSearch, SearchMessages
from tests.handlers.stage import Person, Stage


def found(who: Person, query: str, **fields: Any) -> list[str]:
    """The ids of what somebody finds, in the order of their names."""
    answer = who.ask(SearchMessages(query=query, **fields))
    assert answer.complete
    return sorted(one.message_id for one in answer.found)


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
    kept = b"".join(one.read_bytes() for one in (stage.directory / "search").iterdir())
    assert b"lemon" not in kept and b"melon" not in kept


def test_it_comes_in_pages_with_excerpts_that_say_where_the_words_are(stage: Stage) -> None:
    anna = stage.visitor()
    id = anna.open_ticket("first apple")
    for number in range(2, 6):
        anna.say(id, f"{'word ' * 30}\n<b>apple</b> {number}")
    seen, cursor = list[int](), None
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
    anna, eva = stage.person("anna"), stage.person("eva")
    assert found(anna, "hello") == []
    anna.say("lobby", "hello lobby")
    assert found(eva, "hello") == ["lobby:1"]


def test_after_a_start_all_that_was_missed_is_found(stage: Stage) -> None:
    anna = stage.visitor()
    id = anna.open_ticket("apple")
    assert found(anna, "apple") == [f"{id}:2"]
    search = stage.services.search
    anna.say(id, "pear")
    search.asked.clear()  # as if killed before it was indexed
    search.behind = True
    assert found(anna, "pear") == [f"{id}:3"]
    for path in (stage.directory / "search").iterdir():
        path.write_bytes(b"x" * 5_000)
    search.behind, search._open = True, False
    search.turn()
    search.turn()
    assert found(anna, "apple") == [f"{id}:2"], "what is damaged is made anew"
    assert search.rebuild() >= 2
    search.forget(id)
    assert found(anna, "apple") == [] and search.rebuild() >= 2, "the store still has it"


def test_who_is_nobody_finds_nothing(stage: Stage) -> None:
    with pytest.raises(Unauthenticated):
        stage.ask(stage.connect(), SearchMessages(query="x"))
    with pytest.raises(Forbidden):
        stage.staff("boss", role="admin").ask(RebuildSearch())
