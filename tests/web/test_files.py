"""Files in the pages: picked, dropped, pasted; on their way, cut off, taken up again; shown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, Request, expect

from tests.client import Client
from tests.daemon import Daemon
from tests.web.conftest import Axe, Complaints, MakeContext, OpenShop, Shoot
from tests.web.guests import STORED, Enter, Guest
from tests.web.office import Office
from tests.web.papers import hand_over, paper, picture
from tests.web.shop import Shop
from tests.web.waits import true_in

NIGHT = {"color_scheme": "dark"}
LATER = re.compile(r"/assets/(built|shared)/(sending|attached|recorder|player|gallery|uploads|tus)")
SEEN = "(image) => image.complete && image.naturalWidth > 0"
SLOW_BYTES = 150_000  # a second: none is whole before somebody has looked
LARGE = paper("запись.txt", "строка письма\n".encode() * 60_000)
KEPT = """() => new Promise((done) => {
  const opening = indexedDB.open("chatd", 1);
  opening.onsuccess = () => {
    const asked = opening.result.transaction("bytes").objectStore("bytes").getAllKeys();
    asked.onsuccess = () => done(asked.result);
  };
})"""
NO_DATABASE = "indexedDB.open = () => { throw new Error('nothing is kept here') }"


def pick(around: Locator | Page, *papers: dict[str, Any]) -> None:
    """By the field that the button opens; they stand above the other one then."""
    around.locator(".composer > .field > input[type=file]").set_input_files(list(papers))
    for one in papers:
        expect(around.get_by_role("list", name="Прикреплённые файлы")).to_contain_text(one["name"])


def drawn(images: Locator, count: int) -> None:
    """So many pictures are there, and not only their places."""
    expect(images).to_have_count(count)
    for number in range(count):
        image = images.nth(number)
        image.page.wait_for_function(SEEN, arg=image.element_handle(), timeout=20_000)


def test_a_visitor_sends_pictures_and_reads_what_comes(
    shop: Shop, context: MakeContext, axe: Axe, shoot: Shoot
) -> None:
    """Nothing for it is fetched before; a file may be the first thing said."""
    page = context().new_page()
    fetched: list[str] = []
    page.on("request", lambda one: fetched.append(one.url))
    widget = shop.visit(page).open()
    expect(widget.field).to_be_focused()
    assert not [url for url in fetched if LATER.search(url)]
    pick(widget.panel, picture("витрина.png"), picture("чашка.png", "tomato", (300, 500)))
    tray = widget.panel.get_by_role("list", name="Прикреплённые файлы")
    expect(tray.get_by_role("listitem")).to_have_count(2)
    hand_over(widget.field, "paste", picture("image.png", "gold"))
    expect(tray).to_contain_text("Снимок.png")
    hand_over(widget.log, "drop", paper("список.txt", b"tea, coffee"), paper("пусто.txt", b""))
    expect(tray).to_contain_text("список.txt")
    expect(widget.panel.get_by_role("alert").filter(has_text="пусто.txt: пустой")).to_be_visible()
    tray.get_by_role("button", name="Не отправлять чашка.png").click()
    expect(tray.get_by_role("listitem")).to_have_count(3)
    expect(widget.field).to_be_focused()
    axe(page)
    shoot(page, "files-tray-1280-light")
    widget.field.fill("вот что я видел")
    widget.field.press("Enter")
    expect(tray).to_have_count(0)
    sent = widget.said("вот что я видел")
    widget.expect_state("вот что я видел", "Отправлено")
    drawn(sent.locator("img"), 2)
    [ticket] = shop.tickets(page)
    artem = shop.operator()
    artem.accept(ticket)
    mine = artem.client.ask("history:get", dialog_id=ticket)["messages"][-2:]
    files = next(one["files"] for one in mine if one.get("files"))
    assert [one["name"] for one in files] == ["витрина.png", "Снимок.png", "список.txt"]
    assert [one["type"] for one in files] == ["image/png", "image/png", "text/plain"]
    opener = sent.get_by_role("button", name="Открыть картинку витрина.png")
    opener.click()
    gallery = page.get_by_role("dialog", name="витрина.png")
    drawn(gallery.locator("img"), 1)
    axe(page)
    shoot(page, "files-gallery-1280")
    page.keyboard.press("ArrowRight")
    gallery = page.get_by_role("dialog", name="Снимок.png")
    expect(gallery).to_contain_text("2 из 2")
    page.keyboard.press("ArrowRight")
    expect(gallery).to_be_visible()
    with page.expect_download() as saved:
        gallery.get_by_role("link", name="Скачать Снимок.png").click()
    assert saved.value.suggested_filename == "Снимок.png"
    page.keyboard.press("Escape")
    expect(gallery).to_have_count(0)
    expect(opener).to_be_focused()
    with page.expect_download() as saved:
        sent.get_by_role("link", name="Скачать список.txt").click()
    assert Path(saved.value.path()).read_bytes() == b"tea, coffee"
    assert page.url == shop.url()
    page.reload()
    widget.stay_open()
    drawn(widget.said("вот что я видел").locator("img"), 2)


def slowed(guest: Guest, upload: int, *, offline: bool = False) -> None:
    """So many bytes a second leave the browser; -1: as many as there are. Both at once, so that
    nothing leaves faster when the network is back."""
    session = guest.page.context.new_cdp_session(guest.page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": upload},
    )


def uploads(page: Page) -> list[Request]:
    """What is asked about uploads, from now on."""
    seen: list[Request] = []
    page.on("request", lambda one: seen.append(one) if "/api/files" in one.url else None)
    return seen


def offsets(seen: list[Request]) -> list[int]:
    """Where each piece began."""
    return [int(one.headers["upload-offset"]) for one in seen if one.method == "PATCH"]


def wait_for_bytes(guest: Guest) -> None:
    """Some of a file has left, and not all of it."""
    expect(guest.log.get_by_role("progressbar")).to_be_visible()
    guest.page.wait_for_function(
        "() => { const bar = document.querySelector('.uploads progress');"
        " return bar && bar.value > 100_000 && bar.value < bar.max; }",
        timeout=30_000,
    )


def test_what_is_picked_outlives_a_reload_until_it_is_sent_or_taken_off(
    enter: Enter, house: Daemon
) -> None:
    anna = enter("Аня с бумагами", "bazaar")
    page = anna.page
    tray = page.get_by_role("list", name="Прикреплённые файлы")
    pick(page, picture("витрина.png"), paper("список.txt", b"tea"), paper("лишнее.txt", b"no"))
    page.wait_for_function(
        "() => Object.values(sessionStorage).join().match(/picked:\\d/g)?.length === 3"
    )
    page.get_by_role("link", name="Чайная").click()
    expect(tray).to_have_count(0)
    page.go_back()
    page.reload()
    expect(tray.get_by_role("listitem")).to_have_count(3)
    drawn(tray.locator("img"), 1)
    tray.get_by_role("button", name="Не отправлять лишнее.txt").click()
    anna.say("вот")
    expect(anna.said("вот").locator("img")).to_have_count(1)
    expect(anna.said("вот")).to_contain_text("список.txt")
    expect(anna.said("вот")).not_to_contain_text("лишнее.txt")
    page.reload()
    expect(anna.said("вот").locator(".state")).to_have_text(STORED)
    expect(tray).to_have_count(0)
    true_in(page, f"async () => !(await ({KEPT})()).some((key) => /picked:/.test(key))")


def test_files_are_sent_beside_a_second_tab_of_the_same_room(enter: Enter) -> None:
    anna = enter("Аня в двух окнах", "bazaar")
    other = anna.page.context.new_page()
    other.goto(anna.page.url)
    expect(other.get_by_role("textbox").last).to_be_visible()
    names = [f"лист {number}.txt" for number in range(6)]
    for name in names:
        pick(anna.page, paper(name, name.encode() * 2_000))
        anna.field.press("Enter")
    for name in names:
        expect(anna.said(name).locator(".state")).to_have_text(STORED)
        expect(anna.said(name)).to_have_count(1)
    expect(anna.page.get_by_text("Не отправлено")).to_have_count(0)
    other.close()


def test_an_upload_outlives_a_lost_network_and_a_reload(
    enter: Enter, house: Daemon, clients: Any, complaints: Complaints
) -> None:
    """What is said meanwhile does not wait for it; it begins once, and goes on where it was."""
    complaints.tolerate("ERR_INTERNET_DISCONNECTED", "ERR_NETWORK")
    line: Client = clients(house.address)
    line.hello(name="Слушает Ян")
    line.join("lobby")
    guest = enter("Носит Нора")
    seen = uploads(guest.page)
    slowed(guest, SLOW_BYTES)
    pick(guest.page, LARGE)
    guest.field.press("Enter")
    wait_for_bytes(guest)
    slowed(guest, SLOW_BYTES, offline=True)
    expect(guest.page.get_by_text("Нет связи")).to_be_visible()
    slowed(guest, SLOW_BYTES)
    wait_for_bytes(guest)
    guest.page.reload()
    guest = Guest(guest.page)
    slowed(guest, SLOW_BYTES)
    wait_for_bytes(guest)
    guest.say("пока файл идёт, я пишу")
    line.expect("message:new", 20, content="пока файл идёт, я пишу")
    slowed(guest, -1)
    told = line.expect("message:new", 30, type="file")
    assert told["files"][0]["size"] == len(LARGE["buffer"])
    expect(guest.said("запись.txt").locator(".state")).to_have_text(re.compile("Отпр|Дост|Проч"))
    expect(guest.log.get_by_role("progressbar")).to_have_count(0)
    begun = [one for one in seen if one.method == "POST"]
    assert len(begun) == 1 and max(offsets(seen)) > 0, offsets(seen)
    assert offsets(seen) == sorted(offsets(seen))


def test_what_is_on_its_way_can_be_given_up_and_what_was_lost_picked_again(
    enter: Enter, house: Daemon, axe: Axe
) -> None:
    """A browser that keeps nothing says that a file has to be picked again, and which."""
    guest = enter("Бросает Боря", "bazaar")
    guest.page.add_init_script(NO_DATABASE)
    guest.page.reload()
    expect(guest.people).to_contain_text("Бросает Боря")
    seen = uploads(guest.page)
    slowed(guest, SLOW_BYTES)
    pick(guest.page, LARGE)
    guest.field.press("Enter")
    wait_for_bytes(guest)
    with guest.page.expect_request(lambda one: one.method == "DELETE"):
        guest.log.get_by_role("button", name="Отменить отправку").click()
    expect(guest.said("запись.txt")).to_have_count(0)
    pick(guest.page, LARGE)
    guest.field.fill("второй раз")
    guest.field.press("Enter")
    wait_for_bytes(guest)
    guest.page.reload()
    row = guest.said("второй раз")
    expect(row).to_contain_text("Выберите его ещё раз")
    again = row.locator("input[type=file]")
    again.set_input_files([paper("другое.txt", b"x")])
    expect(row).to_contain_text("Это другой файл. Нужен запись.txt")
    axe(guest.page)
    slowed(guest, -1)
    again.set_input_files([LARGE])
    expect(row.locator(".state")).to_have_text(re.compile("Отпр|Дост|Проч"))
    assert len([one for one in seen if one.method == "POST"]) >= 2


def test_an_operator_sends_files_and_notes_with_files_and_is_told_what_is_refused(
    office: Office, axe: Axe, shoot: Shoot, complaints: Complaints
) -> None:
    """By the console's cookie; what is not taken stays with its reason, and can be discarded."""
    complaints.tolerate("422")
    anna = office.customer("Анна Файлова", "вам видно снимок?")
    console = office.console(**NIGHT)
    console.accept("Анна Файлова")
    pick(console.page, picture("ответ.png", "indigo"))
    console.field.press("Enter")
    told = anna.client.expect("message:new", 20, type="file")
    assert [one["name"] for one in told["files"]] == ["ответ.png"]
    drawn(console.log.locator(".said.own img"), 1)
    pick(console.page, paper("страница.html", b"<!doctype html><script>alert(1)</script>"))
    console.field.press("Enter")
    failed = console.log.locator(".failed")
    expect(failed).to_contain_text(
        "Файлы такого вида (text/html) здесь не принимают. Принимают: JPEG, PNG, GIF, WebP, звук, "
        "видео, текст, PDF, ZIP, Word, Excel, PowerPoint, OpenDocument, RTF."
    )
    axe(console.page)
    shoot(console.page, "files-console-1280-dark")
    failed.get_by_role("button", name="Удалить").click()
    expect(console.log.get_by_text("страница.html")).to_have_count(0)
    console.page.get_by_role("button", name="Заметка", exact=True).click()
    pick(console.page, paper("для своих.txt", b"not for Anna"))
    console.field.press("Enter")
    note = console.log.locator(".said.note")
    expect(note.get_by_role("link", name="Скачать для своих.txt")).to_be_visible()
    assert [one for one in anna.heard() if "для своих" in one] == []


