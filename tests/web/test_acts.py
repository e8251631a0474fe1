"""What one does with messages, in widget, console, notes and rooms alike: reply, change, delete."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.web.conftest import Axe, Complaints, MakeContext, Shoot
from tests.web.office import Office
from tests.web.places import (
    ACTS,
    EVERYWHERE,
    PHONE,
    PLACES,
    ROOMS,
    STORED,
    TOUCH,
    WORDS,
    Go,
    Place,
    in_widget,
    signed_in,
)
from tests.web.shop import Widget
from tests.web.wire import Wire

CONFIG = {"rooms": {name: {"title": "Чайная"} for name in ROOMS}}


@pytest.fixture
def go(office: Office, context: MakeContext) -> Go:
    """Somebody somewhere; ``go(where, locale=…)``."""

    def went(where: str, locale: str = "ru-RU", **options: Any) -> Place:
        place = PLACES[where](office, context(locale=locale, **options).new_page(), locale)
        place.words = WORDS[locale]
        return place

    return went


@EVERYWHERE
def test_one_replies_changes_and_deletes(go: Go, where: str) -> None:
    place = go(where)
    place.say("моё первое")
    theirs = place.other.say(place.dialog, "**чужое**")
    expect(place.row("чужое")).to_be_visible()
    place.tool("чужое", "reply").click()
    expect(place.over).to_contain_text(re.compile("Ответ: [^*]*чужое"))
    expect(place.over).not_to_contain_text("*")
    expect(place.field).to_be_focused()
    place.field.press("Escape")
    expect(place.over).to_have_count(0)
    place.field.fill("в ответ")
    place.tool("чужое", "reply").click()
    expect(place.field).to_have_value("в ответ")
    place.field.press("Enter")
    expect(place.row("в ответ").locator(".quote span")).to_have_text("чужое")
    expect(place.over).to_have_count(0)
    assert place.stored("в ответ")["meta"]["reply_to"]["seq"] == theirs["seq"]
    place.row("в ответ").locator(".quote").click()
    expect(place.log.locator(".marked")).to_contain_text("чужое")

    assert place.row("чужое").get_by_role("button", name="Изменить").count() == 0
    assert place.row("чужое").get_by_role("button", name="Удалить").count() == 0
    place.field.fill("черновик")
    place.tool("моё первое", "edit").click()
    expect(place.over).to_contain_text("Изменить сообщение")
    expect(place.field).to_have_value("моё первое")
    expect(place.field).to_be_focused()
    place.field.press("Escape")
    expect(place.field).to_have_value("черновик")
    expect(place.field).to_be_focused()
    place.tool("моё первое", "edit").click()
    place.field.press("End")
    place.field.type(", и лучше")
    place.field.press("Enter")
    place.other.expect("message:update", content="моё первое, и лучше")
    expect(place.row("моё первое, и лучше")).to_contain_text("изменено")
    expect(place.field).to_have_value("черновик")

    place.tool("моё первое", "remove").click()
    sure = place.root.get_by_role("alertdialog", name="Удалить сообщение?")
    expect(sure).to_contain_text("моё первое, и лучше")
    expect(sure.get_by_role("button", name="Отмена")).to_be_focused()
    place.page.keyboard.press("Escape")
    expect(sure).to_have_count(0)
    expect(place.field).to_be_focused()
    place.tool("моё первое", "remove").click()
    sure.get_by_role("button", name="Удалить").click()
    expect(place.log).to_contain_text("Сообщение удалено")
    expect(place.row("моё первое")).to_have_count(0)
    expect(place.field).to_have_value("черновик")
    expect(place.root).to_be_visible()


@pytest.mark.parametrize("where", ["widget", "console"])
def test_all_of_it_at_the_keys(go: Go, where: str) -> None:
    place = go(where)
    keys = place.page.keyboard
    place.hear("их первое")
    place.say("моё последнее")
    place.hear("их последнее")
    place.field.focus()
    keys.press("ArrowUp")
    expect(place.field).to_have_value("моё последнее")
    keys.press("Escape")
    expect(place.field).to_have_value("")
    expect(place.root).to_be_visible()
    keys.type("не пусто")
    keys.press("ArrowUp")
    expect(place.field).to_have_value("не пусто")
    place.field.fill("")
    place.log.focus()
    last = place.row("их последнее").get_by_role("button", name="Ответить", exact=True)
    expect(last).to_have_attribute("tabindex", "0")
    last.focus()
    expect(place.row("их последнее").get_by_role("toolbar")).to_be_visible()
    keys.press("ArrowUp")
    mine = place.row("моё последнее")
    expect(mine.locator(".tools :focus")).to_have_count(1)
    keys.press("End")
    expect(mine.get_by_role("button", name="Удалить")).to_be_focused()
    keys.press("ArrowLeft")
    expect(mine.get_by_role("button", name="Изменить")).to_be_focused()
    keys.press("Enter")
    expect(place.field).to_be_focused()
    expect(place.field).to_have_value("моё последнее")
    keys.press("Escape")
    expect(place.field).to_have_value("")
    expect(place.field).to_be_focused()
    mine.get_by_role("button", name="Удалить").focus()
    keys.press("Escape")
    expect(place.field).to_be_focused()
    expect(place.root).to_be_visible()


@pytest.mark.parametrize("where", ["widget", "notes", "room"])
def test_what_happens_elsewhere_loses_nothing_typed(go: Go, where: str) -> None:
    place = go(where)
    place.say("сперва так")
    mine = place.stored("сперва так")["id"]
    place.field.press("ArrowUp")
    expect(place.field).to_have_value("сперва так")
    place.field.fill("печатаю правку")
    place.again.ask("message:edit", message_id=mine, content="а тем временем так")
    expect(place.over).to_contain_text("Тем временем изменено в другом месте")
    expect(place.over).to_contain_text("а тем временем так")
    expect(place.field).to_have_value("печатаю правку")
    place.field.press("Enter")
    expect(place.row("печатаю правку")).to_contain_text("изменено")
    expect(place.over).to_have_count(0)

    place.field.press("ArrowUp")
    expect(place.field).to_have_value("печатаю правку")
    place.field.fill("правка того, чего уже нет")
    place.again.ask("message:delete", message_id=mine)
    expect(place.over).to_contain_text("Тем временем удалено")
    expect(place.field).to_have_value("правка того, чего уже нет")
    place.field.press("Enter")
    expect(place.row("правка того, чего уже нет").locator(".state")).to_have_text(STORED)
    expect(place.field).to_have_value("")
    assert place.stored("правка того, чего уже нет")["id"] != mine


@pytest.mark.parametrize(
    ("where", "locale"), [("widget", "ru-RU"), ("widget", "en-GB"), ("notes", "ru-RU")]
)
def test_a_refusal_says_why_and_leaves_what_was_typed(
    go: Go, office: Office, where: str, locale: str, axe: Axe
) -> None:
    place = go(where, locale)
    place.say("last word?")
    place.field.press("ArrowUp")
    expect(place.field).to_have_value("last word?")
    place.field.fill("last word!")
    office.do("close", place.dialog.removesuffix("/notes"))
    expect(place.log.locator(".notice").last).to_contain_text("✅")
    place.field.press("Enter")
    expect(place.alert).to_have_text(place.words["settled"])
    axe(place.page)
    expect(place.field).to_have_value("last word!")
    place.row("last word?").locator(".bubble").hover()
    tools = place.row("last word?").get_by_role("toolbar")
    expect(tools.get_by_role("button", name=place.words["edit"])).to_have_count(0)
    expect(tools.get_by_role("button", name=place.words["remove"])).to_have_count(0)
    place.field.press("Escape")
    expect(place.alert).to_have_count(0)


@pytest.mark.parametrize("where", ["widget", "room"])
def test_a_finger_that_stays_has_the_tools(go: Go, where: str) -> None:
    place = go(where, **PHONE)
    place.hear("чужое")
    row = place.row("чужое")
    finger = place.page.context.new_cdp_session(place.page)
    bar = row.get_by_role("toolbar")

    def touch(kind: str, target: Locator) -> None:
        box = target.bounding_box()
        assert box
        at = {"x": box["x"] + 20, "y": box["y"] + box["height"] / 2}
        finger.send(TOUCH, {"type": kind, "touchPoints": [at] if kind == "touchStart" else []})

    bubble = row.locator(".bubble")
    touch("touchStart", bubble)
    expect(bar).to_have_css("opacity", "1")
    touch("touchEnd", bubble)
    expect(bar).to_have_css("opacity", "1")
    place.page.touchscreen.tap(200, 200)
    expect(bar).to_have_css("opacity", "0")
    touch("touchStart", bubble)
    expect(bar).to_have_css("opacity", "1")
    touch("touchEnd", bubble)
    inside = bar.bounding_box()
    assert inside and inside["x"] >= 0 and inside["x"] + inside["width"] <= 390
    bar.get_by_role("button", name="Ответить").tap()
    expect(place.over).to_contain_text("чужое")
    expect(bar).to_have_css("opacity", "0")
    assert place.log.evaluate("(log) => log.scrollWidth <= log.clientWidth")


def test_an_administrator_deletes_what_others_wrote(go: Go, office: Office) -> None:
    place = go("console")
    place.hear("номер карты 4000 0000")
    expect(place.tool("номер карты", "reply")).to_be_visible()
    assert place.row("номер карты").get_by_role("button", name="Удалить").count() == 0
    if "chief" not in office.tokens:
        office.tokens["chief"] = office.daemon.add_operator("chief", "Главный", "admin")
    page = place.page.context.browser.new_context(locale="ru-RU").new_page()  # type: ignore[union-attr]
    signed_in(office, page, "chief")
    page.evaluate(f"location.hash = '{place.dialog}'")
    theirs = Place(page, page.get_by_role("main"), place.dialog, place.other, place.again)
    theirs.tool("номер карты", "remove").click()
    theirs.root.get_by_role("alertdialog").get_by_role("button", name="Удалить").click()
    expect(place.log).to_contain_text("Сообщение удалено")
    page.context.close()


def test_an_edit_waits_while_one_looks_elsewhere(go: Go, office: Office) -> None:
    """A reply that is changed, another ticket, the notes, and back: what was typed is there."""
    place = go("console")
    oleg = office.customer("Олег", "И ещё вопрос")
    place.say("сперва так")
    place.tool("сперва так", "edit").click()
    place.field.fill("правлю, но отвлекли")
    place.page.get_by_role("button", name="Заметка", exact=True).click()
    expect(place.field).to_have_value("")
    expect(place.over).to_have_count(0)
    place.page.evaluate(f"location.hash = '{oleg.ticket}'")
    expect(place.log).to_contain_text("И ещё вопрос")
    place.page.evaluate(f"location.hash = '{place.dialog}'")
    place.tool("сперва так", "edit").click()
    expect(place.field).to_have_value("правлю, но отвлекли")


def test_a_room_keeps_what_was_begun(go: Go) -> None:
    place = go("room")
    place.say("сперва так")
    place.field.fill("начал и отвлёкся")
    place.tool("сперва так", "edit").click()
    place.field.fill("правлю и отвлёкся")
    place.page.reload()
    expect(place.field).to_have_value("начал и отвлёкся")
    place.tool("сперва так", "edit").click()
    expect(place.field).to_have_value("правлю и отвлёкся")
    place.field.press("Enter")
    expect(place.row("правлю и отвлёкся")).to_contain_text("изменено")
    expect(place.field).to_have_value("начал и отвлёкся")
    place.field.press("Enter")
    expect(place.row("начал и отвлёкся").locator(".state")).to_have_text(STORED)
    place.page.reload()
    expect(place.row("начал и отвлёкся")).to_be_visible()
    expect(place.field).to_have_value("")


def test_a_quote_leads_to_a_note_of_long_ago(go: Go, office: Office) -> None:
    place = go("notes")
    first = place.other.say(place.dialog, "с этого началось")
    ticket = place.dialog.removesuffix("/notes")
    for number in range(60):
        place.again.say(ticket, f"строка {number}")
    place.other.say(place.dialog, "помните?", reply_to=first["seq"])
    place.page.reload()
    expect(place.row("строка 59")).to_be_visible()
    expect(place.row("с этого началось")).to_have_count(0)
    place.row("помните?").locator(".quote").click()
    expect(place.log.locator(".marked")).to_contain_text("с этого началось")


def test_nothing_of_it_is_fetched_before_it_is_wanted(
    office: Office, context: MakeContext, complaints: Complaints
) -> None:
    """And what failed to arrive is fetched the next time."""
    complaints.tolerate("ERR_FAILED")
    page = context().new_page()
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    place = in_widget(office, page, "ru-RU")
    place.hear("чужое")
    place.say("моё")
    assert [one for one in asked if ACTS.search(one)] == []
    page.route(ACTS, lambda route: route.abort())
    place.row("моё").locator(".bubble").hover()
    page.wait_for_event("requestfailed", predicate=lambda one: bool(ACTS.search(one.url)))
    page.unroute(ACTS)
    place.field.hover()
    expect(place.field).to_be_enabled()
    place.tool("моё", "edit").click()
    expect(place.field).to_have_value("моё")


def test_who_polls_replies_and_is_offered_no_more(
    office: Office, context: MakeContext, complaints: Complaints
) -> None:
    complaints.tolerate("WebSocket connection to")
    with Wire(office.daemon.address) as wire:
        wire.no_websockets = True
        page = context().new_page()
        page.goto(f"http://{wire.address}/")
        widget = Widget(page).open()
        widget.say("по старинке")
        widget.expect_state("по старинке", "Отправлено")
        row = widget.said("по старинке")
        row.locator(".bubble").hover()
        expect(row.get_by_role("button", name="Ответить", exact=True)).to_be_visible()
        assert row.get_by_role("button", name="Изменить").count() == 0
        assert row.get_by_role("button", name="Удалить").count() == 0
        row.get_by_role("button", name="Ответить", exact=True).click()
        widget.say("в ответ себе")
        widget.expect_state("в ответ себе", "Отправлено")
        expect(widget.said("в ответ себе").locator(".quote")).to_contain_text("по старинке")
        page.close()


@pytest.mark.parametrize(
    ("where", "locale", "width"),
    [("widget", "ru-RU", 390), ("console", "en-GB", 1280), ("console", "ru-RU", 390)],
)
def test_looks(go: Go, shoot: Shoot, axe: Axe, where: str, locale: str, width: int) -> None:
    place = go(where, locale, viewport={"width": width, "height": 800})
    place.say("Подойдёт ли чашка для кофе? Нужна такая, чтобы входило двести миллилитров")
    place.hear("Да, как раз на столько")
    name = f"acts-{where}-{locale[:2]}-{width}"

    def look(state: str) -> None:
        for scheme in ("dark", "light"):
            place.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            axe(place.page)
            shoot(place.page, f"{name}-{state}-{scheme}")

    expect(place.tool("чашка", "edit")).to_be_visible()
    look("tools")
    place.tool("как раз", "reply").click()
    look("reply")
    place.tool("чашка", "edit").click()
    look("edit")
    place.tool("чашка", "remove").click()
    look("remove")
    inside = place.log.evaluate("(log) => log.scrollWidth <= log.clientWidth")
    assert inside
