"""Who goes is reached: by the mail address that they leave in the widget, by the conversation in a
letter, and by a worker of one line on the shop's own pages."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.client import Client
from tests.daemon import eventually
from tests.mail.postbox import Postbox, text_of
from tests.push.service import PushService
from tests.web.conftest import Axe, Complaints, MakeContext, OpenShop, Shoot
from tests.web.host import Host
from tests.web.shop import Widget
from tests.web.test_push import PUSH, SHOWN, SUBSCRIBING, Worker
from tests.web.test_widget_connection import CUT
from tests.web.wire import Wire

ANNA, VERA = "anna@mail.example", "vera@mail.example"


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    """A mail server."""
    one = Postbox()
    yield one
    one.close()


@pytest.fixture
def service() -> Iterator[PushService]:
    """A push service."""
    one = PushService()
    yield one
    one.close()


def test_a_customer_leaves_an_address_gets_the_conversation_and_is_told_when_they_are_gone(
    open_shop: OpenShop,
    host: Host,
    context: MakeContext,
    postbox: Postbox,
    service: PushService,
    axe: Axe,
) -> None:
    origin = host.origin("localhost")
    sites = {"shop": {"title": "Магазин", "origins": [origin]}}
    shop = open_shop(sites=sites, mail=postbox.settings(), **PUSH)
    line = f'importScripts("http://{shop.daemon.address}/push-worker.js");'
    host.put("/chatd-sw.js", line, {"Content-Type": "text/javascript"})
    host.put("/reached/elsewhere", "<!doctype html><title>Elsewhere</title><p>Bye")
    shop.put("/reached", 'data-worker="/chatd-sw.js"')
    browser = service.browser("annas")
    page = context().new_page()
    page.context.grant_permissions(["notifications"], origin=origin)
    page.context.add_init_script(f"({SUBSCRIBING})({json.dumps(browser.subscription())})")
    widget: Widget = shop.visit(page, "localhost", "/reached").open()
    widget.say("Где мой заказ?")
    panel = widget.panel
    panel.get_by_role("button", name="Ответить мне на почту").click()
    field = panel.get_by_label("Ваша почта")
    field.fill("anna@localhost")
    axe(page)
    panel.get_by_role("button", name="Сохранить").click()
    expect(panel.get_by_text("Это не почтовый адрес")).to_be_visible()
    field.fill(ANNA)
    panel.get_by_role("button", name="Сохранить").click()
    expect(panel.get_by_text(f"ответ придёт на {ANNA}")).to_be_visible()
    expect(field).to_have_count(0)

    panel.get_by_role("button", name="Прислать переписку на почту").click()
    expect(panel.get_by_text(f"Переписка отправляется на {ANNA}")).to_be_visible()
    postbox.wait_until(lambda: postbox.letters, 30)
    assert postbox.envelopes[0][1] == [ANNA] and "Где мой заказ?" in text_of(postbox.letters[0])

    assert page.evaluate("subscribed") == 0, "nobody has asked for it"
    worker = Worker(page)
    panel.get_by_role("button", name="Сообщить в этом браузере").click()
    expect(panel.get_by_text("Этот браузер сообщит об ответе")).to_be_visible()
    (ticket,) = shop.tickets(page)
    page.goto(f"{origin}/reached/elsewhere")
    shop.operator()
    eventually(lambda: not shop.daemon.admin_json("connections")["connections"][1:], 20)
    assert shop.daemon.admin("reply", "--as", "artem", ticket, "Уже едет").returncode == 0
    service.wait_until(lambda: browser.shown, 30)
    told = {"kind": "answer", "ticket": ticket, "title": "Магазин", "body": "Вам ответили"}
    assert browser.shown == [told], "and not what was said"
    worker.deliver(browser)
    shown = [["Магазин", "Вам ответили", f"answer {ticket}"]]
    eventually(lambda: page.evaluate(SHOWN) == shown, 20)


def test_a_customer_takes_the_conversation_along_once_it_is_closed(
    open_shop: OpenShop, host: Host, context: MakeContext, axe: Axe, shoot: Shoot
) -> None:
    """Without mail as well; nobody else gets it."""
    shop = open_shop()
    page = context().new_page()
    fetched: list[str] = []
    page.on("request", lambda one: fetched.append(one.url))
    widget: Widget = shop.visit(page).open()
    widget.say("Где мой <b>заказ</b>?")
    widget.expect_state("Где мой <b>заказ</b>?", "Отправлено")
    (ticket,) = shop.tickets(page)
    panel = widget.panel
    save = panel.get_by_role("button", name="Скачать переписку")
    expect(save).to_have_count(0)
    artem = shop.operator()
    artem.accept(ticket)
    artem.client.say(f"{ticket}/notes", "только нам")
    assert shop.daemon.admin("close", ticket).returncode == 0
    expect(save).to_be_visible()
    assert not [one for one in fetched if "transcript" in one]
    axe(page)
    shoot(page, "reach-transcript")
    with page.expect_download() as coming:
        save.click()
    assert coming.value.suggested_filename == f"{ticket}.txt"
    said = coming.value.path().read_text("utf-8")
    assert "Где мой <b>заказ</b>?" in said and "только нам" not in said
    page.context.add_init_script("window.print = () => { document.title = 'printed'; }")
    with page.expect_popup() as opening:
        panel.get_by_role("button", name="Распечатать").click()
    paper = opening.value
    expect(paper.locator("pre")).to_contain_text("Где мой <b>заказ</b>?")
    eventually(lambda: paper.title() == "printed", 30)
    address = f"/api/support/transcript/{ticket}"
    with Client(shop.daemon.address, origin=host.origin("shop.test")) as other:
        stranger = other.hello(name="Ева")["token"]
    for token, refused in ((None, 401), (stranger, 404)):
        assert shop.daemon.http("GET", address, token=token)[0] == refused


def test_where_websockets_are_blocked_an_address_is_left_as_well(
    open_shop: OpenShop,
    host: Host,
    context: MakeContext,
    postbox: Postbox,
    complaints: Complaints,
) -> None:
    complaints.tolerate(*CUT, "422")
    sites = {"shop": {"title": "Магазин", "origins": [host.origin("shop.test")]}}
    shop = open_shop(sites=sites, mail=postbox.settings())
    with Wire(shop.daemon.address) as wire:
        wire.no_websockets = True
        page = context().new_page()
        widget: Widget = shop.over(wire.address).visit(page).open()
        widget.say("Где мой чай?")
        panel = widget.panel
        panel.get_by_role("button", name="Ответить мне на почту").click(timeout=60_000)
        field = panel.get_by_label("Ваша почта")
        for said, told in (("vera@localhost", "не почтовый адрес"), (VERA, f"придёт на {VERA}")):
            field.fill(said)
            panel.get_by_role("button", name="Сохранить").click()
            expect(panel.get_by_text(told)).to_be_visible(timeout=20_000)
        panel.get_by_role("button", name="Прислать переписку на почту").click()
        expect(panel.get_by_text(f"Переписка отправляется на {VERA}")).to_be_visible()
        postbox.wait_until(lambda: postbox.letters, 30)
        assert postbox.envelopes[0][1] == [VERA]
        assert "Где мой чай?" in text_of(postbox.letters[0])
