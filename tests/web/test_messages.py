"""Messages as all pages show them: what is long, by day, with the caret where it belongs."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.client import Client
from tests.daemon import Daemon
from tests.web.conftest import Axe, Complaints, MakeContext, Shoot, zone_where_it_is
from tests.web.guests import Guest
from tests.web.shop import Shop

DAY = 24 * 3600
WIDE = "Ш" * 64
# Where the first and the last letter of a text stand.
LETTERS = """(one) => {
  const place = document.createRange();
  const text = one.lastChild;
  const at = (from) => {
    place.setStart(text, from);
    place.setEnd(text, from + 1);
    return place.getBoundingClientRect().x;
  };
  return [at(0), at(text.length - 1)];
}"""
RICH = """Вот **что** есть и *чего* нет, `код <b>`:
- чай за 200 ₽
- кофе, см. https://shop.example/coffee_(beans)

1. позвонить +7 (495) 123-45-67
2. написать на [почту](mailto:a@b.example) или a@b.example
```
if (a < b) {
  return "*";
}
```
مرحبا بكم!"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    rooms = {name: {"title": name} for name in ("long", "days", "caret", "rich")}
    daemon = Daemon(tmp_path_factory.mktemp("messages"), {"rooms": rooms}).start()
    yield daemon
    assert daemon.stop() == 0, daemon.logged()
    assert "incident" not in daemon.logged(), daemon.logged()


@pytest.fixture
def page(context: MakeContext) -> Page:
    return context(viewport={"width": 390, "height": 800}).new_page()


def entered(page: Page, house: Daemon, room: str, name: str = "Аня") -> Guest:
    page.goto(f"http://{house.address}/r/{room}")
    page.get_by_label("Ваше имя").fill(name)
    page.get_by_role("button", name="Войти").click()
    return Guest(page)


def test_what_is_very_long_is_folded_and_nothing_scrolls_sideways(
    page: Page, house: Daemon, clients: Callable[..., Client]
) -> None:
    boris = clients(house.address)
    boris.hello(name=WIDE)
    boris.join("long")
    boris.say("long", "начало" + "\n" * 7_980 + "конец")
    said = boris.say("long", "كيف حالك؟ **да**")
    boris.say("long", "مرحبا!", reply_to=said["seq"])
    boris.say("long", "👍🏽❤️")
    boris.ask("draft:edit", dialog_id="long", seq=0, reset="W" * 2_000)
    guest = entered(page, house, "long", "W" * 64)
    expect(guest.draft).to_have_count(1)
    guest.say("и моё")
    row = guest.said("начало")
    row.scroll_into_view_if_needed()
    show = row.get_by_role("button", name="Показать целиком")
    expect(show).to_have_attribute("aria-expanded", "false")
    box = row.bounding_box()
    assert box and box["height"] < 1_000
    show.click()
    expect(guest.log).to_contain_text("конец")
    row.get_by_role("button", name="Свернуть").click()
    expect(guest.log).not_to_contain_text("конец")
    wide = "(one) => one.scrollWidth - one.clientWidth"
    assert guest.log.evaluate(wide) <= 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for one in page.locator(".sender, .quote").all():
        box = one.bounding_box()
        assert box is None or box["x"] + box["width"] <= 390
    hello = guest.bubbles.filter(has_text="مرحبا!")
    # The mark stands behind the word: left of it, where one reads from the right.
    first, mark = hello.evaluate(LETTERS)
    assert mark < first
    size = "(one) => parseFloat(getComputedStyle(one).fontSize)"
    large, small = guest.bubbles.filter(has_text="👍").evaluate(size), hello.evaluate(size)
    assert large > small * 1.5


def test_over_midnight_today_becomes_yesterday(
    page: Page, house: Daemon, complaints: Complaints
) -> None:
    page.clock.install(time=time.time())
    guest = entered(page, house, "days")
    guest.say("ещё сегодня")
    day = guest.log.locator(".day")
    expect(day).to_have_text("Сегодня")
    complaints.tolerate("WebSocket")
    page.clock.fast_forward(DAY * 1000)
    expect(day).to_have_text("Вчера")


@pytest.mark.parametrize(
    ("locale", "hour"),
    [("ru-RU", r"0[67]:\d\d"), ("en-GB", r"0[67]:\d\d"), ("en-US", r"[67]:\d\d\sAM")],
)
def test_hours_are_written_as_in_the_readers_country(
    shop: Shop, context: MakeContext, locale: str, hour: str
) -> None:
    morning = zone_where_it_is(6)
    widget = shop.visit(context(locale=locale, timezone_id=morning).new_page()).open()
    widget.say("?")
    expect(widget.own.locator("time")).to_have_text(re.compile(f"^{hour}$"))


def test_who_looks_again_after_midnight_sees_yesterday(page: Page, house: Daemon) -> None:
    guest = entered(page, house, "days")
    guest.say("и это сегодня")
    day = guest.log.locator(".day")
    expect(day).to_have_text("Сегодня")
    page.clock.set_fixed_time(time.time() + DAY)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(day).to_have_text("Вчера")


def test_the_caret_stands_behind_the_emoji_that_was_picked(page: Page, house: Daemon) -> None:
    guest = entered(page, house, "caret")
    guest.field.fill("Hello world")
    guest.field.evaluate("(field) => field.setSelectionRange(5, 5)")
    page.get_by_role("button", name="Эмодзи", exact=True).click()
    page.get_by_role("searchbox").fill("единорог")
    page.get_by_role("button", name="единорог").click()
    expect(guest.field).to_have_value("Hello🦄 world")
    expect(guest.field).to_be_focused()
    page.keyboard.type("!")
    expect(guest.field).to_have_value("Hello🦄! world")


def test_what_is_more_than_words_can_be_read_by_everybody(
    page: Page, house: Daemon, clients: Callable[..., Client], axe: Axe, shoot: Shoot
) -> None:
    boris = clients(house.address)
    boris.hello(name="Борис")
    boris.join("rich")
    boris.say("rich", RICH)
    guest = entered(page, house, "rich")
    guest.field.fill("**Да**, `так` и сделаем: https://shop.example/")
    guest.field.press("Enter")
    expect(guest.said("Да, так и сделаем").locator("strong")).to_have_text("Да")
    expect(guest.log.get_by_role("listitem")).to_have_count(4)
    last = guest.bubbles.first.locator("p").last
    expect(last).to_have_text("مرحبا بكم!")
    first, mark = last.evaluate(LETTERS)
    assert mark < first
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        axe(page)
        shoot(page, f"messages-390-{scheme}")
    page.emulate_media(forced_colors="active")
    axe(page)
    shoot(page, "messages-390-forced")
