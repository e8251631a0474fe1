"""The widget of several sites: what is of one, and each in its own colour."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.web.conftest import Axe, Complaints, MakeContext, OpenShop, Shoot
from tests.web.host import Host
from tests.web.shop import Shop, Widget
from tests.web.test_widget import GREETING
from tests.web.waits import until


@pytest.fixture
def two_sites(open_shop: OpenShop, host: Host) -> Shop:
    """Tea and coffee: two sites of one daemon, each with its own pages and looks."""
    sites = {
        name: {"title": title, "origins": [host.origin(f"{name}.test")], "accent": accent}
        for name, title, accent in (("tea", "Чай", "#ffd400"), ("coffee", "Кофе", "#5a2ca0"))
    }
    shop = open_shop(sites=sites)
    for name in sites:
        shop.put(f"/{name}", attributes=f'data-site="{name}"')
    return shop


def test_two_sites_know_nothing_of_each_other(
    two_sites: Shop, context: MakeContext, complaints: Complaints, shoot: Shoot, axe: Axe
) -> None:
    shop = two_sites
    visitor = context()
    tea = shop.visit(visitor.new_page(), "tea.test", "/tea").open()
    coffee = shop.visit(visitor.new_page(), "coffee.test", "/coffee").open()
    expect(tea.panel.get_by_role("heading")).to_have_text("Чай")
    expect(coffee.panel.get_by_role("heading")).to_have_text("Кофе")
    tea.say("про чай")
    tea.expect_state("про чай", "Отправлено")
    coffee.expect_texts(GREETING)
    [ticket] = shop.tickets(tea.page)
    coffee.say("про кофе")
    coffee.expect_state("про кофе", "Отправлено")
    stolen = coffee.page.evaluate(
        """(id) => document.querySelector("chatd-widget").visit.connection
          .request("dialog:join", { dialog_id: id }).catch((error) => error.code)""",
        ticket,
    )
    assert stolen == "not_found"
    for widget in (tea, coffee):
        axe(widget.page)
        shoot(widget.page, f"widget-accent-{widget.page.url.rpartition('/')[2]}")
    complaints.tolerate("403", "WebSocket connection", "CORS", "ERR_FAILED")
    page = visitor.new_page()
    page.goto(shop.url("coffee.test", "/tea"))
    stranger = Widget(page).open()
    stranger.say("с чужого сайта")
    expect(stranger.panel).to_contain_text("Нет связи")
    kept = [shop.stored(one) for one in shop.tickets(tea.page)]
    assert kept and not any("с чужого сайта" in one for one in kept)


def test_the_accent_of_the_snippet_goes_before_the_sites(shop: Shop, context: MakeContext) -> None:
    shop.put("/blue", 'data-accent="#2f6fed" data-side="left" data-open="true" data-name="Анна"')
    page = context().new_page()
    widget = shop.visit(page, path="/blue")
    expect(widget.panel).to_be_visible()
    expect(widget.launch).to_have_css("background-color", "rgb(47, 111, 237)")
    until(lambda: widget.launch.evaluate("(one) => one.getBoundingClientRect().x < 100"), True)
    widget.say("меня зовут Анна")
    artem = shop.operator()
    ticket = artem.newest("меня зовут Анна")
    names = [one["customer_name"] for one in artem.client.ask("queue:watch")["tickets"]]
    assert ticket and "Анна" in names


@pytest.mark.parametrize("accent", ["#ffffff", "#000000", "#ffd400", "#777777"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_accent_is_legible(
    shop: Shop, context: MakeContext, axe: Axe, accent: str, scheme: str
) -> None:
    path = f"/accent-{accent[1:]}-{scheme}"
    shop.put(path, f'data-accent="{accent}" data-theme="{scheme}"')
    page = context().new_page()
    widget = shop.visit(page, path=path).open()
    expect(widget.said("Привет!")).to_be_visible()
    axe(page)
