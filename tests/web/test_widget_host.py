"""The widget on somebody else's page: what it takes, what it leaves alone, whom it lets in."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from tests.web.conftest import Axe, Complaints, MakeContext, OpenShop, Shoot
from tests.web.host import Host
from tests.web.shop import Shop, Widget
from tests.web.test_widget import GREETING
from tests.web.waits import end_composition, until

BUDGET = 35_000
HOSTILE = [
    "<img src=x onerror=\"document.title='pwned'\">",
    "<script>document.title='pwned'</script>",
    'javascript:alert(1) https://ok.example/"onmouseover=alert(1) </textarea>',
    "\u202egnp.exe \u0000 &amp; {{7*7}} ${7*7}",
]
STRICT = (
    "default-src 'none'; style-src 'none'; img-src 'none'; script-src {base}; "
    "connect-src {base} {ws}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
LEAKING = """* { margin: 30px !important; font-size: 40px !important; display: block; color: red; }
div, p, button, section { background: lime !important; border: 9px solid red !important; }
chatd-widget { position: static !important; transform: rotate(9deg); opacity: 0.1; width: 5px; }
:root { --sunken: red; --ink-soft: red; --s2: 90px; }"""


def widget_requests(page: Page, shop: Shop) -> list[Request]:
    """What a page asks the daemon for, from now on."""
    seen: list[Request] = []
    page.on("request", lambda one: seen.append(one) if shop.daemon.address in one.url else None)
    return seen


def test_everything_before_the_emoji_panel_fits_in_35_kilobytes(
    shop: Shop, context: MakeContext, built_pages: bool
) -> None:
    if not built_pages:
        pytest.skip("esbuild is not installed: make built")
    page = context().new_page()
    seen = widget_requests(page, shop)
    widget = shop.visit(page).open()
    widget.say("Сколько всё это весит?")
    widget.expect_state("Сколько всё это весит?", "Отправлено")
    fetched = {one.url: one for one in seen if not one.url.startswith("ws:")}
    for one in fetched.values():
        response = one.response()
        assert response and response.ok
    sizes = {url: one.sizes()["responseBodySize"] for url, one in fetched.items()}
    assert sum(sizes.values()) <= BUDGET, sizes
    assert not [url for url in fetched if "/emoji/" in url]
    widget.panel.get_by_role("button", name="Эмодзи").click()
    expect(widget.emoji.get_by_role("button", name="широко улыбается").first).to_be_visible()
    assert [one.url for one in seen if "/emoji/" in one.url]


def test_nothing_is_fetched_from_elsewhere(shop: Shop, context: MakeContext) -> None:
    page = context().new_page()
    seen: list[str] = []
    page.on("request", lambda one: seen.append(one.url))
    widget = shop.visit(page).open()
    widget.panel.get_by_role("button", name="Эмодзи").click()
    expect(widget.emoji.get_by_role("button", name="широко улыбается").first).to_be_visible()
    known = (f"http://{shop.daemon.address}/", shop.host.origin("shop.test"), "data:")
    assert [url for url in seen if not url.startswith(known)] == []


def test_one_global_and_no_layout_shift(shop: Shop, host: Host, context: MakeContext) -> None:
    host.put("/bare", "<!doctype html><title>bare</title><h1>Магазин</h1>")
    visitor = context()
    page = visitor.new_page()
    page.goto(host.origin("shop.test") + "/bare")
    before = set(page.evaluate("Object.getOwnPropertyNames(window)"))
    visitor.add_init_script(
        "window.shifts = []; new PerformanceObserver((list) => shifts.push(...list.getEntries()))"
        ".observe({ type: 'layout-shift', buffered: true })"
    )
    widget = shop.visit(page)
    expect(widget.launch).to_be_visible()
    after = set(page.evaluate("Object.getOwnPropertyNames(window)"))
    assert after - before == {"chatd", "shifts"}
    widget.open()
    widget.say("Ничего не сдвинулось?")
    artem = shop.operator()
    ticket = artem.newest("Ничего не сдвинулось?")
    artem.accept(ticket)
    for number in range(12):
        artem.reply(ticket, f"ответ {number}!")
    expect(widget.said("ответ 11!")).to_be_visible()
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))")
    moved = page.evaluate(
        "shifts.map((one) => [one.value, one.startTime, ...one.sources.flatMap("
        "({ previousRect, currentRect }) => [previousRect, currentRect])])"
    )
    assert moved == [], "\n".join(map(str, moved))


def test_a_layout_that_gaps_its_children_does_not_move(shop: Shop, context: MakeContext) -> None:
    page = context().new_page()
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => { document.body.style.cssText ="
        "'display: grid; gap: 50px; margin: 0' })"
    )
    widget = shop.visit(page)
    main, whole = page.evaluate(
        "[document.querySelector('main').offsetHeight, document.body.offsetHeight]"
    )
    expect(widget.launch).to_be_visible()
    assert whole == main


def test_the_page_opens_and_closes_it_by_the_one_global(shop: Shop, context: MakeContext) -> None:
    page = context().new_page()
    widget = shop.visit(page)
    page.evaluate("chatd.open()")
    expect(widget.panel).to_be_visible()
    page.evaluate("chatd.close()")
    expect(widget.panel).to_be_hidden()


def test_goes_with_its_element_and_comes_back_with_the_next(
    shop: Shop, context: MakeContext
) -> None:
    page = context().new_page()
    widget = shop.visit(page).open()
    widget.say("на одностраничном сайте")
    widget.expect_state("на одностраничном сайте", "Отправлено")
    page.evaluate("window.old = document.querySelector('chatd-widget'); old.remove()")
    page.wait_for_function("old.visit.connection.state === 'ended' && !window.chatd")
    page.evaluate(
        """(src) => {
          const script = document.createElement("script");
          document.body.append(Object.assign(script, { src }));
        }""",
        f"http://{shop.daemon.address}/widget.js",
    )
    expect(widget.said("на одностраничном сайте")).to_be_visible()
    until(lambda: page.evaluate("typeof globalThis.chatd?.open"), "function")


def test_a_strict_policy_that_names_our_host_is_enough(
    shop: Shop, context: MakeContext, shoot: Shoot
) -> None:
    base = f"http://{shop.daemon.address}"
    policy = STRICT.format(base=base, ws=base.replace("http", "ws"))
    shop.put("/strict", Content_Security_Policy=policy)
    page = context().new_page()
    widget = shop.visit(page, path="/strict").open()
    widget.say("по всей строгости")
    widget.expect_state("по всей строгости", "Отправлено")
    widget.panel.get_by_role("button", name="Эмодзи").click()
    widget.emoji.get_by_role("button", name="Еда и напитки").click()
    widget.emoji.get_by_role("button", name="красное яблоко").click()
    expect(widget.field).to_have_value("🍎")
    expect(widget.launch).to_have_css("background-color", "rgb(20, 102, 79)")
    shoot(page, "widget-strict")


def test_emoji_by_keyboard(shop: Shop, context: MakeContext, shoot: Shoot, axe: Axe) -> None:
    page = context().new_page()
    widget = shop.visit(page).open()
    widget.field.fill("Спасибо ")
    widget.field.press("Tab")
    page.keyboard.press("Enter")
    search = widget.emoji.get_by_role("searchbox", name="Найти эмодзи")
    expect(search).to_be_focused()
    shoot(page, "widget-emoji")
    axe(page)
    search.fill("крас сердце")
    expect(widget.emoji.get_by_role("button")).to_have_text(["💓", "❤️", "🫀"])
    axe(page)
    end_composition(search, "Enter", "Escape")
    page.keyboard.press("Enter")
    expect(widget.emoji).to_be_hidden()
    expect(widget.field).to_be_focused()
    expect(widget.field).to_have_value("Спасибо 💓")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(search).to_be_focused()
    for key in ("ArrowDown", "ArrowRight", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    expect(widget.emoji.locator(".grid button").nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(search).to_be_focused()
    search.fill("нетакого")
    expect(widget.emoji.get_by_role("status")).to_have_text("Ничего не нашлось")
    axe(page)
    page.keyboard.press("Escape")
    expect(widget.emoji).to_be_hidden()
    expect(widget.panel).to_be_visible()


def test_styles_of_the_page_neither_leak_in_nor_ours_out(shop: Shop, context: MakeContext) -> None:
    def look(widget: Widget) -> Any:
        return widget.page.evaluate(
            """() => {
              const root = document.querySelector("chatd-widget").shadowRoot;
              return [...root.querySelectorAll("*")].map((one) => {
                const box = one.getBoundingClientRect(), style = getComputedStyle(one);
                return [one.tagName, Math.round(box.x), Math.round(box.y), box.width, box.height,
                        style.color, style.backgroundColor, style.fontSize, style.fontFamily];
              });
            }"""
        )

    page = context().new_page()
    widget = shop.visit(page).open()
    expect(widget.said("Привет!")).to_be_visible()
    heading = "getComputedStyle(document.querySelector('h1')).cssText || "
    heading += "JSON.stringify(document.querySelector('h1').getBoundingClientRect())"
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")
    page.wait_for_function(
        "document.querySelector('chatd-widget').shadowRoot.getAnimations().length === 0"
    )
    clean = look(widget)
    page.evaluate(
        "(css) => document.head.append(Object.assign(document.createElement('style'),"
        " { textContent: css }))",
        LEAKING,
    )
    assert look(widget) == clean
    bare = context().new_page()
    shop.host.put("/plain", "<!doctype html><html lang=ru><body><main><h1>Магазин</h1></main>")
    bare.goto(shop.url(path="/plain"))
    fresh = context().new_page()
    shop.visit(fresh).open()
    assert fresh.evaluate(heading) == bare.evaluate(heading)


def test_hostile_text_stays_text(shop: Shop, context: MakeContext) -> None:
    page = context().new_page()
    widget = shop.visit(page).open()
    widget.say(HOSTILE[0])
    artem = shop.operator()
    ticket = artem.newest(HOSTILE[0])
    artem.accept(ticket)
    for text in HOSTILE[1:]:
        artem.reply(ticket, text.replace("\u0000", ""))
    expect(widget.bubbles).to_have_count(5)
    widget.expect_texts(GREETING, *[text.replace("\u0000", "") for text in HOSTILE])
    inside = "document.querySelector('chatd-widget').shadowRoot"
    assert page.evaluate(f"{inside}.querySelectorAll('img, script, [onmouseover]').length") == 0
    links = page.evaluate(f"[...{inside}.querySelectorAll('a')].map((one) => one.href)")
    assert links == ["https://ok.example/"]
    expect(page).to_have_title("Магазин")


def test_what_the_daemon_sends_packed_is_what_it_sends_plain(shop: Shop) -> None:
    for path in ("/widget.js", "/assets/shared/chat.css"):
        _, _, plain = shop.daemon.http_full("GET", path)
        _, headers, packed = shop.daemon.http_full("GET", path, headers={"Accept-Encoding": "gzip"})
        assert headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed) == plain


@pytest.mark.parametrize(
    "anew",
    [
        "document.body = Object.assign(document.createElement('body'), { textContent: 'new' })",
        "document.body.replaceChildren('new')",
        "document.open(), document.write('<h1>new</h1>'), document.close()",
    ],
    ids=["body", "children", "document"],
)
def test_stays_on_a_page_that_draws_itself_anew(
    shop: Shop, context: MakeContext, anew: str
) -> None:
    page = context().new_page()
    shop.visit(page)
    page.evaluate(anew)
    widget = Widget(page)
    expect(widget.launch).to_be_visible()
    same = "chatd.element === document.querySelector('chatd-widget')"
    until(lambda: page.evaluate(same), True)
    page.evaluate("chatd.open()")
    widget.say("после перерисовки")
    widget.expect_state("после перерисовки", "Отправлено")
    expect(page.locator("chatd-widget")).to_have_count(1)


def test_a_script_in_the_head_finds_the_body_that_comes(
    shop: Shop, host: Host, context: MakeContext
) -> None:
    script = f'<script src="http://{shop.daemon.address}/widget.js"></script>'
    swap = "document.body = document.createElement('body')"
    host.put("/head", f"<!doctype html>{script}<body><h1>old</h1><script>{swap}</script>")
    page = context().new_page()
    page.goto(shop.url(path="/head"))
    expect(Widget(page).launch).to_be_visible()
    until(lambda: page.evaluate("typeof globalThis.chatd?.open"), "function")


def test_works_in_a_sandbox_without_storage_or_locks(
    open_shop: OpenShop, host: Host, context: MakeContext
) -> None:
    """A page as safe as with TLS: elsewhere there are no locks that could be refused."""
    shop, here = open_shop(sites={"shop": {"origins": ["*"]}}), "127.0.0.1"
    inner = f'<iframe sandbox="allow-scripts" src="{shop.url(here)}" width=900 height=700>'
    host.put("/outer", inner)
    page = context().new_page()
    page.goto(shop.url(here, "/outer"))
    frame = page.frame_locator("iframe")
    frame.locator("chatd-widget button.launch").click()
    panel = frame.locator("chatd-widget").get_by_role("dialog")
    panel.get_by_role("textbox").fill("из песочницы")
    panel.get_by_role("textbox").press("Enter")
    said = panel.get_by_role("log").locator(".said")
    expect(said.filter(has_text="из песочницы").locator(".state")).to_have_text("Отправлено")
    panel.locator("input[type=file]").set_input_files(
        {"name": "sand.txt", "mimeType": "text/plain", "buffer": b"a grain"}
    )
    expect(panel.get_by_role("list").filter(has_text="sand.txt")).to_be_visible()
    panel.get_by_role("textbox").press("Enter")
    expect(said.filter(has_text="sand.txt").locator(".state")).to_have_text("Отправлено")


def test_page_and_log_say_which_origin_is_missing_where(
    open_shop: OpenShop, host: Host, context: MakeContext, complaints: Complaints
) -> None:
    complaints.tolerate("403", "WebSocket connection", "CORS", "ERR_FAILED", "origins")
    shop = open_shop(sites={"shop": {"origins": ["https://elsewhere.example"]}})
    page = context().new_page()
    widget = shop.visit(page).open()
    origin = host.origin("shop.test")
    expect(widget.panel).to_contain_text(origin)
    expect(widget.panel).to_contain_text("origins")
    assert origin in shop.daemon.logged()


def test_a_page_with_its_own_header_has_one_banner(
    shop: Shop, host: Host, context: MakeContext, axe: Axe
) -> None:
    script = f'<script src="http://{shop.daemon.address}/widget.js" async></script>'
    body = "<header>Чай и кофе</header><main><h1>Магазин</h1></main><footer>Адрес</footer>"
    host.put("/header", f"<!doctype html><html lang=ru><title>Магазин</title>{body}{script}")
    page = context().new_page()
    widget = shop.visit(page, path="/header").open()
    expect(widget.said("Привет!")).to_be_visible()
    axe(page)
