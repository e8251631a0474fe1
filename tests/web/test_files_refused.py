"""Files that are not taken, among others that are: said so, and taken off alone."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import Axe, Complaints, MakeContext, OpenShop, Shoot
from tests.web.guests import Enter
from tests.web.office import Office
from tests.web.papers import paper
from tests.web.test_files import pick

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
PAGE = paper("страница.html", b"<!doctype html><script>alert(1)</script>")
NOT_SENT = "Не отправлять страница.html"
MOST = 2_000_000


def ten(number: int) -> dict[str, Any]:
    return paper(f"лист {number}.txt", b"%d" % number * 1_000)


def in_sight(row: Locator) -> bool:
    """Whether all of a row is within the box that scrolls it."""
    found: bool = row.evaluate(
        """(row) => {
          const [one, box] = [row, row.parentElement].map((each) => each.getBoundingClientRect());
          return one.top >= box.top - 1 && one.bottom <= box.bottom + 1;
        }"""
    )
    return found


def test_all_that_is_picked_is_counted_and_reached_and_a_byte_too_much_is_seen(
    open_shop: OpenShop, context: MakeContext, axe: Axe, shoot: Shoot, complaints: Complaints
) -> None:
    complaints.tolerate("422")
    shop = open_shop(files={"max_bytes": MOST})
    page = context(**PHONE).new_page()
    widget = shop.visit(page).open()
    page.wait_for_function("document.querySelector('chatd-widget').visit.connection.online")
    pick(widget.panel, *map(ten, range(1, 10)), PAGE)
    tray = widget.panel.get_by_role("list", name="Прикреплённые файлы")
    expect(tray.get_by_role("listitem")).to_have_count(10)
    expect(widget.panel.get_by_text("10 файлов, 8,8 КБ")).to_be_visible()
    assert in_sight(tray.get_by_role("listitem").last)
    tray.get_by_role("button", name="Не отправлять лист 1.txt").press("Enter")
    expect(widget.panel.get_by_text("9 файлов")).to_be_visible()
    pick_only = widget.panel.locator(".composer > .field > input[type=file]")
    pick_only.set_input_files([paper("лишний байт.txt", bytes(MOST + 1))])
    told = widget.panel.get_by_role("alert").filter(has_text="лишний байт.txt")
    expect(told).to_contain_text("слишком большой файл, 2 000 001 байт; ".replace(" 0", "\u00a00"))
    expect(told).to_contain_text("не больше 2 000 000 байт".replace(" 0", "\u00a00"))
    axe(page)
    shoot(page, "files-ten-390")
    widget.field.fill("все листы")
    widget.field.press("Enter")
    row = widget.said("все листы")
    expect(row.locator(".failed")).to_contain_text("страница.html: Файлы такого вида (text/html)")
    axe(page)
    shoot(page, "files-refused-390")
    row.get_by_role("button", name=NOT_SENT).press("Enter")
    expect(widget.field).to_be_focused()
    widget.expect_state("все листы", "Отправлено")
    [ticket] = shop.tickets(page)
    artem = shop.operator()
    artem.accept(ticket)
    [sent] = [
        one
        for one in artem.client.ask("history:get", dialog_id=ticket)["messages"]
        if one.get("files")
    ]
    assert [one["name"] for one in sent["files"]] == [f"лист {n}.txt" for n in range(2, 10)]


def send_two(around: Page, field: Locator) -> None:
    """One that is taken, and one that is not."""
    pick(around, paper("годится.txt", b"tea"), PAGE)
    field.press("Enter")


def test_what_is_refused_goes_alone_in_rooms_and_in_the_console(
    office: Office, enter: Enter, complaints: Complaints
) -> None:
    complaints.tolerate("422")
    guest = enter("Ира с файлами", "bazaar")
    send_two(guest.page, guest.field)
    guest.log.get_by_role("button", name=NOT_SENT).click()
    sent = guest.said("годится.txt")
    expect(sent.locator(".state")).to_have_text(re.compile("Отпр|Дост|Проч"))
    expect(guest.log.get_by_text("страница.html")).to_have_count(0)
    anna = office.customer("Анна Смешанная", "пришлите оба")
    console = office.console()
    console.accept("Анна Смешанная")
    send_two(console.page, console.field)
    console.log.get_by_role("button", name=NOT_SENT).click()
    told = anna.client.expect("message:new", 30, type="file")
    assert [one["name"] for one in told["files"]] == ["годится.txt"]
    # Of one file and words the words go alone, as what they are.
    pick(console.page, PAGE)
    console.field.fill("только слова")
    console.field.press("Enter")
    console.log.get_by_role("button", name=NOT_SENT).click()
    assert anna.client.expect("message:new", 30, content="только слова")["type"] == "text"
