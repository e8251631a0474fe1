"""The widget's face: the site's logo, the team, how quickly they answer, what is asked often, where
it stands, and its looks where colours are forced."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.client import Client
from tests.daemon import Daemon
from tests.test_site import PNG, QUESTIONS, answered
from tests.web.conftest import Axe, Complaints, MakeContext, settle
from tests.web.host import Host
from tests.web.shop import Shop, Widget
from tests.web.waits import follows

TEAM = {"artem": "Артём", "olga": "Ольга Кузнецова"}
INITIALS = ["А", "ОК"]
INSIDE = "document.querySelector('chatd-widget').shadowRoot"
LOGO = f"{INSIDE}.querySelector('img.logo')"


@pytest.fixture(scope="module")
def shop_daemon(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """Two sites: one that has all that there is, and one without anything, in English."""
    home = tmp_path_factory.mktemp("face")
    (home / "logo.png").write_bytes(PNG)
    sites = {
        "shop": {
            "title": "Магазин",
            "logo": "logo.png",
            "questions": QUESTIONS,
            "origins": [host.origin("shop.test")],
        },
        "bare": {"language": "en", "origins": [host.origin("bare.test")]},
    }
    running = Daemon(home, {"sites": sites, "tickets": {"capacity": 50}}).start()
    yield running
    assert running.stop() == 0, running.logged()
    assert "incident" not in running.logged(), running.logged()


@pytest.fixture
def team(shop: Shop) -> list[Client]:
    """Two operators, on line; the site has answered five customers."""
    people = [shop.operator(username, name).client for username, name in TEAM.items()]
    if shop.daemon.http("GET", "/api/site?site=shop")[1]["data"]["answers_in_min"] is None:
        answered(shop.daemon, people[0], 5)
    return people


@pytest.fixture
def opened(shop: Shop, context: MakeContext) -> Callable[..., Widget]:
    """The widget, open on a page of its own; what a browser is like."""

    def make(name: str = "shop.test", path: str | None = None, **options: Any) -> Widget:
        return shop.visit(context(**options).new_page(), name, path).open()

    return make


def says(widget: Widget) -> Any:
    """Below the title."""
    return widget.panel.locator(".who p")


def test_a_newcomer_sees_whose_chat_it_is_and_who_is_there(
    team: list[Client], opened: Callable[..., Widget], axe: Axe
) -> None:
    widget = opened()
    expect(widget.panel.locator(".faces .avatar")).to_have_text(INITIALS)
    expect(widget.panel.locator(".team p")).to_have_text("Обычно отвечаем за минуту")
    expect(says(widget)).to_have_text("На линии")
    expect(widget.panel.locator("img.logo")).to_be_visible()
    assert widget.page.evaluate(f"{LOGO}.decode().then(() => {LOGO}.naturalWidth)") == 1
    axe(widget.page)
    widget.say("Что в чашке?")
    expect(widget.panel.locator(".team")).to_have_count(0)
    expect(says(widget)).to_have_text("Обычно отвечаем за минуту")


def test_a_face_has_the_colour_of_its_messages(
    shop: Shop, team: list[Client], opened: Callable[..., Widget]
) -> None:
    widget = opened()
    hue = re.compile(r"\bhue\d\b")

    def colour(where: str) -> str:
        found = hue.search(widget.panel.locator(where).last.get_attribute("class") or "")
        assert found
        return found[0]

    face = colour(".faces .avatar >> text=/^А$/")
    widget.say("Какого цвета чай?")
    artem = shop.operator()
    ticket = artem.newest("Какого цвета чай?")
    artem.accept(ticket)
    artem.reply(ticket, "Зелёного")
    expect(widget.said("Зелёного")).to_be_visible()
    assert colour(".said.admin .avatar") == face
    expect(says(widget)).to_have_text("С вами Артём")
    expect(widget.panel.locator(".bar .quiet")).to_have_count(5)  # two of them call
    cut = "(one) => one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight + 1"
    assert not says(widget).evaluate(cut)


def test_without_anything_set_there_is_a_sign_and_no_strip(opened: Callable[..., Widget]) -> None:
    widget = opened("bare.test")
    expect(says(widget)).to_have_text("Не на линии, ответим позже")
    expect(widget.panel.locator(".mark")).to_be_visible()
    for absent in (".logo", ".team", ".questions"):
        expect(widget.panel.locator(absent)).to_have_count(0)


def test_a_logo_that_does_not_arrive_leaves_no_hole(
    shop: Shop, context: MakeContext, complaints: Complaints
) -> None:
    complaints.tolerate("ERR_FAILED")
    page = context().new_page()
    page.route("**/logo/*", lambda route: route.abort())
    widget = shop.visit(page).open()
    expect(widget.panel.locator(".mark")).to_be_visible()
    expect(widget.panel.locator(".logo")).to_have_count(0)


def test_a_question_is_sent_with_one_press_and_all_of_them_are_gone(
    shop: Shop, opened: Callable[..., Widget], axe: Axe
) -> None:
    widget = opened()
    asked = widget.panel.get_by_role("list", name="Частые вопросы").get_by_role("button")
    expect(asked).to_have_text(QUESTIONS)
    axe(widget.page)
    asked.nth(1).click()
    widget.expect_state(QUESTIONS[1], "Отправлено")
    expect(asked).to_have_count(0)
    [ticket] = shop.tickets(widget.page)
    assert QUESTIONS[1] in shop.stored(ticket)
    widget.page.reload()
    expect(widget.said(QUESTIONS[1])).to_be_visible()
    expect(asked).to_have_count(0)


def test_who_reads_another_language_is_not_asked_in_the_sites(
    opened: Callable[..., Widget],
) -> None:
    widget = opened(locale="en-GB")
    expect(widget.said("Hi! How can I help?")).to_be_visible()
    expect(widget.panel.locator(".questions")).to_have_count(0)


@pytest.mark.parametrize(
    ("attributes", "x", "y"),
    [
        ('data-position="left"', 20, 20),
        ('data-position="right"', -20, 20),
        ('data-offset="32"', -32, 32),
        ('data-position="left" data-offset="8 96"', 8, 96),
    ],
)
def test_stands_where_the_page_wants_it(
    shop: Shop, opened: Callable[..., Widget], attributes: str, x: int, y: int
) -> None:
    shop.put("/placed", attributes)
    widget = opened(path="/placed", viewport={"width": 700, "height": 420})
    widget.page.mouse.move(350, 5)  # whom the pointer is over grows
    settle(widget.page)
    button, panel = widget.launch.bounding_box(), widget.panel.bounding_box()
    assert button and panel
    edge = x if x > 0 else 700 + x - button["width"]
    assert (button["x"], 420 - button["y"] - button["height"]) == (edge, y)
    assert panel["x"] >= 0 and panel["y"] >= 0 and panel["x"] + panel["width"] <= 700
    assert panel["y"] + panel["height"] <= button["y"]


def test_a_phones_notch_and_bar_cover_nothing(shop: Shop, context: MakeContext) -> None:
    visitor = context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = visitor.new_page()
    inset = {"top": 47, "bottom": 34, "left": 12, "right": 9}
    visitor.new_cdp_session(page).send(
        "Emulation.setSafeAreaInsetsOverride",
        {"insets": {**inset, **{f"{name}Max": size for name, size in inset.items()}}},
    )
    widget = shop.visit(page)
    settle(page)
    button = widget.launch.bounding_box()
    assert button and button["x"] + button["width"] == 390 - 20 - 9
    assert button["y"] + button["height"] == 844 - 20 - 34
    widget.open()
    settle(page)
    head = widget.panel.locator(".head").bounding_box()
    assert head and (head["x"], head["y"], head["width"]) == (0, 0, 390)
    for what in (".logo", ".head button >> nth=1", ".composer .field", ".scroller"):
        box = widget.panel.locator(what).bounding_box()
        assert box, what
        assert box["x"] >= 12 and box["x"] + box["width"] <= 390 - 9, what
        assert box["y"] >= 47 and box["y"] + box["height"] <= 844 - 34, what


def test_where_colours_are_forced_everything_keeps_its_edges(
    team: list[Client], opened: Callable[..., Widget], axe: Axe
) -> None:
    widget = opened(forced_colors="active")
    edge = "(one) => getComputedStyle(one).borderBottomWidth"
    for what in (".panel", ".head", ".faces .avatar >> nth=0", ".questions button >> nth=0"):
        assert widget.page.locator(f"chatd-widget {what}").evaluate(edge) != "0px", what
    here = widget.panel.locator(".presence.here")
    expect(here).to_have_css("background-color", text_colour(widget))
    axe(widget.page)
    widget.say("Видно ли рамки?")
    expect(widget.panel.locator(".waiting")).to_be_visible()
    for what in (".waiting", ".said.own .bubble", ".send"):
        assert widget.panel.locator(what).evaluate(edge) != "0px", what
    axe(widget.page)


def text_colour(widget: Widget) -> str:
    """The colour of text, as the system has it."""
    colour: str = widget.panel.locator(".head h2").evaluate("(one) => getComputedStyle(one).color")
    return colour


def test_nobody_seems_to_write_when_the_conversation_is_over(
    shop: Shop, opened: Callable[..., Widget]
) -> None:
    widget = opened()
    widget.say("Закрыто?")
    artem = shop.operator()
    ticket = artem.newest("Закрыто?")
    artem.accept(ticket)
    follows(widget.page)
    artem.client.ask("typing:start", dialog_id=ticket)
    expect(widget.panel).to_contain_text("печатает…")
    artem.client.ask("ticket:close", ticket_id=ticket)
    expect(widget.panel).to_contain_text("Разговор завершён")
    expect(widget.panel).not_to_contain_text("печатает…")
