"""How a terminal knows who is in a conversation: one by one, or in a crowd how many."""

from __future__ import annotations

from typing import Literal

import pytest

from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.palette import Palette
from chatd.terminal.core.shapes import Joined, Person, Place
from chatd.terminal.core.texts import Texts
from chatd.terminal.ui import panels

ANNA, BORIS = Person("p-1", "Anna"), Person("p-2", "Boris")


@pytest.fixture
def dialog() -> Dialog:
    """With one who is known."""
    found = Dialog(Place(id="lobby"))
    found.enter(Joined(dialog=place(1), messages=[], participants=[ANNA]))
    return found


def place(people: int) -> Place:
    return Place(id="lobby", people=people)


def went(person: Person, status: Literal["offline", "away"] = "offline") -> Person:
    return Person(person.id, person.name, status=status)


def knows(dialog: Dialog) -> bool:
    return dialog.knows_people


def listed(dialog: Dialog) -> list[str]:
    shown = panels.people(dialog, "", Texts("en"), Palette(), dark=True, rows=9)
    return shown.plain.split("\n")


def test_a_crowd_is_a_number_and_its_members_come_again_when_it_is_over(dialog: Dialog) -> None:
    assert listed(dialog) == ["People · 1", "● Anna"] and knows(dialog)
    dialog.gather(place(301), crowd=True)
    assert listed(dialog) == ["People · 301"] and not knows(dialog)
    dialog.gather(place(2), crowd=False)
    assert not knows(dialog), "they are still to come"
    dialog.move_person(ANNA)
    assert not knows(dialog)
    dialog.move_person(BORIS)
    assert knows(dialog) and listed(dialog) == ["People · 2", "● Anna", "● Boris"]
    dialog.move_person(went(BORIS))
    assert knows(dialog) and listed(dialog) == ["People · 1", "● Anna"]


def test_of_those_to_come_one_may_be_gone_already(dialog: Dialog) -> None:
    dialog.gather(place(2), crowd=False)
    dialog.move_person(went(BORIS))
    assert not knows(dialog)
    dialog.move_person(went(ANNA, "away"))
    assert knows(dialog) and listed(dialog)[1:] == ["◐ Anna"]


def test_who_joins_a_crowd_keeps_no_list_of_its_newest(dialog: Dialog) -> None:
    answer = Joined(dialog=place(400), messages=[], participants=[ANNA, BORIS], crowd=True)
    dialog.enter(answer)
    assert dialog.present == 400 and not dialog.people and not knows(dialog)
    dialog.enter(Joined(dialog=place(2), messages=[], participants=[ANNA, BORIS]))
    assert dialog.present == 2 and knows(dialog)


def test_a_crowd_whose_numbers_cannot_be_read_is_as_many_as_before(dialog: Dialog) -> None:
    dialog.gather(place(301), crowd=True)
    dialog.gather(None, crowd=True)
    assert dialog.present == 301
