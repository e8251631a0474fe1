"""Whom a person finds by the beginning of a user name, and with how many they begin dialogs."""

from __future__ import annotations

import pytest

from chatd.domain.person import Account
from chatd.errors import RateLimited
from chatd.handlers.people import MOST_FOUND
from chatd.protocol.groups import InviteIntoDialog
from chatd.protocol.people import FindPeople, SetUserDisabled
from chatd.service import people
from chatd.service.people import MOST_LOOKED_AT
from chatd.store.base import Put
from tests.handlers.among import direct, group
from tests.handlers.stage import Person, Stage


def find(stage: Stage, who: Person, query: str) -> list[str]:
    """The user names that somebody finds."""
    return [one.username for one in stage.ask(who.connection, FindPeople(query=query)).people]


def settle(stage: Stage, *usernames: str, site: str = "shop") -> None:
    """Accounts that nobody logs in to."""
    for username in usernames:
        account, who = people.make(stage.services, username, username.title(), site, "")
        stage.store.commit(Put(account), Put(who))


def test_people_of_ones_own_site_are_found_by_how_their_user_names_begin(stage: Stage) -> None:
    anna = stage.person("anna")
    settle(stage, "ann", "anne", "anya", "bob", "andrew")
    settle(stage, "annika", site="bank")
    stage.shell(SetUserDisabled(username="andrew"))
    assert find(stage, anna, "an") == ["ann", "anne", "anya"]
    assert find(stage, anna, "ANN") == ["ann", "anne"]
    assert find(stage, anna, "anne") == ["anne"]
    assert find(stage, anna, "nn") == find(stage, anna, "z") == []
    (known,) = stage.ask(anna.connection, FindPeople(query="bob")).people
    account = stage.store.get(Account, "bob")
    assert account and (known.name, known.id) == ("Bob", account.participant)


def test_so_many_are_found_at_most_and_so_many_looked_at(stage: Stage) -> None:
    anna = stage.person("anna")
    settle(stage, *(f"x{number:02}" for number in range(MOST_FOUND + 5)))
    settle(stage, *(f"y{number:02}" for number in range(MOST_LOOKED_AT)), site="bank")
    settle(stage, "y99")
    assert find(stage, anna, "x") == [f"x{number:02}" for number in range(MOST_FOUND)]
    assert find(stage, anna, "y") == []
    assert find(stage, anna, "y99") == ["y99"]


def test_so_many_people_are_put_into_dialogs_in_a_while_and_no_more(stage: Stage) -> None:
    anna, boris = stage.person("anna"), stage.person("boris")
    settle(stage, "kim", "lev", "max", "nik")
    stage.services.limiter.apply(stage.limits(companions_per_participant="4/hour"))
    direct(anna, "kim")
    made = group(anna, "kim", "lev")
    for _ in range(3):  # what there is already counts for nothing
        direct(anna, "kim")
        anna.ask(InviteIntoDialog(dialog_id=made.id, who="kim"))
        group(anna)
    anna.ask(InviteIntoDialog(dialog_id=made.id, who="max"))
    for one_more in (
        lambda: direct(anna, "lev"),
        lambda: group(anna, "nik"),
        lambda: anna.ask(InviteIntoDialog(dialog_id=made.id, who="nik")),
    ):
        with pytest.raises(RateLimited) as refused:
            one_more()
        assert refused.value.details["limit"] == "companions_per_participant"
    direct(boris, "anna")