def test_who_has_sent_as_much_as_they_may_is_told_when_it_goes_on(
    open_shop: OpenShop, context: MakeContext, complaints: Complaints, axe: Axe
) -> None:
    complaints.tolerate("429")
    limits = {"file_bytes_per_participant": "7/day", "files_per_participant": "4/day"}
    shop = open_shop(limits=limits)
    page = context().new_page()
    widget = shop.visit(page).open()
    pick(widget.panel, paper("один.txt", b"1st"), paper("два.txt", b"second"))
    widget.field.press("Enter")
    expect(widget.log.get_by_role("status").filter(has_text="За 24 часа")).to_contain_text(
        re.compile(r"принимают файлов не больше, чем на 7 байт. Продолжится само: .+, \d?\d:\d\d")
    )
    axe(page)
    widget.log.get_by_role("button", name="Не отправлять два.txt").click()
    widget.expect_state("один.txt", "Отправлено")
    pick(widget.panel, *(paper(f"{name}.txt", b"x") for name in "abc"))
    widget.field.press("Enter")
    held = widget.log.get_by_role("status").filter(
        has_text="Пока больше файлов от вас не принимают"
    )
    expect(held).to_contain_text(re.compile(r"Продолжится само: .+, \d?\d:\d\d"))
    axe(page)
    widget.log.get_by_role("button", name="Отменить отправку").click()
    expect(held).to_have_count(0)
