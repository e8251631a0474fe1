"""Lists of 50,000 messages: drawn in part, loaded on demand, and the reader's place is kept."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from playwright.sync_api import Page, expect

from tests.conftest import MakeDaemon
from tests.web.conftest import Axe, Complaints, MakeContext, OpenShop, Shoot
from tests.web.waits import rested, until

LAST = 50_000
STEP = 280  # less than what is seen at once
# What of the list is on the screen: the numbers of its rows with their tops, and the uncovered.
SEEN = """() => {
  const scroller = document.querySelector("chatd-widget").shadowRoot.querySelector("[role=log]");
  const frame = scroller.getBoundingClientRect();
  const rows = [...scroller.querySelectorAll(".row[data-seq]")].map((row) => [
    Number(row.dataset.seq), row.getBoundingClientRect()]);
  const seen = rows.filter(([, box]) => box.bottom > frame.top && box.top < frame.bottom);
  const gap = Math.max(0, seen[0][1].top - frame.top);
  return { seen: seen.map(([seq, box]) => [seq, box.top - frame.top]), drawn: rows.length, gap,
           top: scroller.scrollTop };
}"""
HELD = "document.querySelector('chatd-widget').visit.dialog.messages.length"
OLDEST = "document.querySelector('chatd-widget').visit.dialog.messages[0].seq"


def looks(page: Page) -> Any:
    """What the reader sees, in order and without gaps, of a list that is drawn in part only."""
    found = page.evaluate(SEEN)
    numbers = [seq for seq, _ in found["seen"]]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), numbers
    assert found["drawn"] < 120, found["drawn"]
    return found


def test_a_conversation_of_50000_messages(
    open_shop: OpenShop,
    context: MakeContext,
    complaints: Complaints,
    shoot: Shoot,
    axe: Axe,
) -> None:
    complaints.tolerate("ERR_CONNECTION_REFUSED")
    shop = open_shop()
    page = context().new_page()
    widget = shop.visit(page).open()
    widget.say("Начнём издалека")
    widget.expect_state("Начнём издалека", "Отправлено")
    [ticket] = shop.tickets(page)
    assert shop.daemon.stop() == 0
    past = [sys.executable, "-m", "tests.web.history", str(shop.daemon.data), ticket]
    subprocess.run([*past, "3", str(LAST)], check=True, timeout=240)
    shop.daemon.start()
    page.close()
    page = page.context.new_page()
    widget = shop.visit(page).open()

    # Only the newest are fetched, and the view is at their end.
    expect(widget.said(f"№{LAST}.")).to_be_in_viewport()
    assert page.evaluate(HELD) <= 200
    looks(page)
    shoot(page, "widget-50000")

    # Upwards, page by page: what the reader looks at stays where it is.
    loads = {page.evaluate(OLDEST)}
    before = None
    for _ in range(50):
        until(lambda: widget.log.evaluate("(one, step) => one.scrollTop > step", STEP), True)
        widget.log.evaluate("(one, step) => { one.scrollTop -= step }", STEP)
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 80)))")
        after = looks(page)
        if before is None:
            before = after
            continue
        places = dict(map(tuple, after["seen"]))
        moved = [places[seq] - top for seq, top in before["seen"] if seq in places]
        assert moved and all(abs(one - STEP) < 4 for one in moved), (before, after)
        before = after
        loads.add(page.evaluate(OLDEST))
    assert len(loads) >= 3
    axe(page)

    # A new message does not pull the reader away; the button says how many came.
    artem = shop.operator()
    artem.accept(ticket)
    expect(widget.panel).to_contain_text("С вами Артём")
    expect(widget.panel).not_to_contain_text("Зовём менеджера")
    rested(widget.log)
    before = looks(page)
    artem.reply(ticket, "новое, пока вы читаете старое")
    artem.reply(ticket, "и ещё одно")
    to_end = widget.panel.get_by_role("button", name="3 новых")
    expect(to_end).to_be_visible()
    until(lambda: looks(page)["seen"], before["seen"])
    shoot(page, "widget-50000-away")
    to_end.click()
    expect(widget.said("и ещё одно")).to_be_in_viewport()
    expect(widget.panel.get_by_role("button", name="К последним")).to_be_hidden()

    # At the end the view stays at the end.
    artem.reply(ticket, "видно сразу")
    expect(widget.said("видно сразу")).to_be_in_viewport()
    widget.log.evaluate("(one) => { one.scrollTop -= 2000 }")
    expect(widget.panel.get_by_role("button", name="К последним")).to_be_visible()
    widget.say("своё ведёт в конец")
    expect(widget.said("своё ведёт в конец")).to_be_in_viewport()


def test_50000_rows_at_once_are_drawn_in_part_wherever_one_looks(
    make_daemon: MakeDaemon, context: MakeContext
) -> None:
    daemon = make_daemon()
    page = context().new_page()
    page.goto(f"http://{daemon.address}/")
    page.evaluate(
        """async (count) => {
          const { html, render } = await import("/assets/vendor/preact.js");
          const { MessageList } = await import("/assets/shared/list.js");
          const rows = Array.from({ length: count }, (_, i) => ({ key: `k${i}`, i, message: {} }));
          const style = (i) => ({ height: `${30 + (i % 9) * 12}px` });
          const row = ({ i }) => html`<p class="one" style=${style(i)}>${i}</p>`;
          const t = (key) => key;
          const place = document.createElement("section");
          place.style.cssText = "position:fixed;inset:0;z-index:9;display:flex;background:white";
          document.body.append(place);
          render(html`<${MessageList} rows=${rows} row=${row} label="long" t=${t} />`, place);
        }""",
        LAST,
    )
    log = page.get_by_role("log")
    expect(page.get_by_role("log").get_by_text(str(LAST - 1), exact=True)).to_be_in_viewport()
    covered = """(part) => {
      const one = document.querySelector("[role=log]");
      if (part !== null) one.scrollTop = one.scrollHeight * part;
      const rows = [...one.querySelectorAll(".one")];
      const boxes = rows.map((row) => row.getBoundingClientRect());
      return [rows.length, Number(rows[0].textContent), boxes[0].top <= 12,
              boxes.at(-1).bottom >= innerHeight - 60];
    }"""
    firsts = []
    for part in (0.9, 0.5, 0.1, 0.0):
        page.evaluate(covered, part)
        until(lambda: page.evaluate(covered, None)[2:], [True, True])
        drawn, first, *_ = page.evaluate(covered, None)
        assert drawn < 120, (part, drawn, first)
        firsts.append(first)
    assert firsts == sorted(firsts, reverse=True) and firsts[-1] == 0
    log.focus()
    page.keyboard.press("End")
    expect(page.get_by_role("log").get_by_text(str(LAST - 1), exact=True)).to_be_in_viewport()
    page.keyboard.press("Home")
    expect(page.get_by_role("log").get_by_text("0", exact=True)).to_be_in_viewport()
