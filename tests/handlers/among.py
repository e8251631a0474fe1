"""People who talk among themselves on the stage, and what bounds them."""

from __future__ import annotations

from typing import Any

from chatd.protocol.commands import GetHistory
from chatd.protocol.groups import CreateDialog
from tests.handlers.stage import Person, Stage
from tests.trust.house import convert_config


def direct(person: Person, *usernames: str) -> Any:
    """A dialog of two."""
    return person.ask(CreateDialog(kind="direct", companions=list(usernames))).dialog


def group(person: Person, *usernames: str, **fields: Any) -> Any:
    """A group of a person's own."""
    asked = {"kind": "group", "title": "Tea", "companions": list(usernames), **fields}
    return person.ask(CreateDialog(**asked)).dialog


def three(stage: Stage) -> tuple[Person, Person, Person]:
    """Anna, Boris and Vera."""
    return stage.person(), stage.person("boris"), stage.person("vera")


def limit(stage: Stage, **people: int) -> None:
    """Other bounds, as after a reload."""
    given = {**stage.settings, "data_dir": str(stage.directory), "people": people}
    stage.services.config = convert_config(given)


def texts(person: Person, dialog_id: str, **fields: Any) -> list[str]:
    """The newest page, as somebody reads it."""
    page = person.ask(GetHistory(dialog_id=dialog_id, **fields))
    return [one.content for one in page.messages]


def names(dialog: Any) -> list[str]:
    return [one.username for one in dialog.members]
