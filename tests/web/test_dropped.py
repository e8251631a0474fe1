"""What people drop and paste: two lots at once, more than a message takes, a folder, a screenshot
beside words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.client import Client
from tests.daemon import Daemon
from tests.web.guests import Enter
from tests.web.papers import hand_over, paper, picture

DROPPED_AT_ONCE = """(element, lots) => {
  for (const lot of lots) {
    const given = new DataTransfer();
    for (const name of lot) given.items.add(new File([name.endsWith("!") ? "" : name], name));
    const told = { bubbles: true, cancelable: true, dataTransfer: given };
    element.dispatchEvent(new DragEvent("drop", told));
  }
}"""


def test_nothing_of_what_is_dropped_is_lost_and_what_is_not_taken_is_said(
    enter: Enter, house: Daemon, clients: Any, tmp_path: Path
) -> None:
    line: Client = clients(house.address)
    line.hello(name="Слушает Фома")
    line.join("bazaar")
    guest = enter("Роняет Рита", "bazaar")
    page = guest.page
    tray = page.get_by_role("list", name="Прикреплённые файлы")
    alert = page.locator(".composer").get_by_role("alert")
    lots = [["один.txt", "два.txt", "пусто!"], ["три.txt", "четыре.txt"], ["пять.txt"]]
    guest.log.evaluate(DROPPED_AT_ONCE, lots)
    expect(tray.get_by_role("listitem")).to_have_count(5)
    expect(alert.filter(has_text="пусто!")).to_be_visible()
    guest.field.fill("слова")
    hand_over(guest.field, "paste", picture("image.png", "gold"))
    expect(tray).to_contain_text("Снимок.png")
    expect(guest.field).to_have_value("слова")
    guest.field.press("Enter")
    told = line.expect("message:new", 30, type="file")
    assert told["content"] == "слова"
    names = [one["name"] for one in told["files"]]
    assert sorted(names[:5]) == sorted(
        f"{one}.txt" for one in ("один", "два", "три", "четыре", "пять")
    )
    assert names[5:] == ["Снимок.png"]
    hand_over(guest.log, "drop", *(paper(f"{number}.txt", b"x") for number in range(30)))
    expect(tray.get_by_role("listitem")).to_have_count(10)
    expect(alert.filter(has_text="не больше 10")).to_be_visible()
    expect(tray).to_contain_text("9.txt")
    for number in range(10):
        tray.get_by_role("button", name=f"Не отправлять {number}.txt").click()
    expect(tray).to_have_count(0)
    folder = tmp_path / "Документы"
    folder.mkdir()
    (folder / "внутри.txt").write_text("x")
    (tmp_path / "рядом.txt").write_text("x")
    drag(guest, folder, tmp_path / "рядом.txt")
    expect(tray.get_by_role("listitem")).to_have_count(1)
    expect(tray).to_contain_text("рядом.txt")
    expect(alert.filter(has_text="Документы: пустой файл или папка")).to_be_visible()


def drag(guest: Any, *paths: Path) -> None:
    """As by hand, from the disk."""
    box = guest.log.bounding_box()
    assert box
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    session = guest.page.context.new_cdp_session(guest.page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})
