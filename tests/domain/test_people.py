"""What is known of people: whose a ticket is, ids and tokens, and what a password has to be."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from msgspec.structs import replace

from chatd.domain import ids, tokens
from chatd.domain.participant import REMEMBERED_TICKETS, LoginSession, Operator, Participant
from chatd.domain.password import LONGEST, SHORTEST, unfit
from chatd.domain.principal import ANONYMOUS, Principal, meet, of_operator, of_visitor
from chatd.domain.times import to_text
from chatd.domain.tokens import OLD_SECRET, RANDOM_BYTES, SECRET, Tokens
from chatd.domain.versions import successor

SINCE = 0x67A1B2C3
HOUSE = Tokens("ab" * 32, to_text(SINCE))
ANN = Participant(id="p-1-a", name="Ann", site="shop", token_hash="", created_at="", expires_at="")
OLGA = Operator(id="olga", name="Olga", password_hash="", created_at="")


def test_a_ticket_can_be_theirs_if_it_is_remembered_or_older_than_all_that_are() -> None:
    few = replace(ANN, tickets=("TKT-5", "TKT-7"))
    assert [few.may_have(f"TKT-{number}") for number in (4, 5, 6, 7)] == [False, True, False, True]
    assert not ANN.may_have("TKT-5")
    many = tuple(f"TKT-{number}" for number in range(200, 200 + 2 * REMEMBERED_TICKETS, 2))
    assert [replace(ANN, tickets=many).may_have(one) for one in ("TKT-199", "TKT-900")] == [
        True,
        False,
    ]
    assert not replace(ANN, tickets=many).may_have("TKT-201"), "younger than the oldest"
    assert replace(ANN, tickets=("TKT-198", *many)).may_have("TKT-197")
    assert not replace(ANN, tickets=many[1:]).may_have("TKT-199"), "one less: nothing is forgotten"


def test_tickets_of_fifty_are_remembered_and_a_known_person_may_write() -> None:
    assert REMEMBERED_TICKETS == 50
    assert ANN.wrote, "of who was stored before it was noted it is not said that they did not"


def test_operators_serve_their_sites_or_all_and_take_tickets_until_they_are_told_not_to() -> None:
    assert OLGA.serves("shop") and replace(OLGA, sites=("shop",)).serves("shop")
    assert not replace(OLGA, sites=("blog",)).serves("shop")
    assert (OLGA.role, OLGA.disabled, OLGA.takes_tickets) == ("operator", False, True)


def test_each_change_of_a_document_is_one_version_on() -> None:
    session = LoginSession(id="s-1", operator="olga", token_hash="", created_at="", expires_at="")
    assert {one.version for one in (ANN, OLGA, session)} == {1}
    assert successor(ANN, name="Anna").version == 2
    assert successor(replace(ANN, version=7)).version == 8


@pytest.mark.parametrize(
    ("length", "fits"),
    [(0, False), (7, False), (8, True), (256, True), (257, False)],
)
def test_a_password_has_8_to_256_characters(length: int, fits: bool) -> None:
    why = unfit("я" * length)
    assert (why == "") == fits
    assert fits or why.startswith(f"a password has {SHORTEST} to {LONGEST} characters; this one ")
    assert fits or why.endswith(f"has {length}" if length else "is empty")


@pytest.mark.parametrize(
    ("id", "born", "shelf"),
    [
        ("p-67a1b2c3-9f00", SINCE, 0),
        ("p-67a1b2c3-2-9f00", SINCE, 2),
        ("p-67a1b2c3-1f-9f00", SINCE, 31),
        ("p-67a1b2c3-x-9f00", SINCE, 0),
        ("p-67a1b2c3-2-9f00-1", SINCE, 0),
        ("p-nothing-2-9f00", None, 2),
        ("p", None, 0),
    ],
)
def test_an_id_says_when_it_was_made_and_where_it_lies(
    id: str, born: int | None, shelf: int
) -> None:
    assert (ids.birth(id), ids.shelf(id)) == (born, shelf)


def test_ids_are_of_their_time_and_no_two_are_the_same() -> None:
    made = {ids.new_id("p", SINCE + 0.9) for _ in range(50)}
    assert len(made) == 50 and {ids.birth(id) for id in made} == {SINCE}
    assert all(len(id.rpartition("-")[2]) == 12 and ids.shelf(id) == 0 for id in made)
    assert ids.shelf(ids.new_id("p", SINCE, 17)) == 17


def test_no_shelf_has_more_than_4096_and_each_hour_begins_with_the_first() -> None:
    newborn, start = ids.Newborn("p"), 1_000 << ids.WINDOW_BITS
    shelves = [ids.shelf(newborn.id(start)) for _ in range(2 * 4_096 + 1)]
    assert [shelves.count(shelf) for shelf in range(3)] == [4_096, 4_096, 1]
    assert ids.shelf(newborn.id(start + 4_095)) == 2, "the same time yet"
    assert ids.shelf(newborn.id(start + 4_096)) == 0
    assert newborn.id(start).startswith("p-")


def test_a_token_of_ours_is_known_unread_and_a_made_up_one_is_none() -> None:
    token, secret = HOUSE.make("p-ffffffff-a")
    read = HOUSE.read(token)
    assert read == ("p-ffffffff-a", secret) and read.marked
    assert len(secret) == SECRET == 36 and len(base64.urlsafe_b64decode(secret)) == 27
    assert HOUSE.make("p-ffffffff-a")[1] != secret, "nobody guesses the next"
    other = "A" if secret[-1] != "A" else "B"
    for wrong in (
        token[:-1] + other,
        token.replace("fa", "fb").replace("f-a", "f-b"),
        f"x{token}",
        token + "A",
        token[:-1],
        f"p-ffffffff-a.{'!' * SECRET}",
        f"p-ffffffff-я.{secret}",
        "p-ffffffff-a",
        "",
    ):
        assert HOUSE.read(wrong) is None, wrong
    assert Tokens("cd" * 32, to_text(SINCE)).read(token) is None, "of another house"


def test_operators_tokens_are_of_the_same_kind() -> None:
    assert HOUSE.read(HOUSE.make("s-1-a")[0]) is not None
    assert HOUSE.read(HOUSE.make("e-1-a")[0]) is None, "no errand logs in"


def test_the_same_seed_makes_the_same_token_and_another_another() -> None:
    one, same, other = (HOUSE.make("p-1-a", seed)[1] for seed in (b"1", b"1", b"2"))
    assert one == same != other
    assert HOUSE.make("p-1-b", b"1")[1] != one
    assert len(base64.urlsafe_b64decode(one)) > RANDOM_BYTES


@pytest.mark.parametrize(
    ("made", "length", "good"),
    [
        (SINCE - 1, 32, True),
        (SINCE, 32, True),
        (SINCE + 1, 32, False),
        (SINCE, 31, False),
        (SINCE, 33, False),
    ],
)
def test_a_token_without_mark_is_good_from_before_there_were_marks(
    made: int, length: int, good: bool
) -> None:
    read = HOUSE.read(f"p-{made:x}-a.{'s' * length}")
    assert (read is not None) == good
    assert read is None or not read.marked
    assert HOUSE.read(f"p-nothing-a.{'s' * OLD_SECRET}") is None


def test_a_device_proves_the_account_that_logged_in_there_and_no_other() -> None:
    proof = HOUSE.vouch("olga")
    assert HOUSE.confirms("olga", proof) and HOUSE.vouch("olga") != proof
    assert not HOUSE.confirms("anna", proof) and not HOUSE.confirms("olga", proof[:-1])
    assert HOUSE.read(f"p-1-a.{proof}") is None, "a proof is no token"
    assert not HOUSE.confirms("olga", HOUSE.make("olga")[1]), "nor is a token a proof"


def test_a_secret_is_kept_as_a_hash_that_only_itself_matches() -> None:
    kept = tokens.digest("secret")
    assert "secret" not in kept and tokens.matches("secret", kept)
    assert not tokens.matches("Secret", kept)


@pytest.mark.parametrize(
    ("who", "staff", "runs_it", "label"),
    [
        (ANONYMOUS, False, False, "anonymous"),
        (of_visitor(ANN), False, False, "p-1-a"),
        (of_operator(OLGA), True, False, "operator:olga"),
        (of_operator(replace(OLGA, role="admin", alias="o7")), True, True, "operator:olga"),
        (Principal(kind="shell", id="shell:root", role="act"), True, True, "shell:root"),
        (Principal(kind="system"), True, True, "system"),
    ],
)
def test_who_is_staff_and_who_runs_the_daemon(
    who: Principal, staff: bool, runs_it: bool, label: str
) -> None:
    assert (who.is_staff, who.runs_it, who.label) == (staff, runs_it, label)
    assert who.serves("shop") == staff == who.shares(("shop",))


def test_customers_do_not_learn_a_user_name_where_there_is_an_alias() -> None:
    assert of_operator(OLGA).id == "operator:olga"
    hidden = of_operator(replace(OLGA, alias="o7", sites=("shop",)))
    assert hidden.id == "operator:o7" and hidden.operator == "olga"
    assert hidden.serves("shop") and not hidden.serves("blog") and not hidden.shares(("blog",))


@pytest.mark.parametrize(
    ("some", "others", "common"),
    [
        ((), (), True),
        ((), ("a",), True),
        (("a",), (), True),
        (("a", "b"), ("b", "c"), True),
        (("a",), ("b",), False),
    ],
)
def test_lists_of_sites_meet_and_an_empty_one_is_all(some: Any, others: Any, common: bool) -> None:
    assert meet(some, others) == common
