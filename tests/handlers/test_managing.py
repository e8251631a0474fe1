"""Sites and departments that administrators set while the daemon runs, laid over the file."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.config import pieces
from chatd.config.departments import DepartmentSettings
from chatd.config.sites import SiteSettings
from chatd.dispatch import auditing
from chatd.domain.piece import Piece
from chatd.domain.ticket import Ticket
from chatd.errors import ConfigError, Conflict, Forbidden, Invalid
from chatd.protocol.managing import (
    ListDepartments,
    ListSites,
    PutDepartment,
    PutSite,
    RemoveDepartment,
    ResetDepartment,
    ResetSite,
    SettingsShown,
    ShowSite,
)
from chatd.protocol.sites import GetSite
from chatd.protocol.support import UpdateTicket
from chatd.service import managing
from chatd.service.context import Caller
from chatd.store.base import Change, Remove
from tests.handlers.stage import Person, Stage
from tests.trust.house import convert_config

SITES: dict[str, Any] = {"shop": {"title": "Shop", "texts": {"greeting": "Hi"}}, "help": {}}
FILE: dict[str, Any] = {
    "sites": SITES,
    "departments": {"sales": {"members": ["artem"]}},
    "rooms": {"lobby": {}},
}


def read_anew(stage: Stage, **changed: Any) -> None:
    """As a reload does, with another file."""
    given = {**stage.settings, "data_dir": str(stage.directory), **FILE, **changed}
    stage.services.filed = convert_config(given)
    managing.refresh(stage.services)


@pytest.fixture
def admin(stage: Stage) -> Person:
    read_anew(stage)
    stage.staff("artem")
    return stage.staff("anna", role="admin")


def sources(told: SettingsShown) -> dict[str, str]:
    """Where each key is from."""
    return {one.key: one.source for one in told.settings}


def test_what_is_set_stands_in_place_of_the_file_until_it_is_taken_back(
    stage: Stage, admin: Person
) -> None:
    told = admin.ask(PutSite(site="shop", piece='title = "Лавка"\ntexts = { greeting = "Привет" }'))
    assert told.managed.changed == ["texts", "title"] and told.managed.version == 1
    assert told.managed.by == "operator:anna"
    assert sources(told)["title"] == "here" and sources(told)["accent"] == "file"
    visitor = stage.visitor(site="shop")
    shown = visitor.ask(GetSite(site="shop"))
    assert (shown.title, shown.greeting) == ("Лавка", "Привет")
    assert stage.services.config.sites["help"].title == ""
    again = admin.ask(ResetSite(site="shop", keys=["title"]))
    assert again.managed.changed == ["texts"] and visitor.ask(GetSite(site="shop")).title == "Shop"
    assert admin.ask(ResetSite(site="shop")).managed.changed == []
    assert visitor.ask(GetSite(site="shop")).greeting == "Hi"
    with pytest.raises(Conflict, match="nothing of the site 'shop' is set here"):
        admin.ask(ResetSite(site="shop"))


REFUSED = {
    'origins = ["*"]': ("origins", "sites.shop.origins: is not written here; allowed: title, "),
    "registration = 'open'": ("registration", "is not written here"),
    "[identity]": ("identity", "is not written here"),
    "title = 5": ("title", "sites.shop.title: must be a text, not 5"),
    "warn_minutes = 9\nauto_close = 5": ("warn_minutes", "less than auto_close, which is 5"),
    'department = "nowhere"': ("department", "no such department 'nowhere'; allowed: sales"),
    '[hours]\nmonday = ["9-18"]': ("hours.monday[0]", "hours are like '09:00-18:00'"),
    '[hours]\nmonday = ["09:00-18:00"]': ("hours.timezone", "needed by monday"),
    'texts = { greeting = "{nobody}" }': ("texts.greeting", "cannot be filled in"),
    'form = [{ name = "a", label = "A", kind = "choice" }]': ("form", "choices are of a field"),
    "": ("piece", "nothing to set was named"),
    "title = ": ("piece", "sites.shop: not TOML: "),
}


def test_what_the_file_would_be_refused_for_is_refused_in_the_same_words(
    stage: Stage, admin: Person
) -> None:
    for piece, (field, said) in REFUSED.items():
        with pytest.raises(Invalid) as no:
            admin.ask(PutSite(site="shop", piece=piece))
        assert said in no.value.message and no.value.details["field"] == field, piece
    assert not list(stage.store.all(Piece))
    assert stage.services.config == stage.services.filed


def test_only_administrators_and_roles_with_the_permission_set_anything(
    stage: Stage, admin: Person
) -> None:
    boris = stage.staff("boris")
    for command in (
        PutSite(site="shop", piece="rating = false"),
        ListSites(),
        ResetSite(site="shop"),
    ):
        with pytest.raises(Forbidden):
            boris.ask(command)
    with pytest.raises(Invalid, match="no such site 'nowhere'; allowed: shop, help"):
        admin.ask(PutSite(site="nowhere", piece="rating = false"))
    with pytest.raises(Invalid, match="no such site 'nowhere'"):
        admin.ask(ShowSite(site="nowhere"))


def test_who_was_slower_is_told_who_was_faster(stage: Stage, admin: Person) -> None:
    other = stage.staff("maria", role="admin")
    admin.ask(PutSite(site="shop", piece="rating = false", version=0))
    with pytest.raises(Conflict, match="was changed meanwhile, by operator:anna") as late:
        other.ask(PutSite(site="shop", piece="rating = true", version=0))
    assert late.value.details["version"] == 1
    other.ask(PutSite(site="shop", piece="auto_close = 30", version=1))
    assert stage.services.config.sites["shop"].rating is False
    admin.ask(ResetSite(site="shop", version=2))
    with pytest.raises(Conflict, match="was taken back meanwhile"):
        other.ask(PutSite(site="shop", piece="rating = true", version=2))


def test_a_department_is_made_used_and_removed_when_nothing_refers_to_it(
    stage: Stage, admin: Person
) -> None:
    with pytest.raises(Invalid, match="'members' is needed here"):
        admin.ask(PutDepartment(department="billing", piece='title = { ru = "Счета" }'))
    admin.ask(PutDepartment(department="billing", piece='members = ["artem"]\nsites = ["shop"]'))
    listed = {one.name: one.in_file for one in admin.ask(ListDepartments()).departments}
    assert listed == {"sales": True, "billing": False}
    admin.ask(PutSite(site="shop", piece='department = "billing"'))
    ticket = stage.visitor(site="shop").open_ticket()
    assert stage.store.get(Ticket, ticket).department == "billing"  # type: ignore[union-attr]
    with pytest.raises(Conflict, match="say where they go"):
        admin.ask(RemoveDepartment(department="billing"))
    with pytest.raises(Conflict, match="no such department 'billing'"):
        admin.ask(RemoveDepartment(department="billing", to="sales"))
    with pytest.raises(Conflict, match="is said by the configuration"):
        admin.ask(RemoveDepartment(department="sales"))
    admin.ask(ResetSite(site="shop"))
    assert admin.ask(RemoveDepartment(department="billing", to="sales")).moved == 1
    assert stage.store.get(Ticket, ticket).department == "sales"  # type: ignore[union-attr]
    with pytest.raises(Invalid, match="no such department 'billing'; allowed: sales"):
        admin.ask(RemoveDepartment(department="billing"))
    admin.ask(PutDepartment(department="sales", piece='members = ["anna"]'))
    admin.ask(ResetDepartment(department="sales"))
    assert stage.services.config.departments["sales"].members == ("artem",)


def test_a_department_goes_after_its_tickets_and_who_came_meanwhile_is_not_left_behind(
    stage: Stage, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.ask(PutDepartment(department="billing", piece='members = ["artem"]\nsites = ["shop"]'))
    late = stage.visitor(site="shop").open_ticket()
    admin.ask(PutSite(site="shop", piece='department = "billing"'))
    ids = [stage.visitor(site="shop").open_ticket() for _ in range(3)]
    with pytest.raises(Conflict, match="then this would not hold"):
        admin.ask(RemoveDepartment(department="billing", to="sales"))
    assert [where(stage, id) for id in ids] == ["billing"] * 3, "refused, so nothing was done"
    admin.ask(ResetSite(site="shop"))
    commit, seen = stage.store.commit, list[list[str]]()

    def watch(*changes: Change, **how: Any) -> Any:
        if not seen and any(isinstance(one, Remove) and one.kind == "pieces" for one in changes):
            seen.append([where(stage, id) for id in ids])
            admin.ask(UpdateTicket(ticket_id=late, department="billing"))
        return commit(*changes, **how)

    monkeypatch.setattr(stage.store, "commit", watch)
    assert admin.ask(RemoveDepartment(department="billing", to="sales")).moved == 4
    assert seen == [["sales"] * 3], "killed here it would be there still, and empty"
    assert where(stage, late) == "sales"


def where(stage: Stage, ticket: str) -> str:
    """The department of a ticket."""
    found = stage.store.get(Ticket, ticket)
    assert found
    return found.department


def test_what_contradicts_another_file_is_left_out_in_words_and_kept(
    stage: Stage, admin: Person
) -> None:
    admin.ask(PutDepartment(department="billing", piece='members = ["artem"]\nsites = ["help"]'))
    admin.ask(PutSite(site="help", piece='department = "billing"\nrating = false'))
    admin.ask(PutSite(site="shop", piece="rating = false"))
    read_anew(stage, sites={"shop": SITES["shop"]})
    assert stage.services.config.sites["shop"].rating is False
    assert list(stage.services.config.departments) == ["sales"]
    assert stage.services.misfits == {
        "departments/billing": "departments.billing.sites: no such site 'help'; allowed: shop",
        "sites/help": "sites: no such site 'help'; allowed: shop",
    }
    (billing,) = [one for one in admin.ask(ListDepartments()).departments if not one.in_file]
    assert "no such site 'help'" in str(billing.problem)
    gone = admin.ask(ListSites()).sites[-1]
    assert (gone.name, gone.in_file, gone.changed) == ("help", False, ["department", "rating"])
    admin.ask(PutSite(site="shop", piece="auto_close = 30"))
    read_anew(stage)
    assert not stage.services.misfits
    assert stage.services.config.sites["help"].department == "billing"
    read_anew(stage, sites={"shop": SITES["shop"]})
    assert not admin.ask(ResetSite(site="help")).settings
    assert [one.name for one in admin.ask(ListSites()).sites] == ["shop"]


def test_every_key_that_can_be_set_is_written_as_the_file_has_it_and_read_back(
    stage: Stage, admin: Person
) -> None:
    whole = """
        title = "Лавка \\"Уют\\"\\u007f"
        questions = ["Где заказ?"]
        accent = "#2f6fed"
        automatic = { waits = "Ждите\\nнас", still_seconds = 30.0 }
        sla = { response = { urgent = 5 } }
        [hours]
        timezone = "Europe/Moscow"
        monday = ["09:00-13:00", "14:00-18:00"]
        [hours.holidays]
        "2030-01-01" = []
        [[form]]
        name = "mail"
        kind = "email"
        label = "Почта"
    """
    told = admin.ask(PutSite(site="shop", piece=whole))
    before = stage.services.config.sites["shop"]
    written = "\n".join(f"{one.key} = {one.toml}" for one in told.settings)
    assert [one.key for one in told.settings] == list(pieces.MANAGED["sites"])
    admin.ask(ResetSite(site="shop"))
    admin.ask(PutSite(site="shop", piece=written))
    assert stage.services.config.sites["shop"] == before


def test_what_is_set_is_in_force_after_a_start_and_is_told_by_key_to_the_audit_log(
    stage: Stage, admin: Person
) -> None:
    command = PutSite(site="shop", piece='title = "secret words"\nrating = false')
    admin.ask(command)
    stage.services.config = stage.services.filed
    managing.refresh(stage.services)
    assert stage.services.config.sites["shop"].title == "secret words"
    told = auditing.entry(
        stage.services, Caller(admin.connection.principal, ""), command, "done", ""
    )
    assert told["arguments"] == {"site": "shop", "keys": "rating, title"}


def test_the_managed_keys_are_keys_of_the_file() -> None:
    kinds = {"sites": SiteSettings, "departments": DepartmentSettings}
    for table, keys in pieces.MANAGED.items():
        assert set(keys) <= set(kinds[table].__struct_fields__)
    with pytest.raises(ConfigError, match="allowed: title, members, sites, sla"):
        pieces.read_piece("departments", "x", "capacity = 1")
